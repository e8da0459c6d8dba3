/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's second-stage tables: 4 KiB pages, three or four levels (ARM DDI 0487, D8.3). */
#include "../board.h"
#include "../config.h"
#include "../pages.h"
#include "cpu.h"
#include "virt.h"
#include "vcpu.h"

#define ENTRIES 512u
#define LEVEL_BITS 9u
#define PAGE_SHIFT 12u
#define BLOCK_LEVEL 2u
#define PAGE_LEVEL 3u
#define BLOCK_SIZE (UINT64_C(1) << 21)

#define DESC_VALID UINT64_C(1)
#define DESC_TABLE_OR_PAGE UINT64_C(2)
#define DESC_ADDRESS UINT64_C(0x0000fffffffff000)
/* Stage-2 attributes, D8.5.5 */
#define S2_MEMATTR_DEVICE_NGNRE (UINT64_C(1) << 2)
#define S2_MEMATTR_NORMAL_WB (UINT64_C(0xf) << 2)
#define S2_READ (UINT64_C(1) << 6)
#define S2_READ_WRITE (UINT64_C(3) << 6)
#define S2_SH_INNER (UINT64_C(3) << 8)
#define S2_AF (UINT64_C(1) << 10)
#define S2_XN (UINT64_C(2) << 53)

#define S2_RAM (S2_MEMATTR_NORMAL_WB | S2_READ_WRITE | S2_SH_INNER | S2_AF)
#define S2_ROM (S2_MEMATTR_NORMAL_WB | S2_READ | S2_SH_INNER | S2_AF)
#define S2_DEVICE (S2_MEMATTR_DEVICE_NGNRE | S2_READ_WRITE | S2_AF | S2_XN)

#define DEFAULT_LEVELS 3u

/** Of all machines' tables. */
static uint32_t first_level = PAGE_LEVEL + 1u - DEFAULT_LEVELS;

void stage2_set_levels(uint32_t levels)
{
	first_level = PAGE_LEVEL + 1u - (levels != 0 ? levels : DEFAULT_LEVELS);
}

uint32_t stage2_levels(void)
{
	return PAGE_LEVEL + 1u - first_level;
}

static uint64_t new_table(void)
{
	uint64_t hpa;

	if (!pages_alloc(1, PAGE_SIZE, &hpa)) {
		return 0;
	}
	board_zero((void *)(uintptr_t)hpa, PAGE_SIZE);
	return hpa;
}

static uint64_t *entry_of(uint64_t table, uint64_t gpa, uint32_t level)
{
	uint32_t shift = PAGE_SHIFT + (PAGE_LEVEL - level) * LEVEL_BITS;

	return (uint64_t *)(uintptr_t)table + ((gpa >> shift) % ENTRIES);
}

/** Writes the descriptor for `gpa` at `level`, with the tables above it. */
static bool map_one(uint64_t root, uint64_t gpa, uint64_t descriptor, uint32_t level)
{
	uint64_t table = root;
	uint64_t *entry;
	uint32_t at;

	for (at = first_level; at < level; at++) {
		entry = entry_of(table, gpa, at);
		if ((*entry & DESC_VALID) == 0) {
			table = new_table();
			if (table == 0) {
				return false;
			}
			*entry = table | DESC_TABLE_OR_PAGE | DESC_VALID;
		}
		table = *entry & DESC_ADDRESS;
	}
	*entry_of(table, gpa, level) = descriptor;
	return true;
}

static bool map(uint64_t root, uint64_t gpa, uint64_t hpa, uint64_t size, uint64_t attributes)
{
	uint64_t step;

	for (; size > 0; gpa += step, hpa += step, size -= step) {
		if ((gpa | hpa) % BLOCK_SIZE == 0 && size >= BLOCK_SIZE) {
			step = BLOCK_SIZE;
			if (!map_one(root, gpa, hpa | attributes | DESC_VALID, BLOCK_LEVEL)) {
				return false;
			}
		} else {
			step = PAGE_SIZE;
			if (!map_one(root, gpa,
				     hpa | attributes | DESC_TABLE_OR_PAGE | DESC_VALID,
				     PAGE_LEVEL)) {
				return false;
			}
		}
	}
	return true;
}

uint64_t board_stage2_create(const struct machine_config *config, uint64_t hpa)
{
	bool passthrough = config->devices == CONFIG_DEVICES_PASSTHROUGH;
	uint64_t root = new_table();

	if (root == 0 || !map(root, VIRT_RAM, hpa, config->memory, S2_RAM) ||
	    (passthrough && !map(root, VIRT_UART, VIRT_UART, VIRT_UART_SIZE, S2_DEVICE))) {
		return 0;
	}
	if (passthrough && !config->trap_interrupts &&
	    (!map(root, VIRT_FLASH, VIRT_FLASH, VIRT_FLASH_SIZE, S2_DEVICE) ||
	     !map(root, VIRT_GICD, VIRT_GICD, VIRT_GICD_SIZE, S2_DEVICE) ||
	     !map(root, VIRT_GICR, VIRT_GICR, VIRT_GICR_SIZE, S2_DEVICE))) {
		return 0;
	}
	dsb_sy();
	return root;
}

static void free_table(uint64_t table, uint32_t level)
{
	const uint64_t *entries = (const uint64_t *)(uintptr_t)table;
	uint32_t i;

	for (i = 0; level < PAGE_LEVEL && i < ENTRIES; i++) {
		if ((entries[i] & (DESC_VALID | DESC_TABLE_OR_PAGE)) ==
		    (DESC_VALID | DESC_TABLE_OR_PAGE)) {
			free_table(entries[i] & DESC_ADDRESS, level + 1);
		}
	}
	pages_free(table, 1);
}

void board_stage2_destroy(uint64_t root)
{
	/* All VMIDs: a machine ends seldom, and the others only walk their tables once more. */
	__asm__ volatile("dsb sy\n\ttlbi alle1is\n\tdsb sy\n\tisb" ::: "memory");
	free_table(root, first_level);
}

static bool add_page(uint64_t root, uint64_t gpa, uint64_t hpa, uint64_t attributes)
{
	/* An entry that was invalid is in no TLB: no maintenance but the order of the writes. */
	if (!map_one(root, gpa, hpa | attributes | DESC_TABLE_OR_PAGE | DESC_VALID, PAGE_LEVEL)) {
		return false;
	}
	dsb_sy();
	return true;
}

bool board_stage2_add_page(uint64_t root, uint64_t gpa, uint64_t hpa)
{
	return add_page(root, gpa, hpa, S2_RAM);
}

bool stage2_add_rom(uint64_t root, uint64_t gpa, uint64_t hpa)
{
	return add_page(root, gpa, hpa, S2_ROM);
}

bool stage2_is_mapped(uint64_t root, uint64_t gpa)
{
	uint64_t table = root;
	uint64_t entry;
	uint32_t level;

	for (level = first_level; level <= PAGE_LEVEL; level++) {
		entry = *entry_of(table, gpa, level);
		if ((entry & DESC_VALID) == 0) {
			return false;
		}
		if ((entry & DESC_TABLE_OR_PAGE) == 0) {
			return true; /* a block */
		}
		table = entry & DESC_ADDRESS;
	}
	return true;
}
