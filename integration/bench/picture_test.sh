#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Picture and table in the documents are those of the figures:
#   picture_test.sh TOOL ARCH FIGURES PICTURE|- PAGE
set -eu
tool=$1 arch=$2 figures=$3 picture=$4 page=$5
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$tool" --figures "$figures" --svg "$dir/picture" >"$dir/table"
[ "$picture" = - ] || cmp "$dir/picture" "$picture" || { echo "FAIL: draw it again, see docs/performance.md" >&2; exit 1; }
# The block of text whose first line begins with the architecture's name.
awk -v arch="$arch" '
	/^```text$/ { first = 1; next }
	/^```$/ { inside = 0; first = 0; next }
	first { inside = $1 == arch; first = 0 }
	inside' "$page" >"$dir/shown"
diff -u "$dir/shown" "$dir/table" ||
	{ echo "FAIL: copy the table of $arch into docs/performance.md" >&2; exit 1; }
echo "PASS"
