/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to CPUID, kept: the CPU's own CPUID, of which an answer takes several, costs a
 * hundred cycles, and under a hypervisor an exit each. An answer depends on the
 * configuration, the CPU, CR4, XCR0, and whether the local APIC is on.
 */
#ifndef X86_VCPU_CPUID_GUEST_H_
#define X86_VCPU_CPUID_GUEST_H_

#include "cpuid_policy.h"
#include "vcpu.h"

/** The guest's answer, from then on kept; leaf 0xd, which shows XCR0, never is. */
void x86_vcpu_cpuid_answer(struct x86_vcpu *vcpu, uint32_t leaf, uint32_t subleaf,
			   struct x86_cpuid *out);
/** Something that an answer depends on has changed. */
void x86_vcpu_cpuid_forget(struct x86_vcpu *vcpu);

/** The answer that is kept, or null. */
static inline const struct x86_known_cpuid *x86_cpuid_known(const struct x86_vcpu *vcpu,
							    uint32_t leaf, uint32_t subleaf)
{
	const struct x86_known_cpuid *known = &vcpu->known_cpuid[leaf % X86_KNOWN_CPUID];

	return known->leaf == leaf && known->subleaf == subleaf ? known : NULL;
}

#endif /* X86_VCPU_CPUID_GUEST_H_ */
