/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FP, SIMD and SVE: the registers of whoever used them last stay on the CPU, where
 * CPTR_EL2 keeps the next guest from seeing them until it uses its own.
 */
#ifndef ARM_VCPU_FP_H_
#define ARM_VCPU_FP_H_

#include "vcpu.h"

/** The guest's first use since bind: its registers are on the CPU from here on. */
void arm_vcpu_fp_load(struct arm_vcpu *vcpu);
/** Copies them to memory if they are on the CPU, where they stay. */
void arm_vcpu_fp_save(struct arm_vcpu *vcpu);
/** The same at unbind, for registers that are there: the host's ZCR_EL2 is back. */
void arm_vcpu_fp_unload(struct arm_vcpu *vcpu);
/** Where register `n` is in memory: V<n>, and what Z<n> has above it. */
uint8_t *arm_vcpu_fp_vector(struct arm_vcpu *vcpu, uint32_t n);

#endif /* ARM_VCPU_FP_H_ */
