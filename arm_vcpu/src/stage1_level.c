/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1_level.h"

#include "regs.h"
#include "stage2.h"
#include "state.h"

#define LAST_LEVEL 3u
#define DESCRIPTOR_BYTES 8u
#define DESCRIPTOR_BYTES_SHIFT 3u
#define VA_BITS 64u
/** Descriptors, D8.3.1: valid, and a table at levels before the last one; the address. */
#define DESC_VALID ARM_BIT(0)
#define DESC_TABLE ARM_BIT(1)
#define DESC_ADDRESS ARM_MASK(47, 12)
#define STAGE2_PAGE_BITS 12u
#define STAGE2_LEVEL_BITS 9u

/** What TCR_EL1 says of one half of the address space. */
struct regime {
	uint64_t ttbr;
	uint32_t size_offset;
	/** Bits of the offset in a page; 0 if the granule is reserved. */
	uint32_t page_bits;
};

/** A double word at a host address, null-checked; its page is what the HAL translates. */
static bool read_memory(const struct arm_vcpu *vcpu, uint64_t hpa, uint64_t *value)
{
	const struct axvcpu_hal *hal = vcpu->hal;
	const uint8_t *page =
		(const uint8_t *)hal->ops->phys_to_virt(hal->ctx, hpa & ~ARM_PAGE_OFFSET);

	if (page == NULL) {
		return false;
	}
	__builtin_memcpy(value, page + (hpa & ARM_PAGE_OFFSET), sizeof(*value));
	return true;
}

/** Where stage 2 has a guest physical address: a walk of the hypervisor's own tables. */
static bool stage2_find(const struct arm_vcpu *vcpu, uint64_t ipa, uint64_t *hpa)
{
	uint32_t left = vcpu->stage2_levels;
	uint64_t table = vcpu->stage2_root;
	uint64_t offset_mask, descriptor;
	uint32_t shift;

	if (ipa >> vcpu->ipa_bits != 0u) {
		return false;
	}
	/* The index into a concatenated root is longer than into one page. */
	shift = STAGE2_PAGE_BITS + (left - 1u) * STAGE2_LEVEL_BITS;
	table += (ipa >> shift) * DESCRIPTOR_BYTES;
	for (;;) {
		if (!read_memory(vcpu, table, &descriptor) || (descriptor & DESC_VALID) == 0u) {
			return false;
		}
		left--;
		if (left == 0u || (descriptor & DESC_TABLE) == 0u) {
			break;
		}
		shift -= STAGE2_LEVEL_BITS;
		table = (descriptor & DESC_ADDRESS) +
			((ipa >> shift) & ARM_MASK(STAGE2_LEVEL_BITS - 1u, 0)) * DESCRIPTOR_BYTES;
	}
	offset_mask = ARM_MASK(shift - 1u, 0);
	*hpa = (descriptor & DESC_ADDRESS & ~offset_mask) | (ipa & offset_mask);
	return true;
}

static struct regime regime_of(const struct arm_vcpu *vcpu, uint64_t va)
{
	/* TG0: 4, 64, 16 KiB; TG1: reserved, 16, 4, 64 KiB (D19.2.136). */
	static const uint8_t tg0_bits[] = { 12, 16, 14, 0 }, tg1_bits[] = { 0, 14, 12, 16 };
	uint64_t tcr = arm_vcpu_state_read(vcpu, ARM_SAVED_TCR_EL1);
	bool upper = (va & VA_SELECTS_TTBR1) != 0u;
	struct regime regime = {
		.ttbr = arm_vcpu_state_read(vcpu, upper ? ARM_SAVED_TTBR1_EL1 : ARM_SAVED_TTBR0_EL1),
		.size_offset = (uint32_t)ARM_FIELD(tcr, upper ? TCR_EL1_T1SZ : TCR_EL1_T0SZ),
		.page_bits = upper ? tg1_bits[ARM_FIELD(tcr, TCR_EL1_TG1)] :
				     tg0_bits[ARM_FIELD(tcr, TCR_EL1_TG0)],
	};

	if ((tcr & TCR_EL1_DS) != 0u) {
		regime.page_bits = 0u;
	}
	return regime;
}

