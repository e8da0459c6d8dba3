/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boot_files.h through a PC's ports: selector, data, and DMA (QEMU docs/specs/fw_cfg). On a
 * machine without it the files are on a disk.
 */
#include "../boot_files.h"

#include <stddef.h>

#include "../text.h"
#include "boot_cpus.h"
#include "cpu.h"
#include "disk.h"
#include "pc.h"

#define FW_CFG_SELECTOR PC_FW_CFG
#define FW_CFG_DATA (PC_FW_CFG + 1u)
#define FW_CFG_SIGNATURE 0x0000u
/** Numbers beyond fw_cfg's own: a file on the disk, by its first sector. */
#define DISK_SELECTOR UINT32_C(0x10000)
/** Address of the DMA access struct, big-endian: upper half, then the lower one, which starts it. */
#define FW_CFG_DMA_HIGH (PC_FW_CFG + 4u)
#define FW_CFG_DMA_LOW (PC_FW_CFG + 8u)
/** 16 bits, little-endian. */
#define FW_CFG_CPUS 0x0005u
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
	uint64_t at = (uintptr_t)&access;
	uint32_t state;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	out32(FW_CFG_DMA_HIGH, __builtin_bswap32((uint32_t)(at >> 32)));
	out32(FW_CFG_DMA_LOW, __builtin_bswap32((uint32_t)at));
	do {
		state = __builtin_bswap32(access.control);
	} while ((state & ~FW_CFG_DMA_ERROR) != 0);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return (state & FW_CFG_DMA_ERROR) == 0;
}

static bool select_item(uint32_t selector)
{
	return transfer((selector << FW_CFG_DMA_SELECTOR_SHIFT) | FW_CFG_DMA_SELECT, NULL, 0);
}

static bool is_there(void)
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

	if (!is_there()) {
		return 0;
	}
	out16(FW_CFG_SELECTOR, FW_CFG_CPUS);
	low = in8(FW_CFG_DATA);
	return low | (uint32_t)in8(FW_CFG_DATA) << 8;
}

bool boot_file_find(const char *name, struct boot_file *file)
{
	struct directory_entry entry;
	uint32_t count, first;

	if (!is_there()) {
		if (!disk_find(name, &first, &file->size)) {
			return false;
		}
		file->place = DISK_SELECTOR + first;
		return true;
	}

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

bool boot_file_read(const struct boot_file *file, uint32_t offset, void *to, uint32_t size)
{
	if (offset > file->size || size > file->size - offset) {
		return false;
	}
	if (file->place >= DISK_SELECTOR) {
		return disk_read((uint32_t)file->place - DISK_SELECTOR, offset, to, size);
	}
	return select_item((uint32_t)file->place) && transfer(FW_CFG_DMA_SKIP, NULL, offset) &&
	       transfer(FW_CFG_DMA_READ, to, size);
}
