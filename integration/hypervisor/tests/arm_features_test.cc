// SPDX-License-Identifier: Apache-2.0
// Whether a guest that began on one CPU can go on on another (ARM DDI 0487, D19.1.3, D19.2).
#include <cstdint>
#include <cstring>
#include <string>

#include "gtest/gtest.h"

extern "C" {
#include "integration/hypervisor/aarch64/features.h"
}

namespace {

struct Cpu {
	uint64_t regs[FEATURES_REGS] = {};

	Cpu() { Set(FEATURES_MMFR0, 24, 0xf).Set(FEATURES_PFR0, 16, 0).Set(FEATURES_CTR, 16, 4); }
	Cpu &Set(features_reg reg, unsigned shift, uint64_t value)
	{
		regs[reg] = (regs[reg] & ~(UINT64_C(0xf) << shift)) | value << shift;
		return *this;
	}
};

std::string Missing(const Cpu &had, const Cpu &has)
{
	const char *missing = features_missing(had.regs, has.regs);

	return missing == nullptr ? "" : missing;
}

TEST(Features, TheSameOrMoreIsEnough)
{
	EXPECT_EQ("", Missing(Cpu(), Cpu()));
	EXPECT_EQ("", Missing(Cpu(), Cpu().Set(FEATURES_ISAR0, 20, 2).Set(FEATURES_CTR, 16, 6)));
	// Revisions, implementers and fields that no guest looks at do not count.
	EXPECT_EQ("", Missing(Cpu().Set(FEATURES_PFR0, 8, 1), Cpu()));
}

TEST(Features, LessIsNamed)
{
	EXPECT_EQ("this CPU has no FEAT_LSE", Missing(Cpu().Set(FEATURES_ISAR0, 20, 2), Cpu()));
	EXPECT_EQ("this CPU has less of SHA256 and SHA512",
		  Missing(Cpu().Set(FEATURES_ISAR0, 12, 2), Cpu().Set(FEATURES_ISAR0, 12, 1)));
	EXPECT_EQ("this CPU has shorter lines of data cache", Missing(Cpu(), Cpu().Set(FEATURES_CTR, 16, 3)));
}

// A guest with SVE uses what its ID register shows, not the length of its vectors alone.
TEST(Features, SveOfAGuestThatHasIt)
{
	EXPECT_EQ("this CPU has less of SVE", Missing(Cpu().Set(FEATURES_ZFR0, 0, 1), Cpu()));
	EXPECT_EQ("this CPU's SVE has no FEAT_F64MM",
		  Missing(Cpu().Set(FEATURES_ZFR0, 56, 1), Cpu().Set(FEATURES_ZFR0, 0, 2)));
	EXPECT_EQ("", Missing(Cpu(), Cpu().Set(FEATURES_ZFR0, 0, 1).Set(FEATURES_ZFR0, 56, 1)));
}

TEST(Features, SignedFields)
{
	// 0b1111: none; 0: there; 1: there, and more.
	EXPECT_EQ("", Missing(Cpu().Set(FEATURES_PFR0, 16, 0xf), Cpu()));
	EXPECT_EQ("this CPU has less floating point", Missing(Cpu(), Cpu().Set(FEATURES_PFR0, 16, 0xf)));
	EXPECT_EQ("this CPU has less floating point", Missing(Cpu().Set(FEATURES_PFR0, 16, 1), Cpu()));
	EXPECT_EQ("this CPU has no pages of 64 KiB", Missing(Cpu().Set(FEATURES_MMFR0, 24, 0), Cpu()));
}

TEST(Features, WhatLeftResultsInMemoryHasToBeTheSame)
{
	EXPECT_EQ("this CPU signs addresses in another way (API)",
		  Missing(Cpu().Set(FEATURES_ISAR1, 8, 1), Cpu().Set(FEATURES_ISAR1, 4, 1).Set(FEATURES_ISAR1, 8, 2)
				  .Set(FEATURES_ISAR1, 4, 0)));
	// A guest that signed nothing has no such results.
	EXPECT_EQ("", Missing(Cpu(), Cpu().Set(FEATURES_ISAR1, 8, 2)));
	EXPECT_EQ("this CPU's DC ZVA zeroes another number of bytes",
		  Missing(Cpu().Set(FEATURES_DCZID, 0, 4), Cpu().Set(FEATURES_DCZID, 0, 7)));
}

} // namespace
