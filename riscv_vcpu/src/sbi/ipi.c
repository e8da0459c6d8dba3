/* SPDX-License-Identifier: Apache-2.0 */
/* IPI extension (SBI 2.0, 7). */
#include "sbi.h"

enum { SEND_IPI = 0 };

/* The caller's own bit is set here, the other harts are the hypervisor's to reach. */
bool riscv_vcpu_sbi_send_ipi(struct riscv_vcpu *vcpu, const struct riscv_sbi_harts *harts,
			struct axvcpu_exit *exit)
{
	if (harts->self)
		riscv_vcpu_hvip_write(vcpu, riscv_vcpu_hvip_read(vcpu) | HVIP_VSSIP);
	if (!harts->others)
		return false;
	if (vcpu->pmu.watched != 0)
		riscv_vcpu_pmu_event(vcpu, RISCV_PMU_FW_IPI_SENT,
				     riscv_vcpu_sbi_count_others(vcpu, harts));
	exit->reason = AXVCPU_EXIT_SEND_IPI;
	exit->u.send_ipi = (struct axvcpu_exit_send_ipi){
		.target_cpu = harts->all ? 0 : harts->base,
		.target_mask = harts->mask,
		.vector = RISCV_VCPU_IRQ_SOFTWARE,
		.flags = harts->all ? AXVCPU_SEND_IPI_ALL_BUT_SELF : 0u,
	};
	return true;
}

bool riscv_vcpu_sbi_ipi(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	struct riscv_sbi_harts harts;
	int64_t error;

	if (vcpu->gpr[RISCV_A6] != SEND_IPI)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
	error = riscv_vcpu_sbi_hart_mask(vcpu, vcpu->gpr[RISCV_A0], vcpu->gpr[RISCV_A1], &harts);
	(void)riscv_vcpu_sbi_return(vcpu, error, 0);
	return error == RISCV_VCPU_SBI_SUCCESS && riscv_vcpu_sbi_send_ipi(vcpu, &harts, exit);
}
