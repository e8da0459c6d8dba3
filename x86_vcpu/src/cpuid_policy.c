/* SPDX-License-Identifier: Apache-2.0 */
#include "cpuid_policy.h"

#include "cpuid_bits.h"
#include "regs.h"

/* Highest leaves that a guest sees. */
#define LAST_BASIC ((uint32_t)CPUID_FREQUENCY)
#define LAST_AMD CPUID_AMD_SIZES

/* What a guest may have of a leaf's features if the host has it. */
#define ALLOW_1C                                                                             \
	(CPUID_1C_SSE3 | CPUID_1C_PCLMULQDQ | CPUID_1C_SSSE3 | CPUID_1C_CX16 | CPUID_1C_PCID | \
	 CPUID_1C_SSE41 | CPUID_1C_SSE42 | CPUID_1C_MOVBE | CPUID_1C_POPCNT | CPUID_1C_AES |  \
	 CPUID_1C_RDRAND)
#define ALLOW_1C_AVX (CPUID_1C_AVX | CPUID_1C_FMA | CPUID_1C_F16C)
#define ALLOW_1D                                                                           \
	(CPUID_1D_FPU | CPUID_1D_VME | CPUID_1D_DE | CPUID_1D_PSE | CPUID_1D_TSC |         \
	 CPUID_1D_MSR | CPUID_1D_PAE | CPUID_1D_MCE | CPUID_1D_CX8 | CPUID_1D_SEP |        \
	 CPUID_1D_MTRR | CPUID_1D_PGE | CPUID_1D_CMOV | CPUID_1D_PAT | CPUID_1D_PSE36 |    \
	 CPUID_1D_CLFSH | CPUID_1D_MMX | CPUID_1D_FXSR | CPUID_1D_SSE | CPUID_1D_SSE2)
#define ALLOW_7B                                                                              \
	(CPUID_7B_FSGSBASE | CPUID_7B_BMI1 | CPUID_7B_FDP_EXCPTN | CPUID_7B_SMEP |            \
	 CPUID_7B_BMI2 | CPUID_7B_ERMS | CPUID_7B_INVPCID | CPUID_7B_NO_FCS_FDS |             \
	 CPUID_7B_RDSEED | CPUID_7B_ADX | CPUID_7B_SMAP | CPUID_7B_CLFLUSHOPT | CPUID_7B_CLWB | \
	 CPUID_7B_SHA)
#define ALLOW_7B_AVX CPUID_7B_AVX2
#define ALLOW_7B_AVX512                                                                    \
	(CPUID_7B_AVX512F | CPUID_7B_AVX512DQ | CPUID_7B_AVX512_IFMA | CPUID_7B_AVX512CD | \
	 CPUID_7B_AVX512BW | CPUID_7B_AVX512VL)
#define ALLOW_7C (CPUID_7C_UMIP | CPUID_7C_GFNI | CPUID_7C_LA57)
#define ALLOW_7C_AVX (CPUID_7C_VAES | CPUID_7C_VPCLMULQDQ)
#define ALLOW_7C_AVX512                                                                       \
	(CPUID_7C_AVX512_VBMI | CPUID_7C_AVX512_VBMI2 | CPUID_7C_AVX512_VNNI |                \
	 CPUID_7C_AVX512_BITALG | CPUID_7C_AVX512_VPOPCNTDQ)
#define ALLOW_7D (CPUID_7D_FSRM | CPUID_7D_MD_CLEAR | CPUID_7D_SERIALIZE)
#define ALLOW_71A (CPUID_71A_FZRM | CPUID_71A_FSRS | CPUID_71A_FSRC)
#define ALLOW_81C                                                                            \
	(CPUID_81C_LAHF | CPUID_81C_CR8_LOCK | CPUID_81C_LZCNT | CPUID_81C_SSE4A |           \
	 CPUID_81C_MISALIGN_SSE | CPUID_81C_PREFETCHW)
#define ALLOW_81D                                                                           \
	(CPUID_81D_SYSCALL | CPUID_81D_NX | CPUID_81D_MMX_EXT | CPUID_81D_PAGE_1G | CPUID_81D_LM)

