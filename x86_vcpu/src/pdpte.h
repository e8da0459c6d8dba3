/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four page-directory-pointer-table entries of PAE paging.
 *
 * Intel's CPUs load them when CR3 is written, or a bit of CR0 or CR4 that they depend on, with
 * #GP for a reserved bit, and translate by what they have loaded, whatever memory says since
 * (SDM volume 3, 4.4.1). With EPT an entry takes them from the VMCS and an exit leaves them
 * there (27.3.2.4, 28.3.4): X86_GROUP_CONTROL moves them, into vcpu->pdptes.
 *
 * AMD's CPUs with nested paging read them from memory at each walk, as they do other entries:
 * writes of control registers look at none of them, and a reserved bit is a page fault (APM
 * volume 2, 15.25.10). Nothing of them is kept then.
 */
#ifndef X86_VCPU_PDPTE_H_
#define X86_VCPU_PDPTE_H_

#include "vcpu.h"

/** Whether PAE paging is on; X86_GROUP_CONTROL is up to date. */
static inline bool x86_is_pae(const struct x86_vcpu *vcpu)
{
	return (vcpu->cr0 & CR0_PG) != 0u && (vcpu->cr4 & CR4_PAE) != 0u &&
	       (vcpu->efer & EFER_LMA) == 0u;
}

/**
 * What a write of a control register does that leads to PAE paging with this CR3, or stays
 * there. False: #GP, and nothing is changed. Entries that are not in RAM map nothing.
 */
bool x86_vcpu_pdptes_load(struct x86_vcpu *vcpu, uint64_t cr3);
/**
 * There are none, or control registers were set from outside: the next that needs the entries
 * takes them out of memory.
 */
static inline void x86_pdptes_forget(struct x86_vcpu *vcpu)
{
	uint32_t i;

	for (i = 0; i < X86_PDPTES; i++) {
		vcpu->pdptes[i] = 0;
	}
}
/**
 * What the CPU translates by, null where that is memory: without PAE paging, and on AMD's. Of
 * entries that no instruction has loaded a bad one, which an entry would refuse, maps nothing.
 */
const uint64_t *x86_vcpu_pdptes(struct x86_vcpu *vcpu);

/** Whether the CPU keeps such entries, and would load this one. */
bool x86_vcpu_keeps_pdptes(const struct x86_vcpu *vcpu);
bool x86_vcpu_pdpte_is_good(const struct x86_vcpu *vcpu, uint64_t entry);

#endif /* X86_VCPU_PDPTE_H_ */
