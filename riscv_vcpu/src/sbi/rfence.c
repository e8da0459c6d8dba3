/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remote fences (SBI 2.0, 8). The caller's own fence is done here, on the VMID
 * that it runs with; the other harts' are an exit: number RFENCE, args[0] and
 * args[1] the mask without the caller (base -1: all others), the rest as given,
 * args[6] the function.
 */
#include "sbi.h"

enum { PAGE = 4096, MAX_PAGES = 64, ASID_MAX = 0xffff };

/* args: mask, base, start, size, ASID. */
void riscv_vcpu_sbi_fence_self(const uint64_t args[5], uint64_t function)
{
	const uint64_t start = args[2], size = args[3], asid = args[4];
	/* "start_addr and size are both 0, or size is -1": everything; so is a long range. */
	const bool everything = (start == 0 && size == 0) || size > PAGE * MAX_PAGES;
	const bool with_asid = function == SBI_RFENCE_SFENCE_VMA_ASID;

	if (function == SBI_RFENCE_FENCE_I) {
		rv_fence_i();
		return;
	}
	if (everything) {
		if (with_asid)
			rv_hfence_vvma_asid(asid);
		else
			rv_hfence_vvma_all();
		return;
	}
	for (uint64_t done = 0, gva = start & ~(uint64_t)(PAGE - 1);
	     done < size + (start & (PAGE - 1)); done += PAGE, gva += PAGE) {
		if (with_asid)
			rv_hfence_vvma_va_asid(gva, asid);
		else
			rv_hfence_vvma_va(gva);
	}
}

/* Whether start and size name no address beyond the last one; a size of -1 means everything. */
bool riscv_vcpu_sbi_is_range(uint64_t start, uint64_t size)
{
	return size == 0 || size == UINT64_MAX || start <= UINT64_MAX - (size - 1);
}

/* The firmware event that a function is. */
static uint32_t event_of(uint64_t function)
{
	switch (function) {
	case SBI_RFENCE_FENCE_I:
		return RISCV_PMU_FW_FENCE_I_SENT;
	case SBI_RFENCE_SFENCE_VMA:
		return RISCV_PMU_FW_SFENCE_VMA_SENT;
	default:
		return RISCV_PMU_FW_SFENCE_VMA_ASID_SENT;
	}
}

void riscv_vcpu_sbi_fence_others(struct riscv_vcpu *vcpu, const struct riscv_sbi_harts *harts,
			    const uint64_t args[5], uint64_t function, uint32_t conduit,
			    struct axvcpu_exit *exit)
{
	if (vcpu->pmu.watched != 0)
		riscv_vcpu_pmu_event(vcpu, event_of(function),
				     riscv_vcpu_sbi_count_others(vcpu, harts));
	exit->reason = AXVCPU_EXIT_HYPERCALL;
	exit->u.hypercall = (struct axvcpu_exit_hypercall){
		.number = RISCV_VCPU_SBI_RFENCE,
		.args = { harts->mask, harts->base, args[2], args[3], args[4], 0, function },
		.conduit = conduit,
	};
}

bool riscv_vcpu_sbi_rfence(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	const uint64_t function = vcpu->gpr[RISCV_A6];
	uint64_t args[5];
	struct riscv_sbi_harts harts;
	int64_t error;

	/* The HFENCE functions are for guests that have the hypervisor extension. */
	if (function > SBI_RFENCE_SFENCE_VMA_ASID)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
	for (uint32_t i = 0; i < 5; i++)
		args[i] = vcpu->gpr[RISCV_A0 + i];
	/* Registers that the function does not have say nothing. */
	if (function != SBI_RFENCE_SFENCE_VMA_ASID)
		args[4] = 0;
	if (function == SBI_RFENCE_FENCE_I)
		args[2] = args[3] = 0;
	error = riscv_vcpu_sbi_hart_mask(vcpu, args[0], args[1], &harts);
	if (error == RISCV_VCPU_SBI_SUCCESS && args[4] > ASID_MAX)
		error = RISCV_VCPU_SBI_ERR_INVALID_PARAM;
	if (error == RISCV_VCPU_SBI_SUCCESS && !riscv_vcpu_sbi_is_range(args[2], args[3]))
		error = RISCV_VCPU_SBI_ERR_INVALID_ADDRESS;
	(void)riscv_vcpu_sbi_return(vcpu, error, 0);
	if (error != RISCV_VCPU_SBI_SUCCESS)
		return false;
	if (harts.self)
		riscv_vcpu_sbi_fence_self(args, function);
	if (!harts.others)
		return false;
	riscv_vcpu_sbi_fence_others(vcpu, &harts, args, function, RISCV_VCPU_HYPERCALL_SBI, exit);
	return true;
}
