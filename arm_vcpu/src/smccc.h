/* SPDX-License-Identifier: Apache-2.0 */
/* SMC Calling Convention 1.2 (ARM DEN 0028C): who answers an HVC or SMC, and how. */
#ifndef ARM_VCPU_SMCCC_H_
#define ARM_VCPU_SMCCC_H_

#include "exits.h"

/** Bits 31 and 30 of a function id: a fast call, the 64-bit convention (2.5). */
#define SMCCC_FAST 0x80000000u
#define SMCCC_64 0x40000000u
/** SMCCC_VERSION, 7.2 */
#define SMCCC_VERSION 0x80000000u

/** Writes the result of a call; x1 to x3 keep their values, as 1.1 and later demand (2.6). */
static inline void arm_smccc_return(struct arm_vcpu *vcpu, int64_t value)
{
	vcpu->context.x[0] = (uint64_t)value;
}

/**
 * Makes the call in x0 to x8 an AXVCPU_EXIT_HYPERCALL: of a fast call in the 32-bit
 * convention the low halves of its arguments, of a function id the low half. Unless
 * somebody sets another result it is NOT_SUPPORTED.
 */
enum arm_action arm_vcpu_smccc_exit(struct arm_vcpu *vcpu, struct axvcpu_exit *exit);

#endif /* ARM_VCPU_SMCCC_H_ */
