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

static void hypercall_exit(const struct arm_vcpu *vcpu, uint32_t conduit, struct axvcpu_exit *exit)
{
	struct axvcpu_exit_hypercall *call = &exit->u.hypercall;
	uint32_t i;

	exit->reason = AXVCPU_EXIT_HYPERCALL;
	call->number = vcpu->context.x[0];
	/* Both of a pair are read before one is written, so that they move together: 8 instructions less. */
	for (i = 0; i < AXVCPU_HYPERCALL_ARGS; i += 2u) {
		uint64_t first = vcpu->context.x[i + 1u];
		uint64_t second = vcpu->context.x[i + 2u];

		call->args[i] = first;
		call->args[i + 1u] = second;
	}
	call->immediate = (uint32_t)(vcpu->context.esr & ESR_CALL_IMM16);
	call->conduit = conduit;
}

void arm_smccc_exit(const struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	hypercall_exit(vcpu,
		       ARM_FIELD(vcpu->context.esr, ESR_EC) == ESR_EC_SMC64 ?
			       ARM_VCPU_HYPERCALL_SMC :
			       ARM_VCPU_HYPERCALL_HVC,
		       exit);
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

/** Answers PSCI and Arm Architecture Calls; false if the call is neither. */
static inline bool answer_call(struct arm_vcpu *vcpu, struct axvcpu_exit *exit,
			       enum arm_action *action)
{
	uint32_t function = (uint32_t)vcpu->context.x[0];

	/* Only an immediate of zero is an SMCCC call (2.9). */
	if ((vcpu->context.esr & ESR_CALL_IMM16) != 0u) {
		return false;
	}
	if (arm_psci_owns(function)) {
		*action = arm_psci_call(vcpu, exit);
		return true;
	}
	switch (function) {
	case SMCCC_VERSION:
		arm_smccc_return(vcpu, SMCCC_VERSION_1_2);
		break;
	case SMCCC_ARCH_FEATURES:
		arm_smccc_return(vcpu, arch_features((uint32_t)vcpu->context.x[1]));
		break;
	default:
		return false;
	}
	*action = ARM_ACTION_HANDLED;
	return true;
}

enum arm_action arm_handle_hvc(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	enum arm_action action;

	if (answer_call(vcpu, exit, &action)) {
		return action;
	}
	hypercall_exit(vcpu, ARM_VCPU_HYPERCALL_HVC, exit);
	return ARM_ACTION_EXIT;
}

enum arm_action arm_handle_smc(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	enum arm_action action;

	/* A trapped SMC reports its own address (D1.3.5), an HVC the next one. */
	arm_step(vcpu, vcpu->context.esr);
	if (answer_call(vcpu, exit, &action)) {
		return action;
	}
	switch (vcpu->smc_policy) {
	case ARM_VCPU_SMC_FORWARD:
		arm_forward_smc(vcpu->context.x);
		return ARM_ACTION_HANDLED;
	case ARM_VCPU_SMC_EXIT:
		hypercall_exit(vcpu, ARM_VCPU_HYPERCALL_SMC, exit);
		return ARM_ACTION_EXIT;
	default:
		arm_smccc_return(vcpu, SMCCC_NOT_SUPPORTED);
		return ARM_ACTION_HANDLED;
	}
}
