#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A ROM image of 512 KiB: the kernel's segments from 1 MiB on, and behind them the code
# that starts it (rom.S).
#   make_rom.sh KERNEL CODE ROM
set -eu
kernel=$1 code=$2 rom=$3
base=$((0x100000)) room=$((448 * 1024))

field() { # OFFSET BYTES of the ELF
	od -A n -t "u$2" -j "$1" -N "$2" "$kernel" | tr -d ' '
}

dd if=/dev/zero of="$rom" bs=1024 count=448 2>/dev/null
# ELF-64 header: e_phoff at 32, e_phnum at 56; p_type, p_offset, p_paddr, p_filesz at 0, 8, 24, 32.
header=$(field 32 8)
count=$(field 56 2)
while [ "$count" -gt 0 ]; do
	size=$(field $((header + 32)) 8)
	if [ "$(field "$header" 4)" = 1 ] && [ "$size" -gt 0 ]; then
		offset=$(field $((header + 8)) 8)
		at=$(($(field $((header + 24)) 8) - base))
		if [ $at -lt 0 ] || [ $((at + size)) -gt $room ]; then
			echo "make_rom.sh: the kernel has no room in the ROM" >&2
			exit 1
		fi
		tail -c +$((offset + 1)) "$kernel" | head -c "$size" |
			dd of="$rom" bs=4096 seek=$((at / 4096)) conv=notrunc 2>/dev/null
		if [ $((at % 4096)) != 0 ]; then
			echo "make_rom.sh: a segment does not begin with a page" >&2
			exit 1
		fi
	fi
	header=$((header + 56))
	count=$((count - 1))
done
cat "$code" >>"$rom"
if [ "$(wc -c <"$rom")" != $((512 * 1024)) ]; then
	echo "make_rom.sh: the code is no 64 KiB" >&2
	exit 1
fi
