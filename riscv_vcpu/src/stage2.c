/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's memory by its physical address: a walk of the hypervisor's stage-2
 * tables (15.5.1, 4.3.2) through the HAL. For what the library itself writes there;
 * nothing is kept, as the tables may change between two walks.
 */
#include "vcpu.h"

enum { PAGE_SHIFT = 12, LEVEL_BITS = 9, ROOT_MORE_BITS = 2 };

#define PTE_V RV_BIT(0)
#define PTE_R RV_BIT(1)
#define PTE_W RV_BIT(2)
#define PTE_X RV_BIT(3)
#define PTE_U RV_BIT(4)
#define PTE_A RV_BIT(6)
#define PTE_D RV_BIT(7)
#define PTE_LEAF (PTE_R | PTE_W | PTE_X)
/* What a store needs: every access is one of user mode (15.5.1). */
#define PTE_STORE (PTE_V | PTE_R | PTE_W | PTE_U)
#define PTE_PPN_SHIFT 10
#define PTE_PPN (RV_BIT(44) - 1)
#define PTE_N RV_BIT(63)
/* Svnapot's only size: 64 KiB (5.1). */
#define NAPOT_BITS 4

static uint32_t levels_of(const struct riscv_vcpu *vcpu)
{
	return (uint32_t)(vcpu->control.hgatp >> ATP_MODE_SHIFT) - RISCV_VCPU_HGATP_SV39X4 + 3;
}

/* Where the entry for `gpa` in the table at `table` is; null if the HAL cannot reach it. */
static uint64_t *entry_at(const struct riscv_vcpu *vcpu, uint64_t table, uint64_t gpa,
			  uint32_t level, bool root)
{
	const uint32_t bits = LEVEL_BITS + (root ? ROOT_MORE_BITS : 0u);
	const uint64_t at = ((gpa >> (PAGE_SHIFT + level * LEVEL_BITS)) & (RV_BIT(bits) - 1)) * 8;
	const uint64_t page = RV_BIT(PAGE_SHIFT) - 1;
	uint8_t *host = vcpu->hal->ops->phys_to_virt(vcpu->hal->ctx, table + (at & ~page));

	return host == NULL ? NULL : (uint64_t *)(void *)(host + (at & page));
}

/* Where the byte is, with the entry that maps it and what was read there. */
static void *walk(const struct riscv_vcpu *vcpu, uint64_t gpa, uint64_t **leaf, uint64_t *found)
{
	const uint32_t levels = levels_of(vcpu);
	uint64_t table = vcpu->root;
	uint64_t *entry = NULL;
	uint64_t pte = 0, span, offset, hpa;
	uint32_t level = levels;
	uint8_t *host;

	if (gpa >> (PAGE_SHIFT + levels * LEVEL_BITS + ROOT_MORE_BITS) != 0)
		return NULL;
	do {
		level--;
		entry = entry_at(vcpu, table, gpa, level, level + 1 == levels);
		if (entry == NULL)
			return NULL;
		pte = __atomic_load_n(entry, __ATOMIC_RELAXED);
		table = ((pte >> PTE_PPN_SHIFT) & PTE_PPN) << PAGE_SHIFT;
	} while ((pte & (PTE_V | PTE_LEAF)) == PTE_V && level > 0);

	if ((pte & PTE_STORE) != PTE_STORE)
		return NULL;
	span = RV_BIT(PAGE_SHIFT + level * LEVEL_BITS);
	if ((pte & PTE_N) != 0 && level == 0)
		span <<= NAPOT_BITS;
	offset = gpa & (span - 1);
	hpa = (table & ~(span - 1)) + offset;
	host = vcpu->hal->ops->phys_to_virt(vcpu->hal->ctx, hpa & ~(RV_BIT(PAGE_SHIFT) - 1));
	*leaf = entry;
	*found = pte;
	return host == NULL ? NULL : host + (hpa & (RV_BIT(PAGE_SHIFT) - 1));
}

/* Where the byte at `gpa` can be written, up to the end of its page; null if the guest cannot. */
void *riscv_vcpu_gpa_to_host(const struct riscv_vcpu *vcpu, uint64_t gpa)
{
	uint64_t *entry = NULL;
	uint64_t pte = 0;
	void *host;

	/*
	 * As the hart does that sets them itself: the hypervisor may look for written pages. It
	 * may also change the entry meanwhile, which is walked again then (4.3.2).
	 */
	do {
		host = walk(vcpu, gpa, &entry, &pte);
	} while (host != NULL && (pte & (PTE_A | PTE_D)) != (PTE_A | PTE_D) &&
		 !__atomic_compare_exchange_n(entry, &pte, pte | PTE_A | PTE_D, false,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return host;
}
