/* SPDX-License-Identifier: Apache-2.0 */
#include "psci.h"

#include "regs.h"
#include "smccc.h"

/*
 * Function ids, DEN 0022D, 5.1.1 to 5.1.20; those with a 64-bit form have bit 30 set in
 * it. Left out are the optional ones that a virtual machine has nothing for (table 5):
 * a Trusted OS that migrates (MIGRATE, MIGRATE_INFO_UP_CPU), power domains (CPU_FREEZE,
 * CPU_DEFAULT_SUSPEND, NODE_HW_STATE, SYSTEM_SUSPEND, STAT_RESIDENCY, STAT_COUNT), modes
 * of suspending but the platform-coordinated one (SET_SUSPEND_MODE), MEM_PROTECT and
 * MEM_PROTECT_CHECK_RANGE.
 */
#define PSCI_VERSION 0x84000000u
#define PSCI_CPU_SUSPEND 0x84000001u
#define PSCI_CPU_OFF 0x84000002u
#define PSCI_CPU_ON 0x84000003u
#define PSCI_AFFINITY_INFO 0x84000004u
#define PSCI_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u
#define PSCI_FEATURES 0x8400000au
#define PSCI_SYSTEM_RESET2 0x84000012u

/* Return values, 5.2.2 */
#define PSCI_SUCCESS 0
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED (-3)

/* PSCI_VERSION: major in the upper half, 5.1.1 */
#define PSCI_VERSION_1_1 ((UINT32_C(1) << 16) | 1u)
/* AFFINITY_INFO: the CPU is on, 5.1.5 */
#define PSCI_AFFINITY_ON 0
/* MIGRATE_INFO_TYPE: no Trusted OS, or one that need not migrate, 5.1.9 */
#define PSCI_NO_MIGRATION 2
/* SYSTEM_RESET2: architectural resets have bit 31 clear; only the warm one is defined, 5.1.12 */
#define PSCI_RESET2_VENDOR 0x80000000u
#define PSCI_RESET2_WARM 0u
/* power_state in its original format, 5.4.2.1: StateType, PowerLevel, StateID; others are zero */
#define PSCI_POWER_STATE_RESERVED (ARM_MASK(31, 26) | ARM_MASK(23, 17))
/* AFFINITY_INFO: the lowest affinity level, 5.1.5 */
#define PSCI_LOWEST_AFFINITY_LEVEL 0u

bool arm_vcpu_psci_implements(uint32_t function)
{
	switch (function) {
	case PSCI_VERSION:
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND | SMCCC_64:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON:
	case PSCI_CPU_ON | SMCCC_64:
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO | SMCCC_64:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
	case PSCI_SYSTEM_RESET2:
	case PSCI_SYSTEM_RESET2 | SMCCC_64:
		return true;
	default:
		return false;
	}
}

/** Parameter `n` (1 to 3) of the call: 32 bits in its 32-bit form. */
static uint64_t parameter(const struct arm_vcpu *vcpu, uint32_t n)
{
	uint64_t value = vcpu->context.x[n];

	return (vcpu->context.x[0] & SMCCC_64) != 0u ? value : (uint32_t)value;
}

static enum arm_action answer(struct arm_vcpu *vcpu, int64_t value)
{
	arm_smccc_return(vcpu, value);
	return ARM_ACTION_HANDLED;
}

/**
 * A power-down state may be left at once with its context kept, as if a wake-up
 * event was pending; a standby state is a wait (5.4.5). Both are one to the
 * hypervisor, and the guest goes on behind the call.
 */
static enum arm_action cpu_suspend(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	if ((parameter(vcpu, 1) & PSCI_POWER_STATE_RESERVED) != 0u) {
		return answer(vcpu, PSCI_INVALID_PARAMETERS);
	}
	arm_smccc_return(vcpu, PSCI_SUCCESS);
	exit->reason = AXVCPU_EXIT_HALT;
	return ARM_ACTION_EXIT;
}

static enum arm_action cpu_on(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	uint64_t target = parameter(vcpu, 1);

	if ((target & ~MPIDR_EL1_AFF) != 0u) {
		return answer(vcpu, PSCI_INVALID_PARAMETERS);
	}
	exit->reason = AXVCPU_EXIT_CPU_UP;
	exit->u.cpu_up.target_cpu = target;
	exit->u.cpu_up.entry_point = parameter(vcpu, 2);
	exit->u.cpu_up.arg = parameter(vcpu, 3);
	/* What the guest sees if the hypervisor sets no return value. */
	arm_smccc_return(vcpu, PSCI_INVALID_PARAMETERS);
	return ARM_ACTION_EXIT;
}

