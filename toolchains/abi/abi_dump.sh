#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes the binary interface of a package for one CPU as libabigail's XML:
#   abi_dump.sh OUT TOOLS CPU_FLAGS PREFIX ARCHIVE INCLUDE [INCLUDE_OF_A_DEPENDENCY...]
#
# TOOLS is a folder with clang, ld.lld, llvm-nm and llvm-objcopy. ARCHIVE is built
# with debug information. PREFIX is an extended regular expression without anchors
# for the start of the package's names, in lower case.
#
# Public is what INCLUDE declares: structs, unions, enums and functions with PREFIX,
# and macros with it in upper case whose values are integers. Types that no function
# names (configurations passed by void *), and macros, get into the dump by an object
# that is made here. All that the archive exports must start with PREFIX.
set -eu
out=$1 tools=$2 flags=$3 prefix=$4 archive=$5 include=$6
shift 5
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "abi_dump: $*" >&2
	exit 1
}

command -v abidw >/dev/null 2>&1 || fail "abidw is missing: install abigail-tools (./bazelw does it)"

compile() {
	# shellcheck disable=SC2086 # a list of options
	"$tools/clang" $flags -std=gnu11 -ffreestanding -nostdinc \
		-isystem "$("$tools/clang" -print-resource-dir)/include" $includes "$@"
}

includes=
for directory; do
	includes="$includes -I$directory"
done

# Everything that the package's headers declare, and nothing of its dependencies.
(cd "$include" && find -L . -name '*.h' | sed 's|^\./||' | sort) >"$work/headers"
[ -s "$work/headers" ] || fail "no header in $include"
sed 's/.*/#include "&"/' "$work/headers" >"$work/all.h"
compile -E -P "$work/all.h" | tr '\n' ' ' >"$work/declarations"
grep -oE "\\b(struct|union|enum) (${prefix})[a-z0-9_]* +\\{" "$work/declarations" |
	sed 's/ *{$//' | sort -u >"$work/types"
grep -oE "\\b(${prefix})[a-z0-9_]* *\\(" "$work/declarations" | tr -d ' (' | sort -u >"$work/called"
"$tools/llvm-nm" --defined-only --extern-only --format=just-symbols "$archive" |
	grep -v -e ':$' -e '^$' | sort -u >"$work/symbols"
[ -s "$work/symbols" ] || fail "$archive exports nothing"
stranger=$(grep -vE "^($prefix)" "$work/symbols" | tr '\n' ' ')
[ -z "$stranger" ] || fail "$archive exports names that others may have as well: $stranger"
comm -12 "$work/called" "$work/symbols" >"$work/public"

# A function that is declared but not defined: nobody could link with it.
for name in $(comm -23 "$work/called" "$work/symbols"); do
	printf '#include "%s"\nvoid *use(void);\nvoid *use(void) { return (void *)&%s; }\n' \
		"$work/all.h" "$name" >"$work/try.c"
	if compile -fsyntax-only "$work/try.c" 2>/dev/null &&
		! grep -qE "static [^;{]*\\b$name *\\(" "$work/declarations"; then
		fail "$name is declared in $include, but $archive does not define it"
	fi
done

# Macros of integers, each on a line of its own; function-like ones with 1, 2, 3, ...
# as arguments, those with one argument also with a number that sets bits all over.
# Lines that do not compile are no integers.
macro_prefix=$(printf '%s' "$prefix" | tr '[:lower:]' '[:upper:]')
compile -E -dM "$work/all.h" | awk -v prefix="$macro_prefix" '
	function value(call, name) {
		name = call
		gsub(/[^A-Za-z0-9_]+/, "_", name)
		sub(/_$/, "", name)
		print "abi_value_" name " = (unsigned long long)(" call "),"
	}
	$1 != "#define" || $2 !~ "^(" prefix ")" || $2 ~ /_H_$/ { next }
	!match($0, /^#define [A-Za-z0-9_]+\([^)]*\)/) { value($2); next }
	{
		split(substr($0, 9, RLENGTH - 8), part, /[(]/)
		count = gsub(/,/, ",", part[2]) + (part[2] != ")")
		if (count == 1) {
			value(part[1] "(0x0123456789abcdef)")
		}
		list = ""
		for (i = 1; i <= count; i++) {
			list = list (i > 1 ? ", " : "") i
		}
		value(part[1] "(" list ")")
	}' | sort >"$work/values"
{
	echo "#include \"$work/all.h\""
	sed 's/^\(abi_value_[A-Za-z0-9_]*\) = \(.*\),$/enum { \1 = \2 };/' "$work/values"
} >"$work/try.c"
compile -fsyntax-only -w -ferror-limit=0 -fno-caret-diagnostics "$work/try.c" 2>"$work/errors" || true
bad=$(sed -n 's|^[^ ]*try\.c:\([0-9]*\):.*|\1|p' "$work/errors" | sort -un | tr '\n' ' ')
awk -v bad=" $bad" 'index(bad, " " FNR + 1 " ") == 0' "$work/values" >"$work/constants"

{
	echo "#include \"$work/all.h\""
	echo "enum abi_constants {"
	cat "$work/constants"
	echo "abi_end };"
	echo "enum abi_constants abi_constants;"
	while read -r kind name; do
		echo "$kind $name abi_${kind}_$name;"
	done <"$work/types"
} >"$work/abi_types.h"
printf '#include "%s"\n' "$work/abi_types.h" >"$work/types.c"
compile -w -g -c "$work/types.c" -o "$work/types.o"
{
	echo abi_constants
	sed 's/^\([a-z]*\) \(.*\)/abi_\1_\2/' "$work/types"
} >>"$work/public"

"$tools/ld.lld" -r --whole-archive "$archive" "$work/types.o" -o "$work/all.o"
"$tools/llvm-objcopy" --keep-global-symbols="$work/public" "$work/all.o" "$work/public.o"
# Opaque structs stay opaque: --drop-private-types with the headers' names.
mkdir "$work/include"
for directory; do
	cp -RL "$directory/." "$work/include"
done
cp "$work/abi_types.h" "$work/include"
abidw --headers-dir "$work/include" --drop-private-types --exported-interfaces-only \
	--no-parameter-names --no-corpus-path --no-comp-dir-path --no-show-locs \
	--type-id-style hash "$work/public.o" |
	sed "s| path='[^']*/\(src/[^']*\)'| path='\1'|; s| path='/[^']*/\([^/']*\)'| path='\1'|" >"$out"
grep -q "<elf-variable-symbols>" "$out" || fail "abidw wrote nothing about $archive"
