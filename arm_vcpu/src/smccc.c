/* SPDX-License-Identifier: Apache-2.0 */
#include "smccc.h"

#include "psci.h"
#include "regs.h"
#include "step.h"
#include "sysreg.h"
#include "world.h"

/* Arm Architecture Calls, DEN 0028C, chapter 7: owner 0, fast calls of either convention. */
#define SMCCC_OWNER_MASK 0xbf000000u
#define SMCCC_OWNER_ARCH 0x80000000u
/** What tells owner 4, Standard Secure Service Calls, of which PSCI is one, from owner 0. */
#define SMCCC_OWNER_STANDARD 0x04000000u
/** Bits 31 and 30, the kind and the convention of a call. */
#define SMCCC_CONVENTION_SHIFT 30u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define SMCCC_ARCH_WORKAROUND_3 0x80003fffu
#define SMCCC_ARCH_WORKAROUND_1 0x80008000u
#define SMCCC_VERSION_1_2 ((UINT32_C(1) << 16) | 2u)
#define SMCCC_SUCCESS 0
/** SMCCC_ARCH_FEATURES of a workaround: this CPU does not need it; the call does nothing. */
#define SMCCC_NOT_REQUIRED 1
#define SMCCC_NOT_SUPPORTED (-1)

/** Only an immediate of zero is an SMCCC call (2.9). */
static bool is_smccc(const struct arm_vcpu *vcpu)
{
	return (vcpu->context.esr & ESR_CALL_IMM16) == 0u;
}

/** The arguments of a call of the 32-bit convention: upper halves mean nothing (2.5). */
static inline void copy_arguments_32(const struct arm_vcpu *vcpu, uint64_t *args)
{
	uint32_t i;

	for (i = 0; i < AXVCPU_HYPERCALL_ARGS; i++) {
		args[i] = (uint32_t)vcpu->context.x[i + 1u];
	}
}

static inline void copy_arguments(const struct arm_vcpu *vcpu, uint64_t *args)
{
	uint32_t i;

	/* Both of a pair are read before one is written, so that they move together. */
	for (i = 0; i < AXVCPU_HYPERCALL_ARGS; i += 2u) {
		uint64_t first = vcpu->context.x[i + 1u];
		uint64_t second = vcpu->context.x[i + 2u];

		args[i] = first;
		args[i + 1u] = second;
	}
}

/** An SMCCC call becomes an exit, with the result that the guest sees if nobody sets one. */
static inline enum arm_action exit_call(struct arm_vcpu *vcpu, uint32_t conduit,
					struct axvcpu_exit *exit)
{
	struct axvcpu_exit_hypercall *call = &exit->u.hypercall;
	uint32_t function = (uint32_t)vcpu->context.x[0];

	exit->reason = AXVCPU_EXIT_HYPERCALL;
	call->number = function;
	call->immediate = 0u;
	call->conduit = conduit;
	arm_smccc_return(vcpu, SMCCC_NOT_SUPPORTED);
	if (function >> SMCCC_CONVENTION_SHIFT == SMCCC_FAST >> SMCCC_CONVENTION_SHIFT) {
		copy_arguments_32(vcpu, call->args);
	} else {
		copy_arguments(vcpu, call->args);
	}
	return ARM_ACTION_EXIT;
}

/** A call that is not by SMCCC: its meaning is all the hypervisor's. */
static __attribute__((noinline)) enum arm_action exit_other_call(const struct arm_vcpu *vcpu,
								 uint32_t conduit,
								 struct axvcpu_exit *exit)
{
	struct axvcpu_exit_hypercall *call = &exit->u.hypercall;

	exit->reason = AXVCPU_EXIT_HYPERCALL;
	call->number = vcpu->context.x[0];
	call->immediate = (uint32_t)(vcpu->context.esr & ESR_CALL_IMM16);
	call->conduit = conduit;
	copy_arguments(vcpu, call->args);
	return ARM_ACTION_EXIT;
}

enum arm_action arm_vcpu_smccc_exit(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	bool smc = ARM_FIELD(vcpu->context.esr, ESR_EC) == ESR_EC_SMC64;

	return exit_call(vcpu, smc ? ARM_VCPU_HYPERCALL_SMC : ARM_VCPU_HYPERCALL_HVC, exit);
}

/**
 * What SMCCC_ARCH_FEATURES says of a function (7.3). The workarounds are calls of the
 * physical CPU's firmware, which the guest does not reach. Where the CPU says that it
 * needs none, so do we: CSV2 is about WORKAROUND_1, branch targets that another
 * context trained; CSV2_3 and ECBHB are about WORKAROUND_3, branch history. Nothing
 * says it of WORKAROUND_2; a guest that may write PSTATE.SSBS does without. A virtual
 * machine has no SoC to identify.
 */
