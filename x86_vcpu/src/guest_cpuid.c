/* SPDX-License-Identifier: Apache-2.0 */
#include "guest_cpuid.h"

#include "cpuid_policy.h"
#include "fpu.h"
#include "vendor.h"

/** Four levels of second-stage table. */
#define STAGE2_BITS 48u
#define CPUID_EXTENDED_FEATURES 0x80000001u
#define CPUID_EXTENDED_FEATURES_EDX_PAGES_1G (1u << 26)
#define CPUID_EXTENDED_FEATURES_EDX_RDTSCP (1u << 27)

static struct x86_cpuid host_leaf(void *ctx, uint32_t leaf, uint32_t subleaf)
{
	(void)ctx;
	return x86_cpu_cpuid(leaf, subleaf);
}

static struct x86_cpuid_policy policy_of(const struct x86_vcpu *vcpu)
{
	return (struct x86_cpuid_policy){
		.host = host_leaf,
		.xcr0_mask = vcpu->limits.xcr0_mask,
		.xsaves = vcpu->limits.xsaves,
		.tsc_aux = vcpu->limits.tsc_aux,
		.local_apic = (vcpu->config.flags & X86_VCPU_LOCAL_APIC) != 0u,
		.local_apic_on = (vcpu->config.flags & X86_VCPU_LOCAL_APIC) != 0u,
		.stage2_bits = STAGE2_BITS,
		.apic_id = vcpu->apic_id,
		.cpu_count = vcpu->config.cpu_count != 0u ? vcpu->config.cpu_count : 1u,
		.tsc_hz = vcpu->config.tsc_hz,
		.cr4 = vcpu->cr4,
		.xcr0 = vcpu->xcr0,
	};
}

void x86_cpuid_guest(struct x86_vcpu *vcpu, uint32_t leaf, uint32_t subleaf, struct x86_cpuid *out)
{
	struct x86_cpuid_policy policy;

	x86_need(vcpu, X86_GROUP_CONTROL);
	policy = policy_of(vcpu);
	*out = x86_cpuid_policy_leaf(&policy, leaf, subleaf);
}

void x86_cpuid_find_limits(struct x86_vcpu *vcpu)
{
	struct x86_cpuid extended = x86_cpu_cpuid(CPUID_EXTENDED_FEATURES, 0);
	struct x86_cpuid_policy policy;
	struct x86_features features;

	x86_fpu_detect(&features);
	vcpu->limits.xcr0_mask = features.xsave ? features.xcr0_mask : 0u;
	vcpu->limits.xsaves = features.xsaves;
	vcpu->limits.tsc_aux = (extended.edx & CPUID_EXTENDED_FEATURES_EDX_RDTSCP) != 0u;
	policy = policy_of(vcpu);
	vcpu->limits.cr4_mask = x86_cpuid_policy_cr4(&policy);
	vcpu->limits.efer_mask = x86_cpuid_policy_efer(&policy);
	vcpu->limits.physical_bits = x86_cpuid_policy_physical_bits(&policy);
	vcpu->limits.pages_1g = (x86_cpuid_policy_leaf(&policy, CPUID_EXTENDED_FEATURES, 0).edx &
				 CPUID_EXTENDED_FEATURES_EDX_PAGES_1G) != 0u;
}
