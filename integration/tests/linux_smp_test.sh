#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian's kernel on several vCPUs with emulated devices, on as many physical CPUs or fewer:
# all of them work, have interrupts of their timer and from each other.
#   linux_smp_test.sh RUN ARCH KERNEL INITRD CPU SMP HOST_CPUS RENEW [RUN_OPTION...]
# ARCH is arm64 or x86_64.
# RENEW: vCPUs are saved, destroyed, made anew and loaded every so many exits, a hundred
# times at least; 0: never.
set -eu
run=$1 arch=$2 kernel=$3 initrd=$4 cpu=$5 smp=$6 host_cpus=$7 renew=$8
shift 8
out=$TEST_TMPDIR/console
log=$TEST_TMPDIR/log

# no_timer_check: a busy machine may not give ten ticks of the 8254 in the time in which the
# kernel expects some (Documentation/admin-guide/kernel-parameters.txt).
case $arch in
arm64) console=ttyAMA0 append= timer=arch_timer ;;
x86_64) console=ttyS0 append="nokaslr mitigations=off no_timer_check" timer="Local timer interrupts" ;;
*) echo "FAIL: no architecture $arch" >&2 && exit 1 ;;
esac

fail() {
	echo "FAIL: $*" >&2
	echo "--- console:" >&2
	cat "$out" >&2
	exit 1
}

# A pipe of two processes for each CPU, all at once; then the interrupts that it took.
work="for+i+in+\$(seq+$smp);do+(dd+if=/dev/zero+bs=65536+count=50+2>/dev/null|md5sum)&+done;wait"
status=0
"$run" --arch "$arch" --kernel "$kernel" --initrd "$initrd" --cpu "$cpu" --timeout $((${TEST_TIMEOUT:-300} - 20)) --report \
	--smp "$smp" --host-cpus "$host_cpus" --log 3 --renew "$renew" "$@" \
	--append "console=$console quiet $append axvcpu.run=cat+/proc/cpuinfo axvcpu.run=$work axvcpu.run=cat+/proc/interrupts" \
	>"$out" 2>"$log" </dev/null || status=$?
cat "$log" >&2

[ "$status" -eq 0 ] || fail "status $status instead of 0"
grep -q '^axvcpu: user space reached' "$out" || fail "no user space"
grep -q "^$host_cpus physical CPUs" "$log" || fail "not on $host_cpus physical CPUs"
[ "$(grep -c '^processor' "$out")" -eq "$smp" ] || fail "not $smp CPUs online"
# 50 times 64 KiB of zeros, from each CPU.
sum=$(head -c 3276800 /dev/zero | md5sum | cut -d' ' -f1)
[ "$(grep -c "$sum" "$out")" -eq "$smp" ] || fail "not all work was done, or not well"
[ "$(grep -c '^axvcpu: the command ended with 0' "$out")" -eq 3 ] || fail "a command did not end well"
# Every CPU had interrupts of its timer.
awk -v smp="$smp" -v timer="$timer" '$0 ~ timer { good = 1; for (i = 2; i < 2 + smp; i++) good = good && $i > 10 }
	END { exit !good }' "$out" || fail "a CPU without timer interrupts"
if [ "$smp" -gt 1 ]; then
	awk '/Rescheduling interrupts|Function call interrupts/ { for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i }
		END { exit !(sum > 0) }' "$out" || fail "no interrupts between CPUs"
fi
if [ "$renew" -gt 0 ]; then
	[ "$(sed -n 's/^vCPUs made anew: //p' "$log")" -ge 100 ] || fail "made anew too seldom"
fi
case " $* " in
*" --move="*)
	[ "$(sed -n 's/^vCPUs moved to another CPU: //p' "$log")" -ge 100 ] || fail "moved too seldom"
	;;
esac
echo "PASS: $arch, $cpu with $smp vCPUs on $host_cpus CPUs"
