#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The hypervisor boots under QEMU, its guest prints and halts: boot_test.sh KERNEL
set -eu
out=$TEST_TMPDIR/console
status=0

timeout 50 qemu-system-x86_64 -M q35 -accel tcg -cpu max -m 64 -nodefaults -display none \
	-no-reboot -serial stdio -device isa-debug-exit,iobase=0xf4 -kernel "$1" \
	</dev/null >"$out" || status=$?
cat "$out"
# That device makes 2v + 1 of the v that is written.
if [ "$status" -ne 1 ]; then
	echo "FAIL: QEMU ended with $status" >&2
	exit 1
fi
# QEMU's firmware may print before.
cat >"$TEST_TMPDIR/expected" <<END
hypervisor: AMD SVM
hypervisor: enters the guest
guest: hello from real mode
hypervisor: the guest halted
END
sed -n 's/\r$//; /^hypervisor: /,$p' "$out" | diff -u "$TEST_TMPDIR/expected" -
