/* SPDX-License-Identifier: Apache-2.0 */
#include "exits.h"

#include "fp.h"
#include "inject.h"
#include "pauth.h"
#include "regs.h"
#include "step.h"
#include "sve.h"
#include "sysreg.h"

void arm_vcpu_exit_raw(const struct arm_vcpu *vcpu, uint64_t far, uint64_t hpfar, uint64_t vector,
		  struct axvcpu_exit *exit)
{
	exit->flags |= AXVCPU_EXIT_FLAG_RAW;
	exit->raw.word[0] = vcpu->context.esr;
	exit->raw.word[1] = far;
	exit->raw.word[2] = hpfar;
	exit->raw.word[3] = vector;
}

static enum arm_action unknown(struct arm_vcpu *vcpu, uint64_t vector, struct axvcpu_exit *exit)
{
	exit->reason = AXVCPU_EXIT_UNKNOWN;
	arm_vcpu_exit_raw(vcpu, arm_read_FAR_EL2(), arm_read_HPFAR_EL2(), vector, exit);
	return ARM_ACTION_EXIT;
}

static enum arm_action external_interrupt(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	const struct axvcpu_hal *hal = vcpu->hal;
	uint64_t vector = hal->ops->irq_fetch != NULL ? hal->ops->irq_fetch(hal->ctx) :
							AXVCPU_IRQ_NONE;

	if (vcpu->vgic.enabled && arm_vcpu_vgic_interrupt(vcpu, vector)) {
		return ARM_ACTION_HANDLED;
	}
	exit->reason = AXVCPU_EXIT_EXTERNAL_INTERRUPT;
	exit->instruction_length = 0u;
	exit->u.interrupt.vector = vector;
	return ARM_ACTION_EXIT;
}

/**
 * WFI is a wait for an interrupt. WFE, and WFIT and WFET, which nothing but the
 * time may end, are none: each of them may end early.
 */
static enum arm_action wait(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	arm_vcpu_step(vcpu, vcpu->context.esr);
	exit->reason = ARM_FIELD(vcpu->context.esr, ESR_WFX_TI) == ESR_WFX_TI_WFI ?
			       AXVCPU_EXIT_HALT :
			       AXVCPU_EXIT_NOTHING;
	return ARM_ACTION_EXIT;
}

/* Apart, as asynchronous(): arm_vcpu_handle_exit() needs no stack frame then, and 8 instructions
 * less. */
static __attribute__((noinline)) enum arm_action synchronous(struct arm_vcpu *vcpu,
							      struct axvcpu_exit *exit)
{
	switch (ARM_FIELD(vcpu->context.esr, ESR_EC)) {
	case ESR_EC_INSN_ABORT_LOWER:
		return arm_vcpu_handle_abort(vcpu, exit);
	case ESR_EC_SMC64:
		return arm_vcpu_handle_smc(vcpu, exit);
	case ESR_EC_SYSREG:
		return arm_vcpu_handle_sysreg(vcpu, exit);
	case ESR_EC_FP:
		arm_vcpu_fp_load(vcpu);
		return ARM_ACTION_HANDLED;
	case ESR_EC_SVE:
		if (arm_vcpu_has_sve(vcpu)) {
			arm_vcpu_fp_load(vcpu);
		} else {
			arm_vcpu_inject_undefined(vcpu);
		}
		return ARM_ACTION_HANDLED;
	case ESR_EC_PAUTH:
		if (!arm_vcpu_pauth_load(vcpu)) {
			arm_vcpu_inject_undefined(vcpu);
		}
		return ARM_ACTION_HANDLED;
	case ESR_EC_WFX:
		return wait(vcpu, exit);
	case ESR_EC_UNKNOWN:
	case ESR_EC_CP15_32:
	case ESR_EC_CP15_64:
	case ESR_EC_CP14_32:
	case ESR_EC_CP14_LDST:
	case ESR_EC_CP14_64:
	case ESR_EC_VMRS:
	case ESR_EC_LS64:
	case ESR_EC_SYSREG128:
	case ESR_EC_ERET:
	case ESR_EC_SME:
		/* Trapped because the guest's ID registers do not show it: as if it were not there. */
		arm_vcpu_inject_undefined(vcpu);
		return ARM_ACTION_HANDLED;
	default:
		return unknown(vcpu, ARM_VCPU_VECTOR_SYNC, exit);
	}
}

/** Exits that are no synchronous exception. */
static __attribute__((noinline)) enum arm_action asynchronous(struct arm_vcpu *vcpu,
							       struct axvcpu_exit *exit,
							       uint64_t vector)
{
	switch (vector) {
	case ARM_VCPU_VECTOR_IRQ:
	case ARM_VCPU_VECTOR_FIQ:
		return external_interrupt(vcpu, exit);
	default:
		exit->instruction_length = 0u;
		return unknown(vcpu, vector, exit);
	}
}

enum arm_action arm_vcpu_handle_exit(
	struct arm_vcpu *vcpu, struct axvcpu_exit *exit, uint64_t vector)
{
	uint64_t esr = vcpu->context.esr;

	exit->pc = vcpu->context.pc;
	if (__builtin_expect(vector != ARM_VCPU_VECTOR_SYNC, 0)) {
		return asynchronous(vcpu, exit, vector);
	}
	exit->instruction_length = arm_instruction_length(esr);
	/* The two that are most frequent do not go through the switch: 7 instructions less. */
	if (__builtin_expect(ARM_FIELD(esr, ESR_EC) == ESR_EC_HVC64, 1)) {
		return arm_vcpu_handle_hvc(vcpu, exit);
	}
	if (ARM_FIELD(esr, ESR_EC) == ESR_EC_DATA_ABORT_LOWER) {
		return arm_vcpu_handle_abort(vcpu, exit);
	}
	return synchronous(vcpu, exit);
}
