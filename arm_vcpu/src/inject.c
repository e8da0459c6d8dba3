/* SPDX-License-Identifier: Apache-2.0 */
#include "inject.h"

#include "regs.h"
#include "stage1_level.h"
#include "state.h"
#include "sysreg.h"

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

/**
 * PSTATE at the handler, as AArch64.TakeException() leaves it: flags, DIT and PAN
 * stay, PAN and SSBS are as SCTLR_EL1 says, TCO is set, the rest is cleared. In the
 * SPSR of AArch32 the bits that stay are at the same places (C5.2.18), SSBS is not.
 */
static uint64_t handler_pstate(uint64_t pstate, uint64_t sctlr)
{
	uint64_t next = pstate & (SPSR_NZCV | SPSR_DIT | SPSR_PAN);
	uint64_t pfr1 = arm_read_ID_AA64PFR1_EL1();

	if ((sctlr & SCTLR_EL1_SPAN) == 0u &&
	    ARM_FIELD(arm_read_ID_AA64MMFR1_EL1(), ID_AA64MMFR1_PAN) != 0u) {
		next |= SPSR_PAN;
	}
	if ((sctlr & SCTLR_EL1_DSSBS) != 0u && ARM_FIELD(pfr1, ID_AA64PFR1_SSBS) != 0u) {
		next |= SPSR_SSBS;
	}
	if (ARM_FIELD(pfr1, ID_AA64PFR1_MTE) != 0u) {
		next |= SPSR_TCO;
	}
	return next | SPSR_D | SPSR_A | SPSR_I | SPSR_F | SPSR_M_EL1H;
}

static void take_exception(struct arm_vcpu *vcpu, uint64_t esr)
{
	uint64_t pstate = vcpu->context.pstate;

	arm_vcpu_state_write(vcpu, ARM_SAVED_ESR_EL1, esr);
	arm_vcpu_state_write(vcpu, ARM_SAVED_ELR_EL1, vcpu->context.pc);
	arm_vcpu_state_write(vcpu, ARM_SAVED_SPSR_EL1, pstate);
	vcpu->context.pc = arm_vcpu_state_read(vcpu, ARM_SAVED_VBAR_EL1) + vector_offset(pstate);
	vcpu->context.pstate =
		handler_pstate(pstate, arm_vcpu_state_read(vcpu, ARM_SAVED_SCTLR_EL1));
}

void arm_vcpu_inject_undefined(struct arm_vcpu *vcpu)
{
	/* IL is 1 with this class, whatever the length (D19.2.37, "IL"). */
	take_exception(vcpu, ARM_PLACE(ESR_EC_UNKNOWN, ESR_EC) | ESR_IL);
}

void arm_vcpu_inject_trap(struct arm_vcpu *vcpu, uint64_t esr_el2)
{
	take_exception(vcpu, esr_el2 & (ESR_EC | ESR_IL | ESR_ISS));
}

/** The status of an external abort on a walk has stage 1's level; without it, none of a walk. */
static uint64_t external_status(const struct arm_vcpu *vcpu, uint64_t esr_el2, uint64_t far,
				uint64_t ipa)
{
	uint32_t level;

	if ((esr_el2 & (ESR_ABORT_S1PTW | ESR_ABORT_FNV)) == ESR_ABORT_S1PTW &&
	    arm_vcpu_stage1_level(vcpu, far, ipa & ~ARM_PAGE_OFFSET, &level)) {
		return ESR_FSC_EXTERNAL_WALK | level;
	}
	return ESR_FSC_EXTERNAL;
}

/** An abort with this status, of the instruction or data access that ESR_EL2 tells of. */
static void inject_abort(struct arm_vcpu *vcpu, uint64_t esr_el2, uint64_t far, uint64_t status)
{
	bool instruction = ARM_FIELD(esr_el2, ESR_EC) == ESR_EC_INSN_ABORT_LOWER;
	uint64_t esr;

	/* ISV is 0, with which IL is 1 (D19.2.37, "IL"). */
	esr = ESR_IL | status;
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
	arm_vcpu_state_write(vcpu, ARM_SAVED_FAR_EL1, far);
	take_exception(vcpu, esr);
}

void arm_vcpu_inject_external_abort(struct arm_vcpu *vcpu, uint64_t esr_el2, uint64_t far,
			       uint64_t ipa)
{
	inject_abort(vcpu, esr_el2, far,
		     external_status(vcpu, esr_el2, far, ipa) | (esr_el2 & ESR_ABORT_FNV));
}

void arm_vcpu_inject_size_fault(struct arm_vcpu *vcpu, uint64_t esr_el2, uint64_t far, uint64_t ipa)
{
	inject_abort(vcpu, esr_el2, far,
		     ESR_FSC_ADDRESS_SIZE |
			     arm_vcpu_stage1_size_level(vcpu, far, (esr_el2 & ESR_ABORT_S1PTW) != 0u,
							ipa & ~ARM_PAGE_OFFSET));
}
