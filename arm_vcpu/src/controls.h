/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's controls while a vCPU is bound: stage 2, traps, what the guest is told that it is. */
#ifndef ARM_VCPU_CONTROLS_H_
#define ARM_VCPU_CONTROLS_H_

#include "vcpu.h"

/** What every guest has in them on the CPU that calls; the other features are found already. */
void arm_vcpu_controls_find(struct arm_features *features);
/** Keeps the host's of those that unbind leaves as they are, and puts them back. */
void arm_vcpu_controls_keep(struct arm_percpu *percpu);
void arm_vcpu_controls_put_back(const struct arm_percpu *percpu);

/** MIDR_EL1 as the guest reads it: the configured one, or that of the CPU which asks. */
uint64_t arm_vcpu_midr_of(const struct arm_vcpu *vcpu);
/** MPIDR_EL1 and MIDR_EL1 of the guest are those of `vcpu`, which is bound here. */
void arm_vcpu_controls_identify(struct arm_vcpu *vcpu);

/**
 * Computes what this vCPU has on a CPU of these features, which stays true until it is
 * bound elsewhere or configured anew. AXVCPU_ERR_UNSUPPORTED if the CPU cannot run it.
 */
axvcpu_error_t arm_vcpu_controls_prepare(struct arm_vcpu *vcpu, const struct arm_features *features);

/**
 * With these in place: drops TLB entries of other vCPUs, with the guest's VMID and HCR_EL2
 * in force. AXVCPU_OK, as a bind that ends with it returns.
 */
axvcpu_error_t arm_vcpu_controls_flush(struct arm_vcpu *vcpu, struct arm_percpu *percpu);

/** FP and SIMD, and SVE if the guest has it, no longer trap, in the guest and here. */
void arm_vcpu_controls_allow_fp(const struct arm_vcpu *vcpu);

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
