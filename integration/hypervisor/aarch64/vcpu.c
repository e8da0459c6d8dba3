/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's CPU on this board: configuration, first registers, what PSCI asks of us. */
#include "vcpu.h"

#include "../board.h"
#include "../config.h"
#include "arm_vcpu/arm_vcpu.h"
#include "cpu.h"

/* PSCI return values, DEN 0022, 5.2.2 */
#define PSCI_INVALID_PARAMETERS ((uint64_t)-2)
#define PSCI_ALREADY_ON ((uint64_t)-4)
#define PSCI_AFFINITY_INFO 0xc4000004u
#define PSCI_AFFINITY_INFO32 0x84000004u
#define SMCCC_NOT_SUPPORTED ((uint64_t)-1)

/** CNTVOFF_EL2 (ARM DDI 0487, D19.12.28): the guest's virtual count starts at 0. */
#define REG_CNTVOFF ARM_VCPU_REG_SYS(3, 4, 14, 0, 3)

const struct axvcpu_arch_ops *board_arch_ops(void)
{
	return arm_vcpu_ops();
}

axvcpu_error_t board_vcpu_setup(struct axvcpu *vcpu, const struct config *config,
				uint64_t stage2_root)
{
	const struct arm_vcpu_setup_config setup = {
		.size = sizeof(setup),
		.flags = config->trap_interrupts ? ARM_VCPU_TRAP_WFI :
						   ARM_VCPU_PASSTHROUGH_INTERRUPT |
							   ARM_VCPU_PASSTHROUGH_TIMER,
		.ipa_bits = GUEST_IPA_BITS,
		.stage2_levels = GUEST_STAGE2_LEVELS,
		.smc_policy = ARM_VCPU_SMC_REFUSE,
		.vmid = 1,
	};
	axvcpu_error_t error = axvcpu_setup(vcpu, config->entry, stage2_root, &setup);
	uint64_t now;

	if (error != AXVCPU_OK) {
		return error;
	}
	now = SYSREG_READ(cntpct_el0);
	error = axvcpu_set_reg(vcpu, REG_CNTVOFF, &now, sizeof(now));
	if (error != AXVCPU_OK) {
		return error;
	}
	return axvcpu_set_gpr(vcpu, 0, config->arg);
}

uint64_t board_hypercall(struct axvcpu *vcpu, const struct axvcpu_exit_hypercall *call)
{
	(void)vcpu;
	switch ((uint32_t)call->number) {
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO32:
		return PSCI_INVALID_PARAMETERS; /* the library answers for the only CPU there is */
	default:
		return SMCCC_NOT_SUPPORTED;
	}
}

uint64_t board_cpu_up(const struct axvcpu_exit_cpu_up *cpu_up)
{
	return cpu_up->target_cpu == 0 ? PSCI_ALREADY_ON : PSCI_INVALID_PARAMETERS;
}

/* ESR_ELx.ISS encoding of CNTPCT_EL0: op0 3, op1 3, CRn 14, CRm 0, op2 1 (D19.12.18) */
#define ISS_CNTPCT_EL0 \
	((UINT64_C(3) << 20) | (UINT64_C(1) << 17) | (UINT64_C(3) << 14) | (UINT64_C(14) << 10))

bool board_sysreg_read(const struct axvcpu_exit_sysreg *sysreg, uint64_t *value)
{
	/* Without timer passthrough the physical count is read through us. */
	if (sysreg->address == ISS_CNTPCT_EL0) {
		*value = SYSREG_READ(cntpct_el0);
		return true;
	}
	return false;
}
