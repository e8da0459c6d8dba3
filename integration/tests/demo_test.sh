#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demo: user space, and the report at its end.
#   demo_test.sh DEMO ARCH
set -eu
out=$TEST_TMPDIR/console
report=$TEST_TMPDIR/report

fail() {
	echo "FAIL: $*" >&2
	cat "$out" "$report" >&2
	exit 1
}

status=0
"$1" --arch "$2" >"$out" 2>"$report" </dev/null || status=$?
[ $status -eq 0 ] || fail "status $status"
grep -q '^axvcpu: user space reached' "$out" || fail "no user space"
grep -qx 'time to user space: [1-9][0-9]* executed instructions' "$report" || fail "no time in the report"
grep -qE '^ +(MMIO|PORT)_READ +[1-9]' "$report" || fail "no exits in the report"
[ "$(tail -n 1 "$report")" = "status 0" ] || fail "no status at the end"
echo "PASS: $(grep '^time to user space' "$report")"
