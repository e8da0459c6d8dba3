#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Passes if a package's binary interface is that of its release, or has grown by the
# rules of docs/abi.md, or its version says that it is another one:
#   abi_check.sh PACKAGE PREFIX RELEASE RELEASED_DUMP... -- NEW_DUMP... [-- CHANGELOG MODULE]
# Dumps are of abi_dump.sh and named by their CPU (aarch64.abi); RELEASE is the
# version of the released ones ("0.1"), or "none". CHANGELOG.md starts with an entry
# "## VERSION (CLASS)" for the version that the headers say, and MODULE.bazel has it too.
set -eu
here=$(dirname "$0")
package=$1 prefix=$2 release=$3
shift 3
export LC_ALL=C
work=${TEST_TMPDIR:-$(mktemp -d)}
[ -n "${TEST_TMPDIR:-}" ] || trap 'rm -rf "$work"' EXIT

fail() {
	echo "FAIL: $package: $*" >&2
	exit 1
}

command -v abidiff >/dev/null 2>&1 || fail "abidiff is missing: install abigail-tools (./bazelw does it)"

mkdir -p "$work/old" "$work/new"
folder=old
while [ $# -gt 0 ]; do
	dump=$1
	shift
	if [ "$dump" = -- ]; then
		[ "$folder" = old ] || break
		folder=new
		continue
	fi
	last=$dump
	cp "$dump" "$work/$folder/"
	awk -v prefix="$prefix" -f "$here/abi_list.awk" "$dump" | sort \
		>"$work/$folder/$(basename "$dump" .abi).list"
done
[ -e "$work/new/$(basename "${last:-none}")" ] || fail "no new dump given"
[ "$release" != none ] ||
	fail "no release is recorded: ./bazelw run //tools:abi_refresh does it (docs/abi.md)"

# One interface for all CPUs: structs of one size, members at one place.
first=
for list in "$work"/new/*.list; do
	first=${first:-$list}
	cmp -s "$first" "$list" || {
		diff -u "$first" "$list" >&2 || true
		fail "the interface on $(basename "$list" .list) is not that on $(basename "$first" .list)"
	}
done

if [ $# -eq 2 ]; then
	version=
	for part in MAJOR MINOR PATCH; do
		version=$version.$(awk -v part="_VERSION_$part\$" \
			'$1 == "constant" && $2 ~ part { print $3 }' "$first")
	done
	version=${version#.}
	entry=$(sed -n 's/^## //p' "$1" | head -n 1)
	case $entry in
	"$version (new)" | "$version (breaking)") ;;
	"$version (source-compatible)" | "$version (binary-compatible)") ;;
	*) fail "the headers say version $version, but CHANGELOG.md starts with '$entry', not with \"## $version (CLASS)\"" ;;
	esac
	grep -qE "^    version = \"$version\",\$" "$2" || fail "MODULE.bazel has not version $version"
fi

# What abidiff is asked beyond our own rules: nothing in a dependency's types, which
# has a version and a check of its own.
printf '[suppress_type]\n  name_not_regexp = ^(%s|abi_)\n' "$prefix" >"$work/suppressions"

# The format of a dump: libabigail compares dumps of one format only.
format() {
	sed -n "s/^<abi-corpus .*version='\([0-9]*\)\..*/\1/p" "$1"
}

: >"$work/verdict"
for new in "$work"/new/*.abi; do
	cpu=$(basename "$new" .abi)
	old=$work/old/$cpu.abi
	[ -e "$old" ] || fail "release $release has no dump for $cpu"
	awk -f "$here/abi_judge.awk" "$work/old/$cpu.list" "$work/new/$cpu.list" >"$work/$cpu.verdict"
	cat "$work/$cpu.verdict" >>"$work/verdict"
	if [ "$(format "$old")" != "$(format "$new")" ]; then
		echo "libabigail's format is $(format "$new") here and $(format "$old") in the record: abidiff is not asked" |
			tee "$work/$cpu.report"
		continue
	fi
	# libabigail 3 calls each variable incompatible whose type has grown.
	{
		cat "$work/suppressions"
		sed -n 's/^added: struct \([a-z0-9_]*\) grew .*/struct_\1/p; s/^added: constant .*/constants/p' \
			"$work/$cpu.verdict" | sort -u | sed 's/.*/[suppress_variable]\n  name = abi_&/'
	} >"$work/$cpu.suppressions"
	status=0
	abidiff --suppressions "$work/$cpu.suppressions" "$old" "$new" >"$work/$cpu.report" 2>&1 || status=$?
	# 1 and 2: did not work; 4: some change; 8: one that breaks for sure.
	if [ $((status & 3)) -ne 0 ]; then
		cat "$work/$cpu.report" >&2
		fail "abidiff could not compare the dumps for $cpu"
	fi
	if [ ! -s "$work/$cpu.verdict" ] && [ "$status" -ne 0 ]; then
		cat "$work/$cpu.report" >&2
		fail "abidiff sees on $cpu what abi_list.awk does not"
	fi
	if [ $((status & 8)) -ne 0 ] && ! grep -q '^broken: ' "$work/$cpu.verdict"; then
		cat "$work/$cpu.report" >&2
		fail "abidiff calls this change on $cpu breaking"
	fi
done
for old in "$work"/old/*.abi; do
	cpu=$(basename "$old")
	[ -e "$work/new/$cpu" ] || fail "release $release is for $cpu too"
done

sort -u "$work/verdict" >"$work/all"
sed -n 's/^added: /added since '"$release"', compatibly: /p' "$work/all"
if grep -q '^broken: ' "$work/all"; then
	step=$(sed -n 's/^step: //p' "$work/all")
	if [ -n "$step" ]; then
		sed -n 's/^broken: /changed with the step '"$step"': /p' "$work/all"
		echo "Record it before the release: changelog entry of class \"breaking\", then ./bazelw run //tools:abi_refresh"
		echo "PASS"
		exit 0
	fi
	sed -n 's/^broken: /BROKEN: /p' "$work/all" >&2
	{
		echo "--- abidiff, $cpu:"
		head -n 40 "$work/${cpu%.abi}.report"
	} >&2
	fail "breaks the binary interface of release $release without a version step; see docs/abi.md"
fi
if [ -s "$work/all" ]; then
	echo "Record it before the release: at least a minor step of the version, changelog entry of class \"binary-compatible\", then ./bazelw run //tools:abi_refresh"
else
	echo "the binary interface is that of release $release"
fi
echo "PASS"
