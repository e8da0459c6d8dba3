/* SPDX-License-Identifier: Apache-2.0 */
#include "inject.h"

#include "regs.h"
#include "state.h"

/* Vector offsets by where the exception comes from, D1.3.1.4. */
#define VECTOR_CURRENT_SP0 0x000u
#define VECTOR_CURRENT_SPX 0x200u
#define VECTOR_LOWER_AARCH64 0x400u
#define VECTOR_LOWER_AARCH32 0x600u

static bool from_el1(uint64_t pstate)
{
	uint64_t mode = pstate & SPSR_M;

	return (pstate & SPSR_NRW) == 0u && (mode == SPSR_M_EL1T || mode == SPSR_M_EL1H);
}

static uint64_t vector_offset(uint64_t pstate)
{
	if ((pstate & SPSR_NRW) != 0u) {
		return VECTOR_LOWER_AARCH32;
	}
	switch (pstate & SPSR_M) {
	case SPSR_M_EL1H:
		return VECTOR_CURRENT_SPX;
	case SPSR_M_EL1T:
		return VECTOR_CURRENT_SP0;
	default:
		return VECTOR_LOWER_AARCH64;
	}
}

/** PSTATE at the handler: flags and DIT stay, PAN and SSBS as SCTLR_EL1 says, the rest is cleared. */
static uint64_t handler_pstate(uint64_t pstate, uint64_t sctlr)
{
	uint64_t next = pstate & (SPSR_NZCV | SPSR_DIT | SPSR_PAN);

	if ((sctlr & SCTLR_EL1_SPAN) == 0u) {
		next |= SPSR_PAN;
	}
	if ((sctlr & SCTLR_EL1_DSSBS) != 0u) {
		next |= SPSR_SSBS;
	}
	return next | SPSR_D | SPSR_A | SPSR_I | SPSR_F | SPSR_M_EL1H;
}

static void take_exception(struct arm_vcpu *vcpu, uint64_t esr)
{
	uint64_t pstate = vcpu->context.pstate;

	arm_state_write(vcpu, ARM_SAVED_ESR_EL1, esr);
	arm_state_write(vcpu, ARM_SAVED_ELR_EL1, vcpu->context.pc);
	arm_state_write(vcpu, ARM_SAVED_SPSR_EL1, pstate);
	vcpu->context.pc = arm_state_read(vcpu, ARM_SAVED_VBAR_EL1) + vector_offset(pstate);
	vcpu->context.pstate =
		handler_pstate(pstate, arm_state_read(vcpu, ARM_SAVED_SCTLR_EL1));
}

void arm_inject_undefined(struct arm_vcpu *vcpu, uint64_t esr_el2)
{
	take_exception(vcpu, ARM_PLACE(ESR_EC_UNKNOWN, ESR_EC) | (esr_el2 & ESR_IL));
}

void arm_inject_external_abort(struct arm_vcpu *vcpu, uint64_t esr_el2, uint64_t far)
{
	bool instruction = ARM_FIELD(esr_el2, ESR_EC) == ESR_EC_INSN_ABORT_LOWER;
	uint64_t fsc = ESR_FSC_EXTERNAL;
	uint64_t esr;

	if ((esr_el2 & ESR_ABORT_S1PTW) != 0u) {
		fsc = ESR_FSC_EXTERNAL_WALK | (esr_el2 & ESR_FSC_LEVEL);
	}
	/* ISV is 0, with which IL is 1 (D19.2.37, "IL"). */
	esr = ESR_IL | fsc | (esr_el2 & ESR_ABORT_FNV);
	if (instruction) {
		esr |= ARM_PLACE(from_el1(vcpu->context.pstate) ? ESR_EC_INSN_ABORT_SAME :
								  ESR_EC_INSN_ABORT_LOWER,
				 ESR_EC);
	} else {
		esr |= ARM_PLACE(from_el1(vcpu->context.pstate) ? ESR_EC_DATA_ABORT_SAME :
								  ESR_EC_DATA_ABORT_LOWER,
				 ESR_EC) |
		       (esr_el2 & (ESR_ABORT_WNR | ESR_ABORT_CM));
	}
	arm_state_write(vcpu, ARM_SAVED_FAR_EL1, far);
	take_exception(vcpu, esr);
}
