/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 faults: MMIO, nested page faults, external aborts (D19.2.37, aborts from a lower EL). */
#include "exits.h"

#include "access.h"
#include "at.h"
#include "inject.h"
#include "operands.h"
#include "regs.h"
#include "state.h"
#include "step.h"
#include "sysreg.h"

static bool is_fault(uint64_t esr, uint32_t type)
{
	return (esr & ESR_FSC_TYPE) == type;
}

/** Cache maintenance reports a write, but stage 1 and stage 2 ask for read access only. */
static bool is_write(uint64_t esr)
{
	return (esr & ESR_ABORT_WNR) != 0u && (esr & ESR_ABORT_CM) == 0u;
}

/**
 * The guest physical address of the fault. HPFAR_EL2 holds it except for a
 * permission fault on the access itself (D19.2.52); there stage 1 is asked, whose
 * answer in PAR_EL1 is the guest's own register. False if stage 1 has none any
 * more: the guest's tables changed under it, and the guest will see that itself.
 */
static bool fault_address(const struct arm_vcpu *vcpu, uint64_t far, uint64_t hpfar, uint64_t *gpa)
{
	uint64_t esr = vcpu->context.esr;
	uint64_t par;

	if (!is_fault(esr, ESR_FSC_PERMISSION) || (esr & ESR_ABORT_S1PTW) != 0u) {
		*gpa = ARM_FIELD(hpfar, HPFAR_EL2_FIPA) << HPFAR_EL2_FIPA_SHIFT;
	} else {
		par = arm_vcpu_translate(vcpu, is_write(esr) ? ARM_AT_S1E1W : ARM_AT_S1E1R, far);
		if ((par & PAR_EL1_F) != 0u) {
			return false;
		}
		*gpa = par & PAR_EL1_PA;
	}
	if ((esr & (ESR_ABORT_S1PTW | ESR_ABORT_FNV)) == 0u) {
		*gpa |= far & ARM_PAGE_OFFSET;
	}
	return true;
}

/** Whether stage 2 has no mapping for what an instruction itself accesses. */
static bool is_mmio(uint64_t esr)
{
	return ARM_FIELD(esr, ESR_EC) == ESR_EC_DATA_ABORT_LOWER && (esr & ESR_ABORT_S1PTW) == 0u &&
	       is_fault(esr, ESR_FSC_TRANSLATION);
}

static enum arm_action mmio(struct arm_vcpu *vcpu, uint64_t gpa, struct axvcpu_exit *exit)
{
	uint64_t esr = vcpu->context.esr;
	struct axvcpu_exit_mmio *mmio = &exit->u.mmio;
	uint32_t bits;

	mmio->gpa = gpa;
	mmio->width = UINT32_C(1) << ARM_FIELD(esr, ESR_ABORT_SAS);
	mmio->reg = (uint32_t)ARM_FIELD(esr, ESR_ABORT_SRT);
	mmio->reg_width = (esr & ESR_ABORT_SF) != 0u ? 8u : 4u;
	vcpu->mmio_is_big_endian = arm_vcpu_data_is_big_endian(vcpu);
	if ((esr & ESR_ABORT_WNR) == 0u) {
		exit->reason = AXVCPU_EXIT_MMIO_READ;
		mmio->data = 0u;
		mmio->sign_extend = (esr & ESR_ABORT_SSE) != 0u ? 1u : 0u;
		return ARM_ACTION_EXIT;
	}
	exit->reason = AXVCPU_EXIT_MMIO_WRITE;
	bits = mmio->width * 8u;
	mmio->data = mmio->reg < ARM_GPR_COUNT ?
			     vcpu->context.x[mmio->reg] & ARM_MASK(bits - 1u, 0) :
			     0u;
	if (vcpu->mmio_is_big_endian) {
		mmio->data = arm_vcpu_swap_bytes(mmio->data, mmio->width);
	}
	mmio->sign_extend = 0u;
	return ARM_ACTION_EXIT;
}

