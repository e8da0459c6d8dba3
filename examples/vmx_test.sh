#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The example for x86_64 on a CPU with Intel VMX, under Bochs: vmx_test.sh ROM BOCHS_SH
set -eu
"$2" "$1" "$TEST_TMPDIR/console" 50
diff -u - "$TEST_TMPDIR/console" <<END
hypervisor: Intel VMX
hypervisor: enters the guest
guest: hello from real mode
hypervisor: the guest halted
END
