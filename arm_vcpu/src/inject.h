/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions given to the guest at EL1, as AArch64.TakeException() in the manual's J1 does. */
#ifndef ARM_VCPU_INJECT_H_
#define ARM_VCPU_INJECT_H_

#include "vcpu.h"

/** An undefined instruction, at the pc. */
void arm_vcpu_inject_undefined(struct arm_vcpu *vcpu);

/** The trap of a system register to EL1, whose exception of EL0 to EL2 `esr_el2` describes. */
void arm_vcpu_inject_trap(struct arm_vcpu *vcpu, uint64_t esr_el2);

/**
 * A synchronous external abort for the abort that `esr_el2` describes: of the
 * access itself at virtual address `far`, or of the stage-1 table walk for it, whose
 * table is at guest physical address `ipa`.
 */
void arm_vcpu_inject_external_abort(struct arm_vcpu *vcpu, uint64_t esr_el2, uint64_t far,
			       uint64_t ipa);

/**
 * An address size fault of the guest's own translation of `far`, which gave guest
 * physical address `ipa`, for the abort that `esr_el2` describes.
 */
void arm_vcpu_inject_size_fault(struct arm_vcpu *vcpu, uint64_t esr_el2, uint64_t far, uint64_t ipa);

#endif /* ARM_VCPU_INJECT_H_ */
