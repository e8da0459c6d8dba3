/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FP and SIMD: the registers of whoever used them last stay on the CPU, where
 * CPTR_EL2 keeps the next guest from seeing them until it uses its own.
 */
#ifndef ARM_VCPU_FP_H_
#define ARM_VCPU_FP_H_

#include "vcpu.h"

/** The guest's first use since bind: its registers are on the CPU from here on. */
void arm_vcpu_fp_load(struct arm_vcpu *vcpu);
/** Copies them to memory if they are on the CPU, where they stay. */
void arm_vcpu_fp_save(struct arm_vcpu *vcpu);

#endif /* ARM_VCPU_FP_H_ */
