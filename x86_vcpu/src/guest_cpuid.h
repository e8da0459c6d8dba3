/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of cpuid_policy.h, joined with the vCPU. */
#ifndef X86_VCPU_GUEST_CPUID_H_
#define X86_VCPU_GUEST_CPUID_H_

#include "cpu.h"
#include "vcpu.h"

/** What CPUID gives the guest. */
void x86_cpuid_guest(struct x86_vcpu *vcpu, uint32_t leaf, uint32_t subleaf,
		     struct x86_cpuid *out);
/** Derives vcpu->limits from the CPU and the configuration; at setup. */
void x86_cpuid_find_limits(struct x86_vcpu *vcpu);

#endif /* X86_VCPU_GUEST_CPUID_H_ */
