/* SPDX-License-Identifier: Apache-2.0 */
#include "stage2.h"

#include "regs.h"

#define PAGE_BITS 12u
/** Address bits that one level of a 4 KiB table resolves. */
#define LEVEL_BITS 9u
/** At most 16 root pages may stand side by side (D8.2.8). */
#define MAX_CONCATENATION_BITS 4u
#define SMALLEST_LEVELS 3u
#define LARGEST_LEVELS 4u

/** PARange values in order: 32, 36, 40, 42, 44, 48 bits (D19.2.64). */
static const uint8_t pa_bits_by_range[] = { 32, 36, 40, 42, 44, 48 };

uint32_t arm_vcpu_pa_bits(uint64_t mmfr0)
{
	uint64_t range = ARM_FIELD(mmfr0, ID_AA64MMFR0_PARANGE);

	if (range >= sizeof(pa_bits_by_range)) {
		/* 52 bits and more need LPA2 with 4 KiB pages; without it 48 are in use. */
		return ARM_MAX_IPA_BITS;
	}
	return pa_bits_by_range[range];
}

uint64_t arm_vcpu_pa_range(uint32_t bits)
{
	uint64_t range = 0;

	while (range + 1u < sizeof(pa_bits_by_range) && pa_bits_by_range[range + 1u] <= bits) {
		range++;
	}
	return range;
}

/** Address bits that a table of `levels` levels with a root of one page resolves. */
static uint32_t bits_of_levels(uint32_t levels)
{
	return PAGE_BITS + levels * LEVEL_BITS;
}

uint32_t arm_vcpu_stage2_levels_for(uint32_t ipa_bits)
{
	return ipa_bits <= bits_of_levels(SMALLEST_LEVELS) + MAX_CONCATENATION_BITS ?
		       SMALLEST_LEVELS :
		       LARGEST_LEVELS;
}

bool arm_vcpu_stage2_shape_ok(uint32_t ipa_bits, uint32_t levels)
{
	if (ipa_bits < ARM_MIN_IPA_BITS || ipa_bits > ARM_MAX_IPA_BITS) {
		return false;
	}
	if (levels != SMALLEST_LEVELS && levels != LARGEST_LEVELS) {
		return false;
	}
	/* Not so many bits that the root overflows, not so few that its level resolves none. */
	return ipa_bits <= bits_of_levels(levels) + MAX_CONCATENATION_BITS &&
	       ipa_bits > bits_of_levels(levels - 1u);
}

bool arm_vcpu_stage2_fits(const struct arm_features *features, uint32_t ipa_bits, uint32_t levels)
{
	/* Starting at level 0 needs 44 bits of physical address (D8.2.8). */
	const uint32_t level0_pa_bits = 44u;

	return arm_vcpu_stage2_shape_ok(ipa_bits, levels) && ipa_bits <= features->pa_bits &&
	       (levels < LARGEST_LEVELS || features->pa_bits >= level0_pa_bits);
}

uint64_t arm_vcpu_stage2_root_align(uint32_t ipa_bits, uint32_t levels)
{
	uint32_t one_page = bits_of_levels(levels);

	if (ipa_bits <= one_page) {
		return UINT64_C(1) << PAGE_BITS;
	}
	return UINT64_C(1) << (PAGE_BITS + ipa_bits - one_page);
}

uint64_t arm_vcpu_vtcr(const struct arm_features *features, uint32_t ipa_bits, uint32_t levels)
{
	/* SL0 with 4 KiB pages: 0b10 starts at level 0, 0b01 at level 1 (D19.2.159). */
	uint64_t sl0 = levels == LARGEST_LEVELS ? 2u : 1u;
	uint64_t vtcr;

	vtcr = VTCR_EL2_RES1 | VTCR_EL2_IRGN0_WBWA | VTCR_EL2_ORGN0_WBWA | VTCR_EL2_SH0_INNER |
	       ARM_PLACE(64u - ipa_bits, VTCR_EL2_T0SZ) | ARM_PLACE(sl0, VTCR_EL2_SL0) |
	       ARM_PLACE(arm_vcpu_pa_range(features->pa_bits), VTCR_EL2_PS);
	if (features->vmid_bits > 8u) {
		vtcr |= VTCR_EL2_VS;
	}
	return vtcr;
}
