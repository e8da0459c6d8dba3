/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a CPU a running guest has seen and goes on to count on, by the ID registers'
 * fields: a CPU on which it is to go on has to have all of it, or more.
 */
#ifndef HYPERVISOR_AARCH64_FEATURES_H_
#define HYPERVISOR_AARCH64_FEATURES_H_

#include <stdint.h>

enum features_reg {
	FEATURES_PFR0,
	FEATURES_PFR1,
	FEATURES_ISAR0,
	FEATURES_ISAR1,
	FEATURES_ISAR2,
	FEATURES_MMFR0,
	FEATURES_MMFR1,
	FEATURES_MMFR2,
	FEATURES_CTR,
	FEATURES_DCZID,
	/** 0 for a guest without SVE. */
	FEATURES_ZFR0,
	FEATURES_REGS,
};

/** What a CPU with the registers `has` lacks of one with `had`, in words; null if nothing. */
const char *features_missing(const uint64_t had[FEATURES_REGS], const uint64_t has[FEATURES_REGS]);

#endif /* HYPERVISOR_AARCH64_FEATURES_H_ */
