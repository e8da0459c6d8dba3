/* SPDX-License-Identifier: Apache-2.0 */
/* Which model-specific registers a guest has, and what they hold (SDM volume 4; APM appendix A). */
#ifndef X86_VCPU_MSR_POLICY_H_
#define X86_VCPU_MSR_POLICY_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct x86_vcpu;

/* What RDMSR and WRMSR of an MSR do. */
enum x86_msr_class {
	/* Left to the hypervisor: AXVCPU_EXIT_SYSREG_READ and _WRITE. */
	X86_MSR_CLASS_EXIT = 0,
	/*
	 * A register of the guest that the CPU itself checks and keeps while the guest
	 * runs: accesses need not be intercepted.
	 */
	X86_MSR_CLASS_PASS = 1,
	/* A register of the guest that the library keeps and checks. */
	X86_MSR_CLASS_REGISTER = 2,
	/* Reads give a constant, writes change nothing. */
	X86_MSR_CLASS_IGNORED = 3,
	/* Reads give a constant, writes raise #GP. */
	X86_MSR_CLASS_CONSTANT = 4,
	/* The local APIC, if the guest has one. */
	X86_MSR_CLASS_LOCAL_APIC = 5,
	/* What only a host has: #GP. */
	X86_MSR_CLASS_REFUSED = 6,
};

/* The class of an MSR; `*value` gets the constant of those that have one, else 0. */
enum x86_msr_class x86_vcpu_msr_classify(uint32_t msr, uint64_t *value);

/* The MSR at position `index` of those of X86_MSR_CLASS_PASS; false past the end. */
bool x86_vcpu_msr_pass_at(uint32_t index, uint32_t *msr);

/* Whether a value is canonical with `linear_bits` bits (48 or 57). */
bool x86_vcpu_is_canonical(uint64_t value, uint32_t linear_bits);
/* Whether each of IA32_PAT's eight fields is a memory type (SDM volume 3, 12.12.2). */
bool x86_vcpu_pat_is_valid(uint64_t value);

/* Outcome of an access to an MSR. */
enum x86_msr_result {
	X86_MSR_OK = 0,
	/* #GP(0); nothing changed. */
	X86_MSR_GP = 1,
	/* The hypervisor is to answer. */
	X86_MSR_EXIT = 2,
};

/* RDMSR and WRMSR as the guest executes them, or as the hypervisor transfers state. */
enum x86_msr_result x86_vcpu_msr_read(struct x86_vcpu *vcpu, uint32_t msr, uint64_t *value);
enum x86_msr_result x86_vcpu_msr_write(struct x86_vcpu *vcpu, uint32_t msr, uint64_t value);

#ifdef __cplusplus
}
#endif

#endif /* X86_VCPU_MSR_POLICY_H_ */
