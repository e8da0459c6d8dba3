/* SPDX-License-Identifier: Apache-2.0 */
/* Going over a trapped instruction as if it had executed. */
#ifndef ARM_VCPU_STEP_H_
#define ARM_VCPU_STEP_H_

#include "regs.h"
#include "vcpu.h"

/** Bytes of the instruction that `esr` reports: 4, or 2 for a T32 one at EL0. */
static inline uint32_t arm_instruction_length(uint64_t esr)
{
	/* Without a comparison: 2 instructions less. */
	return 2u << ARM_FIELD(esr, ESR_IL);
}

/** Steps over it: pc, BTYPE, the pending software step, the If-Then state. */
void arm_vcpu_step(struct arm_vcpu *vcpu, uint64_t esr);

/** The same for an instruction of `bytes`. */
void arm_vcpu_step_bytes(struct arm_vcpu *vcpu, uint32_t bytes);

/** A general register; number 31 reads as zero. */
uint64_t arm_vcpu_gpr_read(const struct arm_vcpu *vcpu, uint32_t reg);
/** Writes one; number 31 keeps nothing. */
void arm_vcpu_gpr_write(struct arm_vcpu *vcpu, uint32_t reg, uint64_t value);

#endif /* ARM_VCPU_STEP_H_ */
