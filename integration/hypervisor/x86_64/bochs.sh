#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a ROM image (make_rom.sh) under Bochs, on a CPU with VMX, and writes what it prints on
# COM1 to a file:
#   bochs.sh ROM OUTPUT SECONDS
# Ends with 0 if the machine ended itself (pc.h, PC_BOCHS).
set -eu
rom=$(readlink -f "$1") output=$2 seconds=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat >"$dir/options" <<END
config_interface: textconfig
display_library: rfb, options="timeout=0"
plugin_ctrl: unmapped=1, speaker=0, biosdev=0
sound: driver=dummy, waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
cpu: model=corei7_skylake_x, reset_on_triple_fault=0, ignore_bad_msrs=0
memory: guest=256, host=256
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
printf 'c\nq\n' >"$dir/commands"
# Bochs' display listens on all addresses: a network of its own keeps it in.
isolate="unshare --net"
[ "$(id -u)" -eq 0 ] || isolate="unshare --user --net"
(cd "$dir" && timeout "$seconds" $isolate bochs -q -f options -rc commands </dev/null >messages 2>&1) || true
cp "$dir/console" "$output"
# It calls every end a panic, also the one that is asked for.
grep -q 'shutdown requested' "$dir/log" || {
	cat "$dir/messages" "$dir/log" >&2
	exit 1
}
