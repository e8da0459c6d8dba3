/* SPDX-License-Identifier: Apache-2.0 */
#include "reg_access.h"

#include "access.h"
#include "controls.h"
#include "debug.h"
#include "fp.h"
#include "id_view.h"
#include "ptimer.h"
#include "regs.h"
#include "serror.h"
#include "state.h"
#include "sve.h"
#include "sysreg.h"
#include "vgic_regs.h"

struct sysreg_id {
	uint16_t encoding;
	uint16_t saved;
};

/** The guest's system registers in the order in which they are listed. */
static const struct sysreg_id sysregs[] = {
#define SYSREG_ID(name, op0, op1, crn, crm, op2) \
	{ ARM_VCPU_SYSREG(op0, op1, crn, crm, op2), ARM_SAVED_##name },
	ARM_SAVED_SYSREGS(SYSREG_ID)
#undef SYSREG_ID
};
/** How many the guest has. */
static size_t sysreg_count(const struct arm_vcpu *vcpu)
{
#define ONE(...) + 1u
	const size_t with_sve_only = 0u ARM_SVE_SYSREGS(ONE);
#undef ONE
	const size_t all = sizeof(sysregs) / sizeof(sysregs[0]);

	return arm_vcpu_has_sve(vcpu) ? all : all - with_sve_only;
}

#define ID_MPIDR_EL1 ARM_VCPU_REG_SYS(3, 0, 0, 0, 5)
#define ID_MIDR_EL1 ARM_VCPU_REG_SYS(3, 0, 0, 0, 0)

/** The ids that are no row of a table, in the order in which they are listed. */
static const uint64_t single_ids[] = {
	ARM_VCPU_REG_PC,
	ARM_VCPU_REG_PSTATE,
	ID_MPIDR_EL1,
	ID_MIDR_EL1,
	ARM_VCPU_REG_SERROR,
	ARM_VCPU_REG_ACCESS_DATA(0),
	ARM_VCPU_REG_ACCESS_DATA(1),
	ARM_VCPU_REG_ACCESS,
};
#define SINGLE_COUNT (sizeof(single_ids) / sizeof(single_ids[0]))

/** The register in memory that `id` names, or null. */
static uint64_t *plain_register(struct arm_vcpu *vcpu, uint64_t id)
{
	if (id >= ARM_VCPU_REG_X(0) && id < ARM_VCPU_REG_X(ARM_GPR_COUNT)) {
		return &vcpu->context.x[AXVCPU_REG_INDEX(id)];
	}
	switch (id) {
	case ARM_VCPU_REG_PC:
		return &vcpu->context.pc;
	case ARM_VCPU_REG_PSTATE:
		return &vcpu->context.pstate;
	case ID_MPIDR_EL1:
		return &vcpu->mpidr;
	case ID_MIDR_EL1:
		return &vcpu->midr;
	default:
		return NULL;
	}
}

static bool find_sysreg(const struct arm_vcpu *vcpu, uint64_t id, enum arm_saved_reg *reg)
{
	size_t count = sysreg_count(vcpu);
	size_t i;

	for (i = 0; i < count; i++) {
		if (id == AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARM_VCPU_REG_CLASS_SYSREG,
					sysregs[i].encoding)) {
			*reg = (enum arm_saved_reg)sysregs[i].saved;
			return true;
		}
	}
	return false;
}

/** The machine's counter now, not as it was some instructions ago (D11.2.2). */
static uint64_t counter_now(void)
{
	arm_isb();
	return arm_read_CNTPCT_EL0();
}

static bool is_fpsimd(uint64_t id)
{
	return id >= ARM_VCPU_REG_V(0) && id < ARM_VCPU_REG_V(ARM_FPSIMD_REGS);
}

