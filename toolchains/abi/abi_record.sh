#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes dumps and public headers into the packages' abi/<version>/ folders:
#   abi_record.sh LIST [--unreleased]
# LIST has lines "FOLDER FILE". The version is the one that the headers say. What
# that folder held before may only be added to; --unreleased lets it be anything,
# for a version that nobody has yet.
set -eu
here=$(dirname "$0")
list=$1
unreleased=${2:-}
root=${BUILD_WORKSPACE_DIRECTORY:?run it by bazel run}
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "abi_record: $*" >&2
	exit 1
}

constant() {
	awk -v prefix=none -f "$here/abi_list.awk" "$1" |
		awk -v name="_VERSION_$2\$" '$1 == "constant" && $2 ~ name { print $3 }'
}

for folder in $(cut -d' ' -f1 "$list" | sort -u); do
	[ -f "$root/$folder/BUILD.bazel" ] || fail "$root/$folder is no package"
	dumps=$(awk -v folder="$folder" '$1 == folder && $2 ~ /\.abi$/ { print $2 }' "$list")
	version=
	for dump in $dumps; do
		version=$(constant "$dump" MAJOR).$(constant "$dump" MINOR)
		old=$root/$folder/abi/$version/$(basename "$dump")
		[ -e "$old" ] && [ "$unreleased" != --unreleased ] || continue
		awk -v prefix="[a-z]" -f "$here/abi_list.awk" "$old" | sort >"$work/old"
		awk -v prefix="[a-z]" -f "$here/abi_list.awk" "$dump" | sort >"$work/new"
		awk -f "$here/abi_judge.awk" "$work/old" "$work/new" >"$work/verdict"
		if grep '^broken: ' "$work/verdict" >&2; then
			fail "$folder $version is recorded with another interface; if nobody has it yet, say --unreleased"
		fi
	done
	case $version in
	[0-9]*.[0-9]*) ;;
	*) fail "the headers of $folder have no version macros" ;;
	esac
	target=$root/$folder/abi/$version
	rm -rf "$target"
	mkdir -p "$target/include"
	for file in $(awk -v folder="$folder" '$1 == folder { print $2 }' "$list"); do
		case $file in
		*.abi) to=$target/$(basename "$file") ;;
		*) to=$target/include/${file##*/include/} && mkdir -p "$(dirname "$to")" ;;
		esac
		cat "$file" >"$to"
	done
	echo "recorded $folder/abi/$version"
done
