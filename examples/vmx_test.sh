#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The example for x86_64 on a CPU with Intel VMX, under Bochs: vmx_test.sh ROM
set -eu
rom=$(readlink -f "$1")
cd "$TEST_TMPDIR"

cat >options <<END
config_interface: textconfig
display_library: rfb, options="timeout=0"
plugin_ctrl: unmapped=1, speaker=0, biosdev=0
sound: driver=dummy, waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
cpu: model=corei7_skylake_x, reset_on_triple_fault=0, ignore_bad_msrs=0
memory: guest=64, host=64
romimage: file=$rom
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0: enabled=0
com1: enabled=1, mode=file, dev=console
clock: sync=none, time0=946681200
panic: action=fatal
error: action=ignore
info: action=ignore
log: log
END
# Bochs 2 begins in its debugger.
printf 'c\nq\n' >commands

# Bochs' display listens on all addresses: a network of its own keeps it in.
isolate="unshare --net"
[ "$(id -u)" -eq 0 ] || isolate="unshare --user --net"
status=0
timeout 50 $isolate bochs -q -f options -rc commands </dev/null >messages 2>&1 || status=$?
# It calls every end a panic, also the one that the hypervisor asks for.
if ! grep -q 'shutdown requested' log; then
	echo "FAIL: Bochs ended with $status" >&2
	cat messages log >&2
	exit 1
fi
cat >expected <<END
hypervisor: Intel VMX
hypervisor: enters the guest
guest: hello from real mode
hypervisor: the guest halted
END
diff -u expected console
