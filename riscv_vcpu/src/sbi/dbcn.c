/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debug console (SBI 2.0, 12). Reads and writes of memory may do less than the
 * guest asked for, so each exit is for one page of it at most: the hypervisor
 * needs one translation and a buffer of a size that it knows.
 */
#include "sbi.h"

enum { WRITE = 0, READ = 1, WRITE_BYTE = 2 };
enum { PAGE = 4096 };

static bool transfer(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	uint64_t bytes = vcpu->gpr[RISCV_A0];
	const uint64_t base = vcpu->gpr[RISCV_A1];
	const uint64_t base_high = vcpu->gpr[RISCV_A2];
	const uint64_t room = PAGE - (base & (PAGE - 1));

	/* 64 bits hold all guest physical addresses. */
	if (base_high != 0 || base > UINT64_MAX - bytes)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	if (bytes == 0)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, 0);
	if (bytes > room)
		bytes = room;
	(void)riscv_vcpu_sbi_hypercall(vcpu, RISCV_VCPU_HYPERCALL_SBI, exit);
	exit->u.hypercall.args[0] = bytes;
	return true;
}

bool riscv_vcpu_sbi_dbcn(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	switch (vcpu->gpr[RISCV_A6]) {
	case WRITE:
	case READ:
		return transfer(vcpu, exit);
	case WRITE_BYTE:
		(void)riscv_vcpu_sbi_hypercall(vcpu, RISCV_VCPU_HYPERCALL_SBI, exit);
		exit->u.hypercall.args[0] &= 0xff;
		return true;
	default:
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
	}
}
