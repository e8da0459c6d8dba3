/* SPDX-License-Identifier: Apache-2.0 */
#include "limits.h"

#include "cpuid_bits.h"
#include "cpuid_policy.h"

void x86_vcpu_find_limits(struct x86_vcpu *vcpu)
{
	struct x86_cpuid extended;

	x86_vcpu_cpuid_guest(vcpu, CPUID_AMD_FEATURES, 0, &extended);
	vcpu->limits = (struct x86_limits){
		.cr4_mask = x86_vcpu_cpuid_cr4_mask(vcpu),
		.efer_mask = x86_vcpu_cpuid_efer_mask(vcpu),
		.xcr0_mask = x86_vcpu_cpuid_xcr0_mask(vcpu),
		.linear_bits = x86_vcpu_cpuid_linear_bits(vcpu),
		.physical_bits = x86_vcpu_cpuid_physical_bits(vcpu),
		.pages_1g = (extended.edx & CPUID_81D_PAGE_1G) != 0u,
	};
}
