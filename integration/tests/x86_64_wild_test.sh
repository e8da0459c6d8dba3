#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random code in every mode, on SVM under QEMU or on VMX under Bochs. Each guest is lost
# sooner or later and begins anew with other code; the hypervisor answers every exit,
# is unharmed, and a neighbour in a second machine passes.
#   x86_64_wild_test.sh svm|vmx HYPERVISOR BOCHS_SH ROM GUEST GUESTS EXITS NEIGHBOUR|-
# GUESTS is how many one hypervisor has, EXITS how many exits all have to make together:
# further hypervisors start, with other guests, until they did.
#
# QEMU 7.2 has instructions on which it ends by an assertion of its own (exit status 134).
# Such a run counts for nothing, and half of all at most may end so.
set -eu
backend=$1 hypervisor=$2 bochs=$3 rom=$4 guest=$5 guests=$6 wanted=$7 neighbour=$8
dir=${TEST_TMPDIR:-$(mktemp -d)}
memory=4

fail() {
	echo "FAIL: $* (guests from $first on)" >&2
	grep -a '^[e]' "$dir/log" | tail -n 20 >&2 || true
	cat "$dir/report" >&2 || true
	exit 1
}

field() { # ELF OFFSET: 8 bytes there
	od -A n -t u8 -j "$2" -N 8 "$1" | tr -d ' '
}

# ELF-64 header: e_entry at 24, e_phoff at 32; p_offset, p_paddr, p_filesz at 8, 24, 32 there.
machine() { # ELF NAME MEGABYTES
	headers=$(field "$1" 32)
	cat <<CONFIG
memory $(($3 << 20))
entry $(field "$1" 24)
arg 0
cpus 1
testdev 1
load opt/axvcpu/$2 $(field "$1" $((headers + 8))) $(field "$1" $((headers + 24))) $(field "$1" $((headers + 32)))
CONFIG
}

run_svm() {
	timeout 1000 qemu-system-x86_64 -accel tcg -M q35 -cpu max -m 160 -nodefaults \
		-display none -no-reboot -serial "file:$dir/console" -serial "file:$dir/log" \
		-serial "file:$dir/report" -fw_cfg "name=opt/axvcpu/config,file=$dir/opt/axvcpu/config" \
		-fw_cfg "name=opt/axvcpu/kernel,file=$guest" \
		-fw_cfg "name=opt/axvcpu/neighbour,file=$dir/opt/axvcpu/neighbour" \
		-kernel "$hypervisor" </dev/null 2>"$dir/qemu"
}

run_vmx() {
	tar --format=ustar -C "$dir" -cf "$dir/disk.tar" opt/axvcpu/config opt/axvcpu/kernel \
		opt/axvcpu/neighbour
	timeout 1000 sh "$bochs" "$rom" "$dir/disk.tar" "$dir/out" corei7_skylake_x || return $?
	mv "$dir/out/console.txt" "$dir/console"
	mv "$dir/out/log.txt" "$dir/log"
	mv "$dir/out/report.txt" "$dir/report"
}

mkdir -p "$dir/opt/axvcpu"
cp "$guest" "$dir/opt/axvcpu/kernel"
: >"$dir/opt/axvcpu/neighbour"
[ "$neighbour" = - ] || cp "$neighbour" "$dir/opt/axvcpu/neighbour"
exits=0 first=0 runs=0 aborted=0
while [ "$exits" -lt "$wanted" ]; do
	{
		echo "log 2"
		echo "again $guests $first"
		machine "$guest" kernel "$memory"
		if [ "$neighbour" != - ]; then
			echo machine
			machine "$neighbour" neighbour 16
		fi
	} >"$dir/opt/axvcpu/config"
	rm -f "$dir/log" "$dir/report" "$dir/console"
	status=0
	"run_$backend" || status=$?
	runs=$((runs + 1))
	if [ "$status" = 134 ]; then
		aborted=$((aborted + 1))
		[ $((aborted * 2)) -le $((runs + 1)) ] || fail "QEMU aborts: $(cat "$dir/qemu")"
	else
		[ "$status" = 0 ] || fail "the emulator ended with $status"
		[ "$(sed -n 's/^status //p' "$dir/report")" = 0 ] || fail "a guest ended the hypervisor"
		if grep -aq '^error: ' "$dir/log"; then
			fail "an error of the hypervisor's"
		fi
		if [ "$neighbour" != - ] && ! grep -aq '\[machine 1\] PASS' "$dir/console"; then
			fail "the neighbour did not pass"
		fi
		exits=$((exits + $(awk '/^exits /{ n += $3 } END { print n }' "$dir/report")))
	fi
	first=$((first + guests))
done
echo "PASS: $exits exits of $first guests, $aborted of $runs runs ended by QEMU itself"
