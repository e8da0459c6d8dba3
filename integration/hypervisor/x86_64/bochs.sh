#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a ROM image with the hypervisor under Bochs.
#
#   bochs.sh ROM DISK DIRECTORY [MODEL [MEGABYTES [IPS]]]
#
# DISK is a tar archive with what QEMU would give through fw_cfg. In DIRECTORY are then
# console.txt (the guests' console), log.txt, report.txt and bochs.txt (Bochs' own log).
# MODEL is one of Bochs' CPU models: corei7_skylake_x has VMX, ryzen has SVM.
# IPS is how many instructions make a second of the machine: with few of them a guest's
# timer ends again before its interrupt is handled.
# The exit status is 0 if the hypervisor ended the machine.
set -eu

rom=$(realpath "$1")
disk=$(realpath "$2")
directory=$3
model=${4:-corei7_skylake_x}
megabytes=${5:-256}
ips=${6:-50000000}

# That model has no VM_CR, which SVM's manual promises: reads of unknown MSRs give 0 then.
case $model in
ryzen) ignore=1 ;;
*) ignore=0 ;;
esac

mkdir -p "$directory"
cd "$directory"
# Bochs wants whole cylinders of 16 heads and 63 sectors.
cylinder=$((16 * 63 * 512))
size=$(stat -c %s "$disk")
cylinders=$(((size + cylinder - 1) / cylinder))
# A lock is left of a run that was killed.
rm -f disk.img.lock
cp "$disk" disk.img
truncate -s $((cylinders * cylinder)) disk.img

cat > bochs.rc <<END
config_interface: textconfig
display_library: rfb, options="timeout=0"
plugin_ctrl: unmapped=1, speaker=0, biosdev=0
sound: driver=dummy, waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
cpu: model=$model, count=1, ips=$ips, reset_on_triple_fault=0, ignore_bad_msrs=$ignore
memory: guest=$megabytes, host=$megabytes
romimage: file=$rom
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=disk, mode=flat, path=disk.img, cylinders=$cylinders, heads=16, spt=63
com1: enabled=1, mode=file, dev=console.txt
com3: enabled=1, mode=file, dev=report.txt
com2: enabled=1, mode=file, dev=com2.txt
port_e9_hack: enabled=1
clock: sync=none, time0=946681200
panic: action=fatal
error: action=report
log: bochs.txt
END
# Bochs 2 begins in its debugger, Bochs 3 does not.
printf 'c\nq\n' > bochs.commands
# Its display listens on all addresses: a network namespace of its own keeps that in.
if unshare -n true 2>/dev/null; then
	namespace=-n
else
	namespace=-rn
fi
status=0
unshare $namespace bochs -q -f bochs.rc -rc bochs.commands </dev/null >bochs.out 2>&1 || status=$?
# Bochs calls every end of the machine a failure, also the one that the hypervisor asks for.
if [ "$status" -eq 1 ] && grep -q 'Shutdown port: shutdown requested' bochs.out; then
	status=0
fi
# The hypervisor's log is among what Bochs itself writes.
sed -n 's/^.*hypervisor: //p' bochs.out >log.txt
exit $status
