/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions for the guest: what the hart does when a trap is taken into VS mode (15.6.4). */
#include "vcpu.h"

enum { SSTATUS = 0x100, STVEC = 0x105, SEPC = 0x141, SCAUSE = 0x142, STVAL = 0x143 };

void riscv_vcpu_inject_exception(struct riscv_vcpu *vcpu, uint64_t cause, uint64_t tval)
{
	uint64_t status = 0, vector = 0;

	/* The registers of this list are always there. */
	(void)riscv_vcpu_vs_csr_read(vcpu, SSTATUS, &status);
	(void)riscv_vcpu_vs_csr_read(vcpu, STVEC, &vector);

	status &= ~(SSTATUS_SPIE | SSTATUS_SPP);
	if ((status & SSTATUS_SIE) != 0)
		status |= SSTATUS_SPIE;
	if (riscv_vcpu_in_vs(vcpu))
		status |= SSTATUS_SPP;
	status &= ~SSTATUS_SIE;

	(void)riscv_vcpu_vs_csr_write(vcpu, SSTATUS, status);
	(void)riscv_vcpu_vs_csr_write(vcpu, SEPC, vcpu->pc);
	(void)riscv_vcpu_vs_csr_write(vcpu, SCAUSE, cause);
	(void)riscv_vcpu_vs_csr_write(vcpu, STVAL, tval);

	/* Exceptions go to BASE in both modes of stvec (4.1.2). */
	vcpu->pc = vector & ~UINT64_C(3);
	vcpu->sstatus |= SSTATUS_SPP;
	vcpu->hstatus |= HSTATUS_SPVP;
}
