#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A guest of our own on the x86_64 hypervisor under Bochs: its own checks, its end, and
# the exits that the hypervisor saw, which are those of QEMU's SVM.
#   x86_64_bochs_test.sh BOCHS_SH ROM GUEST STATUS CONSOLE_TEXT TRACE|- MODEL
# GUEST and TRACE as in x86_64_boot_test.sh.
#
# The manuals let VMX differ in two things, which are made alike here: it gives the guest
# virtual address of a second-stage fault (SDM volume 3, table 28-7), and a page walk
# that sets no accessed bit reads its entry there, where SVM has walks write (APM volume
# 2, 15.25.6).
set -eu
bochs=$1 rom=$2 guest=$3 expected=$4 text=$5 trace=$6 model=$7
dir=${TEST_TMPDIR:-$(mktemp -d)}/machine
memory=16

fail() {
	echo "FAIL: $*" >&2
	for file in console.txt log.txt bochs.out; do
		echo "--- $file (end):" >&2
		tail -n 30 "$dir/out/$file" >&2 || true
	done
	exit 1
}

field() { # OFFSET BYTES of the ELF
	od -A n -t "u$2" -j "$1" -N "$2" "$guest" | tr -d ' '
}

if ! command -v bochs >/dev/null; then
	echo "FAIL: bochs is not installed (Debian: bochs, vgabios)" >&2
	exit 1
fi
# ELF-64 header: e_entry at 24, e_phoff at 32; p_offset, p_paddr, p_filesz at 8, 24, 32 there.
entry=$(field 24 8)
headers=$(field 32 8)
level=4
[ "$trace" != - ] || level=3
mkdir -p "$dir/opt/axvcpu"
cat >"$dir/opt/axvcpu/config" <<CONFIG
log $level
memory $((memory << 20))
entry $entry
arg 0
cpus 1
testdev 1
load opt/axvcpu/kernel $(field $((headers + 8)) 8) $(field $((headers + 24)) 8) $(field $((headers + 32)) 8)
CONFIG
cp "$guest" "$dir/opt/axvcpu/kernel"
tar --format=ustar -C "$dir" -cf "$dir/disk.tar" opt/axvcpu/config opt/axvcpu/kernel
timeout 240 sh "$bochs" "$rom" "$dir/disk.tar" "$dir/out" "$model" || fail "Bochs ended with $?"
status=$(sed -n 's/^status //p' "$dir/out/report.txt")
[ "$status" = "$expected" ] || fail "status $status instead of $expected"
grep -qF -- "$text" "$dir/out/console.txt" || fail "the console has no \"$text\""
if grep -q FAIL "$dir/out/console.txt"; then
	fail "the guest's own checks"
fi

alike() {
	sed -e 's, gva=0x[0-9a-f]*,,' -e 's,access=0x2\(.\) ,access=0x\1 ,' \
		-e 's,access=0x6\(.\) ,access=0x4\1 ,' -e 's,access=0x9 ,access=0xa ,'
}

if [ "$trace" != - ]; then
	grep '^exit ' "$dir/out/log.txt" |
		grep -v -e '^exit EXTERNAL_INTERRUPT ' -e ' port=0x3f8 ' -e '^exit HALT ' \
			-e '^exit NOTHING .*flags=0x0$' |
		sed 's, pc=0x[0-9a-f]*,,' | alike >"$dir/exits" || true
	alike <"$trace" >"$dir/wanted"
	diff -u "$dir/wanted" "$dir/exits" >&2 || fail "other exits than expected (- expected, + seen)"
fi
echo "PASS: $(tail -n 1 "$dir/out/console.txt"), status $status"
