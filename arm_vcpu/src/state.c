/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include "controls.h"
#include "fp.h"
#include "regs.h"
#include "stage2.h"
#include "sysreg.h"
#include "vmid.h"
#include "world.h"

/** The group of each register. */
static const uint8_t group_of[ARM_SAVED_COUNT] = {
#define IN_GROUP(name, group) [ARM_SAVED_##name] = ARM_GROUP_##group,
#define IN_COMMON(name, ...) IN_GROUP(name, COMMON)
#define IN_BANKED(name, ...) IN_GROUP(name, BANKED)
#define IN_PTIMER(name, ...) IN_GROUP(name, PTIMER)
#define IN_FP(name, ...) IN_GROUP(name, FP)
#define IN_PAUTH(name, ...) IN_GROUP(name, PAUTH)
#define IN_RAS(name, ...) IN_GROUP(name, RAS)
#define IN_SME(name, ...) IN_GROUP(name, SME)
#define IN(group, list) list(IN_##group)
	ARM_SAVED_GROUPS(IN)
#undef IN
};

/** What bind puts onto a CPU, and unbind takes off: all but FP, which comes when it is used. */
static uint32_t groups_of(const struct arm_vcpu *vcpu, const struct arm_features *features)
{
	uint32_t groups = ARM_GROUP_COMMON | ARM_GROUP_BANKED;

	if ((vcpu->flags & ARM_VCPU_PASSTHROUGH_TIMER) != 0u) {
		groups |= ARM_GROUP_PTIMER;
	}
	if (features->pauth) {
		groups |= ARM_GROUP_PAUTH;
	}
	if (features->ras) {
		groups |= ARM_GROUP_RAS;
	}
	if (features->sme) {
		groups |= ARM_GROUP_SME;
	}
	return groups;
}

/* A group, with the names that its registers have for this kind of host. */
#define MOVE_BANKED(vhe, list, PLAIN, EL12)					\
	do {									\
		if (vhe) {							\
			list(EL12)						\
		} else {							\
			list(PLAIN)						\
		}								\
	} while (0)
