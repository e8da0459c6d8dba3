#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The picture is what the tool draws of the figures: picture_test.sh TOOL FIGURES PICTURE
set -eu
drawn=$(mktemp)
trap 'rm -f "$drawn"' EXIT
"$1" --figures "$2" --svg "$drawn" --quiet
cmp "$drawn" "$3" || { echo "FAIL: draw it again, see docs/performance.md" >&2; exit 1; }
echo "PASS"
