/* SPDX-License-Identifier: Apache-2.0 */
/* Where the board's memory is: from the PVH start information (Xen's public/arch-x86/hvm/start_info.h). */
#include "../fdt.h"

#include "memory.h"

#define START_INFO_MAGIC 0x336ec578u
#define MEMORY_TYPE_RAM 1u
/** Ours stands at 1 MiB. */
#define HYPERVISOR_START UINT64_C(0x100000)

struct start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t module_count;
	uint64_t modules;
	uint64_t command_line;
	uint64_t rsdp;
	/** From version 1 on. */
	uint64_t memory_map;
	uint32_t memory_map_entries;
	uint32_t reserved;
};

struct memory_map_entry {
	uint64_t base;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

static const struct start_info *info;

void memory_set_start_info(uint64_t address)
{
	info = (const struct start_info *)(uintptr_t)address;
}

bool fdt_memory(const void *blob, uint64_t *base, uint64_t *size)
{
	const struct memory_map_entry *entry;
	uint32_t i;

	(void)blob;
	if (info->magic != START_INFO_MAGIC || info->version == 0) {
		return false;
	}
	entry = (const struct memory_map_entry *)(uintptr_t)info->memory_map;
	for (i = 0; i < info->memory_map_entries; i++) {
		if (entry[i].type == MEMORY_TYPE_RAM && entry[i].base <= HYPERVISOR_START &&
		    entry[i].base + entry[i].size > HYPERVISOR_START) {
			*base = entry[i].base;
			*size = entry[i].size;
			return true;
		}
	}
	return false;
}
