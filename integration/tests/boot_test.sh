#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A guest of our own through the runner: its own checks, the status at its end, and
# the exits that the hypervisor saw.
#   boot_test.sh RUN ARCH GUEST STATUS CONSOLE_TEXT LOG_TEXT TRACE|- [MACHINE:EXITS] [RUN_OPTION...]
# MACHINE:EXITS asks for that many exits of one of two machines, or more.
# TRACE has the lines of `--log 4` to expect without their pc, all in this order, but for
# external interrupts, which come when they come, hypercall 0xc6000003, by which a guest
# waits for one, the registers of riscv64's console, and on x86_64 halts, the timer's end,
# and the console's port.
#
# The manuals let VMX differ from SVM in two things, which are made alike here: it gives
# the guest virtual address of a second-stage fault (SDM volume 3, table 28-7), and a page
# walk that sets no accessed bit reads its entry there, where SVM has walks write (APM
# volume 2, 15.25.6).
set -eu
run=$1 arch=$2 guest=$3 expected=$4 text=$5 log_text=$6 trace=$7
shift 7
least=
case ${1:-} in
[0-9]*:*) least=$1; shift ;;
esac
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
case " $* " in
*" --timeout="*) ;;
*) set -- --timeout=$((${TEST_TIMEOUT:-300} - 20)) "$@" ;;
esac
case "$arch $*" in
x86_64*--vmm=vmx*)
	alike='s, gva=0x[0-9a-f]*,,; s,access=0x2\(.\) ,access=0x\1 ,
		s,access=0x6\(.\) ,access=0x4\1 ,; s,access=0x9 ,access=0xa ,'
	;;
x86_64*) alike= ;;
# For a store whose stage-1 table stage 2 does not map, QEMU 7.2 gives the level of stage 1,
# later ones that of stage 2, which is what the manual says. On riscv64 QEMU 7.2 gives a
# load's fault for the AMO of mmio.c and for the store of translation.c whose page table
# stage 2 does not map, later ones that of a store or AMO.
*)
	alike='s, access=0x6a level=3$, access=0x6a level=2,
		s, gva=0xb011000 access=0x61 , gva=0xb011000 access=0x62 ,
		s, gva=0x180000456 access=0x29 , gva=0x180000456 access=0x2a ,'
	;;
esac
# NOTHING with flags 2 is a PAUSE of a vCPU that shares its CPU.
case $arch in
x86_64) dropped=' port=0x3f8 |^exit HALT |^exit NOTHING (.* )?flags=0x[02]$' ;;
*) dropped=' number=0xc6000003 |,0xc6000003,| gpa=0x1000000[0-7] ' ;;
esac
status=0
"$run" --arch "$arch" --kernel "$guest" --log $level "$@" >"$out" 2>"$log" </dev/null ||
	status=$?
grep '^exit ' "$log" | grep -vE "^exit EXTERNAL_INTERRUPT |$dropped" |
	sed 's, pc=0x[0-9a-f]*,,' | sed "$alike" >"$exits" || true
[ "$status" -eq "$expected" ] || fail "status $status instead of $expected"
[ -z "$text" ] || grep -qF -- "$text" "$out" || fail "the console has no \"$text\""
grep -qF -- "$log_text" "$log" || fail "the log has no \"$log_text\""
if grep -q 'FAIL' "$out"; then
	fail "the guest's own checks"
fi
if [ -n "$least" ]; then
	exits_seen=$(sed -n "s/^exits of machine ${least%:*}: //p" "$log")
	[ "${exits_seen:-0}" -ge "${least#*:}" ] || fail "${exits_seen:-no} exits of machine ${least%:*}"
	echo "$exits_seen exits of machine ${least%:*}"
fi
if [ "$trace" != - ]; then
	sed "$alike" "$trace" | diff -u - "$exits" >&2 || fail "other exits than expected (- expected, + seen)"
fi
echo "PASS: $(tail -n 1 "$out"), status $status"
