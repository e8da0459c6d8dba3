/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the hypervisor's nested page table: four levels in the long-mode format (APM 15.25). */
#include "svm.h"

#define LEVELS 4u
#define LEVEL_BITS 9u
#define PAGE_SHIFT 12u
#define INDEX UINT64_C(0x1ff)
#define GPA_BITS 48u

#define NPTE_PRESENT (UINT64_C(1) << 0)
#define NPTE_WRITE (UINT64_C(1) << 1)
/** The guest's accesses count as the user's (APM 15.25.5). */
#define NPTE_USER (UINT64_C(1) << 2)
#define NPTE_LARGE (UINT64_C(1) << 7)
#define NPTE_NO_EXECUTE (UINT64_C(1) << 63)
#define NPTE_ADDRESS UINT64_C(0x000ffffffffff000)

uint32_t x86_vcpu_svm_stage2_walk(const struct x86_vcpu *vcpu, uint64_t gpa, uint64_t *hpa)
{
	const struct axvcpu_hal *hal = vcpu->hal;
	uint32_t access = AXVCPU_ACCESS_READ | AXVCPU_ACCESS_WRITE | AXVCPU_ACCESS_EXECUTE;
	uint64_t table = vcpu->stage2_root;
	uint32_t level = LEVELS;
	const uint64_t *entries;
	uint64_t entry, offset_mask;
	uint32_t shift;

	if (gpa >> GPA_BITS != 0u) {
		return 0;
	}
	while (level-- > 0u) {
		shift = PAGE_SHIFT + level * LEVEL_BITS;
		entries = (const uint64_t *)hal->ops->phys_to_virt(hal->ctx, table);
		if (entries == NULL) {
			return 0;
		}
		entry = __atomic_load_n(&entries[(gpa >> shift) & INDEX], __ATOMIC_RELAXED);
		if ((entry & NPTE_PRESENT) == 0u || (entry & NPTE_USER) == 0u) {
			return 0;
		}
		if ((entry & NPTE_WRITE) == 0u) {
			access &= ~(uint32_t)AXVCPU_ACCESS_WRITE;
		}
		if ((entry & NPTE_NO_EXECUTE) != 0u) {
			access &= ~(uint32_t)AXVCPU_ACCESS_EXECUTE;
		}
		table = entry & NPTE_ADDRESS;
		if (level == 0u || (entry & NPTE_LARGE) != 0u) {
			offset_mask = (UINT64_C(1) << shift) - 1u;
			*hpa = (table & ~offset_mask) | (gpa & offset_mask);
			return access;
		}
	}
	return 0;
}