/** Where a walk stands: at the descriptor that it takes next. */
struct walk {
	uint32_t page_bits;
	uint32_t level;
	uint32_t shift;
	uint32_t index_bits;
	uint64_t table;
	/** Whether no descriptor was read yet. */
	bool is_first;
};

static uint32_t level_bits(const struct walk *walk)
{
	return walk->page_bits - DESCRIPTOR_BYTES_SHIFT;
}

/** The beginning of the walk for `va`; false if it has a format that is not walked here. */
static bool walk_begin(const struct arm_vcpu *vcpu, uint64_t va, struct walk *walk)
{
	struct regime regime = regime_of(vcpu, va);
	uint32_t bits = VA_BITS - regime.size_offset;

	walk->page_bits = regime.page_bits;
	/* 25 to 48 bits are there without LPA2 and without small tables (D8.2.2). */
	if (regime.page_bits == 0u || bits <= regime.page_bits || bits > ARM_MAX_VA_BITS) {
		return false;
	}
	walk->level = LAST_LEVEL - (bits - 1u - regime.page_bits) / level_bits(walk);
	walk->shift = regime.page_bits + (LAST_LEVEL - walk->level) * level_bits(walk);
	walk->index_bits = bits - walk->shift;
	/* A first table that is smaller than a page is aligned to its own size. */
	walk->table = regime.ttbr & TTBR_EL1_BADDR &
		      ~ARM_MASK(walk->index_bits + DESCRIPTOR_BYTES_SHIFT - 1u, 0);
	walk->is_first = true;
	return true;
}

/** The guest physical address of the descriptor. */
static uint64_t walk_entry(const struct walk *walk, uint64_t va)
{
	return walk->table +
	       ((va >> walk->shift) & ARM_MASK(walk->index_bits - 1u, 0)) * DESCRIPTOR_BYTES;
}

/** On to the table that the descriptor names; false if it is none, or cannot be read. */
static bool walk_down(const struct arm_vcpu *vcpu, uint64_t va, struct walk *walk)
{
	uint64_t hpa, descriptor;

	if (walk->level == LAST_LEVEL || !stage2_find(vcpu, walk_entry(walk, va), &hpa) ||
	    !read_memory(vcpu, hpa, &descriptor)) {
		return false;
	}
	/* Walks have the byte order of EL1's data (D8.2.6). */
	if ((arm_vcpu_state_read(vcpu, ARM_SAVED_SCTLR_EL1) & SCTLR_EL1_EE) != 0u) {
		descriptor = __builtin_bswap64(descriptor);
	}
	if ((descriptor & (DESC_VALID | DESC_TABLE)) != (DESC_VALID | DESC_TABLE)) {
		return false;
	}
	walk->table = descriptor & DESC_ADDRESS & ~ARM_MASK(walk->page_bits - 1u, 0);
	walk->level++;
	walk->shift -= level_bits(walk);
	walk->index_bits = level_bits(walk);
	walk->is_first = false;
	return true;
}

/** Walks to the descriptor that is in guest physical page `page`. */
static bool walk_to(const struct arm_vcpu *vcpu, uint64_t va, uint64_t page, struct walk *walk)
{
	if (!walk_begin(vcpu, va, walk)) {
		return false;
	}
	while ((walk_entry(walk, va) & ~ARM_PAGE_OFFSET) != page) {
		if (!walk_down(vcpu, va, walk)) {
			return false;
		}
	}
	return true;
}

bool arm_vcpu_stage1_level(const struct arm_vcpu *vcpu, uint64_t va, uint64_t table_page,
		      uint32_t *level)
{
	struct walk walk;

	if (!walk_to(vcpu, va, table_page, &walk)) {
		return false;
	}
	*level = walk.level;
	return true;
}

uint32_t arm_vcpu_stage1_size_level(const struct arm_vcpu *vcpu, uint64_t va, bool is_walk,
				    uint64_t page)
{
	struct walk walk;

	if ((arm_vcpu_state_read(vcpu, ARM_SAVED_SCTLR_EL1) & SCTLR_EL1_M) == 0u) {
		return 0u;
	}
	if (is_walk) {
		return walk_to(vcpu, va, page, &walk) && !walk.is_first ? walk.level - 1u : 0u;
	}
	if (!walk_begin(vcpu, va, &walk)) {
		return 0u;
	}
	while (walk_down(vcpu, va, &walk)) {
	}
	return walk.level;
}
