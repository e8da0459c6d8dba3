#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The hypervisor boots under QEMU, its guest prints and powers off: boot_test.sh KERNEL
set -eu
out=$TEST_TMPDIR/console

timeout 50 qemu-system-aarch64 -M virt,virtualization=on,gic-version=3 -cpu cortex-a57 -m 64 \
	-nodefaults -display none -serial stdio -kernel "$1" </dev/null >"$out"
cat "$out"
diff -u - "$out" <<EOF
hypervisor: enters the guest
guest: hello from EL1
hypervisor: the guest powered off
EOF