/* 1.EBX: initial APIC id 31:24, logical processors 23:16; the rest is the host's. */
#define FEATURES_EBX_ID_SHIFT 24u
#define FEATURES_EBX_COUNT_SHIFT 16u
#define FEATURES_EBX_HOST UINT32_C(0xffff)
#define BYTE_MAX 255u

/* 4.EAX: level 7:5, threads that share the cache 25:14, cores of the package 31:26, both - 1. */
#define CACHES_EAX_TYPE UINT32_C(0x1f)
#define CACHES_EAX_LEVEL(eax) (((eax) >> 5) & 7u)
#define CACHES_EAX_HOST UINT32_C(0x3fff)
#define CACHES_EAX_SHARING_SHIFT 14u
#define CACHES_EAX_SHARING_MAX UINT32_C(0xfff)
#define CACHES_EAX_CORES_SHIFT 26u
#define CACHES_EAX_CORES_MAX UINT32_C(0x3f)
#define CACHES_SUBLEAVES 8u
/* The cache of this level and above is shared by the package's cores. */
#define SHARED_CACHE_LEVEL 3u

/* B.ECX: type of level in 15:8. */
#define TOPOLOGY_TYPE_SHIFT 8u
#define TOPOLOGY_SMT 1u
#define TOPOLOGY_CORE 2u

/* 80000008: EAX physical bits 7:0, linear 15:8; ECX cores - 1 in 7:0, bits of core ids in 15:12. */
#define SIZES_EAX_LINEAR_SHIFT 8u
#define SIZES_EAX_BYTE UINT32_C(0xff)
#define SIZES_ECX_BITS_SHIFT 12u
#define SIZES_DEFAULT_PHYSICAL 36u
#define SIZES_DEFAULT_LINEAR 48u

/* The XSAVE area's legacy region and header (SDM volume 1, 13.4). */
#define XSAVE_FIXED_SIZE 576u
#define XSAVE_COMPONENTS 63u
#define XSAVE_ALIGN 64u

#define KILO 1000u
#define MEGA 1000000u

static const struct x86_cpuid nothing;

static struct x86_cpuid host(const struct x86_cpuid_policy *policy, uint32_t leaf, uint32_t subleaf)
{
	return policy->host(policy->ctx, leaf, subleaf);
}

static bool has(const struct x86_cpuid_policy *policy, uint64_t components)
{
	return (policy->xcr0_mask & components) == components;
}

/* Leaves past the host's own end are empty, but those that are made up here. */
static uint32_t last_basic(const struct x86_cpuid_policy *policy)
{
	const uint32_t last = host(policy, CPUID_VENDOR, 0).eax;

	return last < LAST_BASIC ? last : LAST_BASIC;
}

static uint32_t last_amd(const struct x86_cpuid_policy *policy)
{
	const uint32_t last = host(policy, CPUID_AMD_MAX, 0).eax;

	if (last < CPUID_AMD_MAX)
		return CPUID_AMD_MAX;
	return last < LAST_AMD ? last : LAST_AMD;
}

/* Bits that number `count` things. */
static uint32_t id_bits(uint32_t count)
{
	uint32_t bits = 0;

	while (bits < 31 && (UINT32_C(1) << bits) < count)
		bits++;
	return bits;
}

static struct x86_cpuid features(const struct x86_cpuid_policy *policy)
{
	struct x86_cpuid leaf = host(policy, CPUID_FEATURES, 0);
	const uint32_t had = leaf.ecx;
	const uint32_t id = policy->apic_id < BYTE_MAX ? policy->apic_id : BYTE_MAX;
	uint32_t count = UINT32_C(1) << id_bits(policy->cpu_count);

