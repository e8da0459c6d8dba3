#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Xen hypervisor as a guest, a Multiboot kernel, with Debian's kernel as its dom0: to
# dom0's user space, which turns the machine off.
#   xen_test.sh RUN XEN KERNEL INITRD [RUN_OPTION...]
#
# smap=0: QEMU 7.2 gives IRET of a PV guest, which runs at CPL 3, the rights of CPL 0.
set -eu
run=$1 xen=$2 kernel=$3 initrd=$4
shift 4
out=$TEST_TMPDIR/console
gunzip -c "$xen" >"$TEST_TMPDIR/xen"

fail() {
	echo "FAIL: $*" >&2
	tail -n 60 "$out" >&2
	exit 1
}

status=0
"$run" --arch x86_64 --memory 512M --kernel "$TEST_TMPDIR/xen" \
	--append "com1=115200,8n1 console=com1 no-real-mode dom0_mem=256M smap=0" \
	--initrd "$kernel console=hvc0 earlyprintk=xen,$initrd" \
	--timeout $((${TEST_TIMEOUT:-300} - 20)) "$@" >"$out" </dev/null || status=$?
grep -q '^(XEN) Bootloader: axvcpu' "$out" || fail "Xen did not read what its loader says"
grep -q 'Command line: console=hvc0 earlyprintk=xen' "$out" || fail "dom0 did not start"
# Nothing but a program of its user space writes the port that turns the machine off.
grep -q 'Run /init as init process' "$out" || fail "dom0 has no user space"
[ $status -eq 0 ] || fail "status $status instead of 0"
echo "PASS: $(sed -n 's/^(XEN) \(Xen version [^ ]*\).*/\1/p' "$out"), dom0's user space, status 0"
