#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A guest begins on one CPU's hypervisor and ends on another's: on AMD's SVM, which QEMU
# emulates, and on Intel's VMX, which Bochs emulates. Its state goes from the log of the
# first to a boot file of the second (x86_64/move.h).
#   x86_64_move_test.sh HYPERVISOR BOCHS_SH ROM GUEST FROM TO
# FROM and TO: svm or vmx.
set -eu
hypervisor=$1 bochs=$2 rom=$3 guest=$4 from=$5 to=$6
dir=${TEST_TMPDIR:-$(mktemp -d)}
memory=16

fail() {
	echo "FAIL: $*" >&2
	for file in "$dir"/svm/console.txt "$dir"/svm/log.txt "$dir"/vmx/console.txt "$dir"/vmx/log.txt; do
		echo "--- $file (end):" >&2
		grep -v '^state ' "$file" | tail -n 20 >&2 || true
	done
	exit 1
}

field() { # OFFSET of the ELF: 8 bytes there
	od -A n -t u8 -j "$1" -N 8 "$guest" | tr -d ' '
}

# Runs the machine; with a state if there is one.
run_svm() {
	timeout 250 qemu-system-x86_64 -accel tcg -M q35 -cpu max -m $((memory + 128)) -nodefaults \
		-display none -no-reboot -serial "file:$dir/svm/console.txt" \
		-serial "file:$dir/svm/log.txt" -serial "file:$dir/svm/report.txt" \
		-fw_cfg "name=opt/axvcpu/config,file=$dir/opt/axvcpu/config" \
		-fw_cfg "name=opt/axvcpu/kernel,file=$guest" \
		-fw_cfg "name=opt/axvcpu/state,file=$dir/opt/axvcpu/state" \
		-kernel "$hypervisor" </dev/null || fail "QEMU ended with $?"
}

run_vmx() {
	tar --format=ustar -C "$dir" -cf "$dir/disk.tar" opt/axvcpu/config opt/axvcpu/kernel \
		opt/axvcpu/state
	timeout 250 sh "$bochs" "$rom" "$dir/disk.tar" "$dir/vmx" corei7_skylake_x ||
		fail "Bochs ended with $?"
}

# ELF-64 header: e_entry at 24, e_phoff at 32; p_offset, p_paddr, p_filesz at 8, 24, 32 there.
headers=$(field 32)
mkdir -p "$dir/opt/axvcpu" "$dir/svm" "$dir/vmx"
cat >"$dir/opt/axvcpu/config" <<CONFIG
log 3
memory $((memory << 20))
entry $(field 24)
arg 0
cpus 1
testdev 1
load opt/axvcpu/kernel $(field $((headers + 8))) $(field $((headers + 24))) $(field $((headers + 32)))
CONFIG
cp "$guest" "$dir/opt/axvcpu/kernel"
: >"$dir/opt/axvcpu/state"
"run_$from"
grep -q '^moving' "$dir/$from/console.txt" || fail "the guest did not get to its move"
if grep -q -e PASS -e FAIL "$dir/$from/console.txt"; then
	fail "the guest ended where it began"
fi
grep '^state ' "$dir/$from/log.txt" >"$dir/opt/axvcpu/state" || fail "no state came out"
"run_$to"
grep -q 'a machine goes on here' "$dir/$to/log.txt" || fail "it did not go on"
[ "$(sed -n 's/^status //p' "$dir/$to/report.txt")" = 0 ] || fail "it did not end well"
grep -q '^PASS' "$dir/$to/console.txt" || fail "the guest did not pass"
if grep -q -e FAIL -e moving "$dir/$to/console.txt"; then
	fail "the guest's own checks"
fi
echo "PASS: from $from to $to, $(wc -l <"$dir/opt/axvcpu/state") lines"
