#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The hypervisor boots under QEMU, its guest prints and powers off: boot_test.sh KERNEL
set -eu
out=$TEST_TMPDIR/console

timeout 50 qemu-system-riscv64 -M virt -cpu rv64,h=true -m 64 \
	-nodefaults -display none -serial stdio -kernel "$1" </dev/null >"$out"
cat "$out"
# OpenSBI's banner comes first.
cat >"$TEST_TMPDIR/expected" <<EOF
hypervisor: enters the guest
guest: hello from VS mode
hypervisor: the guest powered off
EOF
sed -n 's/\r$//; /^hypervisor: /,$p' "$out" | diff -u "$TEST_TMPDIR/expected" -
