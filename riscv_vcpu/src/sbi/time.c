/* SPDX-License-Identifier: Apache-2.0 */
/* Timer extension (SBI 2.0, 6). */
#include "sbi.h"

enum { SET_TIMER = 0 };

/* Without Sstc the hypervisor programs its own timer, so it gets to know. */
bool riscv_vcpu_sbi_set_timer(struct riscv_vcpu *vcpu, uint64_t deadline)
{
	riscv_vcpu_timer_set(vcpu, deadline);
	riscv_vcpu_pmu_event(vcpu, RISCV_PMU_FW_SET_TIMER, 1);
	return vcpu->timer_policy != RISCV_VCPU_TIMER_SSTC;
}

bool riscv_vcpu_sbi_time(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	const uint64_t deadline = vcpu->gpr[RISCV_A0];

	(void)exit;
	if (vcpu->gpr[RISCV_A6] != SET_TIMER)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
	(void)riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, 0);
	return riscv_vcpu_sbi_set_timer(vcpu, deadline);
}
