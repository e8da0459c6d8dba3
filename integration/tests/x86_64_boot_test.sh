#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A guest of our own on the x86_64 hypervisor under QEMU: its own checks, its end, and
# the exits that the hypervisor saw.
#   x86_64_boot_test.sh HYPERVISOR GUEST STATUS CONSOLE_TEXT TRACE|- [CPU]
# GUEST is an ELF of one segment. TRACE has the lines of log level 4 to expect without
# their pc, all in this order, but for external interrupts, halts and timers, which come
# when they come, and the output to the console's port.
set -eu
hypervisor=$1 guest=$2 expected=$3 text=$4 trace=$5 cpu=${6:-max}
dir=${TEST_TMPDIR:-$(mktemp -d)}
memory=16

fail() {
	echo "FAIL: $*" >&2
	echo "--- console:" >&2
	cat "$dir/console" >&2
	echo "--- log (end):" >&2
	tail -n 40 "$dir/log" >&2
	exit 1
}

field() { # OFFSET BYTES of the ELF
	od -A n -t "u$2" -j "$1" -N "$2" "$guest" | tr -d ' '
}

# ELF-64 header: e_entry at 24, e_phoff at 32; p_offset, p_paddr, p_filesz at 8, 24, 32 there.
entry=$(field 24 8)
headers=$(field 32 8)
level=4
[ "$trace" != - ] || level=3
cat >"$dir/config" <<CONFIG
log $level
memory $((memory << 20))
entry $entry
arg 0
cpus 1
testdev 1
load opt/axvcpu/kernel $(field $((headers + 8)) 8) $(field $((headers + 24)) 8) $(field $((headers + 32)) 8)
CONFIG
timeout 250 qemu-system-x86_64 -accel tcg -M q35 -cpu "$cpu" -m $((memory + 128)) -nodefaults \
	-display none -no-reboot \
	-chardev "file,id=console,path=$dir/console" -serial chardev:console \
	-chardev "file,id=log,path=$dir/log" -serial chardev:log \
	-chardev "file,id=report,path=$dir/report" -serial chardev:report \
	-fw_cfg "name=opt/axvcpu/config,file=$dir/config" \
	-fw_cfg "name=opt/axvcpu/kernel,file=$guest" \
	-kernel "$hypervisor" </dev/null || fail "QEMU ended with $?"
status=$(sed -n 's/^status //p' "$dir/report")
[ "$status" = "$expected" ] || fail "status $status instead of $expected"
grep -qF -- "$text" "$dir/console" || fail "the console has no \"$text\""
if grep -q FAIL "$dir/console"; then
	fail "the guest's own checks"
fi
if [ "$trace" != - ]; then
	grep '^exit ' "$dir/log" | sed 's, pc=0x[0-9a-f]*,,' |
		grep -v -e '^exit EXTERNAL_INTERRUPT ' -e ' port=0x3f8 ' -e '^exit HALT ' \
			-e '^exit NOTHING flags=0x0$' >"$dir/exits" || true
	diff -u "$trace" "$dir/exits" >&2 || fail "other exits than expected (- expected, + seen)"
fi
echo "PASS: $(tail -n 1 "$dir/console"), status $status"
