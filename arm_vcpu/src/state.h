/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's EL1 and EL0 state: on the CPU while bound, in memory otherwise. */
#ifndef ARM_VCPU_STATE_H_
#define ARM_VCPU_STATE_H_

#include "vcpu.h"

/** Loads the guest onto this CPU; AXVCPU_ERR_UNSUPPORTED if the CPU cannot run it. */
axvcpu_error_t arm_state_bind(struct arm_vcpu *vcpu, struct arm_percpu *percpu);
/** Saves it and gives the CPU back as bind found it. */
void arm_state_unbind(struct arm_vcpu *vcpu, struct arm_percpu *percpu);

/** A register of the guest, wherever it is now. */
uint64_t arm_state_read(const struct arm_vcpu *vcpu, enum arm_saved_reg reg);
void arm_state_write(struct arm_vcpu *vcpu, enum arm_saved_reg reg, uint64_t value);

/**
 * What AT S1E1R or S1E1W of the guest's address `va` would leave in PAR_EL1, whose
 * own contents stay. The vCPU is bound.
 */
uint64_t arm_state_translate(const struct arm_vcpu *vcpu, uint64_t va, bool write);

#endif /* ARM_VCPU_STATE_H_ */
