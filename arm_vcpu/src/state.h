/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's EL1 and EL0 state: on the CPU while bound, in memory otherwise. */
#ifndef ARM_VCPU_STATE_H_
#define ARM_VCPU_STATE_H_

#include "vcpu.h"

/** A register of the guest, wherever it is now. */
uint64_t arm_vcpu_state_read(const struct arm_vcpu *vcpu, enum arm_saved_reg reg);
void arm_vcpu_state_write(struct arm_vcpu *vcpu, enum arm_saved_reg reg, uint64_t value);

#endif /* ARM_VCPU_STATE_H_ */
