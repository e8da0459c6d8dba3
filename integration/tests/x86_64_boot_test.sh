#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A guest of our own on the x86_64 hypervisor under QEMU: its own checks, its end, and
# the exits that the hypervisor saw.
#   x86_64_boot_test.sh HYPERVISOR GUEST STATUS CONSOLE_TEXT TRACE|- CPU [NEIGHBOUR]
# GUEST is an ELF of one segment; so is NEIGHBOUR, which runs in a second machine, takes
# turns with it, and must pass too. TRACE has the lines of log level 4 to expect without
# their pc, all in this order, but for external interrupts, halts and timers, which come
# when they come, and the output to the console's port.
set -eu
hypervisor=$1 guest=$2 expected=$3 text=$4 trace=$5 cpu=$6 neighbour=${7:-}
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

field() { # ELF OFFSET: 8 bytes there
	od -A n -t u8 -j "$2" -N 8 "$1" | tr -d ' '
}

# ELF-64 header: e_entry at 24, e_phoff at 32; p_offset, p_paddr, p_filesz at 8, 24, 32 there.
machine() { # ELF NAME
	headers=$(field "$1" 32)
	cat <<CONFIG
memory $((memory << 20))
entry $(field "$1" 24)
arg 0
cpus 2
testdev 1
load opt/axvcpu/$2 $(field "$1" $((headers + 8))) $(field "$1" $((headers + 24))) $(field "$1" $((headers + 32)))
CONFIG
}

level=4
[ "$trace" != - ] || level=3
{
	echo "log $level"
	machine "$guest" kernel
	if [ -n "$neighbour" ]; then
		echo machine
		machine "$neighbour" neighbour
	fi
} >"$dir/config"
timeout 250 qemu-system-x86_64 -accel tcg -M q35 -cpu "$cpu" -m $((2 * memory + 128)) -nodefaults \
	-display none -no-reboot \
	-chardev "file,id=console,path=$dir/console" -serial chardev:console \
	-chardev "file,id=log,path=$dir/log" -serial chardev:log \
	-chardev "file,id=report,path=$dir/report" -serial chardev:report \
	-fw_cfg "name=opt/axvcpu/config,file=$dir/config" \
	-fw_cfg "name=opt/axvcpu/kernel,file=$guest" \
	-fw_cfg "name=opt/axvcpu/neighbour,file=${neighbour:-/dev/null}" \
	-kernel "$hypervisor" </dev/null || fail "QEMU ended with $?"
status=$(sed -n 's/^status //p' "$dir/report")
[ "$status" = "$expected" ] || fail "status $status instead of $expected"
grep -qF -- "$text" "$dir/console" || fail "the console has no \"$text\""
if [ -n "$neighbour" ]; then
	grep -q '^\[machine 1\] PASS' "$dir/console" || fail "the neighbour did not pass"
fi
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
