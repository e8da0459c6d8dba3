/* SPDX-License-Identifier: Apache-2.0 */
/* All files come through fw_cfg, which is memory-mapped here. */
#include "../board.h"
#include "../fw_cfg.h"
#include "../mmio.h"
#include "virt.h"

/** Register of the DMA access struct's address, big-endian. */
#define FW_CFG_DMA_ADDRESS 16u

void board_fw_cfg_start(uint64_t access)
{
	mmio_write64(VIRT_FW_CFG + FW_CFG_DMA_ADDRESS, __builtin_bswap64(access));
}

bool boot_file_find(const char *name, struct boot_file *file)
{
	return fw_cfg_find(name, file);
}

bool boot_file_read(const struct boot_file *file, uint32_t offset, void *to, uint32_t size)
{
	return fw_cfg_read(file, offset, to, size);
}
