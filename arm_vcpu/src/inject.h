/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions given to the guest at EL1, as AArch64.TakeException() in the manual's J1 does. */
#ifndef ARM_VCPU_INJECT_H_
#define ARM_VCPU_INJECT_H_

#include "vcpu.h"

/** An undefined instruction; `esr_el2` of the trap tells its length. */
void arm_inject_undefined(struct arm_vcpu *vcpu, uint64_t esr_el2);

/**
 * A synchronous external abort for the abort that `esr_el2` describes: of the
 * access itself, or of the stage-1 table walk.
 */
void arm_inject_external_abort(struct arm_vcpu *vcpu, uint64_t esr_el2, uint64_t far);

#endif /* ARM_VCPU_INJECT_H_ */
