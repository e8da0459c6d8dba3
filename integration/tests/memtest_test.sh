#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Memtest86+ on the serial console: most of its tests without an error, then a typed
# Escape, at which it resets the machine.
#   memtest_test.sh RUN KERNEL [RUN_OPTION...]
set -eu
run=$1 kernel=$2
shift 2
out=$TEST_TMPDIR/console
: >"$out"

fail() {
	echo "FAIL: $*" >&2
	tail -c 4000 "$out" | cat -v >&2
	exit 1
}

# Test 9 of 0 to 10; the last one takes minutes to let the memory's contents fade.
{
	tries=1600
	until grep -q '#9  \[Modulo 20' "$out" || [ $tries -eq 0 ]; do
		tries=$((tries - 1))
		sleep 0.5
	done
	printf '\033'
} | {
	status=0
	"$run" --arch x86_64 --kernel "$kernel" --append console=ttyS0,115200 --memory 8M \
		--timeout 850 "$@" >"$out" || status=$?
	echo $status >"$TEST_TMPDIR/status"
}
grep -q 'Memtest86+ v' "$out" || fail "not its name"
grep -q '#9  \[Modulo 20' "$out" || fail "not as far as test 9"
grep -q 'Errors: 0 ' "$out" || fail "no count of errors"
if grep -qE 'Errors: [1-9]' "$out"; then
	fail "errors in the memory"
fi
[ "$(cat "$TEST_TMPDIR/status")" -eq 3 ] || fail "status $(cat "$TEST_TMPDIR/status") instead of 3"
echo "PASS: Memtest86+, reset by a key"
