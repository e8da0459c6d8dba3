/* SPDX-License-Identifier: Apache-2.0 */
/* Hart state management (SBI 2.0, 9). */
#include "../exits.h"
#include "sbi.h"

enum { HART_START = 0, HART_STOP = 1, HART_GET_STATUS = 2, HART_SUSPEND = 3 };
enum { STARTED = 0 };

/* suspend_type (table 22) */
#define SUSPEND_RETENTIVE UINT32_C(0x00000000)
#define SUSPEND_NON_RETENTIVE UINT32_C(0x80000000)
/* In either half: types below this offset are reserved, from it on the platform's. */
#define SUSPEND_PLATFORM UINT32_C(0x10000000)

static bool start(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	const uint64_t hart = vcpu->gpr[RISCV_A0];
	const uint64_t entry = vcpu->gpr[RISCV_A1];
	const uint64_t arg = vcpu->gpr[RISCV_A2];

	if (!riscv_vcpu_sbi_is_hart(vcpu, hart))
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	if (hart == vcpu->hart_id)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_ALREADY_AVAILABLE, 0);
	if ((entry & 1) != 0)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_ADDRESS, 0);
	exit->reason = AXVCPU_EXIT_CPU_UP;
	exit->u.cpu_up = (struct axvcpu_exit_cpu_up){
		.target_cpu = hart,
		.entry_point = entry,
		.arg = arg,
	};
	(void)riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_FAILED, 0);
	return true;
}

static bool suspend(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	/* A uint32_t parameter: the upper half of the register says nothing. */
	const uint32_t type = (uint32_t)vcpu->gpr[RISCV_A0];
	const uint64_t resume = vcpu->gpr[RISCV_A1];
	const uint64_t arg = vcpu->gpr[RISCV_A2];

	if (type == SUSPEND_RETENTIVE) {
		(void)riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, 0);
		return riscv_vcpu_halt(vcpu, exit);
	}
	if (type == SUSPEND_NON_RETENTIVE) {
		if ((resume & 1) != 0)
			return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_ADDRESS, 0);
		riscv_vcpu_setup_start(vcpu, resume, arg);
		return riscv_vcpu_halt(vcpu, exit);
	}
	/* Bits 30..0 are the offset in its half. */
	if ((type & ~SUSPEND_NON_RETENTIVE) < SUSPEND_PLATFORM)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
}

bool riscv_vcpu_sbi_hsm(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	switch (vcpu->gpr[RISCV_A6]) {
	case HART_START:
		return start(vcpu, exit);
	case HART_STOP:
		exit->reason = AXVCPU_EXIT_CPU_DOWN;
		exit->u.cpu_down.power_state = 0;
		/* Seen only if the hypervisor runs the hart on. */
		(void)riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_FAILED, 0);
		return true;
	case HART_GET_STATUS:
		if (!riscv_vcpu_sbi_is_hart(vcpu, vcpu->gpr[RISCV_A0]))
			return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
		if (vcpu->gpr[RISCV_A0] == vcpu->hart_id)
			return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, STARTED);
		return riscv_vcpu_sbi_hypercall(vcpu, RISCV_VCPU_HYPERCALL_SBI, exit);
	case HART_SUSPEND:
		return suspend(vcpu, exit);
	default:
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
	}
}