#define MOVE_OPTIONAL(groups, group, list, PLAIN)				\
	do {									\
		if (((groups) & ARM_GROUP_##group) != 0u) {			\
			list(PLAIN)						\
		}								\
	} while (0)
#define MOVE_GROUPS(groups, vhe, PLAIN, EL12)					\
	do {									\
		ARM_COMMON_SYSREGS(PLAIN)					\
		MOVE_BANKED(vhe, ARM_BANKED_SYSREGS, PLAIN, EL12);		\
		if (((groups) & ARM_GROUP_PTIMER) != 0u) {			\
			MOVE_BANKED(vhe, ARM_PTIMER_SYSREGS, PLAIN, EL12);	\
		}								\
		MOVE_OPTIONAL(groups, PAUTH, ARM_PAUTH_SYSREGS, PLAIN);		\
		MOVE_OPTIONAL(groups, RAS, ARM_RAS_SYSREGS, PLAIN);		\
		MOVE_OPTIONAL(groups, SME, ARM_SME_SYSREGS, PLAIN);		\
	} while (0)

static void save_sysregs(struct arm_vcpu *vcpu, bool vhe)
{
	uint32_t groups = vcpu->on_cpu;

#define SAVE(name, op0, op1, crn, crm, op2) vcpu->saved[ARM_SAVED_##name] = arm_read_##name();
#define SAVE_EL12(name, op0, op1, crn, crm, op2) \
	vcpu->saved[ARM_SAVED_##name] = arm_read_EL12_##name();
	MOVE_GROUPS(groups, vhe, SAVE, SAVE_EL12);
#undef SAVE
#undef SAVE_EL12
	vcpu->saved[ARM_SAVED_CPACR_EL1] &= ~arm_vcpu_cpacr_hidden(vcpu->features);
}

static void load_sysregs(struct arm_vcpu *vcpu, bool vhe)
{
	uint32_t groups = vcpu->on_cpu;

#define LOAD(name, op0, op1, crn, crm, op2) arm_write_##name(vcpu->saved[ARM_SAVED_##name]);
#define LOAD_EL12(name, op0, op1, crn, crm, op2) \
	arm_write_EL12_##name(vcpu->saved[ARM_SAVED_##name]);
	MOVE_GROUPS(groups, vhe, LOAD, LOAD_EL12);
#undef LOAD
#undef LOAD_EL12
	arm_vcpu_state_write(vcpu, ARM_SAVED_CPACR_EL1, vcpu->saved[ARM_SAVED_CPACR_EL1]);
}

/** A timer that nobody looks after any more must not fire. */
static void stop_timers(uint32_t groups, bool vhe)
{
	if (vhe) {
		arm_write_EL12_CNTV_CTL_EL0(0);
	} else {
		arm_write_CNTV_CTL_EL0(0);
	}
	if ((groups & ARM_GROUP_PTIMER) == 0u) {
		return;
	}
	if (vhe) {
		arm_write_EL12_CNTP_CTL_EL0(0);
	} else {
		arm_write_CNTP_CTL_EL0(0);
	}
}

axvcpu_error_t arm_vcpu_state_bind(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	const struct arm_features *features = &percpu->features;
	axvcpu_error_t error;

	if (!arm_vcpu_stage2_fits(features, vcpu->ipa_bits, vcpu->stage2_levels) ||
	    ((vcpu->context.pstate & SPSR_NRW) != 0u && !features->aarch32_el0)) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	error = arm_vcpu_vmid_bind(vcpu, percpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	if (vcpu->vgic.enabled) {
		error = arm_vcpu_vgic_bind(vcpu, percpu);
		if (error != AXVCPU_OK) {
			arm_vcpu_vmid_unbind(vcpu);
			return error;
		}
	}
	vcpu->features = features;
	vcpu->enter = features->vhe ? arm_vcpu_enter_vhe : arm_vcpu_enter;
	vcpu->on_cpu = groups_of(vcpu, features);
#define KEEP(name, op0, op1, crn, crm, op2) percpu->common[ARM_SAVED_##name] = arm_read_##name();
	ARM_COMMON_SYSREGS(KEEP)
#undef KEEP
	arm_vcpu_controls_load(vcpu, percpu);
	load_sysregs(vcpu, features->vhe);
	/* The VMID is in force before TLB entries are dropped by it, and all before the eret. */
	arm_isb();
	arm_vcpu_vmid_flush(vcpu, percpu);
	arm_vcpu_hcr_host(vcpu);
	arm_isb();
	vcpu->loaded = true;
	return AXVCPU_OK;
}

void arm_vcpu_state_unbind(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	bool vhe = percpu->features.vhe;

	arm_vcpu_fp_save(vcpu);
	if (vcpu->vgic.enabled) {
		arm_vcpu_vgic_unbind(vcpu);
	}
	save_sysregs(vcpu, vhe);
	stop_timers(vcpu->on_cpu, vhe);
#define PUT_BACK(name, op0, op1, crn, crm, op2) arm_write_##name(percpu->common[ARM_SAVED_##name]);
	ARM_COMMON_SYSREGS(PUT_BACK)
#undef PUT_BACK
	arm_vcpu_controls_unload(vcpu, percpu);
	arm_isb();
	vcpu->on_cpu = 0;
	vcpu->loaded = false;
	arm_vcpu_vmid_unbind(vcpu);
}

static uint64_t read_cpu(const struct arm_vcpu *vcpu, enum arm_saved_reg reg)
{
	switch (reg) {
#define READ_CASE(name, op0, op1, crn, crm, op2) \
	case ARM_SAVED_##name:                   \
		return arm_read_##name();
#define READ_BANKED_CASE(name, op0, op1, crn, crm, op2)                              \
	case ARM_SAVED_##name:                                                       \
		return vcpu->features->vhe ? arm_read_EL12_##name() : arm_read_##name();
		ARM_COMMON_SYSREGS(READ_CASE)
		ARM_EL12_SYSREGS(READ_BANKED_CASE)
		ARM_FP_SYSREGS(READ_CASE)
		ARM_PAUTH_SYSREGS(READ_CASE)
		ARM_RAS_SYSREGS(READ_CASE)
		ARM_SME_SYSREGS(READ_CASE)
#undef READ_CASE
#undef READ_BANKED_CASE
	default:
		return 0;
	}
}

static void write_cpu(const struct arm_vcpu *vcpu, enum arm_saved_reg reg, uint64_t value)
{
	switch (reg) {
#define WRITE_CASE(name, op0, op1, crn, crm, op2) \
	case ARM_SAVED_##name:                    \
		arm_write_##name(value);          \
		break;
#define WRITE_BANKED_CASE(name, op0, op1, crn, crm, op2) \
	case ARM_SAVED_##name:                           \
		if (vcpu->features->vhe) {               \
			arm_write_EL12_##name(value);    \
		} else {                                 \
			arm_write_##name(value);         \
		}                                        \
		break;
		ARM_COMMON_SYSREGS(WRITE_CASE)
		ARM_EL12_SYSREGS(WRITE_BANKED_CASE)
		ARM_FP_SYSREGS(WRITE_CASE)
		ARM_PAUTH_SYSREGS(WRITE_CASE)
		ARM_RAS_SYSREGS(WRITE_CASE)
		ARM_SME_SYSREGS(WRITE_CASE)
#undef WRITE_CASE
#undef WRITE_BANKED_CASE
	default:
		break;
	}
}

uint64_t arm_vcpu_state_read(const struct arm_vcpu *vcpu, enum arm_saved_reg reg)
{
	uint64_t value;

	/* What the CPU does not hold is in memory: groups that it lacks, or that are not in use. */
	if ((vcpu->on_cpu & group_of[reg]) == 0u) {
		return vcpu->saved[reg];
	}
	value = read_cpu(vcpu, reg);
	return reg == ARM_SAVED_CPACR_EL1 ? value & ~arm_vcpu_cpacr_hidden(vcpu->features) : value;
}

void arm_vcpu_state_write(struct arm_vcpu *vcpu, enum arm_saved_reg reg, uint64_t value)
{
	if ((vcpu->on_cpu & group_of[reg]) == 0u) {
		vcpu->saved[reg] = value;
	} else if (reg == ARM_SAVED_CPACR_EL1) {
		write_cpu(vcpu, reg, value | arm_vcpu_cpacr_hidden(vcpu->features));
	} else {
		write_cpu(vcpu, reg, value);
	}
}
