/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the CPU how the guest translates an address, without the guest's PAR_EL1 being lost. */
#ifndef ARM_VCPU_AT_H_
#define ARM_VCPU_AT_H_

#include "vcpu.h"

/** The instructions, C5.4: stage 1 as EL1 or EL0 reads or writes; both stages as EL1 reads. */
enum arm_at {
	ARM_AT_S1E1R,
	ARM_AT_S1E1W,
	ARM_AT_S1E0R,
	ARM_AT_S1E0W,
	ARM_AT_S12E1R,
};

/** What it would leave in PAR_EL1 for `va`. The vCPU is bound, here. */
uint64_t arm_vcpu_translate(const struct arm_vcpu *vcpu, enum arm_at at, uint64_t va);

/** Whether `par` says that stage 2 stopped it, with a fault of type `type` (ESR_FSC_*). */
bool arm_vcpu_is_stage2_fault(uint64_t par, uint32_t type);

#endif /* ARM_VCPU_AT_H_ */