static uint32_t access_of(uint64_t esr)
{
	uint32_t access;

	if (ARM_FIELD(esr, ESR_EC) == ESR_EC_INSN_ABORT_LOWER) {
		access = AXVCPU_ACCESS_EXECUTE;
	} else {
		access = is_write(esr) ? AXVCPU_ACCESS_WRITE : AXVCPU_ACCESS_READ;
	}
	if ((esr & ESR_ABORT_S1PTW) != 0u) {
		access |= AXVCPU_ACCESS_PAGE_WALK;
	}
	if (is_fault(esr, ESR_FSC_PERMISSION)) {
		access |= AXVCPU_ACCESS_PERMISSION;
	}
	if ((esr & ESR_ABORT_FNV) == 0u) {
		access |= AXVCPU_ACCESS_GVA_VALID;
	}
	if (ARM_FIELD(esr, ESR_EC) == ESR_EC_DATA_ABORT_LOWER && (esr & ESR_ABORT_ISV) == 0u) {
		access |= AXVCPU_ACCESS_NO_SYNDROME;
	}
	return access;
}

enum arm_action arm_vcpu_handle_abort(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	uint64_t esr = vcpu->context.esr;
	uint64_t far = arm_read_FAR_EL2();
	uint64_t hpfar = arm_read_HPFAR_EL2();
	struct axvcpu_exit_nested_page_fault *fault = &exit->u.nested_page_fault;
	uint64_t gpa;

	vcpu->far = far;
	switch (esr & ESR_FSC_TYPE) {
	case ESR_FSC_ADDRESS_SIZE:
	case ESR_FSC_TRANSLATION:
	case ESR_FSC_ACCESS_FLAG:
	case ESR_FSC_PERMISSION:
		break;
	case ESR_FSC_EXTERNAL:
	case ESR_FSC_EXTERNAL_WALK:
	case ESR_FSC_PARITY:
	case ESR_FSC_PARITY_WALK:
		/* The bus refused the guest's access: the guest's error, where its own bus would put it. */
		arm_vcpu_inject_external_abort(vcpu, esr, far,
					  ARM_FIELD(hpfar, HPFAR_EL2_FIPA) << HPFAR_EL2_FIPA_SHIFT);
		return ARM_ACTION_HANDLED;
	default:
		exit->reason = AXVCPU_EXIT_UNKNOWN;
		arm_vcpu_exit_raw(vcpu, far, hpfar, ARM_VCPU_VECTOR_SYNC, exit);
		return ARM_ACTION_EXIT;
	}
	if (!fault_address(vcpu, far, hpfar, &gpa)) {
		return ARM_ACTION_HANDLED;
	}
	if (__builtin_expect(gpa >> vcpu->ipa_bits != 0u, 0)) {
		/*
		 * Stage 2 has no entry for so large an address (D8.2.4). To the guest, which is
		 * shown no larger PARange, its own translation has made it too large.
		 */
		arm_vcpu_inject_size_fault(vcpu, esr, far, gpa);
		return ARM_ACTION_HANDLED;
	}
	if (is_mmio(esr)) {
		if ((esr & ESR_ABORT_CM) != 0u) {
			/* Cache maintenance: no cache holds anything of what is not mapped. */
			arm_vcpu_step(vcpu, esr);
			return ARM_ACTION_HANDLED;
		}
		if ((esr & ESR_ABORT_ISV) != 0u) {
			arm_vcpu_exit_raw(vcpu, far, hpfar, ARM_VCPU_VECTOR_SYNC, exit);
			return mmio(vcpu, gpa, exit);
		}
		switch (arm_vcpu_access_start(vcpu, far, gpa & ~ARM_PAGE_OFFSET, exit)) {
		case ARM_ACCESS_EXIT:
			return ARM_ACTION_EXIT;
		case ARM_ACCESS_RETRY:
			return ARM_ACTION_HANDLED;
		default:
			break;
		}
	}
	/* Not before: an abort that is handled here leaves nothing in the exit that follows it. */
	arm_vcpu_exit_raw(vcpu, far, hpfar, ARM_VCPU_VECTOR_SYNC, exit);
	exit->reason = AXVCPU_EXIT_NESTED_PAGE_FAULT;
	fault->gpa = gpa;
	fault->gva = (esr & ESR_ABORT_FNV) != 0u ? 0u : far;
	fault->access = access_of(esr);
	fault->level = (uint32_t)(esr & ESR_FSC_LEVEL);
	return ARM_ACTION_EXIT;
}
