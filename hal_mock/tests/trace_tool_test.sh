#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the tool prints of a real dump, and how it refuses others: trace_tool_test.sh TOOL SAMPLE TABLE
set -eu
tool=$1 sample=$2 table=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$sample" "$dir/dump"
"$tool" "$dir/dump" >"$dir/table"
diff -u "$table" "$dir/table"
"$tool" --table "$dir/dump" | diff -u "$table" -
"$tool" "$dir/dump" "$dir/dump" >"$dir/two"
test "$(grep -c '^vm 3 vcpu 1' "$dir/two")" = 2 || { echo "FAIL: two files" >&2; exit 1; }
"$tool" --json "$dir/dump" >"$dir/json"
# A run and a slice by reason for each of the six exits, and two names.
test "$(grep -c '"ph":"X"' "$dir/json")" = 12 || { echo "FAIL: slices" >&2; exit 1; }
test "$(grep -c '"ph":"M"' "$dir/json")" = 2 || { echo "FAIL: names" >&2; exit 1; }

refused() {
	want=$1 text=$2
	shift 2
	status=0
	"$tool" "$@" >"$dir/out" 2>"$dir/err" || status=$?
	test "$status" = "$want" || { echo "FAIL: $* gave $status" >&2; exit 1; }
	grep -q "$text" "$dir/err" || { echo "FAIL: $*: $(cat "$dir/err")" >&2; exit 1; }
}
head -c 900 "$dir/dump" >"$dir/short"
: >"$dir/empty"
refused 2 '^usage' --json
refused 2 '^usage'
refused 2 '^usage' --xml "$dir/dump"
refused 1 'cannot open' "$dir/none"
refused 1 'cut short' "$dir/dump" "$dir/short"
refused 1 'too short' "$dir/empty"
refused 1 'not a trace' "$tool"
echo "PASS"
