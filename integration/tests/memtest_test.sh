#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Memtest86+ on the serial console: its tests without an error until the named one begins,
# then a typed Escape, at which it resets the machine.
#   memtest_test.sh RUN KERNEL LAST_TEST [RUN_OPTION...]
set -eu
run=$1 kernel=$2 last=$3
shift 3
out=$TEST_TMPDIR/console
: >"$out"

fail() {
	echo "FAIL: $*" >&2
	tail -c 4000 "$out" | cat -v >&2
	exit 1
}

{
	until grep -qF "$last" "$out" || [ -e "$TEST_TMPDIR/status" ]; do
		sleep 0.5
	done
	printf '\033' || true
} | {
	status=0
	"$run" --arch x86_64 --kernel "$kernel" --append console=ttyS0,115200 --memory 8M \
		--timeout $((${TEST_TIMEOUT:-300} - 20)) "$@" >"$out" || status=$?
	echo $status >"$TEST_TMPDIR/status"
}
grep -q 'Memtest86+ v' "$out" || fail "not its name"
grep -qF "$last" "$out" || fail "not as far as $last"
grep -q 'Errors: 0 ' "$out" || fail "no count of errors"
if grep -qE 'Errors: [1-9]' "$out"; then
	fail "errors in the memory"
fi
[ "$(cat "$TEST_TMPDIR/status")" -eq 3 ] || fail "status $(cat "$TEST_TMPDIR/status") instead of 3"
echo "PASS: Memtest86+, reset by a key"
