/* SPDX-License-Identifier: Apache-2.0 */
/* Hart masks of the guest: checked against its machine (SBI 2.0, 3.1). */
#include "sbi.h"

bool riscv_vcpu_sbi_is_hart(const struct riscv_vcpu *vcpu, uint64_t hart)
{
	return hart >= vcpu->first_hart_id && hart - vcpu->first_hart_id < vcpu->hart_count;
}

/* How many harts but the caller are meant. */
uint64_t riscv_vcpu_sbi_count_others(const struct riscv_vcpu *vcpu,
				     const struct riscv_sbi_harts *harts)
{
	uint64_t count = 0;

	if (harts->all)
		return vcpu->hart_count - 1;
	for (uint64_t mask = harts->mask; mask != 0; mask &= mask - 1)
		count++;
	return count;
}

static void all_harts(const struct riscv_vcpu *vcpu, struct riscv_sbi_harts *harts)
{
	harts->self = true;
	harts->others = vcpu->hart_count > 1;
	if (vcpu->hart_count > 64) {
		harts->all = true;
		harts->base = UINT64_MAX;
		return;
	}
	harts->base = vcpu->first_hart_id;
	harts->mask = UINT64_MAX >> (64 - vcpu->hart_count);
	harts->mask &= ~(UINT64_C(1) << (vcpu->hart_id - harts->base));
}

/*
 * SBI_SUCCESS, or SBI_ERR_INVALID_PARAM if one of the harts does not exist:
 * nothing is done to the others then.
 */
int64_t riscv_vcpu_sbi_hart_mask(const struct riscv_vcpu *vcpu, uint64_t mask, uint64_t base,
			    struct riscv_sbi_harts *harts)
{
	*harts = (struct riscv_sbi_harts){ 0 };
	/* "If hart_mask_base is -1, hart_mask is ignored and all harts are meant." */
	if (base == UINT64_MAX) {
		all_harts(vcpu, harts);
		return RISCV_VCPU_SBI_SUCCESS;
	}
	harts->base = base;
	harts->mask = mask;
	for (uint32_t bit = 0; bit < 64 && (mask >> bit) != 0; bit++) {
		const uint64_t hart = base + bit;

		if (((mask >> bit) & 1) == 0)
			continue;
		if (hart < base || !riscv_vcpu_sbi_is_hart(vcpu, hart))
			return RISCV_VCPU_SBI_ERR_INVALID_PARAM;
		if (hart == vcpu->hart_id) {
			harts->self = true;
			harts->mask &= ~(UINT64_C(1) << bit);
		}
	}
	harts->others = harts->mask != 0;
	return RISCV_VCPU_SBI_SUCCESS;
}
