/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an exit that the hypervisor answered. */
#include "exits.h"

static uint64_t extend(const struct axvcpu_exit_mmio *mmio, uint64_t value)
{
	uint64_t sign;

	if (mmio->width >= 8)
		return value;
	sign = UINT64_C(1) << (mmio->width * 8 - 1);
	value &= (sign << 1) - 1;
	return mmio->sign_extend != 0 ? (value ^ sign) - sign : value;
}

axvcpu_error_t riscv_vcpu_complete_read(void *state, const struct axvcpu_exit *exit, uint64_t value)
{
	struct riscv_vcpu *vcpu = state;

	if (exit->reason == AXVCPU_EXIT_MMIO_READ) {
		riscv_vcpu_write_gpr(vcpu, exit->u.mmio.reg, extend(&exit->u.mmio, value));
		vcpu->pc += exit->instruction_length;
		return AXVCPU_OK;
	}
	if (exit->reason != AXVCPU_EXIT_SYSREG_READ)
		return AXVCPU_ERR_NOT_FOUND;
	if (riscv_vcpu_csr_writes(vcpu->fault.csr_insn)) {
		/* The write is the next run's exit; no register changes before it is done. */
		vcpu->fault.csr_value = value;
		vcpu->due |= RISCV_DUE_CSR_WRITE;
		return AXVCPU_OK;
	}
	riscv_vcpu_write_gpr(vcpu, exit->u.sysreg.reg, value);
	vcpu->pc += exit->instruction_length;
	return AXVCPU_OK;
}

axvcpu_error_t riscv_vcpu_complete_write(void *state, const struct axvcpu_exit *exit)
{
	struct riscv_vcpu *vcpu = state;

	if (exit->reason != AXVCPU_EXIT_MMIO_WRITE && exit->reason != AXVCPU_EXIT_SYSREG_WRITE)
		return AXVCPU_ERR_NOT_FOUND;
	if (exit->reason == AXVCPU_EXIT_SYSREG_WRITE)
		riscv_vcpu_csr_write_done(vcpu);
	vcpu->pc += exit->instruction_length;
	return AXVCPU_OK;
}

/* The exception for an access that nothing answers: that of a hole in physical memory. */
static uint64_t access_fault(uint64_t cause)
{
	switch (cause) {
	case CAUSE_FETCH_GUEST_PAGE:
		return CAUSE_FETCH_ACCESS;
	case CAUSE_LOAD_GUEST_PAGE:
		return CAUSE_LOAD_ACCESS;
	default:
		return CAUSE_STORE_ACCESS;
	}
}

axvcpu_error_t riscv_vcpu_fail_access(void *state, const struct axvcpu_exit *exit)
{
	struct riscv_vcpu *vcpu = state;

	switch (exit->reason) {
	case AXVCPU_EXIT_MMIO_READ:
	case AXVCPU_EXIT_MMIO_WRITE:
	case AXVCPU_EXIT_NESTED_PAGE_FAULT:
		riscv_vcpu_inject_exception(vcpu, access_fault(vcpu->fault.cause), vcpu->fault.stval);
		return AXVCPU_OK;
	case AXVCPU_EXIT_SYSREG_READ:
	case AXVCPU_EXIT_SYSREG_WRITE:
		riscv_vcpu_inject_exception(vcpu, CAUSE_ILLEGAL, vcpu->fault.csr_insn);
		return AXVCPU_OK;
	default:
		return AXVCPU_ERR_NOT_FOUND;
	}
}

void riscv_vcpu_set_return_value(void *state, uint64_t value)
{
	struct riscv_vcpu *vcpu = state;

	vcpu->gpr[RISCV_A0] = value;
}
