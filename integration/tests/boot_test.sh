#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A guest of our own through the runner: its own checks, the status at its end, and
# the exits that the hypervisor saw.
#   boot_test.sh RUN GUEST STATUS CONSOLE_TEXT TRACE|- [RUN_OPTION...]
# TRACE has the lines of `--log 4` to expect, all of them in this order, but for
# external interrupts, which come when they come.
set -eu
run=$1 guest=$2 expected=$3 text=$4 trace=$5
shift 5
out=$TEST_TMPDIR/console
log=$TEST_TMPDIR/log
exits=$TEST_TMPDIR/exits

fail() {
	echo "FAIL: $*" >&2
	echo "--- console:" >&2
	cat "$out" >&2
	echo "--- log (end):" >&2
	tail -n 40 "$log" >&2
	exit 1
}

status=0
"$run" --arch arm64 --kernel "$guest" --timeout 120 --log 4 "$@" >"$out" 2>"$log" </dev/null ||
	status=$?
grep '^exit ' "$log" | grep -v '^exit EXTERNAL_INTERRUPT ' >"$exits" || true
[ "$status" -eq "$expected" ] || fail "status $status instead of $expected"
grep -qF -- "$text" "$out" || fail "the console has no \"$text\""
if grep -q '^FAIL' "$out"; then
	fail "the guest's own checks"
fi
if [ "$trace" != - ]; then
	diff -u "$trace" "$exits" >&2 || fail "other exits than expected (- expected, + seen)"
fi
echo "PASS: $(tail -n 1 "$out"), status $status, $(wc -l <"$exits") exits"