axvcpu_error_t arm_vcpu_reg_get(struct arm_vcpu *vcpu, uint64_t id, void *buffer)
{
	const uint64_t *plain = plain_register(vcpu, id);
	enum arm_saved_reg reg;
	uint64_t value;

	if (is_fpsimd(id)) {
		arm_vcpu_fp_save(vcpu);
		__builtin_memcpy(buffer, arm_vcpu_fp_vector(vcpu, AXVCPU_REG_INDEX(id)),
				 ARM_FPSIMD_REG_SIZE);
		return AXVCPU_OK;
	}
	if (AXVCPU_REG_CLASS(id) == ARM_VCPU_REG_CLASS_SVE) {
		return arm_vcpu_sve_reg_get(vcpu, id, buffer);
	}
	if (AXVCPU_REG_CLASS(id) == ARM_VCPU_REG_CLASS_ACCESS) {
		return arm_vcpu_access_reg_get(vcpu, id, buffer);
	}
	if (id == ID_MIDR_EL1) {
		value = arm_vcpu_midr_of(vcpu);
	} else if (plain != NULL) {
		value = *plain;
	} else if (find_sysreg(vcpu, id, &reg)) {
		value = arm_vcpu_state_read(vcpu, reg);
	} else if (id == ARM_VCPU_REG_CNTVCT_EL0) {
		value = counter_now() - arm_vcpu_state_read(vcpu, ARM_SAVED_CNTVOFF_EL2);
	} else if (id == ARM_VCPU_REG_SERROR) {
		value = arm_vcpu_serror_get(vcpu);
	} else if (arm_vcpu_id_view_reg_get(vcpu, id, &value) != AXVCPU_OK &&
		   arm_vcpu_debug_reg_get(vcpu, id, &value) != AXVCPU_OK &&
		   arm_vcpu_vgic_reg_get(vcpu, id, &value) != AXVCPU_OK) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	__builtin_memcpy(buffer, &value, sizeof(value));
	return AXVCPU_OK;
}

/** Whether an exception return to this state is legal for a guest (C5.2.19, D1.3.6.2). */
static bool pstate_is_legal(uint64_t pstate)
{
	const uint64_t user_mode = 0u;
	uint64_t mode = pstate & SPSR_M;

	/*
	 * IL is legal: the guest takes an illegal-state exception, as at the exit it came from. So
	 * is whatever else the guest may have made of it: on a CPU without it, it is ignored.
	 */
	if ((pstate & ~(SPSR_LATER | UINT32_MAX)) != 0u) {
		return false;
	}
	if ((pstate & SPSR_NRW) != 0u) {
		return mode == user_mode;
	}
	return mode == SPSR_M_EL0T || mode == SPSR_M_EL1T || mode == SPSR_M_EL1H;
}

static bool value_is_allowed(const struct arm_vcpu *vcpu, uint64_t id, uint64_t value)
{
	switch (id) {
	case ARM_VCPU_REG_PSTATE:
		/* On a CPU without AArch32 the entry would be an illegal return, which stays at EL2. */
		return pstate_is_legal(value) && ((value & SPSR_NRW) == 0u || !arm_vcpu_is_on_cpu(vcpu) ||
						  vcpu->features->aarch32_el0);
	case ID_MPIDR_EL1:
		return (value & ~(MPIDR_EL1_AFF | MPIDR_EL1_RES1)) == 0u &&
		       (value & MPIDR_EL1_RES1) != 0u;
	case ID_MIDR_EL1:
		return value >> 32 == 0u;
	default:
		return true;
	}
}

