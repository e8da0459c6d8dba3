/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What CPUID tells a guest: of the host's features those that a guest can have here,
 * its own topology, and no word of what only a host has. SDM volume 2, "CPUID"; APM
 * volume 3, appendix E. A pure function of the host's leaves and a few registers.
 */
#ifndef X86_VCPU_CPUID_POLICY_H_
#define X86_VCPU_CPUID_POLICY_H_

#include <stdbool.h>
#include <stdint.h>

#include "cpu.h"

#ifdef __cplusplus
extern "C" {
#endif

struct x86_vcpu;

/* The first leaf for hypervisors, and the name that it gives in EBX, ECX, EDX. */
#define X86_CPUID_HYPERVISOR UINT32_C(0x40000000)
#define X86_CPUID_HYPERVISOR_NAME "axvcpuaxvcpu"
/* EAX: kHz of the time stamp counter; EBX: kHz of the local APIC's timer. */
#define X86_CPUID_FREQUENCIES UINT32_C(0x40000010)
/* What the local APIC's timer counts, before its divider. */
#define X86_LAPIC_TIMER_HZ UINT32_C(25000000)

struct x86_cpuid_policy {
	/* The host's leaves. */
	struct x86_cpuid (*host)(void *ctx, uint32_t leaf, uint32_t subleaf);
	void *ctx;
	/* XCR0 bits that the guest may set; 0 without XSAVE. */
	uint64_t xcr0_mask;
	/* IA32_XSS exists for it (with no bit that it may set), and XSAVES. */
	bool xsaves;
	/* RDTSCP and RDPID find the guest's own TSC_AUX. */
	bool tsc_aux;
	/* It has a local APIC, and this is on (IA32_APIC_BASE.EN). */
	bool local_apic;
	bool local_apic_on;
	/* Bits of guest physical addresses that its second-stage table translates. */
	uint32_t stage2_bits;
	uint32_t apic_id;
	/* CPUs of its machine, at least 1. */
	uint32_t cpu_count;
	/* 0 if unknown. */
	uint64_t tsc_hz;
	/* X86_VCPU_HYPERVISOR_NAME_SIZE characters; null for X86_CPUID_HYPERVISOR_NAME. */
	const char *hypervisor_name;
	/* The guest's registers. */
	uint64_t cr4;
	uint64_t xcr0;
};

/* The guest's leaf; zeros for one that it does not have. */
struct x86_cpuid x86_vcpu_cpuid_policy_leaf(const struct x86_cpuid_policy *policy, uint32_t leaf,
				       uint32_t subleaf);
/* Bits of CR4 and IA32_EFER that these leaves allow the guest to set. */
uint64_t x86_vcpu_cpuid_policy_cr4(const struct x86_cpuid_policy *policy);
uint64_t x86_vcpu_cpuid_policy_efer(const struct x86_cpuid_policy *policy);
/* Bits of its physical addresses. */
uint32_t x86_vcpu_cpuid_policy_physical_bits(const struct x86_cpuid_policy *policy);

/* The same for a vCPU, on the CPU that calls. */
void x86_vcpu_cpuid_guest(struct x86_vcpu *vcpu, uint32_t leaf, uint32_t subleaf,
		     struct x86_cpuid *out);
uint32_t x86_vcpu_cpuid_physical_bits(const struct x86_vcpu *vcpu);
uint64_t x86_vcpu_cpuid_cr4_mask(const struct x86_vcpu *vcpu);
uint64_t x86_vcpu_cpuid_efer_mask(const struct x86_vcpu *vcpu);
/* Bits of XCR0 that it may set; 0 without XSAVE. */
uint64_t x86_vcpu_cpuid_xcr0_mask(const struct x86_vcpu *vcpu);
/* IA32_XSS and IA32_TSC_AUX exist for it. */
bool x86_vcpu_cpuid_has_xss(const struct x86_vcpu *vcpu);
bool x86_vcpu_cpuid_has_tsc_aux(const struct x86_vcpu *vcpu);
/* Bits of linear addresses that the CPU takes as canonical. */
uint32_t x86_vcpu_cpuid_linear_bits(const struct x86_vcpu *vcpu);

#ifdef __cplusplus
}
#endif

#endif /* X86_VCPU_CPUID_POLICY_H_ */
