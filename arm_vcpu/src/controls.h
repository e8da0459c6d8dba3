/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's controls while a vCPU is bound: stage 2, traps, what the guest is told that it is. */
#ifndef ARM_VCPU_CONTROLS_H_
#define ARM_VCPU_CONTROLS_H_

#include "vcpu.h"

/** Keeps the host's controls and sets the guest's; HCR_EL2 too, for a VHE host as well. */
void arm_vcpu_controls_load(struct arm_vcpu *vcpu, struct arm_percpu *percpu);
/** Puts the host's back. */
void arm_vcpu_controls_unload(struct arm_vcpu *vcpu, const struct arm_percpu *percpu);

/**
 * The fields of CPACR_EL1 that this CPU has and the guest has not: set on the CPU, so
 * that SVE and SME instructions get past EL1 to CPTR_EL2, and from there to an
 * undefined-instruction exception. The guest reads them as zero.
 */
uint64_t arm_vcpu_cpacr_hidden(const struct arm_features *features);

/** FP and SIMD no longer trap, in the guest and here. */
void arm_vcpu_controls_allow_fp(const struct arm_features *features);

/**
 * HCR_EL2 of the guest until its next exit, and back to what a VHE host runs with:
 * for instructions at EL2 that look at TGE and VM (AT, TLBI). Nothing elsewhere.
 */
void arm_vcpu_hcr_guest(const struct arm_vcpu *vcpu);
void arm_vcpu_hcr_host(const struct arm_vcpu *vcpu);

/** Bits of the guest's HCR_EL2, wherever it is: HCR_EL2_VSE and the like. */
uint64_t arm_vcpu_hcr_read(const struct arm_vcpu *vcpu);
void arm_vcpu_hcr_change(struct arm_vcpu *vcpu, uint64_t clear, uint64_t set);

#endif /* ARM_VCPU_CONTROLS_H_ */