axvcpu_error_t arm_vcpu_reg_set(struct arm_vcpu *vcpu, uint64_t id, const void *buffer)
{
	uint64_t *plain = plain_register(vcpu, id);
	enum arm_saved_reg reg;
	uint64_t value;

	if (is_fpsimd(id)) {
		arm_vcpu_fp_save(vcpu);
		__builtin_memcpy(arm_vcpu_fp_vector(vcpu, AXVCPU_REG_INDEX(id)), buffer,
				 ARM_FPSIMD_REG_SIZE);
		if ((vcpu->on_cpu & ARM_GROUP_FP) != 0u) {
			arm_vcpu_fp_load(vcpu);
		}
		return AXVCPU_OK;
	}
	if (AXVCPU_REG_CLASS(id) == ARM_VCPU_REG_CLASS_SVE) {
		return arm_vcpu_sve_reg_set(vcpu, id, buffer);
	}
	if (AXVCPU_REG_CLASS(id) == ARM_VCPU_REG_CLASS_ACCESS) {
		return arm_vcpu_access_reg_set(vcpu, id, buffer);
	}
	__builtin_memcpy(&value, buffer, sizeof(value));
	if (plain != NULL) {
		if (!value_is_allowed(vcpu, id, value)) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		*plain = value;
		/* Whatever it was, the next bind looks at it again. */
		vcpu->prepared = 0;
		if (arm_vcpu_is_on_cpu(vcpu) && (id == ID_MPIDR_EL1 || id == ID_MIDR_EL1)) {
			arm_vcpu_controls_identify(vcpu);
		}
		return AXVCPU_OK;
	}
	if (id == ARM_VCPU_REG_CNTVCT_EL0) {
		arm_vcpu_state_write(vcpu, ARM_SAVED_CNTVOFF_EL2, counter_now() - value);
		return AXVCPU_OK;
	}
	if (id == ARM_VCPU_REG_SERROR) {
		return arm_vcpu_serror_set(vcpu, value);
	}
	if (!find_sysreg(vcpu, id, &reg)) {
		axvcpu_error_t error = arm_vcpu_id_view_reg_set(vcpu, id, value);

		if (error == AXVCPU_ERR_NOT_FOUND) {
			error = arm_vcpu_debug_reg_set(vcpu, id, value);
		}
		return error != AXVCPU_ERR_NOT_FOUND ? error : arm_vcpu_vgic_reg_set(vcpu, id, value);
	}
	if (reg == ARM_SAVED_ZCR_EL1 && (value & ~ZCR_LEN) != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (reg == ARM_SAVED_CNTP_CTL_EL0 && arm_ptimer_is_emulated(vcpu)) {
		arm_vcpu_ptimer_set_ctl(vcpu, value);
		return AXVCPU_OK;
	}
	arm_vcpu_state_write(vcpu, reg, value);
	return AXVCPU_OK;
}

axvcpu_error_t arm_vcpu_reg_at(const struct arm_vcpu *vcpu, size_t index, uint64_t *id)
{
	/* First, so that a snapshot of another CPU is refused before it changes anything. */
	if (index < arm_vcpu_id_view_reg_count(vcpu)) {
		*id = arm_vcpu_id_view_reg_at((uint32_t)index);
		return AXVCPU_OK;
	}
	index -= arm_vcpu_id_view_reg_count(vcpu);
	if (index < arm_vcpu_sve_reg_count(vcpu)) {
		*id = arm_vcpu_sve_reg_at(vcpu, (uint32_t)index);
		return AXVCPU_OK;
	}
	index -= arm_vcpu_sve_reg_count(vcpu);
	if (index < SINGLE_COUNT) {
		*id = single_ids[index];
		return AXVCPU_OK;
	}
	index -= SINGLE_COUNT;
	if (index < ARM_GPR_COUNT) {
		*id = ARM_VCPU_REG_X(index);
		return AXVCPU_OK;
	}
	index -= ARM_GPR_COUNT;
	if (index < ARM_FPSIMD_REGS) {
		*id = ARM_VCPU_REG_V(index);
		return AXVCPU_OK;
	}
	index -= ARM_FPSIMD_REGS;
	if (index < sysreg_count(vcpu)) {
		*id = AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARM_VCPU_REG_CLASS_SYSREG,
				    sysregs[index].encoding);
		return AXVCPU_OK;
	}
	index -= sysreg_count(vcpu);
	if (index < arm_vcpu_debug_reg_count(vcpu)) {
		return arm_vcpu_debug_reg_at(vcpu, index, id);
	}
	return arm_vcpu_vgic_reg_at(vcpu, index - arm_vcpu_debug_reg_count(vcpu), id);
}