static int64_t arch_features(uint32_t function)
{
	uint64_t csv2 = ARM_FIELD(arm_read_ID_AA64PFR0_EL1(), ID_AA64PFR0_CSV2);

	switch (function) {
	case SMCCC_VERSION:
	case SMCCC_ARCH_FEATURES:
		return SMCCC_SUCCESS;
	case SMCCC_ARCH_WORKAROUND_1:
		return csv2 != 0u ? SMCCC_NOT_REQUIRED : SMCCC_NOT_SUPPORTED;
	case SMCCC_ARCH_WORKAROUND_3:
		return csv2 >= ID_AA64PFR0_CSV2_HISTORY ||
				       ARM_FIELD(arm_read_ID_AA64MMFR1_EL1(),
						 ID_AA64MMFR1_ECBHB) != 0u ?
			       SMCCC_NOT_REQUIRED :
			       SMCCC_NOT_SUPPORTED;
	default:
		return SMCCC_NOT_SUPPORTED;
	}
}

/** An Arm Architecture Call: all of them are answered here, unknown ones too. */
static void arch_call(struct arm_vcpu *vcpu, uint32_t function)
{
	switch (function) {
	case SMCCC_VERSION:
		arm_smccc_return(vcpu, SMCCC_VERSION_1_2);
		break;
	case SMCCC_ARCH_FEATURES:
		arm_smccc_return(vcpu, arch_features((uint32_t)vcpu->context.x[1]));
		break;
	default:
		/* A workaround that is not required returns nothing: x0 as well stays. */
		if (arch_features(function) != SMCCC_NOT_REQUIRED) {
			arm_smccc_return(vcpu, SMCCC_NOT_SUPPORTED);
		}
		break;
	}
}

/** What only PSCI and Arm Architecture Calls pass: 5 instructions less for all others. */
static inline bool may_be_answered(uint32_t function)
{
	return (function & SMCCC_OWNER_MASK & ~SMCCC_OWNER_STANDARD) == SMCCC_OWNER_ARCH;
}

/** Whether the library answers it. */
static inline bool is_answered(uint32_t function)
{
	return arm_psci_owns(function) || (function & SMCCC_OWNER_MASK) == SMCCC_OWNER_ARCH;
}

/* Apart, as exit_other_call(), so that arm_vcpu_handle_hvc() needs no stack frame. */
static __attribute__((noinline)) enum arm_action answer(struct arm_vcpu *vcpu, uint32_t conduit,
							struct axvcpu_exit *exit)
{
	uint32_t function = (uint32_t)vcpu->context.x[0];

	if (arm_psci_owns(function)) {
		return arm_vcpu_psci_call(vcpu, exit);
	}
	if (is_answered(function)) {
		arch_call(vcpu, function);
		return ARM_ACTION_HANDLED;
	}
	return exit_call(vcpu, conduit, exit);
}

enum arm_action arm_vcpu_handle_hvc(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	if (__builtin_expect(!is_smccc(vcpu), 0)) {
		return exit_other_call(vcpu, ARM_VCPU_HYPERCALL_HVC, exit);
	}
	if (may_be_answered((uint32_t)vcpu->context.x[0])) {
		return answer(vcpu, ARM_VCPU_HYPERCALL_HVC, exit);
	}
	return exit_call(vcpu, ARM_VCPU_HYPERCALL_HVC, exit);
}

enum arm_action arm_vcpu_handle_smc(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	/* A trapped SMC reports its own address (D1.3.5), an HVC the next one. */
	arm_vcpu_step(vcpu, vcpu->context.esr);
	if (is_smccc(vcpu) && is_answered((uint32_t)vcpu->context.x[0])) {
		return answer(vcpu, ARM_VCPU_HYPERCALL_SMC, exit);
	}
	switch (vcpu->smc_policy) {
	case ARM_VCPU_SMC_FORWARD:
		/* smc.S has #0: another immediate would make PSCI of what is none. */
		if (is_smccc(vcpu)) {
			arm_vcpu_forward_smc(vcpu->context.x);
			return ARM_ACTION_HANDLED;
		}
		break;
	case ARM_VCPU_SMC_EXIT:
		return is_smccc(vcpu) ? exit_call(vcpu, ARM_VCPU_HYPERCALL_SMC, exit) :
					exit_other_call(vcpu, ARM_VCPU_HYPERCALL_SMC, exit);
	default:
		break;
	}
	arm_smccc_return(vcpu, SMCCC_NOT_SUPPORTED);
	return ARM_ACTION_HANDLED;
}
