#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Three machines one after the other on one CPU, of which the first two are ended with
# all of their registers full (guests/leak.c): each finds the same CPU at its start.
#   leak_test.sh RUN GUEST CPU [RUN_OPTION...]
set -eu
run=$1 guest=$2 cpu=$3
shift 3
out=$TEST_TMPDIR/console

fail() {
	echo "FAIL: $*" >&2
	echo "--- console:" >&2
	cat "$out" >&2
	exit 1
}

status=0
"$run" --arch arm64 --kernel "$guest" --cpu "$cpu" --timeout $((${TEST_TIMEOUT:-300} - 20)) \
	--devices=passthrough --test-devices --interrupts=trap --memory 8M --kill-first 20000 --kill-step 0 "$@" >"$out" </dev/null || status=$?
[ "$status" -eq 0 ] || fail "status $status"
if grep -q FAIL "$out"; then
	fail "the guest's own checks"
fi
for machine in 0 1 2; do
	sed -n "/^machine $machine\$/,/^end\$/p" "$out" | grep -e '^reg ' -e '^vectors ' -e '^sve ' \
		>"$TEST_TMPDIR/$machine" || fail "nothing of machine $machine"
done
[ "$(wc -l <"$TEST_TMPDIR/0")" -gt 50 ] || fail "too few registers"
grep -qx 'vectors 0x0000000000000000' "$TEST_TMPDIR/0" || fail "the first machine's V registers"
case " $* " in
*" --sve="*)
	grep -qx 'sve 0x0000000000000000' "$TEST_TMPDIR/0" || fail "the first machine's SVE registers"
	;;
esac
for machine in 1 2; do
	diff -u "$TEST_TMPDIR/0" "$TEST_TMPDIR/$machine" >&2 ||
		fail "machine $machine finds another CPU than the first one did"
done
echo "PASS: $(grep -c '^reg ' "$TEST_TMPDIR/0") registers, $(grep -m 1 '^changed' "$out")"
