#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian's kernel through the runner: to user space and off, or to a reset.
#   linux_test.sh RUN KERNEL INITRD VERSION_FILE CPU off|reset [RUN_OPTION...]
set -eu
run=$1 kernel=$2 initrd=$3 version=$4 cpu=$5 end=$6
shift 6
out=$TEST_TMPDIR/console

fail() {
	echo "FAIL: $*" >&2
	echo "--- console:" >&2
	cat "$out" >&2
	exit 1
}

case $end in
off) expected=0 append= ;;
reset) expected=3 append=" axvcpu.reboot" ;;
esac
status=0
"$run" --arch arm64 --kernel "$kernel" --initrd "$initrd" --cpu "$cpu" --timeout $((${TEST_TIMEOUT:-300} - 20)) --report "$@" \
	--append "console=ttyAMA0 quiet axvcpu.run=cat+/proc/cpuinfo+;+/bin/vectors_arm64.elf+;+/bin/debugger_arm64.elf$append" \
	>"$out" </dev/null || status=$?

[ "$status" -eq "$expected" ] || fail "status $status instead of $expected"
grep -q '^axvcpu: user space reached' "$out" || fail "no user space"
# `uname -v` of a Debian kernel has the package's version.
grep -qF "Debian $(cat "$version") " "$out" || fail "not the kernel of package version $(cat "$version")"
# The virtual timer's interrupt (PPI 11 = INTID 27) reaches the guest.
awk '$3 == "GICv3" && $4 == 27 && $2 > 10 { found = 1 } END { exit !found }' "$out" ||
	fail "no timer interrupts"
# What is hidden stays so: Linux lists no feature whose state nobody isolates.
grep -q '^Features' "$out" || fail "no /proc/cpuinfo"
hidden='sme|mte|mte3'
vectors='^axvcpu: no SVE'
case " $* " in
*" --sve="*)
	grep '^Features' "$out" | grep -qwE 'sve' || fail "no SVE in /proc/cpuinfo"
	vectors="^axvcpu: SVE vectors of $(echo " $* " | sed 's/.* --sve=\([0-9]*\) .*/\1/') bits are kept"
	;;
*) hidden="$hidden|sve|sve2" ;;
esac
if grep '^Features' "$out" | grep -qwE "$hidden"; then
	fail "the guest sees a hidden feature"
fi
# Two processes whose SVE registers share the CPU (images/arm64/vectors.c).
grep -q "$vectors" "$out" || fail "no line \"$vectors\""
# Linux' own debugging by the CPU's debug registers (images/arm64/debugger.c).
for what in breakpoint steps watchpoint; do
	grep -q "^axvcpu: debugger: $what" "$out" || fail "no $what"
done
grep -q '^axvcpu: the command ended with 0' "$out" || fail "the command did not end"
echo "PASS: Debian $(cat "$version") on $cpu, status $status"
