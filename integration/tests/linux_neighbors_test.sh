#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two Debian machines side by side: both come to user space, work, and end in their own way,
# the first one off, the second by a reset. Neither has anything of the other on its console.
#   linux_neighbors_test.sh RUN ARCH KERNEL INITRD CONSOLE SMP NEIGHBOR_SMP HOST_CPUS [RUN_OPTION...]
set -eu
run=$1 arch=$2 kernel=$3 initrd=$4 console=$5 smp=$6 neighbor_smp=$7 host_cpus=$8
shift 8
out=$TEST_TMPDIR/console
log=$TEST_TMPDIR/log

fail() {
	echo "FAIL: $*" >&2
	echo "--- console:" >&2
	cat "$out" >&2
	exit 1
}

# What a machine of $1 CPUs does: its CPUs' work on $2 blocks of zeros, all at once, and its name.
work() {
	echo "axvcpu.run=for+i+in+\$(seq+$1);do+(dd+if=/dev/zero+bs=4096+count=$2+2>/dev/null|md5sum)&+done;wait" \
		"axvcpu.run=echo+CPUs:+\$(grep+-c+^processor+/proc/cpuinfo)"
}
sum() {
	head -c $((4096 * $1)) /dev/zero | md5sum | cut -d' ' -f1
}

# no_timer_check: as in linux_smp_test.sh.
case $arch in
x86_64) console="$console no_timer_check" ;;
esac
status=0
"$run" --arch "$arch" --kernel "$kernel" --initrd "$initrd" --smp "$smp" --append \
	"console=$console quiet hostname=eden $(work "$smp" 500) axvcpu.run=cat+/proc/interrupts" \
	--neighbor "$kernel" --neighbor-initrd "$initrd" --neighbor-smp "$neighbor_smp" --neighbor-append \
	"console=$console quiet hostname=nod $(work "$neighbor_smp" 700) axvcpu.run=cat+/proc/interrupts axvcpu.reboot" \
	--host-cpus "$host_cpus" --timeout $((${TEST_TIMEOUT:-300} - 20)) --log 3 "$@" >"$out" 2>"$log" </dev/null || status=$?
cat "$log" >&2

[ "$status" -eq 3 ] || fail "status $status instead of the second machine's 3"
grep -q '^machine 0 ended with status 0$' "$log" || fail "the first machine did not power off"
grep -q '^machine 1 ended with status 3$' "$log" || fail "the second machine did not reset"
grep -q "^$host_cpus physical CPUs" "$log" || fail "not on $host_cpus physical CPUs"

! grep -q '.\[machine 1\] ' "$out" || fail "a line within another one"
grep -v '^\[machine 1\] ' "$out" | tr -d '\r' >"$TEST_TMPDIR/eden"
sed -n 's/^\[machine 1\] //p' "$out" >"$TEST_TMPDIR/nod"

# check NAME OTHER CPUS BLOCKS OTHER_BLOCKS
check() {
	own=$TEST_TMPDIR/$1
	grep -q '^axvcpu: user space reached' "$own" || fail "$1: no user space"
	grep -q "^Linux $1 " "$own" || fail "$1: not its own command line"
	! grep -q "^Linux $2 " "$own" || fail "$1: has what $2 printed"
	grep -qx "CPUs: $3" "$own" || fail "$1: not $3 CPUs"
	[ "$(grep -c "^$(sum "$4") " "$own")" -eq "$3" ] || fail "$1: not all work was done, or not well"
	! grep -q "^$(sum "$5") " "$own" || fail "$1: has the work of $2"
	[ "$(grep -c '^axvcpu: the command ended with 0' "$own")" -eq 3 ] || fail "$1: a command did not end well"
	# Every CPU had interrupts of its timer.
	awk -v smp="$3" '/arch_timer|riscv-timer|Local timer interrupts/ { good = 1; for (i = 2; i < 2 + smp; i++) good = good && $i > 10 }
		END { exit !good }' "$own" || fail "$1: a CPU without timer interrupts"
}
check eden nod "$smp" 500 700
check nod eden "$neighbor_smp" 700 500
echo "PASS: two machines of $smp and $neighbor_smp vCPUs on $host_cpus CPUs"
