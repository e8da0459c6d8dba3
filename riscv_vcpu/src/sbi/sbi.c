/* SPDX-License-Identifier: Apache-2.0 */
/* Which extension an ECALL of the guest is for (SBI 2.0, 3). */
#include "sbi.h"

/* Sets a0 and a1; false, so that handlers can end with it. */
bool riscv_vcpu_sbi_return(struct riscv_vcpu *vcpu, int64_t error, uint64_t value)
{
	vcpu->gpr[RISCV_A0] = (uint64_t)error;
	vcpu->gpr[RISCV_A1] = value;
	return false;
}

/* Hands the call over; if nobody answers, the guest reads SBI_ERR_FAILED. */
bool riscv_vcpu_sbi_hypercall(struct riscv_vcpu *vcpu, uint32_t conduit, struct axvcpu_exit *exit)
{
	struct axvcpu_exit_hypercall *call = &exit->u.hypercall;

	exit->reason = AXVCPU_EXIT_HYPERCALL;
	/* One by one: this is the path that is measured, and a literal would call memset. */
	call->number = vcpu->gpr[RISCV_A7];
	for (uint32_t i = 0; i < 7; i++)
		call->args[i] = vcpu->gpr[RISCV_A0 + i];
	call->args[7] = 0;
	call->immediate = 0;
	call->conduit = conduit;
	vcpu->gpr[RISCV_A0] = (uint64_t)(int64_t)RISCV_VCPU_SBI_ERR_FAILED;
	if (conduit != RISCV_VCPU_HYPERCALL_SBI_LEGACY)
		vcpu->gpr[RISCV_A1] = 0;
	return true;
}

/* Extensions that are answered or passed on whatever the policy. */
bool riscv_vcpu_sbi_known(const struct riscv_vcpu *vcpu, uint64_t extension)
{
	switch (extension) {
	case SBI_BASE:
	case SBI_TIME:
	case SBI_IPI:
	case SBI_PMU:
	case SBI_SRST:
	case RISCV_VCPU_SBI_RFENCE:
	case RISCV_VCPU_SBI_HSM:
	case RISCV_VCPU_SBI_DBCN:
	case RISCV_VCPU_SBI_SUSP:
	case RISCV_VCPU_SBI_HVC:
		return true;
	case SBI_STA:
		return riscv_vcpu_steal_possible(vcpu);
	default:
		return extension <= SBI_LEGACY_SHUTDOWN;
	}
}

/* Whether the policy gives an extension that is not known to the hypervisor. */
bool riscv_vcpu_sbi_passed(const struct riscv_vcpu *vcpu, uint64_t extension)
{
	switch (vcpu->sbi_policy) {
	case RISCV_VCPU_SBI_EXIT_ALL:
		return true;
	case RISCV_VCPU_SBI_EXIT_VENDOR:
		return extension >= SBI_VENDOR_FIRST && extension <= SBI_VENDOR_LAST;
	default:
		return false;
	}
}

bool riscv_vcpu_sbi_call(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	const uint64_t extension = vcpu->gpr[RISCV_A7];

	vcpu->pc += 4;
	exit->instruction_length = 4;
	switch (extension) {
	case SBI_BASE:
		return riscv_vcpu_sbi_base(vcpu, exit);
	case SBI_TIME:
		return riscv_vcpu_sbi_time(vcpu, exit);
	case SBI_IPI:
		return riscv_vcpu_sbi_ipi(vcpu, exit);
	case RISCV_VCPU_SBI_RFENCE:
		return riscv_vcpu_sbi_rfence(vcpu, exit);
	case RISCV_VCPU_SBI_HSM:
		return riscv_vcpu_sbi_hsm(vcpu, exit);
	case SBI_SRST:
		return riscv_vcpu_sbi_srst(vcpu, exit);
	case RISCV_VCPU_SBI_DBCN:
		return riscv_vcpu_sbi_dbcn(vcpu, exit);
	case RISCV_VCPU_SBI_SUSP:
		return riscv_vcpu_sbi_susp(vcpu, exit);
	case RISCV_VCPU_SBI_HVC:
		return riscv_vcpu_sbi_hypercall(vcpu, RISCV_VCPU_HYPERCALL_SBI, exit);
	case SBI_PMU:
		return riscv_vcpu_sbi_pmu(vcpu, exit);
	case SBI_STA:
		return riscv_vcpu_sbi_sta(vcpu, exit);
	default:
		break;
	}
	if (extension <= SBI_LEGACY_SHUTDOWN)
		return riscv_vcpu_sbi_legacy(vcpu, exit);
	return riscv_vcpu_sbi_unknown(vcpu, exit);
}

/* An extension that is not there: by the policy. */
bool riscv_vcpu_sbi_unknown(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	if (riscv_vcpu_sbi_passed(vcpu, vcpu->gpr[RISCV_A7]))
		return riscv_vcpu_sbi_hypercall(vcpu, RISCV_VCPU_HYPERCALL_SBI, exit);
	/* a1 is 0 on errors; the caller may count on a0 only (SBI 2.0, 3). */
	return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
}

axvcpu_error_t riscv_vcpu_set_sbi_result(struct axvcpu *handle, int64_t error, uint64_t value)
{
	/* The generic part checks handle and state; the second cannot fail after the first. */
	axvcpu_error_t result = axvcpu_set_gpr(handle, RISCV_A0, (uint64_t)error);

	return result != AXVCPU_OK ? result : axvcpu_set_gpr(handle, RISCV_A1, value);
}
