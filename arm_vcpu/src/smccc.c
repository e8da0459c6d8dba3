/* SPDX-License-Identifier: Apache-2.0 */
#include "smccc.h"

#include "psci.h"
#include "regs.h"
#include "step.h"
#include "world.h"

/* Arm Architecture Calls, DEN 0028C, chapter 7 */
#define SMCCC_ARCH_FEATURES 0x80000001u
#define SMCCC_VERSION_1_2 ((UINT32_C(1) << 16) | 2u)
#define SMCCC_SUCCESS 0
#define SMCCC_NOT_SUPPORTED (-1)

void arm_smccc_return(struct arm_vcpu *vcpu, int64_t value)
{
	vcpu->context.x[0] = (uint64_t)value;
}

void arm_smccc_exit(const struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	struct axvcpu_exit_hypercall *call = &exit->u.hypercall;
	uint64_t esr = vcpu->context.esr;
	uint32_t i;

	exit->reason = AXVCPU_EXIT_HYPERCALL;
	call->number = vcpu->context.x[0];
	for (i = 0; i < AXVCPU_HYPERCALL_ARGS; i++) {
		call->args[i] = vcpu->context.x[i + 1u];
	}
	call->immediate = (uint32_t)(esr & ESR_CALL_IMM16);
	call->conduit = ARM_FIELD(esr, ESR_EC) == ESR_EC_SMC64 ? ARM_VCPU_HYPERCALL_SMC :
								 ARM_VCPU_HYPERCALL_HVC;
}

/**
 * What SMCCC_ARCH_FEATURES says of a function (7.3.4). The workarounds for
 * speculation are firmware calls of the physical CPU: not offered to the guest,
 * whose ID registers still show what the CPU does by itself (CSV2, SSBS).
 */
static int64_t arch_features(uint32_t function)
{
	return function == SMCCC_VERSION || function == SMCCC_ARCH_FEATURES ? SMCCC_SUCCESS :
									      SMCCC_NOT_SUPPORTED;
}

/** A call that is neither PSCI nor an Arm Architecture Call. */
static enum arm_action other_call(struct arm_vcpu *vcpu, uint32_t conduit,
				  struct axvcpu_exit *exit)
{
	if (conduit == ARM_VCPU_HYPERCALL_SMC) {
		switch (vcpu->smc_policy) {
		case ARM_VCPU_SMC_FORWARD:
			arm_forward_smc(vcpu->context.x);
			return ARM_ACTION_HANDLED;
		case ARM_VCPU_SMC_EXIT:
			break;
		default:
			arm_smccc_return(vcpu, SMCCC_NOT_SUPPORTED);
			return ARM_ACTION_HANDLED;
		}
	}
	arm_smccc_exit(vcpu, exit);
	return ARM_ACTION_EXIT;
}

enum arm_action arm_handle_call(struct arm_vcpu *vcpu, uint32_t conduit, struct axvcpu_exit *exit)
{
	uint32_t function = (uint32_t)vcpu->context.x[0];

	if (conduit == ARM_VCPU_HYPERCALL_SMC) {
		/* A trapped SMC reports its own address (D1.3.5), an HVC the next one. */
		arm_step(vcpu, vcpu->context.esr);
	}
	/* Only an immediate of zero is an SMCCC call (2.9). */
	if ((vcpu->context.esr & ESR_CALL_IMM16) != 0u) {
		return other_call(vcpu, conduit, exit);
	}
	if (arm_psci_owns(function)) {
		return arm_psci_call(vcpu, exit);
	}
	switch (function) {
	case SMCCC_VERSION:
		arm_smccc_return(vcpu, SMCCC_VERSION_1_2);
		return ARM_ACTION_HANDLED;
	case SMCCC_ARCH_FEATURES:
		arm_smccc_return(vcpu, arch_features((uint32_t)vcpu->context.x[1]));
		return ARM_ACTION_HANDLED;
	default:
		return other_call(vcpu, conduit, exit);
	}
}
