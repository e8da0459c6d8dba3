/* SPDX-License-Identifier: Apache-2.0 */
#include "guest_fetch.h"

#include "at.h"
#include "regs.h"
#include "sysreg.h"

#define HALF_WORD 2u
#define WORD 4u
#define HALF_WORD_BITS 16u

/**
 * Where `va` is. AT S12E1R and not its EL0 form also at EL0: what may be executed
 * there need not be readable there, but EL1 may read it (D8.4.2), and AT ignores PAN.
 */
static enum arm_fetch_result translate(const struct arm_vcpu *vcpu, uint64_t va, uint64_t *pa)
{
	uint64_t par = arm_vcpu_translate(vcpu, ARM_AT_S12E1R, va);

	if ((par & PAR_EL1_F) == 0u) {
		*pa = (par & PAR_EL1_PA) | (va & ARM_PAGE_OFFSET);
		return ARM_FETCH_OK;
	}
	/* A permission fault of stage 2 would come again and again: the guest only executes. */
	if (arm_vcpu_is_stage2_fault(par, ESR_FSC_PERMISSION)) {
		return ARM_FETCH_UNREADABLE;
	}
	return ARM_FETCH_GONE;
}

/** `size` bytes at `va`, aligned to it, so that they are in one page. */
static enum arm_fetch_result read_code(const struct arm_vcpu *vcpu, uint64_t va, uint32_t size,
				       uint32_t *value)
{
	const struct axvcpu_hal *hal = vcpu->hal;
	enum arm_fetch_result result;
	const void *at;
	uint64_t pa;

	result = translate(vcpu, va, &pa);
	if (result != ARM_FETCH_OK) {
		return result;
	}
	at = hal->ops->phys_to_virt(hal->ctx, pa & ~ARM_PAGE_OFFSET);
	if (at == NULL) {
		return ARM_FETCH_UNREADABLE;
	}
	at = (const uint8_t *)at + (pa & ARM_PAGE_OFFSET);
	/* A guest that runs without caches has written it past ours. */
	arm_dc_civac(at);
	*value = 0u;
	__builtin_memcpy(value, at, size);
	return ARM_FETCH_OK;
}

static enum arm_fetch_result fetch_t32(const struct arm_vcpu *vcpu, uint64_t pc,
				       struct arm_fetched *fetched)
{
	enum arm_fetch_result result;
	uint32_t second;

	fetched->set = ARM_SET_T32;
	fetched->length = HALF_WORD;
	result = read_code(vcpu, pc, HALF_WORD, &fetched->word);
	if (result != ARM_FETCH_OK || !arm_vcpu_t32_is_wide(fetched->word)) {
		return result;
	}
	/* The second half may be in another page. */
	result = read_code(vcpu, (uint32_t)pc + HALF_WORD, HALF_WORD, &second);
	fetched->word = fetched->word << HALF_WORD_BITS | second;
	fetched->length = WORD;
	return result;
}

enum arm_fetch_result arm_vcpu_fetch(const struct arm_vcpu *vcpu, struct arm_fetched *fetched)
{
	uint64_t pstate = vcpu->context.pstate;
	uint64_t pc = vcpu->context.pc;

	if ((pstate & SPSR_NRW) != 0u && (pstate & SPSR_T) != 0u) {
		return fetch_t32(vcpu, pc & ~UINT64_C(1), fetched);
	}
	fetched->set = (pstate & SPSR_NRW) != 0u ? ARM_SET_A32 : ARM_SET_A64;
	fetched->length = WORD;
	return read_code(vcpu, pc & ~UINT64_C(3), WORD, &fetched->word);
}
