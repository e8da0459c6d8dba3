/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SVE for a guest: Z0 to Z31, P0 to P15, FFR and ZCR_EL1, which go to the CPU and come back
 * all at once, with FP and SIMD (fp.h). While they are there ZCR_EL2 has the guest's longest
 * vector, so that nothing longer is in its reach, and all that is comes from its memory:
 * what another guest left above it stays out of sight.
 */
#ifndef ARM_VCPU_SVE_H_
#define ARM_VCPU_SVE_H_

#include "vcpu.h"

/** Whether the guest has SVE (ARM_VCPU_SVE). */
static inline bool arm_vcpu_has_sve(const struct arm_vcpu *vcpu)
{
	return __builtin_expect(vcpu->sve.vector_bytes != 0u, 0);
}

/**
 * Memory for vectors of `vector_bits`, or of the longest of this CPU for 0.
 * AXVCPU_ERR_INVALID_ARGUMENT for a length that is none; AXVCPU_ERR_UNSUPPORTED for what
 * this CPU has not; AXVCPU_ERR_NO_MEMORY.
 */
axvcpu_error_t arm_vcpu_sve_setup(struct arm_vcpu *vcpu, uint32_t vector_bits);
/** Clears the memory and gives it back, if there is any. */
void arm_vcpu_sve_destroy(struct arm_vcpu *vcpu);
/** Whether the CPU that calls has vectors as long as the guest's. */
bool arm_vcpu_sve_fits(const struct arm_vcpu *vcpu, const struct arm_features *features);

/* For fp.c: SVE does not trap. */
void arm_vcpu_sve_load(struct arm_vcpu *vcpu);
void arm_vcpu_sve_save(struct arm_vcpu *vcpu);
/** The host's ZCR_EL2 is back; the registers are saved. */
void arm_vcpu_sve_unload(struct arm_vcpu *vcpu);

/* By id, as arm_vcpu_reg_get() and its like; AXVCPU_ERR_NOT_FOUND for an id of others. */
axvcpu_error_t arm_vcpu_sve_reg_get(struct arm_vcpu *vcpu, uint64_t id, void *buffer);
axvcpu_error_t arm_vcpu_sve_reg_set(struct arm_vcpu *vcpu, uint64_t id, const void *buffer);
uint32_t arm_vcpu_sve_reg_count(const struct arm_vcpu *vcpu);
uint64_t arm_vcpu_sve_reg_at(const struct arm_vcpu *vcpu, uint32_t index);

#endif /* ARM_VCPU_SVE_H_ */
