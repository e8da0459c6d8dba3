/* SPDX-License-Identifier: Apache-2.0 */
#include "fw_cfg.h"

#include "board.h"
#include "text.h"

#define FW_CFG_FILE_DIR 0x0019u
#define FW_CFG_FILE_NAME 56u

#define FW_CFG_DMA_ERROR UINT32_C(0x01)
#define FW_CFG_DMA_READ UINT32_C(0x02)
#define FW_CFG_DMA_SKIP UINT32_C(0x04)
#define FW_CFG_DMA_SELECT UINT32_C(0x08)
#define FW_CFG_DMA_SELECTOR_SHIFT 16u

/** All members big-endian. */
struct dma_access {
	uint32_t control;
	uint32_t length;
	uint64_t address;
};

/** An entry of the file directory; numbers big-endian. */
struct directory_entry {
	uint32_t size;
	uint16_t selector;
	uint16_t reserved;
	char name[FW_CFG_FILE_NAME];
};

static bool transfer(uint32_t control, void *to, uint32_t size)
{
	volatile struct dma_access access = {
		.control = __builtin_bswap32(control),
		.length = __builtin_bswap32(size),
		.address = __builtin_bswap64((uint64_t)(uintptr_t)to),
	};
	uint32_t state;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	board_fw_cfg_start((uintptr_t)&access);
	do {
		state = __builtin_bswap32(access.control);
	} while ((state & ~FW_CFG_DMA_ERROR) != 0);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return (state & FW_CFG_DMA_ERROR) == 0;
}

static bool select_item(uint64_t selector)
{
	return transfer(((uint32_t)selector << FW_CFG_DMA_SELECTOR_SHIFT) | FW_CFG_DMA_SELECT, NULL, 0);
}

bool fw_cfg_find(const char *name, struct boot_file *file)
{
	struct directory_entry entry;
	uint32_t count;

	if (!select_item(FW_CFG_FILE_DIR) || !transfer(FW_CFG_DMA_READ, &count, sizeof(count))) {
		return false;
	}
	for (count = __builtin_bswap32(count); count > 0; count--) {
		if (!transfer(FW_CFG_DMA_READ, &entry, sizeof(entry))) {
			return false;
		}
		entry.name[FW_CFG_FILE_NAME - 1] = '\0';
		if (text_equal(entry.name, name)) {
			file->size = __builtin_bswap32(entry.size);
			file->place = __builtin_bswap16(entry.selector);
			return true;
		}
	}
	return false;
}

bool fw_cfg_read(const struct boot_file *file, uint32_t offset, void *to, uint32_t size)
{
	if (offset > file->size || size > file->size - offset) {
		return false;
	}
	return select_item(file->place) && transfer(FW_CFG_DMA_SKIP, NULL, offset) &&
	       transfer(FW_CFG_DMA_READ, to, size);
}
