/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"

/**
 * Advances ITSTATE, which an SPSR holds as bits 15..10 (ITSTATE 7..2) and 26..25
 * (1..0), as AArch32.ITAdvance() does: an exhausted block ends, else the low
 * five bits shift left.
 */
static uint64_t advance_it(uint64_t pstate)
{
	const uint32_t last_mask = 0x7u;
	const uint32_t shifting = 0x1fu;
	uint32_t it = (uint32_t)((ARM_FIELD(pstate, SPSR_IT_HIGH) << 2) |
				 ARM_FIELD(pstate, SPSR_IT_LOW));

	if ((it & last_mask) == 0u) {
		it = 0u;
	} else {
		it = (it & ~shifting) | ((it << 1) & shifting);
	}
	pstate &= ~(SPSR_IT_HIGH | SPSR_IT_LOW);
	return pstate | ARM_PLACE(it >> 2, SPSR_IT_HIGH) | ARM_PLACE(it, SPSR_IT_LOW);
}

void arm_vcpu_step(struct arm_vcpu *vcpu, uint64_t esr)
{
	arm_vcpu_step_bytes(vcpu, arm_instruction_length(esr));
}

void arm_vcpu_step_bytes(struct arm_vcpu *vcpu, uint32_t bytes)
{
	struct arm_context *context = &vcpu->context;

	context->pc += bytes;
	if ((context->pstate & SPSR_NRW) != 0u) {
		context->pstate = advance_it(context->pstate);
	} else {
		context->pstate &= ~SPSR_BTYPE;
	}
	context->pstate &= ~SPSR_SS;
}

uint64_t arm_vcpu_gpr_read(const struct arm_vcpu *vcpu, uint32_t reg)
{
	return reg < ARM_GPR_COUNT ? vcpu->context.x[reg] : 0u;
}

void arm_vcpu_gpr_write(struct arm_vcpu *vcpu, uint32_t reg, uint64_t value)
{
	if (reg < ARM_GPR_COUNT) {
		vcpu->context.x[reg] = value;
	}
}
