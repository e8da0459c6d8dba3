/* SPDX-License-Identifier: Apache-2.0 */
/* Steal-time accounting (SBI 2.0, 16); the accounts are kept in steal.c. */
#include "sbi.h"

enum { STEAL_TIME_SET_SHMEM = 0 };

bool riscv_vcpu_sbi_sta(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	const uint64_t low = vcpu->gpr[RISCV_A0];
	const uint64_t high = vcpu->gpr[RISCV_A1];
	const uint32_t flags = (uint32_t)vcpu->gpr[RISCV_A2];

	if (!riscv_vcpu_steal_possible(vcpu))
		return riscv_vcpu_sbi_unknown(vcpu, exit);
	if (vcpu->gpr[RISCV_A6] != STEAL_TIME_SET_SHMEM)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
	if (flags != 0)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	/* "all-ones bitwise": no reporting any more */
	if (low == UINT64_MAX && high == UINT64_MAX) {
		riscv_vcpu_steal_set(vcpu, RISCV_STEAL_OFF);
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, 0);
	}
	if (low % RISCV_STEAL_BYTES != 0)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	/* 64 bits hold all guest physical addresses. */
	if (high != 0 || !riscv_vcpu_steal_begin(vcpu, low))
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_ADDRESS, 0);
	return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, 0);
}
