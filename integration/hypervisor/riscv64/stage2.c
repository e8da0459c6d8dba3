/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's second-stage tables: Sv39x4 to Sv57x4 (RISC-V Privileged Architecture, 15.5.1). */
#include "../board.h"
#include "../config.h"
#include "../pages.h"
#include "cpu.h"
#include "riscv_vcpu/riscv_vcpu.h"
#include "sbi.h"
#include "stage2.h"
#include "virt.h"

#define PAGE_SHIFT 12u
#define LEVEL_BITS 9u
#define ENTRIES UINT64_C(512)
/** The root has four pages: two more bits of address. */
#define ROOT_ENTRIES (4 * ENTRIES)
#define BLOCK_LEVEL 1u
#define PAGE_LEVEL 0u
#define BLOCK_SIZE (UINT64_C(1) << (PAGE_SHIFT + LEVEL_BITS))

/* 4.4.1; a second stage treats every access as one from user mode (15.5.1). */
#define PTE_V UINT64_C(0x01)
#define PTE_R UINT64_C(0x02)
#define PTE_W UINT64_C(0x04)
#define PTE_X UINT64_C(0x08)
#define PTE_U UINT64_C(0x10)
#define PTE_A UINT64_C(0x40)
#define PTE_D UINT64_C(0x80)
#define PTE_LEAF (PTE_R | PTE_W | PTE_X)
#define PTE_RAM (PTE_V | PTE_LEAF | PTE_U | PTE_A | PTE_D)
#define PTE_PPN_SHIFT 10u

/** Levels of all tables; the root is the highest. */
static uint32_t levels = 3;

void stage2_set_levels(uint32_t count)
{
	levels = count != 0 ? count : 3u;
}

uint32_t stage2_levels(void)
{
	return levels;
}

/** Bits of guest physical address. */
static uint32_t address_bits(void)
{
	return PAGE_SHIFT + levels * LEVEL_BITS + 2u;
}

static bool is_root(uint32_t level)
{
	return level + 1 == levels;
}

static uint64_t pte(uint64_t hpa, uint64_t attributes)
{
	return hpa >> PAGE_SHIFT << PTE_PPN_SHIFT | attributes;
}

static uint64_t pte_address(uint64_t entry)
{
	return entry >> PTE_PPN_SHIFT << PAGE_SHIFT;
}

static bool is_table(uint64_t entry)
{
	return (entry & (PTE_V | PTE_LEAF)) == PTE_V;
}

static uint64_t new_table(uint64_t size)
{
	uint64_t hpa;

	if (!pages_alloc(size / PAGE_SIZE, size, &hpa)) {
		return 0;
	}
	board_zero((void *)(uintptr_t)hpa, size);
	return hpa;
}

static uint64_t *entry_of(uint64_t table, uint64_t gpa, uint32_t level)
{
	uint64_t entries = is_root(level) ? ROOT_ENTRIES : ENTRIES;

	return (uint64_t *)(uintptr_t)table +
	       (gpa >> (PAGE_SHIFT + level * LEVEL_BITS)) % entries;
}

/** Writes the entry for `gpa` at `level`, with the tables above it. */
static bool map_one(uint64_t root, uint64_t gpa, uint64_t hpa, uint32_t level)
{
	uint64_t table = root;
	uint64_t *entry;
	uint32_t at;

	for (at = levels - 1; at > level; at--) {
		entry = entry_of(table, gpa, at);
		if ((*entry & PTE_V) == 0) {
			table = new_table(PAGE_SIZE);
			if (table == 0) {
				return false;
			}
			*entry = pte(table, PTE_V);
		}
		table = pte_address(*entry);
	}
	*entry_of(table, gpa, level) = pte(hpa, PTE_RAM);
	return true;
}

uint64_t board_stage2_create(const struct machine_config *config, uint64_t hpa)
{
	uint64_t root = new_table(RISCV_VCPU_ROOT_ALIGN);
	uint64_t done;

	if (root == 0) {
		return 0;
	}
	/* RAM comes in blocks and is aligned to them; all devices are emulated. */
	for (done = 0; done < config->memory; done += BLOCK_SIZE) {
		if (!map_one(root, VIRT_RAM + done, hpa + done, BLOCK_LEVEL)) {
			return 0;
		}
	}
	return root;
}

static void free_table(uint64_t table, uint32_t level)
{
	const uint64_t *entries = (const uint64_t *)(uintptr_t)table;
	uint64_t count = is_root(level) ? ROOT_ENTRIES : ENTRIES;
	uint64_t i;

	for (i = 0; level > PAGE_LEVEL && i < count; i++) {
		if (is_table(entries[i])) {
			free_table(pte_address(entries[i]), level - 1);
		}
	}
	pages_free(table, is_root(level) ? RISCV_VCPU_ROOT_ALIGN / PAGE_SIZE : 1);
}

void board_stage2_destroy(uint64_t root)
{
	sbi_remote_hfence_gvma();
	free_table(root, levels - 1);
}

bool board_stage2_add_page(uint64_t root, uint64_t gpa, uint64_t hpa)
{
	if (gpa >> address_bits() != 0 || !map_one(root, gpa, hpa, PAGE_LEVEL)) {
		return false;
	}
	/* The walk that failed may be remembered (4.2.1), on any hart of the machine. */
	sbi_remote_hfence_gvma();
	return true;
}

void stage2_remove_page(uint64_t root, uint64_t gpa)
{
	uint64_t table = root;
	uint64_t *entry = entry_of(table, gpa, levels - 1);
	uint32_t level;

	for (level = levels - 1; level > PAGE_LEVEL && is_table(*entry); level--) {
		table = pte_address(*entry);
		entry = entry_of(table, gpa, level - 1);
	}
	if (level == PAGE_LEVEL) {
		*entry = 0;
		sbi_remote_hfence_gvma();
	}
}
