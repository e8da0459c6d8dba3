/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include "sysreg.h"

/** The group of each register. */
static const uint8_t group_of[ARM_SAVED_COUNT] = {
#define IN_GROUP(name, group) [ARM_SAVED_##name] = ARM_GROUP_##group,
#define IN_COMMON(name, ...) IN_GROUP(name, COMMON)
#define IN_BANKED(name, ...) IN_GROUP(name, BANKED)
#define IN_PTIMER(name, ...) IN_GROUP(name, PTIMER)
#define IN_FP(name, ...) IN_GROUP(name, FP)
#define IN_SVE(name, ...) IN_GROUP(name, SVE)
#define IN_PAUTH(name, ...) IN_GROUP(name, PAUTH)
#define IN_RAS(name, ...) IN_GROUP(name, RAS)
#define IN_SME(name, ...) IN_GROUP(name, SME)
#define IN(group, list) list(IN_##group)
	ARM_SAVED_GROUPS(IN)
#undef IN
};

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
	return reg == ARM_SAVED_CPACR_EL1 ? value & ~vcpu->cpacr_hidden : value;
}

void arm_vcpu_state_write(struct arm_vcpu *vcpu, enum arm_saved_reg reg, uint64_t value)
{
	if ((vcpu->on_cpu & group_of[reg]) == 0u) {
		vcpu->saved[reg] = value;
	} else if (reg == ARM_SAVED_CPACR_EL1) {
		write_cpu(vcpu, reg, value | vcpu->cpacr_hidden);
	} else {
		write_cpu(vcpu, reg, value);
	}
}
