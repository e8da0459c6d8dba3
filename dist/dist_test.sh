#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An archive of //:dist is all that a hypervisor needs: an example is compiled and linked
# with it by clang and lld, as a makefile would, and boots:
#   dist_test.sh ARCHIVE PACKAGE CPU_FLAGS CLANG LICENSE SOURCE START LINKER_SCRIPT BOOT_TEST
set -eu
package=$2 cpu_flags=$3 tools=$(dirname "$4")
license=$5 source=$6 start=$7 script=$8 boot=$9
prefix=$TEST_TMPDIR/prefix

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

mkdir "$prefix"
tar -xzf "$1" -C "$prefix" --strip-components=1
tar -tzf "$1" | cut -d/ -f1 | sort -u >"$TEST_TMPDIR/top"
[ "$(wc -l <"$TEST_TMPDIR/top")" -eq 1 ] && grep -qE "^$package-[0-9]+\.[0-9]+\.[0-9]+\$" "$TEST_TMPDIR/top" ||
	fail "not one folder with name and version: $(cat "$TEST_TMPDIR/top")"
cmp "$license" "$prefix/share/doc/$package/LICENSE"
for file in "include/$package/$package.h" include/axvcpu/axvcpu.h include/axvcpu/arch.h \
	"share/doc/$package/README.md" "share/doc/$package/CHANGELOG.md"; do
	[ -s "$prefix/$file" ] || fail "$file is missing"
done
if find "$prefix" -name '*.a' -exec grep -l "$PWD\|/sandbox/\|/proc/self/cwd" {} + | grep .; then
	fail "paths of the machine that built it"
fi

# field NAME FIELD: a line of a .pc file, its variables replaced.
field() {
	sed -n "s,^$2: ,,p" "$prefix/lib/pkgconfig/$1.pc" |
		sed "s,\${libdir},$prefix/lib,g; s,\${includedir},$prefix/include,g"
}

# flags FIELD NAME: of a package and of those that it requires, as pkg-config finds them.
flags() {
	field "$2" "$1"
	for required in $(field "$2" Requires | sed 's/ *= *[0-9.]*//g'); do
		field "$required" "$1"
	done
}

# check_pkg_config NAME: what pkg-config says, where there is one, is what is used here.
check_pkg_config() {
	command -v pkg-config >/dev/null 2>&1 || return 0
	PKG_CONFIG_PATH=$prefix/lib/pkgconfig
	export PKG_CONFIG_PATH
	pkg-config --cflags --libs "$1" | tr ' ' '\n' | sed "s,$prefix/lib/pkgconfig/\.\./\.\.,$prefix," |
		grep . | sort -u >"$TEST_TMPDIR/said"
	{ flags Cflags "$1" && flags Libs "$1"; } | tr ' ' '\n' | grep . | sort -u |
		diff -u "$TEST_TMPDIR/said" - || fail "pkg-config says otherwise of $1"
}

for name in "$package" "${package}_static"; do
	check_pkg_config "$name"
	for file in "$source" "$start"; do
		standard=
		case $file in
		*.c) standard=-std=c11 ;;
		*.cc) standard="-std=c++17 -fno-exceptions -fno-rtti -fno-threadsafe-statics" ;;
		esac
		# shellcheck disable=SC2046,SC2086 # lists of options
		"$tools/clang" $cpu_flags -ffreestanding -fno-pic -fno-stack-protector -O2 $standard \
			$(flags Cflags "$name") -c "$file" -o "$TEST_TMPDIR/$(basename "$file").o"
	done
	# shellcheck disable=SC2046 # a list of options
	"$tools/ld.lld" -static --gc-sections -z noexecstack -z max-page-size=4096 -T "$script" \
		"$TEST_TMPDIR/$(basename "$source").o" "$TEST_TMPDIR/$(basename "$start").o" \
		$(flags Libs "$name") -o "$TEST_TMPDIR/$name.elf"
	sh "$boot" "$TEST_TMPDIR/$name.elf"
done
echo "PASS"
