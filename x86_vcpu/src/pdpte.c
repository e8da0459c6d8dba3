/* SPDX-License-Identifier: Apache-2.0 */
#include "pdpte.h"

#include "guest_mem.h"
#include "vendor.h"

/** CR3 with PAE paging: the entries' address (SDM volume 3, table 4-7). */
#define CR3_PDPT UINT64_C(0xffffffe0)
/* An entry: present, and what is reserved below the width of addresses (table 4-8). */
#define PDPTE_P X86_BIT(0)
#define PDPTE_RESERVED_LOW UINT64_C(0x1e6)

bool x86_vcpu_keeps_pdptes(const struct x86_vcpu *vcpu)
{
	return vcpu->vendor->backend == X86_VCPU_BACKEND_VMX;
}

bool x86_vcpu_pdpte_is_good(const struct x86_vcpu *vcpu, uint64_t entry)
{
	uint64_t reserved = PDPTE_RESERVED_LOW | UINT64_MAX << vcpu->limits.physical_bits;

	return (entry & PDPTE_P) == 0u || (entry & reserved) == 0u;
}

static void read_entries(struct x86_vcpu *vcpu, uint64_t cr3, uint64_t entries[X86_PDPTES])
{
	if (!x86_vcpu_gpa_read(vcpu, cr3 & CR3_PDPT, entries, X86_PDPTES * sizeof(entries[0]))) {
		__builtin_memset(entries, 0, X86_PDPTES * sizeof(entries[0]));
	}
}

bool x86_vcpu_pdptes_load(struct x86_vcpu *vcpu, uint64_t cr3)
{
	uint64_t entries[X86_PDPTES];
	uint32_t i;

	if (!x86_vcpu_keeps_pdptes(vcpu)) {
		return true;
	}
	read_entries(vcpu, cr3, entries);
	for (i = 0; i < X86_PDPTES; i++) {
		if (!x86_vcpu_pdpte_is_good(vcpu, entries[i])) {
			return false;
		}
	}
	__builtin_memcpy(vcpu->pdptes, entries, sizeof(entries));
	return true;
}

static bool are_loaded(const struct x86_vcpu *vcpu)
{
	return (vcpu->pdptes[0] | vcpu->pdptes[1] | vcpu->pdptes[2] | vcpu->pdptes[3]) != 0u;
}

const uint64_t *x86_vcpu_pdptes(struct x86_vcpu *vcpu)
{
	uint32_t i;

	x86_need(vcpu, X86_GROUP_CONTROL);
	if (!x86_vcpu_keeps_pdptes(vcpu) || !x86_is_pae(vcpu)) {
		return NULL;
	}
	if (!are_loaded(vcpu)) {
		read_entries(vcpu, vcpu->cr3, vcpu->pdptes);
		for (i = 0; i < X86_PDPTES; i++) {
			if (!x86_vcpu_pdpte_is_good(vcpu, vcpu->pdptes[i])) {
				vcpu->pdptes[i] = 0;
			}
		}
	}
	return vcpu->pdptes;
}