	if (count > BYTE_MAX)
		count = BYTE_MAX;
	leaf.ebx = (leaf.ebx & FEATURES_EBX_HOST) | (id << FEATURES_EBX_ID_SHIFT) |
		   (count << FEATURES_EBX_COUNT_SHIFT);
	leaf.ecx &= ALLOW_1C | (has(policy, XCR0_SSE | XCR0_AVX) ? ALLOW_1C_AVX : 0);
	leaf.ecx |= CPUID_1C_HYPERVISOR;
	if (policy->xcr0_mask != 0) {
		leaf.ecx |= had & CPUID_1C_XSAVE;
		if ((policy->cr4 & CR4_OSXSAVE) != 0)
			leaf.ecx |= CPUID_1C_OSXSAVE;
	}
	leaf.edx &= ALLOW_1D;
	if (policy->local_apic) {
		/* Both are emulated, whatever the host has. */
		leaf.ecx |= CPUID_1C_X2APIC | CPUID_1C_TSC_DEADLINE;
		if (policy->local_apic_on)
			leaf.edx |= CPUID_1D_APIC;
	}
	if (policy->cpu_count > 1)
		leaf.edx |= CPUID_1D_HTT;
	return leaf;
}

static struct x86_cpuid caches(const struct x86_cpuid_policy *policy, uint32_t subleaf)
{
	struct x86_cpuid leaf = host(policy, CPUID_CACHES, subleaf);
	const uint32_t others = policy->cpu_count - 1u;
	uint32_t cores = (UINT32_C(1) << id_bits(policy->cpu_count)) - 1u;
	uint32_t sharing = 0;

	if (subleaf >= CACHES_SUBLEAVES || (leaf.eax & CACHES_EAX_TYPE) == 0)
		return nothing;
	if (cores > CACHES_EAX_CORES_MAX)
		cores = CACHES_EAX_CORES_MAX;
	if (CACHES_EAX_LEVEL(leaf.eax) >= SHARED_CACHE_LEVEL)
		sharing = others < CACHES_EAX_SHARING_MAX ? others : CACHES_EAX_SHARING_MAX;
	leaf.eax = (leaf.eax & CACHES_EAX_HOST) | (sharing << CACHES_EAX_SHARING_SHIFT) |
		   (cores << CACHES_EAX_CORES_SHIFT);
	return leaf;
}

static struct x86_cpuid extended_features(const struct x86_cpuid_policy *policy, uint32_t subleaf)
{
	struct x86_cpuid leaf = host(policy, CPUID_EXTENDED_FEATURES, subleaf);
	const bool avx = has(policy, XCR0_SSE | XCR0_AVX);
	const bool avx512 = avx && has(policy, XCR0_AVX512);

	if (subleaf == 1) {
		if (host(policy, CPUID_EXTENDED_FEATURES, 0).eax < 1)
			return nothing;
		leaf.eax &= ALLOW_71A | (avx ? CPUID_71A_AVX_VNNI : 0);
		leaf.ebx = leaf.ecx = leaf.edx = 0;
		return leaf;
	}
	if (subleaf != 0)
		return nothing;
	leaf.eax = leaf.eax > 1 ? 1 : leaf.eax;
	leaf.ebx &= ALLOW_7B | (avx ? ALLOW_7B_AVX : 0) | (avx512 ? ALLOW_7B_AVX512 : 0);
	leaf.ecx &= ALLOW_7C | (avx ? ALLOW_7C_AVX : 0) | (avx512 ? ALLOW_7C_AVX512 : 0) |
		    (has(policy, XCR0_PKRU) ? CPUID_7C_PKU : 0) |
		    (policy->tsc_aux ? CPUID_7C_RDPID : 0);
	if ((leaf.ecx & CPUID_7C_PKU) != 0 && (policy->cr4 & CR4_PKE) != 0)
		leaf.ecx |= CPUID_7C_OSPKE;
	leaf.edx &= ALLOW_7D;
	return leaf;
}

static struct x86_cpuid topology(const struct x86_cpuid_policy *policy, uint32_t subleaf)
{
	struct x86_cpuid leaf = { .ecx = subleaf & BYTE_MAX, .edx = policy->apic_id };

	if (subleaf == 0) {
		leaf.ebx = 1;
		leaf.ecx |= TOPOLOGY_SMT << TOPOLOGY_TYPE_SHIFT;
	} else if (subleaf == 1) {
		leaf.eax = id_bits(policy->cpu_count);
		leaf.ebx = policy->cpu_count;
		leaf.ecx |= TOPOLOGY_CORE << TOPOLOGY_TYPE_SHIFT;
	}
	return leaf;
}

