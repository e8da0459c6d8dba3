/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 translation control: pure functions of what a CPU can do (D8.2, D8.6). */
#ifndef ARM_VCPU_STAGE2_H_
#define ARM_VCPU_STAGE2_H_

#include "vcpu.h"

/** Bits of guest physical address that a default configuration gets. */
#define ARM_DEFAULT_IPA_BITS 40u
#define ARM_MIN_IPA_BITS 32u
#define ARM_MAX_IPA_BITS 48u

/** Bits of physical address by ID_AA64MMFR0_EL1.PARange; 48 for values of later manuals. */
uint32_t arm_vcpu_pa_bits(uint64_t mmfr0);

/** The largest PARange that `bits` of address cover; 0 (32 bits) for fewer. */
uint64_t arm_vcpu_pa_range(uint32_t bits);

/** Levels for an address size when the configuration leaves the choice: 3 or 4. */
uint32_t arm_vcpu_stage2_levels_for(uint32_t ipa_bits);

/** Whether a table of that shape exists at all with 4 KiB pages (D8.2.8, concatenation). */
bool arm_vcpu_stage2_shape_ok(uint32_t ipa_bits, uint32_t levels);

/** Whether this CPU can walk it. */
bool arm_vcpu_stage2_fits(const struct arm_features *features, uint32_t ipa_bits, uint32_t levels);

/** Alignment in bytes of the root: all of its concatenated pages. */
uint64_t arm_vcpu_stage2_root_align(uint32_t ipa_bits, uint32_t levels);

/** VTCR_EL2 for it. */
uint64_t arm_vcpu_vtcr(const struct arm_features *features, uint32_t ipa_bits, uint32_t levels);

#endif /* ARM_VCPU_STAGE2_H_ */