/** Of other CPUs only the hypervisor knows: a hypercall exit, answered INVALID_PARAMETERS if not. */
static enum arm_action affinity_info(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	/* The level has 32 bits in both forms. */
	if ((uint32_t)vcpu->context.x[2] != PSCI_LOWEST_AFFINITY_LEVEL ||
	    (parameter(vcpu, 1) & ~MPIDR_EL1_AFF) != 0u) {
		return answer(vcpu, PSCI_INVALID_PARAMETERS);
	}
	if (parameter(vcpu, 1) == (vcpu->mpidr & MPIDR_EL1_AFF)) {
		return answer(vcpu, PSCI_AFFINITY_ON);
	}
	arm_vcpu_smccc_exit(vcpu, exit);
	exit->u.hypercall.args[1] = PSCI_LOWEST_AFFINITY_LEVEL;
	arm_smccc_return(vcpu, PSCI_INVALID_PARAMETERS);
	return ARM_ACTION_EXIT;
}

static enum arm_action system_down(struct arm_vcpu *vcpu, uint32_t type, uint64_t code,
				   struct axvcpu_exit *exit)
{
	exit->reason = AXVCPU_EXIT_SYSTEM_DOWN;
	exit->u.system_down.type = type;
	exit->u.system_down.reserved = 0u;
	exit->u.system_down.code = code;
	/* If the hypervisor runs it again nonetheless, the call has failed. */
	arm_smccc_return(vcpu, PSCI_NOT_SUPPORTED);
	return ARM_ACTION_EXIT;
}

static enum arm_action system_reset2(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	uint64_t type = (uint32_t)vcpu->context.x[1];

	if ((type & PSCI_RESET2_VENDOR) == 0u && type != PSCI_RESET2_WARM) {
		return answer(vcpu, PSCI_INVALID_PARAMETERS);
	}
	return system_down(vcpu, AXVCPU_SYSTEM_DOWN_RESET, type, exit);
}

static int64_t features(uint32_t function)
{
	/* SMCCC_VERSION is asked for here (DEN 0028, 7.2.4), all else is PSCI's. */
	return arm_vcpu_psci_implements(function) || function == SMCCC_VERSION ? PSCI_SUCCESS :
									    PSCI_NOT_SUPPORTED;
}

enum arm_action arm_vcpu_psci_call(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	uint32_t function = (uint32_t)vcpu->context.x[0];

	switch (function) {
	case PSCI_VERSION:
		return answer(vcpu, PSCI_VERSION_1_1);
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND | SMCCC_64:
		return cpu_suspend(vcpu, exit);
	case PSCI_CPU_OFF:
		/* It does not return; if the hypervisor runs it again, it was refused (5.1.3). */
		arm_smccc_return(vcpu, PSCI_DENIED);
		exit->reason = AXVCPU_EXIT_CPU_DOWN;
		exit->u.cpu_down.power_state = 0u;
		return ARM_ACTION_EXIT;
	case PSCI_CPU_ON:
	case PSCI_CPU_ON | SMCCC_64:
		return cpu_on(vcpu, exit);
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO | SMCCC_64:
		return affinity_info(vcpu, exit);
	case PSCI_MIGRATE_INFO_TYPE:
		return answer(vcpu, PSCI_NO_MIGRATION);
	case PSCI_SYSTEM_OFF:
		return system_down(vcpu, AXVCPU_SYSTEM_DOWN_POWER_OFF, 0u, exit);
	case PSCI_SYSTEM_RESET:
		return system_down(vcpu, AXVCPU_SYSTEM_DOWN_RESET, 0u, exit);
	case PSCI_SYSTEM_RESET2:
	case PSCI_SYSTEM_RESET2 | SMCCC_64:
		return system_reset2(vcpu, exit);
	case PSCI_FEATURES:
		return answer(vcpu, features((uint32_t)vcpu->context.x[1]));
	default:
		return answer(vcpu, PSCI_NOT_SUPPORTED);
	}
}