/* Bytes of an XSAVE area with these components. */
static uint32_t xsave_size(const struct x86_cpuid_policy *policy, uint64_t components,
			   bool compacted)
{
	uint32_t size = XSAVE_FIXED_SIZE;
	uint32_t i;

	for (i = 2; i < XSAVE_COMPONENTS; i++) {
		struct x86_cpuid place;

		if ((components & X86_BIT(i)) == 0)
			continue;
		place = host(policy, CPUID_XSAVE, i);
		if (!compacted) {
			if (place.ebx + place.eax > size)
				size = place.ebx + place.eax;
			continue;
		}
		if ((place.ecx & CPUID_DNC_ALIGN_64) != 0)
			size = (size + XSAVE_ALIGN - 1u) & ~(XSAVE_ALIGN - 1u);
		size += place.eax;
	}
	return size;
}

static struct x86_cpuid xsave(const struct x86_cpuid_policy *policy, uint32_t subleaf)
{
	struct x86_cpuid leaf;

	if (policy->xcr0_mask == 0)
		return nothing;
	switch (subleaf) {
	case 0:
		return (struct x86_cpuid){
			.eax = (uint32_t)policy->xcr0_mask,
			.ebx = xsave_size(policy, policy->xcr0, false),
			.ecx = xsave_size(policy, policy->xcr0_mask, false),
			.edx = (uint32_t)(policy->xcr0_mask >> 32),
		};
	case 1:
		leaf = host(policy, CPUID_XSAVE, 1);
		leaf.eax &= CPUID_D1A_XSAVEOPT | CPUID_D1A_XSAVEC | CPUID_D1A_XGETBV_1 |
			    (policy->xsaves ? CPUID_D1A_XSAVES : 0);
		/* No bit of IA32_XSS exists for it. */
		leaf.ebx = (leaf.eax & (CPUID_D1A_XSAVEC | CPUID_D1A_XSAVES)) != 0 ?
				   xsave_size(policy, policy->xcr0, true) :
				   0;
		leaf.ecx = leaf.edx = 0;
		return leaf;
	default:
		if (subleaf >= XSAVE_COMPONENTS || (policy->xcr0_mask & X86_BIT(subleaf)) == 0)
			return nothing;
		return host(policy, CPUID_XSAVE, subleaf);
	}
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b != 0) {
		const uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/*
 * TSC frequency = ECX * EBX / EAX; ECX is also what the local APIC's timer counts. The
 * product of kHz and EBX stays below 2^32, in which guests compute it: where no exact
 * ratio is that small, the nearest one is off by three millionths at most.
 */
static struct x86_cpuid tsc(const struct x86_cpuid_policy *policy)
{
	const uint64_t numerator_max = UINT32_MAX / (X86_LAPIC_TIMER_HZ / KILO);
	const uint64_t hz = policy->tsc_hz;
	uint64_t numerator, denominator, common;

	if (hz == 0 || hz / X86_LAPIC_TIMER_HZ >= numerator_max)
		return nothing;
	common = gcd(hz, X86_LAPIC_TIMER_HZ);
	numerator = hz / common;
	denominator = X86_LAPIC_TIMER_HZ / common;
	if (numerator > numerator_max) {
		denominator = numerator_max * X86_LAPIC_TIMER_HZ / hz;
		numerator = (hz * denominator + X86_LAPIC_TIMER_HZ / 2) / X86_LAPIC_TIMER_HZ;
	}
	return (struct x86_cpuid){ .eax = (uint32_t)denominator,
				   .ebx = (uint32_t)numerator,
				   .ecx = X86_LAPIC_TIMER_HZ };
}

static struct x86_cpuid frequency(const struct x86_cpuid_policy *policy)
{
	/* 15:0 are MHz. */
	const uint64_t mhz = policy->tsc_hz / MEGA;
	const uint32_t shown = mhz > UINT16_MAX ? UINT16_MAX : (uint32_t)mhz;

	return (struct x86_cpuid){ .eax = shown, .ebx = shown };
}

static struct x86_cpuid amd_features(const struct x86_cpuid_policy *policy)
{
	struct x86_cpuid leaf = host(policy, CPUID_AMD_FEATURES, 0);
	const uint32_t repeated = leaf.edx & CPUID_81D_REPEATED & features(policy).edx;

	leaf.ecx &= ALLOW_81C;
	leaf.edx &= ALLOW_81D | (policy->tsc_aux ? CPUID_81D_RDTSCP : 0);
	leaf.edx |= repeated;
	return leaf;
}

uint32_t x86_vcpu_cpuid_policy_physical_bits(const struct x86_cpuid_policy *policy)
{
	uint32_t bits = SIZES_DEFAULT_PHYSICAL;

	if (host(policy, CPUID_AMD_MAX, 0).eax >= CPUID_AMD_SIZES)
		bits = host(policy, CPUID_AMD_SIZES, 0).eax & SIZES_EAX_BYTE;
	return bits < policy->stage2_bits ? bits : policy->stage2_bits;
}

static struct x86_cpuid sizes(const struct x86_cpuid_policy *policy)
{
	struct x86_cpuid leaf = host(policy, CPUID_AMD_SIZES, 0);
	uint32_t linear = (leaf.eax >> SIZES_EAX_LINEAR_SHIFT) & SIZES_EAX_BYTE;
	uint32_t others = policy->cpu_count - 1u;

	if (linear > SIZES_DEFAULT_LINEAR &&
	    (extended_features(policy, 0).ecx & CPUID_7C_LA57) == 0)
		linear = SIZES_DEFAULT_LINEAR;
	if (others > SIZES_EAX_BYTE)
		others = SIZES_EAX_BYTE;
	return (struct x86_cpuid){
		.eax = x86_vcpu_cpuid_policy_physical_bits(policy) |
		       (linear << SIZES_EAX_LINEAR_SHIFT),
		.ebx = leaf.ebx & (CPUID_88B_CLZERO | CPUID_88B_XSAVE_ERR_PTR),
		.ecx = others | (id_bits(policy->cpu_count) << SIZES_ECX_BITS_SHIFT),
	};
}

/* Four characters as CPUID packs them. */
static uint32_t characters(const char *text)
{
	return (uint32_t)(uint8_t)text[0] | ((uint32_t)(uint8_t)text[1] << 8) |
	       ((uint32_t)(uint8_t)text[2] << 16) | ((uint32_t)(uint8_t)text[3] << 24);
}

static struct x86_cpuid hypervisor(const struct x86_cpuid_policy *policy, uint32_t leaf)
{
	const char *name = policy->hypervisor_name != 0 ? policy->hypervisor_name :
							 X86_CPUID_HYPERVISOR_NAME;

	switch (leaf) {
	case X86_CPUID_HYPERVISOR:
		return (struct x86_cpuid){ .eax = X86_CPUID_FREQUENCIES,
					   .ebx = characters(&name[0]),
					   .ecx = characters(&name[4]),
					   .edx = characters(&name[8]) };
	case X86_CPUID_FREQUENCIES:
		return (struct x86_cpuid){
			.eax = policy->tsc_hz / KILO > UINT32_MAX ?
				       0 :
				       (uint32_t)(policy->tsc_hz / KILO),
			.ebx = policy->local_apic ? X86_LAPIC_TIMER_HZ / KILO : 0,
		};
	default:
		return nothing;
	}
}

static struct x86_cpuid basic(const struct x86_cpuid_policy *policy, uint32_t leaf,
			      uint32_t subleaf)
{
	struct x86_cpuid vendor;

	if (leaf > last_basic(policy))
		return nothing;
	switch (leaf) {
	case CPUID_VENDOR:
		vendor = host(policy, CPUID_VENDOR, 0);
		vendor.eax = last_basic(policy);
		return vendor;
	case CPUID_FEATURES:
		return features(policy);
	case CPUID_CACHE_DESCRIPTORS:
		return host(policy, leaf, 0);
	case CPUID_CACHES:
		return caches(policy, subleaf);
	case CPUID_POWER:
		return (struct x86_cpuid){ .eax = policy->local_apic ? CPUID_6A_ARAT : 0 };
	case CPUID_EXTENDED_FEATURES:
		return extended_features(policy, subleaf);
	case CPUID_TOPOLOGY:
		return topology(policy, subleaf);
	case CPUID_XSAVE:
		return xsave(policy, subleaf);
	case CPUID_TSC:
		return tsc(policy);
	case CPUID_FREQUENCY:
		return frequency(policy);
	default:
		return nothing;
	}
}

static struct x86_cpuid amd(const struct x86_cpuid_policy *policy, uint32_t leaf)
{
	struct x86_cpuid out;

	if (leaf > last_amd(policy))
		return nothing;
	switch (leaf) {
	case CPUID_AMD_MAX:
		out = host(policy, leaf, 0);
		out.eax = last_amd(policy);
		return out;
	case CPUID_AMD_FEATURES:
		return amd_features(policy);
	case CPUID_AMD_POWER:
		return (struct x86_cpuid){ .edx = host(policy, leaf, 0).edx &
						  CPUID_87D_INVARIANT_TSC };
	case CPUID_AMD_SIZES:
		return sizes(policy);
	default:
		/* The brand's name and the caches. */
		return host(policy, leaf, 0);
	}
}

struct x86_cpuid x86_vcpu_cpuid_policy_leaf(const struct x86_cpuid_policy *policy, uint32_t leaf,
				       uint32_t subleaf)
{
	if (leaf < X86_CPUID_HYPERVISOR)
		return basic(policy, leaf, subleaf);
	if (leaf < CPUID_AMD_MAX)
		return hypervisor(policy, leaf);
	return amd(policy, leaf);
}

uint64_t x86_vcpu_cpuid_policy_cr4(const struct x86_cpuid_policy *policy)
{
	const struct x86_cpuid leaf_1 = basic(policy, CPUID_FEATURES, 0);
	const struct x86_cpuid leaf_7 = basic(policy, CPUID_EXTENDED_FEATURES, 0);
	const struct {
		uint32_t have;
		uint32_t bit;
		uint64_t cr4;
	} table[] = {
		{ leaf_1.edx, CPUID_1D_VME, CR4_VME | CR4_PVI },
		{ leaf_1.edx, CPUID_1D_TSC, CR4_TSD },
		{ leaf_1.edx, CPUID_1D_DE, CR4_DE },
		{ leaf_1.edx, CPUID_1D_PSE, CR4_PSE },
		{ leaf_1.edx, CPUID_1D_PAE, CR4_PAE },
		{ leaf_1.edx, CPUID_1D_MCE, CR4_MCE },
		{ leaf_1.edx, CPUID_1D_PGE, CR4_PGE },
		{ leaf_1.edx, CPUID_1D_FXSR, CR4_OSFXSR },
		{ leaf_1.edx, CPUID_1D_SSE, CR4_OSXMMEXCPT },
		{ leaf_1.ecx, CPUID_1C_PCID, CR4_PCIDE },
		{ leaf_1.ecx, CPUID_1C_XSAVE, CR4_OSXSAVE },
		{ leaf_7.ebx, CPUID_7B_FSGSBASE, CR4_FSGSBASE },
		{ leaf_7.ebx, CPUID_7B_SMEP, CR4_SMEP },
		{ leaf_7.ebx, CPUID_7B_SMAP, CR4_SMAP },
		{ leaf_7.ecx, CPUID_7C_UMIP, CR4_UMIP },
		{ leaf_7.ecx, CPUID_7C_LA57, CR4_LA57 },
		{ leaf_7.ecx, CPUID_7C_PKU, CR4_PKE },
	};
	/* RDPMC has no feature bit. */
	uint64_t mask = CR4_PCE;
	uint32_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if ((table[i].have & table[i].bit) != 0)
			mask |= table[i].cr4;
	}
	return mask;
}

uint64_t x86_vcpu_cpuid_policy_efer(const struct x86_cpuid_policy *policy)
{
	const uint32_t edx = amd(policy, CPUID_AMD_FEATURES).edx;

	return ((edx & CPUID_81D_SYSCALL) != 0 ? EFER_SCE : 0) |
	       ((edx & CPUID_81D_LM) != 0 ? EFER_LME : 0) |
	       ((edx & CPUID_81D_NX) != 0 ? EFER_NXE : 0);
}
