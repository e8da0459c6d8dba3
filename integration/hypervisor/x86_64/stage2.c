/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's second-stage tables: four levels, NPT (APM volume 2, 15.25.5) or EPT (SDM
 * volume 3, 29.3.2) as the CPU has it.
 */
#include "../board.h"
#include "../bytes.h"
#include "../config.h"
#include "../pages.h"
#include "../vm.h"
#include "x86_vcpu/x86_vcpu.h"

#define ENTRIES 512u
#define LEVEL_BITS 9u
#define PAGE_SHIFT 12u
#define LEVELS 4u
#define PAGE_LEVEL 0u
#define LARGE_LEVEL 1u
#define LARGE_SIZE (UINT64_C(1) << 21)

/** NPT: present, writable, the user's; EPT: readable, writable, executable. Also of tables. */
#define ENTRY_RAM UINT64_C(7)
#define EPT_WRITE_BACK (UINT64_C(6) << 3)
/** Both have this in bit 7, and addresses in 51 to 12. */
#define ENTRY_LARGE (UINT64_C(1) << 7)
#define ENTRY_ADDRESS UINT64_C(0x000ffffffffff000)

static uint64_t page_bits(void)
{
	return x86_vcpu_backend() == X86_VCPU_BACKEND_VMX ? ENTRY_RAM | EPT_WRITE_BACK : ENTRY_RAM;
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
	return (uint64_t *)(uintptr_t)table +
	       ((gpa >> (PAGE_SHIFT + level * LEVEL_BITS)) % ENTRIES);
}

/** Writes the entry for `gpa` at `level`, with the tables above it. */
static bool map_one(uint64_t root, uint64_t gpa, uint64_t entry, uint32_t level)
{
	uint64_t table = root;
	uint64_t *at;
	uint32_t above;

	for (above = LEVELS - 1u; above > level; above--) {
		at = entry_of(table, gpa, above);
		if (*at == 0) {
			table = new_table();
			if (table == 0) {
				return false;
			}
			*at = table | ENTRY_RAM;
		}
		table = *at & ENTRY_ADDRESS;
	}
	*entry_of(table, gpa, level) = entry;
	return true;
}

static bool map(uint64_t root, uint64_t gpa, uint64_t hpa, uint64_t size)
{
	uint64_t step;
	bool large;

	for (; size > 0; gpa += step, hpa += step, size -= step) {
		large = (gpa | hpa) % LARGE_SIZE == 0 && size >= LARGE_SIZE;
		step = large ? LARGE_SIZE : PAGE_SIZE;
		if (!map_one(root, gpa, hpa | page_bits() | (large ? ENTRY_LARGE : 0),
			     large ? LARGE_LEVEL : PAGE_LEVEL)) {
			return false;
		}
	}
	return true;
}

static void free_table(uint64_t table, uint32_t level)
{
	const uint64_t *entries = (const uint64_t *)(uintptr_t)table;
	uint32_t i;

	for (i = 0; level > PAGE_LEVEL && i < ENTRIES; i++) {
		if (entries[i] != 0 && (entries[i] & ENTRY_LARGE) == 0) {
			free_table(entries[i] & ENTRY_ADDRESS, level - 1u);
		}
	}
	pages_free(table, 1);
}

uint64_t board_stage2_create(const struct machine_config *config, uint64_t hpa)
{
	uint64_t root = new_table();

	if (root == 0) {
		return 0;
	}
	if (!map(root, board.ram, hpa, config->memory)) {
		free_table(root, LEVELS - 1u);
		return 0;
	}
	return root;
}

bool board_stage2_add_page(uint64_t root, uint64_t gpa, uint64_t hpa)
{
	/* What was not present is in no TLB (APM 5.5.2). */
	return map_one(root, gpa, hpa | page_bits(), PAGE_LEVEL);
}

void board_stage2_remove_page(struct vm_vcpu *vcpu, uint64_t gpa)
{
	/* The tables above it are there. */
	(void)map_one(vcpu->vm->stage2_root, gpa, 0, PAGE_LEVEL);
	(void)x86_vcpu_flush_tlb(vcpu->handle);
}

void board_stage2_destroy(uint64_t root)
{
	/* Its vCPUs are gone, and with them the ASIDs under which TLBs have its entries. */
	free_table(root, LEVELS - 1u);
}
