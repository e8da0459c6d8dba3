/* SPDX-License-Identifier: Apache-2.0 */
/* Files come through fw_cfg, which is behind ports here; on a machine without it from a disk. */
#include "../board.h"
#include "../fw_cfg.h"
#include "boot_cpus.h"
#include "cpu.h"
#include "disk.h"
#include "pc.h"

#define FW_CFG_SELECTOR PC_FW_CFG
#define FW_CFG_DATA (PC_FW_CFG + 1u)
#define FW_CFG_SIGNATURE 0x0000u
/** Address of the DMA access struct, big-endian: upper half, then the lower one, which starts it. */
#define FW_CFG_DMA_HIGH (PC_FW_CFG + 4u)
#define FW_CFG_DMA_LOW (PC_FW_CFG + 8u)
/** 16 bits, little-endian. */
#define FW_CFG_CPUS 0x0005u
/** Numbers beyond fw_cfg's own: a file on the disk, by its first sector. */
#define DISK_SELECTOR UINT32_C(0x10000)

void board_fw_cfg_start(uint64_t access)
{
	out32(FW_CFG_DMA_HIGH, __builtin_bswap32((uint32_t)(access >> 32)));
	out32(FW_CFG_DMA_LOW, __builtin_bswap32((uint32_t)access));
}

static bool has_fw_cfg(void)
{
	static const char signature[] = "QEMU";
	uint32_t i;

	out16(FW_CFG_SELECTOR, FW_CFG_SIGNATURE);
	for (i = 0; i < sizeof(signature) - 1; i++) {
		if (in8(FW_CFG_DATA) != (uint8_t)signature[i]) {
			return false;
		}
	}
	return true;
}

uint32_t boot_cpus(void)
{
	uint32_t low;

	if (!has_fw_cfg()) {
		return 0;
	}
	out16(FW_CFG_SELECTOR, FW_CFG_CPUS);
	low = in8(FW_CFG_DATA);
	return low | (uint32_t)in8(FW_CFG_DATA) << 8;
}

bool boot_file_find(const char *name, struct boot_file *file)
{
	uint32_t first;

	if (has_fw_cfg()) {
		return fw_cfg_find(name, file);
	}
	if (!disk_find(name, &first, &file->size)) {
		return false;
	}
	file->place = DISK_SELECTOR + first;
	return true;
}

bool boot_file_read(const struct boot_file *file, uint32_t offset, void *to, uint32_t size)
{
	if (file->place < DISK_SELECTOR) {
		return fw_cfg_read(file, offset, to, size);
	}
	return offset <= file->size && size <= file->size - offset &&
	       disk_read((uint32_t)file->place - DISK_SELECTOR, offset, to, size);
}
