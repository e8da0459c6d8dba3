/* SPDX-License-Identifier: Apache-2.0 */
/* The CPUID policy of a vCPU: what its configuration and its registers say. */
#include "cpuid_bits.h"
#include "cpuid_guest.h"
#include "fpu.h"
#include "vendor.h"

/* EPT and NPT with four levels. */
#define STAGE2_BITS 48u
#define LINEAR_BITS_SHIFT 8u
#define LINEAR_BITS_MASK 0xffu
#define LINEAR_BITS_DEFAULT 48u

static struct x86_cpuid host_leaf(void *ctx, uint32_t leaf, uint32_t subleaf)
{
	(void)ctx;
	return x86_cpu_cpuid(leaf, subleaf);
}

static bool amd_leaf_exists(uint32_t leaf)
{
	const uint32_t last = x86_cpu_cpuid(CPUID_AMD_MAX, 0).eax;

	return last >= leaf;
}

static struct x86_features features_of(const struct x86_vcpu *vcpu)
{
	struct x86_features features = { .xsave = false };

	if (vcpu->cpu != 0)
		return vcpu->cpu->features;
	x86_vcpu_fpu_detect(&features);
	return features;
}

static struct x86_cpuid_policy policy_of(const struct x86_vcpu *vcpu)
{
	const struct x86_features features = features_of(vcpu);

	return (struct x86_cpuid_policy){
		.host = host_leaf,
		.xcr0_mask = features.xsave ? features.xcr0_mask : 0,
		.xsaves = features.xsave && features.xsaves,
		.tsc_aux = x86_vcpu_cpuid_has_tsc_aux(vcpu),
		.local_apic = (vcpu->config.flags & X86_VCPU_LOCAL_APIC) != 0,
		.local_apic_on = (vcpu->config.flags & X86_VCPU_LOCAL_APIC) != 0 &&
				 x86_lapic_is_on(&vcpu->lapic),
		.stage2_bits = STAGE2_BITS,
		.apic_id = vcpu->apic_id,
		.cpu_count = vcpu->config.cpu_count != 0 ? vcpu->config.cpu_count : 1,
		.tsc_hz = vcpu->config.tsc_hz,
		.hypervisor_name = vcpu->config.hypervisor_name,
		.cr4 = vcpu->cr4,
		.xcr0 = vcpu->xcr0,
	};
}

void x86_vcpu_cpuid_guest(struct x86_vcpu *vcpu, uint32_t leaf, uint32_t subleaf,
		     struct x86_cpuid *out)
{
	struct x86_cpuid_policy policy;

	/* OSXSAVE and OSPKE repeat bits of CR4, which the hardware may hold. */
	if (vcpu->cpu != 0 && (leaf == CPUID_FEATURES || leaf == CPUID_EXTENDED_FEATURES))
		x86_need(vcpu, X86_GROUP_CONTROL);
	policy = policy_of(vcpu);
	*out = x86_vcpu_cpuid_policy_leaf(&policy, leaf, subleaf);
}

void x86_vcpu_cpuid_answer(struct x86_vcpu *vcpu, uint32_t leaf, uint32_t subleaf,
			   struct x86_cpuid *out)
{
	struct x86_known_cpuid *known = &vcpu->known_cpuid[leaf % X86_KNOWN_CPUID];

	if (leaf == CPUID_XSAVE) {
		x86_vcpu_xcr0_sync(vcpu);
	}
	x86_vcpu_cpuid_guest(vcpu, leaf, subleaf, out);
	if (leaf != CPUID_XSAVE && leaf != X86_KNOWN_NOTHING) {
		*known = (struct x86_known_cpuid){
			.leaf = leaf,
			.subleaf = subleaf,
			.eax = out->eax,
			.ebx = out->ebx,
			.ecx = out->ecx,
			.edx = out->edx,
		};
	}
}

void x86_vcpu_cpuid_forget(struct x86_vcpu *vcpu)
{
	uint32_t i;

	for (i = 0; i < X86_KNOWN_CPUID; i++) {
		vcpu->known_cpuid[i].leaf = X86_KNOWN_NOTHING;
	}
}

uint32_t x86_vcpu_cpuid_physical_bits(const struct x86_vcpu *vcpu)
{
	const struct x86_cpuid_policy policy = { .host = host_leaf, .stage2_bits = STAGE2_BITS };

	(void)vcpu;
	return x86_vcpu_cpuid_policy_physical_bits(&policy);
}

uint64_t x86_vcpu_cpuid_cr4_mask(const struct x86_vcpu *vcpu)
{
	const struct x86_cpuid_policy policy = policy_of(vcpu);

	return x86_vcpu_cpuid_policy_cr4(&policy);
}

uint64_t x86_vcpu_cpuid_efer_mask(const struct x86_vcpu *vcpu)
{
	const struct x86_cpuid_policy policy = policy_of(vcpu);

	return x86_vcpu_cpuid_policy_efer(&policy);
}

uint64_t x86_vcpu_cpuid_xcr0_mask(const struct x86_vcpu *vcpu)
{
	const struct x86_features features = features_of(vcpu);

	return features.xsave ? features.xcr0_mask : 0;
}

bool x86_vcpu_cpuid_has_xss(const struct x86_vcpu *vcpu)
{
	const struct x86_features features = features_of(vcpu);

	return features.xsave && features.xsaves;
}

bool x86_vcpu_cpuid_has_tsc_aux(const struct x86_vcpu *vcpu)
{
	(void)vcpu;
	return amd_leaf_exists(CPUID_AMD_FEATURES) &&
	       (x86_cpu_cpuid(CPUID_AMD_FEATURES, 0).edx & CPUID_81D_RDTSCP) != 0;
}

uint32_t x86_vcpu_cpuid_linear_bits(const struct x86_vcpu *vcpu)
{
	(void)vcpu;
	if (!amd_leaf_exists(CPUID_AMD_SIZES))
		return LINEAR_BITS_DEFAULT;
	return (x86_cpu_cpuid(CPUID_AMD_SIZES, 0).eax >> LINEAR_BITS_SHIFT) & LINEAR_BITS_MASK;
}
