#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A guest of our own through the runner: its own checks, the status at its end, and
# the exits that the hypervisor saw.
#   boot_test.sh RUN ARCH GUEST STATUS CONSOLE_TEXT LOG_TEXT TRACE|- [RUN_OPTION...]
# TRACE has the lines of `--log 4` to expect without their pc, all in this order, but for
# external interrupts, which come when they come, hypercall 0xc6000003, by which a guest
# waits for one, and the registers of riscv64's console.
set -eu
run=$1 arch=$2 guest=$3 expected=$4 text=$5 log_text=$6 trace=$7
shift 7
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

level=4
[ "$trace" != - ] || level=3
status=0
"$run" --arch "$arch" --kernel "$guest" --timeout 120 --log $level "$@" >"$out" 2>"$log" </dev/null ||
	status=$?
grep '^exit ' "$log" | grep -v -e '^exit EXTERNAL_INTERRUPT ' -e ' number=0xc6000003 ' \
	-e ',0xc6000003,' -e ' gpa=0x1000000[0-7] ' |
	# For a store whose stage-1 table stage 2 does not map, QEMU 7.2 gives the level of stage 1,
	# later ones that of stage 2, which is what the manual says.
	sed 's, pc=0x[0-9a-f]*,,; s, access=0x6a level=3$, access=0x6a level=2,' >"$exits" || true
[ "$status" -eq "$expected" ] || fail "status $status instead of $expected"
grep -qF -- "$text" "$out" || fail "the console has no \"$text\""
grep -qF -- "$log_text" "$log" || fail "the log has no \"$log_text\""
if grep -q 'FAIL' "$out"; then
	fail "the guest's own checks"
fi
if [ "$trace" != - ]; then
	diff -u "$trace" "$exits" >&2 || fail "other exits than expected (- expected, + seen)"
fi
echo "PASS: $(tail -n 1 "$out"), status $status"
