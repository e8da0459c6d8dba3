/* SPDX-License-Identifier: Apache-2.0 */
/* System suspend (SBI 2.0, 13). */
#include "sbi.h"

enum { SYSTEM_SUSPEND = 0 };
/* sleep_type (table 38); all others are reserved or the platform's, of which there are none. */
enum { SUSPEND_TO_RAM = 0 };

bool riscv_vcpu_sbi_susp(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	/* A uint32_t parameter: the upper half of the register says nothing. */
	const uint32_t type = (uint32_t)vcpu->gpr[RISCV_A0];

	if (vcpu->gpr[RISCV_A6] != SYSTEM_SUSPEND)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
	if (type != SUSPEND_TO_RAM)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	if ((vcpu->gpr[RISCV_A1] & 1) != 0)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_ADDRESS, 0);
	(void)riscv_vcpu_sbi_hypercall(vcpu, RISCV_VCPU_HYPERCALL_SBI, exit);
	exit->u.hypercall.args[0] = type;
	return true;
}

axvcpu_error_t riscv_vcpu_system_suspend(struct axvcpu *handle, uint64_t resume, uint64_t arg)
{
	struct riscv_vcpu *vcpu;
	axvcpu_error_t error;

	if ((resume & 1) != 0)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	/* The generic part checks handle and state; a0 is what a hart starts with. */
	error = axvcpu_set_gpr(handle, RISCV_A1, arg);
	if (error != AXVCPU_OK)
		return error;
	vcpu = axvcpu_arch_state(handle);
	riscv_vcpu_setup_start(vcpu, resume, arg);
	vcpu->due |= RISCV_DUE_HALT;
	return AXVCPU_OK;
}
