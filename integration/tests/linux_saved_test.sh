#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian's kernel is saved in the middle of what its user space does, and goes on in other
# runs of the hypervisor, on boards with other CPUs, as if nothing had been.
#   linux_saved_test.sh RUN ARCH KERNEL INITRD SMP [--aia] BOARD...
# BOARD: CPU:HOST_CPUS, one for each run; CPU may be empty: the default. There is a save
# between each two.
set -eu
run=$1 arch=$2 kernel=$3 initrd=$4 smp=$5
shift 5
aia=
if [ "$1" = --aia ]; then
	aia=$1
	shift
fi
dir=${TEST_TMPDIR:-$(mktemp -d)}
out=$dir/console

# As in linux_smp_test.sh.
case $arch in
arm64) append="console=ttyAMA0" ;;
riscv64) append="console=ttyS0" ;;
x86_64) append="console=ttyS0 nokaslr mitigations=off no_timer_check" ;;
*) echo "FAIL: no architecture $arch" >&2 && exit 1 ;;
esac

fail() {
	echo "FAIL: $*" >&2
	echo "--- console:" >&2
	cat "$out" >&2
	exit 1
}

# A chain of checksums of which every step hangs on all before it; the time of each; and
# beside it one for each CPU.
steps=12
others=12
work="for+c+in+\$(seq+$smp);do+(s=\$c;for+i+in+\$(seq+$others);do+s=\$(echo+\$s+\$i|md5sum);done;echo+worker+\$c:+\$s)&+done"
work="$work;for+i+in+\$(seq+$steps);do+s=\$(echo+\$s+\$i|md5sum);read+up+idle+</proc/uptime"
work="$work;echo+step+\$i:+\$s;echo+uptime:+\$up;done;wait"

# board CPU:HOST_CPUS OPTION...: one run; sets $status.
board() {
	cpu=${1%:*} host_cpus=${1#*:}
	shift
	status=0
	"$run" --arch "$arch" ${cpu:+--cpu "$cpu"} --host-cpus "$host_cpus" --timeout 250 --log 3 "$@" \
		>>"$out" 2>"$dir/log" </dev/null || status=$?
	cat "$dir/log" >&2
	grep -q "^$host_cpus physical CPUs" "$dir/log" || fail "not on $host_cpus physical CPUs"
}

: >"$out"
saves=0
boards=$#
set -- "$@" ""
while [ $saves -lt "$boards" ]; do
	this=$1
	shift
	if [ $saves -eq 0 ]; then
		set -- "$@" --kernel "$kernel" --initrd "$initrd" --smp "$smp" --memory 160M $aia \
			--append "$append quiet axvcpu.run=$work"
	else
		set -- "$@" --load "$dir/machine$saves"
	fi
	saves=$((saves + 1))
	if [ $saves -lt "$boards" ]; then
		at=$((steps * saves / boards))
		set -- "$@" --save "$dir/machine$saves" --save-at "step $at: "
		expected=6
	else
		expected=0
	fi
	# What is left of the boards stands before the options, with an empty word between.
	rest=
	while [ -n "$1" ]; do
		rest="$rest $1"
		shift
	done
	shift
	board "$this" "$@"
	[ "$status" -eq "$expected" ] || fail "status $status instead of $expected in run $saves"
	if [ $saves -gt 1 ]; then
		grep -q '^a saved machine goes on here' "$dir/log" || fail "run $saves began anew"
		rm "$dir/machine$((saves - 1))"
	fi
	# shellcheck disable=SC2086 # words
	set -- $rest ""
done

# The consoles of all runs, one behind the other, are what one run would have shown.
for worker in $(seq "$smp"); do
	sum=$worker
	for i in $(seq $others); do
		sum=$(echo $sum "$i" | md5sum)
	done
	[ "$(tr -d '\r' <"$out" | grep -c "^worker $worker: ${sum%% *}")" -eq 1 ] || fail "worker $worker has not $sum"
done
# The guest's shell splits a sum in its two words, and so does this.
sum=
for i in $(seq $steps); do
	sum=$(echo $sum "$i" | md5sum)
	echo "step $i:" $sum
done >"$dir/expected"
tr -d '\r' <"$out" | grep '^step ' | diff -u "$dir/expected" - >&2 || fail "not the steps that are right"
tr -d '\r' <"$out" | sed -n 's/^uptime: //p' >"$dir/times"
[ "$(wc -l <"$dir/times")" -eq $steps ] || fail "not $steps times"
sort -n "$dir/times" | cmp -s - "$dir/times" || fail "the clock went back"
# A clock that jumped, or an interrupt that got lost, shows in the kernel's messages.
if grep -iE 'BUG:|stall|lockup|unstable|Oops|nobody cared|WARNING' "$out" >&2; then
	fail "the kernel complains"
fi
[ "$(grep -c '^axvcpu: user space reached' "$out")" -eq 1 ] || fail "user space began again"
grep -q '^axvcpu: the command ended with 0' "$out" || fail "the command did not end"
echo "PASS: $arch, $smp vCPUs, $boards runs"
