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

/** The next table's address in a descriptor; false if it is none. */
static bool next_table(const struct arm_vcpu *vcpu, uint64_t ipa, uint32_t page_bits,
		       uint64_t *table)
{
	uint64_t hpa, descriptor;

	if (!stage2_find(vcpu, ipa, &hpa) || !read_memory(vcpu, hpa, &descriptor)) {
		return false;
	}
	/* Walks have the byte order of EL1's data (D8.2.6). */
	if ((arm_vcpu_state_read(vcpu, ARM_SAVED_SCTLR_EL1) & SCTLR_EL1_EE) != 0u) {
		descriptor = __builtin_bswap64(descriptor);
	}
	*table = descriptor & DESC_ADDRESS & ~ARM_MASK(page_bits - 1u, 0);
	return (descriptor & (DESC_VALID | DESC_TABLE)) == (DESC_VALID | DESC_TABLE);
}

bool arm_vcpu_stage1_level(const struct arm_vcpu *vcpu, uint64_t va, uint64_t table_page,
		      uint32_t *level)
{
	struct regime regime = regime_of(vcpu, va);
	uint32_t level_bits = regime.page_bits - DESCRIPTOR_BYTES_SHIFT;
	uint32_t bits = VA_BITS - regime.size_offset;
	uint32_t at, shift, index_bits;
	uint64_t table, entry;

	/* 25 to 48 bits are there without LPA2 and without small tables (D8.2.2). */
	if (regime.page_bits == 0u || bits <= regime.page_bits || bits > ARM_MAX_VA_BITS) {
		return false;
	}
	at = LAST_LEVEL - (bits - 1u - regime.page_bits) / level_bits;
	shift = regime.page_bits + (LAST_LEVEL - at) * level_bits;
	index_bits = bits - shift;
	/* A first table that is smaller than a page is aligned to its own size. */
	table = regime.ttbr & TTBR_EL1_BADDR &
		~ARM_MASK(index_bits + DESCRIPTOR_BYTES_SHIFT - 1u, 0);
	for (;;) {
		entry = table + ((va >> shift) & ARM_MASK(index_bits - 1u, 0)) * DESCRIPTOR_BYTES;
		if ((entry & ~ARM_PAGE_OFFSET) == table_page) {
			*level = at;
			return true;
		}
		if (at == LAST_LEVEL || !next_table(vcpu, entry, regime.page_bits, &table)) {
			return false;
		}
		at++;
		shift -= level_bits;
		index_bits = level_bits;
	}
}
