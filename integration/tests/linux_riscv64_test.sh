#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian's riscv64 kernel through the runner: to user space, where all harts work, and
# off, or to a reset.
#   linux_riscv64_test.sh RUN KERNEL INITRD CPU SMP HOST_CPUS off|reset RENEW [--aia]
# RENEW: vCPUs are saved, destroyed, made anew and loaded every so many exits, a hundred
# times at least; 0: never. With --aia its harts have interrupt files, and the UART's goes there.
set -eu
run=$1 kernel=$2 initrd=$3 cpu=$4 smp=$5 host_cpus=$6 end=$7 renew=$8 aia=${9-}
out=$TEST_TMPDIR/console
log=$TEST_TMPDIR/log
in=$TEST_TMPDIR/keyboard

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
commands=5
# A pipe of two processes for each hart, all at once; then the interrupts that it took.
work="for+i+in+\$(seq+$smp);do+(dd+if=/dev/zero+bs=65536+count=50+2>/dev/null|md5sum)&+done;wait"
# The console's input, by interrupts: after what is asked for it waits for a line.
typed="echo+a+line,+please;read+line;echo+typed:+\$line"
status=0
mkfifo "$in"
"$run" --arch riscv64 --kernel "$kernel" --initrd "$initrd" --cpu "$cpu" --timeout $((${TEST_TIMEOUT:-300} - 20)) --report \
	--smp "$smp" --host-cpus "$host_cpus" --log 3 --renew "$renew" $aia \
	--append "console=ttyS0 quiet axvcpu.run=cat+/proc/cpuinfo axvcpu.run=$work axvcpu.run=$typed axvcpu.run=cat+/proc/interrupts axvcpu.run=dmesg|grep+-e+SBI+-e+imsic$append" \
	>"$out" 2>"$log" <"$in" &
runner=$!
exec 3>"$in"
until grep -q '^a line, please' "$out"; do
	kill -0 $runner 2>/dev/null || break
	sleep 0.2
done
# More than the FIFO's 16 characters. Without the runner it is its status that counts.
trap '' PIPE
printf 'the quick brown fox jumps over the lazy dog\r' >&3 2>"$TEST_TMPDIR/typing" || true
wait $runner || status=$?
exec 3>&-
cat "$log" >&2

[ "$status" -eq "$expected" ] || fail "status $status instead of $expected"
grep -q '^axvcpu: user space reached' "$out" || fail "no user space"
# `uname -v` of the kernel that the file has.
version=$(grep -ao 'SMP Debian [0-9][^ ]*' "$kernel" | head -n 1)
[ -n "$version" ] && grep -qF "$version " "$out" || fail "not the kernel of the file: $version"
[ "$(grep -c '^hart' "$out")" -ge "$smp" ] || fail "not $smp harts"
[ "$(grep -c '^processor' "$out")" -eq "$smp" ] || fail "not $smp harts online"
# 50 times 64 KiB of zeros, from each hart.
sum=$(head -c 3276800 /dev/zero | md5sum | cut -d' ' -f1)
[ "$(grep -c "$sum" "$out")" -eq "$smp" ] || fail "not all work was done, or not well"
[ "$(grep -c '^axvcpu: the command ended with 0' "$out")" -eq $commands ] || fail "a command did not end well"
[ "$(grep -c '^typed: the quick brown fox jumps over the lazy dog' "$out")" -eq 1 ] || fail "not what was typed"
# What it found of SBI.
for found in "SBI SUSP extension detected" "SBI PMU extension is available" "SBI PMU snapshot detected"; do
	grep -q "$found" "$out" || fail "no \"$found\""
done
# Every hart had interrupts of its timer.
awk -v smp="$smp" '/riscv-timer/ { good = 1; for (i = 2; i < 2 + smp; i++) good = good && $i > 10 }
	END { exit !good }' "$out" || fail "a hart without timer interrupts"
if [ -n "$aia" ]; then
	grep -q "imsic.*providing IPIs using interrupt 1" "$out" || fail "no interrupts between harts by messages"
	! grep -qE "^  *(SEND_IPI|HYPERCALL) " "$log" || fail "messages between harts that exit"
	controller=APLIC
else
	controller=PLIC
fi
awk -v controller=$controller '$0 ~ controller ".*ttyS0" { sum = 0; for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i; good = sum > 0 }
	END { exit !good }' "$out" || fail "no interrupt of the UART"
case $cpu in
*sstc=false*) ! grep -q 'isa.*sstc' "$out" || fail "an extension that is not there" ;;
*) grep -q 'isa.*_sstc' "$out" || fail "no Sstc" ;;
esac
if [ "$smp" -gt 1 ]; then
	awk '/Rescheduling interrupts|Function call interrupts/ { for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i }
		END { exit !(sum > 0) }' "$out" || fail "no interrupts between harts"
fi
if [ "$renew" -gt 0 ]; then
	[ "$(sed -n 's/^vCPUs made anew: //p' "$log")" -ge 100 ] || fail "made anew too seldom"
fi
echo "PASS: $version on $cpu with $smp harts on $host_cpus, status $status"
