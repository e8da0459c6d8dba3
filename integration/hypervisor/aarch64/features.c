/* SPDX-License-Identifier: Apache-2.0 */
#include "features.h"

#include <stdbool.h>
#include <stddef.h>

#define FIELD_MASK 0xfu
#define FIELD_SIGN 0x8u

enum rule {
	/** A larger value has all that a smaller one has. */
	AT_LEAST,
	/** The same with the field as a signed number: 0b1111 is less than 0. */
	AT_LEAST_SIGNED,
	/** The guest's memory or programs have results of it. */
	SAME,
	/** The same, if it had it. */
	SAME_OR_NONE,
};

/* ARM DDI 0487, D19.1.3 for how fields are compared, D19.2 for the registers */
static const struct field {
	const char *missing;
	uint8_t reg;
	uint8_t shift;
	uint8_t rule;
} fields[] = {
	{ "this CPU's EL0 has no AArch32", FEATURES_PFR0, 0, AT_LEAST },
	{ "this CPU has less floating point", FEATURES_PFR0, 16, AT_LEAST_SIGNED },
	{ "this CPU has less Advanced SIMD", FEATURES_PFR0, 20, AT_LEAST_SIGNED },
	{ "this CPU has no FEAT_DIT", FEATURES_PFR0, 48, AT_LEAST },
	{ "this CPU has no FEAT_BTI", FEATURES_PFR1, 0, AT_LEAST },
	{ "this CPU has less of FEAT_SSBS", FEATURES_PFR1, 4, AT_LEAST },
	{ "this CPU has less of AES and PMULL", FEATURES_ISAR0, 4, AT_LEAST },
	{ "this CPU has no SHA1", FEATURES_ISAR0, 8, AT_LEAST },
	{ "this CPU has less of SHA256 and SHA512", FEATURES_ISAR0, 12, AT_LEAST },
	{ "this CPU has no CRC32", FEATURES_ISAR0, 16, AT_LEAST },
	{ "this CPU has no FEAT_LSE", FEATURES_ISAR0, 20, AT_LEAST },
	{ "this CPU has no FEAT_RDM", FEATURES_ISAR0, 28, AT_LEAST },
	{ "this CPU has no SHA3", FEATURES_ISAR0, 32, AT_LEAST },
	{ "this CPU has no SM3", FEATURES_ISAR0, 36, AT_LEAST },
	{ "this CPU has no SM4", FEATURES_ISAR0, 40, AT_LEAST },
	{ "this CPU has no FEAT_DotProd", FEATURES_ISAR0, 44, AT_LEAST },
	{ "this CPU has no FEAT_FHM", FEATURES_ISAR0, 48, AT_LEAST },
	{ "this CPU has less of FEAT_FlagM", FEATURES_ISAR0, 52, AT_LEAST },
	{ "this CPU has less of TLBI by range or outer shareable", FEATURES_ISAR0, 56, AT_LEAST },
	{ "this CPU has no FEAT_RNG", FEATURES_ISAR0, 60, AT_LEAST },
	{ "this CPU has less of DC CVAP", FEATURES_ISAR1, 0, AT_LEAST },
	{ "this CPU signs addresses in another way (APA)", FEATURES_ISAR1, 4, SAME_OR_NONE },
	{ "this CPU signs addresses in another way (API)", FEATURES_ISAR1, 8, SAME_OR_NONE },
	{ "this CPU has no FEAT_JSCVT", FEATURES_ISAR1, 12, AT_LEAST },
	{ "this CPU has no FEAT_FCMA", FEATURES_ISAR1, 16, AT_LEAST },
	{ "this CPU has less of FEAT_LRCPC", FEATURES_ISAR1, 20, AT_LEAST },
	{ "this CPU signs data in another way (GPA)", FEATURES_ISAR1, 24, SAME_OR_NONE },
	{ "this CPU signs data in another way (GPI)", FEATURES_ISAR1, 28, SAME_OR_NONE },
	{ "this CPU has no FEAT_FRINTTS", FEATURES_ISAR1, 32, AT_LEAST },
	{ "this CPU has no FEAT_SB", FEATURES_ISAR1, 36, AT_LEAST },
	{ "this CPU has less of FEAT_SPECRES", FEATURES_ISAR1, 40, AT_LEAST },
	{ "this CPU has less of FEAT_BF16", FEATURES_ISAR1, 44, AT_LEAST },
	{ "this CPU has no FEAT_I8MM", FEATURES_ISAR1, 52, AT_LEAST },
	{ "this CPU has less of FEAT_WFxT", FEATURES_ISAR2, 0, AT_LEAST },
	{ "this CPU has no FEAT_RPRES", FEATURES_ISAR2, 4, AT_LEAST },
	{ "this CPU signs addresses in another way (APA3)", FEATURES_ISAR2, 12, SAME_OR_NONE },
	{ "this CPU signs data in another way (GPA3)", FEATURES_ISAR2, 8, SAME_OR_NONE },
	{ "this CPU has fewer bits of ASID", FEATURES_MMFR0, 4, AT_LEAST },
	{ "this CPU has less of mixed endianness", FEATURES_MMFR0, 8, AT_LEAST },
	{ "this CPU has no pages of 16 KiB", FEATURES_MMFR0, 20, AT_LEAST },
	{ "this CPU has no pages of 64 KiB", FEATURES_MMFR0, 24, AT_LEAST_SIGNED },
	{ "this CPU has no pages of 4 KiB", FEATURES_MMFR0, 28, AT_LEAST_SIGNED },
	{ "this CPU has less of FEAT_HAFDBS", FEATURES_MMFR1, 0, AT_LEAST },
	{ "this CPU has less of FEAT_HPDS", FEATURES_MMFR1, 12, AT_LEAST },
	{ "this CPU has less of FEAT_PAN", FEATURES_MMFR1, 20, AT_LEAST },
	{ "this CPU has no FEAT_TTCNP", FEATURES_MMFR2, 0, AT_LEAST },
	{ "this CPU has no FEAT_UAO", FEATURES_MMFR2, 4, AT_LEAST },
	{ "this CPU has no FEAT_IESB", FEATURES_MMFR2, 12, AT_LEAST },
	{ "this CPU has fewer bits of virtual address", FEATURES_MMFR2, 16, AT_LEAST },
	{ "this CPU has no FEAT_LSE2", FEATURES_MMFR2, 32, AT_LEAST },
	/* Maintenance by address goes in steps of the smallest lines, and zeroing in blocks. */
	{ "this CPU has shorter lines of instruction cache", FEATURES_CTR, 0, AT_LEAST },
	{ "this CPU has shorter lines of data cache", FEATURES_CTR, 16, AT_LEAST },
	{ "this CPU's DC ZVA zeroes another number of bytes", FEATURES_DCZID, 0, SAME },
	{ "this CPU's DC ZVA is allowed otherwise", FEATURES_DCZID, 4, SAME },
	{ "this CPU has less of SVE", FEATURES_ZFR0, 0, AT_LEAST },
	{ "this CPU's SVE has less of AES and PMULL", FEATURES_ZFR0, 4, AT_LEAST },
	{ "this CPU's SVE has no FEAT_SVE_BitPerm", FEATURES_ZFR0, 16, AT_LEAST },
	{ "this CPU's SVE has less of FEAT_BF16", FEATURES_ZFR0, 20, AT_LEAST },
	{ "this CPU's SVE has no SHA3", FEATURES_ZFR0, 32, AT_LEAST },
	{ "this CPU's SVE has no SM4", FEATURES_ZFR0, 40, AT_LEAST },
	{ "this CPU's SVE has no FEAT_I8MM", FEATURES_ZFR0, 44, AT_LEAST },
	{ "this CPU's SVE has no FEAT_F32MM", FEATURES_ZFR0, 52, AT_LEAST },
	{ "this CPU's SVE has no FEAT_F64MM", FEATURES_ZFR0, 56, AT_LEAST },
};

static bool fits(const struct field *field, uint64_t had, uint64_t has)
{
	uint32_t before = (uint32_t)(had >> field->shift) & FIELD_MASK;
	uint32_t now = (uint32_t)(has >> field->shift) & FIELD_MASK;

	switch (field->rule) {
	case AT_LEAST:
		return now >= before;
	case AT_LEAST_SIGNED:
		/* The sign turned over orders signed numbers as unsigned ones. */
		return (now ^ FIELD_SIGN) >= (before ^ FIELD_SIGN);
	case SAME_OR_NONE:
		return before == 0 || now == before;
	default:
		return now == before;
	}
}

const char *features_missing(const uint64_t had[FEATURES_REGS], const uint64_t has[FEATURES_REGS])
{
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!fits(&fields[i], had[fields[i].reg], has[fields[i].reg])) {
			return fields[i].missing;
		}
	}
	return NULL;
}
