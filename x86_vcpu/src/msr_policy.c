/* SPDX-License-Identifier: Apache-2.0 */
#include "msr_policy.h"

#include "regs.h"

#define MSR_PLATFORM_ID UINT32_C(0x17)
#define MSR_PLATFORM_INFO UINT32_C(0xce)
#define MSR_MISC_FEATURES_ENABLES UINT32_C(0x140)
#define MSR_MCG_CAP UINT32_C(0x179)
#define MSR_MCG_STATUS UINT32_C(0x17a)
#define MSR_VMX_FIRST UINT32_C(0x480)
#define MSR_VMX_LAST UINT32_C(0x493)
/* Every AMD64 CPU has these four counters and their controls (APM volume 2, 13.2.1). */
#define MSR_PERF_EVT_SEL0 UINT32_C(0xc0010000)
#define MSR_PERF_CTR3 UINT32_C(0xc0010007)
#define MSR_SYSCFG UINT32_C(0xc0010010)
#define MSR_HWCR UINT32_C(0xc0010015)
#define MSR_INT_PENDING UINT32_C(0xc0010055)
#define MSR_SVM_FIRST MSR_VM_CR
#define MSR_SVM_LAST UINT32_C(0xc0010119)
#define MSR_DE_CFG UINT32_C(0xc0011029)

/* No variable and no fixed ranges; write combining exists. */
#define MTRRCAP_WC X86_BIT(10)
/* MTRRs are on, and all memory is write-back. */
#define MTRR_DEF_TYPE_WB (X86_BIT(11) | UINT64_C(6))
/* Fast strings; no branch trace store and no event-based sampling. */
#define MISC_ENABLE_GUEST (X86_BIT(0) | X86_BIT(11) | X86_BIT(12))
/* LFENCE is dispatch serializing, and that is locked. */
#define DE_CFG_LFENCE X86_BIT(1)

struct range {
	uint32_t first;
	uint32_t last;
	enum x86_msr_class class;
	uint64_t value;
};

#define ONE(msr, class, value) { msr, msr, X86_MSR_CLASS_##class, value }
#define MANY(first, last, class) { first, last, X86_MSR_CLASS_##class, 0 }

static const struct range table[] = {
	ONE(MSR_TSC, REGISTER, 0),
	ONE(MSR_PLATFORM_ID, CONSTANT, 0),
	ONE(MSR_APIC_BASE, LOCAL_APIC, 0),
	ONE(MSR_FEATURE_CONTROL, REFUSED, 0),
	/* Writing it loads microcode. */
	ONE(MSR_BIOS_SIGN_ID, IGNORED, 0),
	ONE(MSR_PLATFORM_INFO, CONSTANT, 0),
	ONE(MSR_MTRRCAP, CONSTANT, MTRRCAP_WC),
	ONE(MSR_MISC_FEATURES_ENABLES, IGNORED, 0),
	ONE(MSR_SYSENTER_CS, PASS, 0),
	ONE(MSR_SYSENTER_ESP, PASS, 0),
	ONE(MSR_SYSENTER_EIP, PASS, 0),
	ONE(MSR_MCG_CAP, CONSTANT, 0),
	ONE(MSR_MCG_STATUS, IGNORED, 0),
	ONE(MSR_MISC_ENABLE, IGNORED, MISC_ENABLE_GUEST),
	ONE(MSR_DEBUGCTL, IGNORED, 0),
	MANY(MSR_MTRR_PHYSBASE0, MSR_PAT - 1, REFUSED),
	ONE(MSR_PAT, REGISTER, 0),
	ONE(MSR_MTRR_DEF_TYPE, IGNORED, MTRR_DEF_TYPE_WB),
	MANY(MSR_VMX_FIRST, MSR_VMX_LAST, REFUSED),
	ONE(MSR_TSC_DEADLINE, LOCAL_APIC, 0),
	MANY(MSR_X2APIC_FIRST, MSR_X2APIC_LAST, LOCAL_APIC),
	ONE(MSR_XSS, REGISTER, 0),
	ONE(MSR_EFER, REGISTER, 0),
	ONE(MSR_STAR, PASS, 0),
	ONE(MSR_LSTAR, PASS, 0),
	ONE(MSR_CSTAR, PASS, 0),
	ONE(MSR_SFMASK, PASS, 0),
	ONE(MSR_FS_BASE, PASS, 0),
	ONE(MSR_GS_BASE, PASS, 0),
	ONE(MSR_KERNEL_GS_BASE, PASS, 0),
	ONE(MSR_TSC_AUX, REGISTER, 0),
	MANY(MSR_PERF_EVT_SEL0, MSR_PERF_CTR3, IGNORED),
	ONE(MSR_SYSCFG, IGNORED, 0),
	ONE(MSR_HWCR, IGNORED, 0),
	ONE(MSR_INT_PENDING, IGNORED, 0),
	MANY(MSR_SVM_FIRST, MSR_SVM_LAST, REFUSED),
	ONE(MSR_DE_CFG, IGNORED, DE_CFG_LFENCE),
};

#define TABLE_SIZE ((uint32_t)(sizeof(table) / sizeof(table[0])))

enum x86_msr_class x86_vcpu_msr_classify(uint32_t msr, uint64_t *value)
{
	uint32_t i;

	*value = 0;
	for (i = 0; i < TABLE_SIZE; i++) {
		if (msr >= table[i].first && msr <= table[i].last) {
			*value = table[i].value;
			return table[i].class;
		}
	}
	return X86_MSR_CLASS_EXIT;
}

bool x86_vcpu_msr_pass_at(uint32_t index, uint32_t *msr)
{
	uint32_t i;

	for (i = 0; i < TABLE_SIZE; i++) {
		if (table[i].class != X86_MSR_CLASS_PASS)
			continue;
		if (index-- == 0) {
			*msr = table[i].first;
			return true;
		}
	}
	return false;
}

bool x86_vcpu_is_canonical(uint64_t value, uint32_t linear_bits)
{
	const uint64_t upper = value >> (linear_bits - 1u);

	return upper == 0 || upper == UINT64_MAX >> (linear_bits - 1u);
}

bool x86_vcpu_pat_is_valid(uint64_t value)
{
	uint32_t i;

	for (i = 0; i < 8; i++) {
		const uint32_t type = (uint32_t)(value >> (8u * i)) & 0xffu;

		/* 2 and 3 are reserved, 7 is UC-. */
		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}
