// SPDX-License-Identifier: Apache-2.0
// The classes of MSRs, and values that some take.
#include "src/msr_policy.h"

#include <set>

#include "gtest/gtest.h"
#include "src/regs.h"

namespace {

TEST(MsrPolicy, Classes)
{
	const struct {
		uint32_t msr;
		x86_msr_class expected;
		uint64_t value;
	} cases[] = {
		{ 0x10, X86_MSR_CLASS_REGISTER, 0 },
		{ 0x17, X86_MSR_CLASS_CONSTANT, 0 },
		{ 0x1b, X86_MSR_CLASS_LOCAL_APIC, 0 },
		{ 0x3a, X86_MSR_CLASS_REFUSED, 0 },
		{ 0x8b, X86_MSR_CLASS_IGNORED, 0 },
		{ 0xfe, X86_MSR_CLASS_CONSTANT, 0x400 },
		{ 0x174, X86_MSR_CLASS_PASS, 0 },
		{ 0x175, X86_MSR_CLASS_PASS, 0 },
		{ 0x176, X86_MSR_CLASS_PASS, 0 },
		{ 0x177, X86_MSR_CLASS_EXIT, 0 },
		{ 0x1a0, X86_MSR_CLASS_IGNORED, 0x1801 },
		{ 0x200, X86_MSR_CLASS_REFUSED, 0 },
		{ 0x250, X86_MSR_CLASS_REFUSED, 0 },
		{ 0x26f, X86_MSR_CLASS_REFUSED, 0 },
		{ 0x277, X86_MSR_CLASS_REGISTER, 0 },
		{ 0x2ff, X86_MSR_CLASS_IGNORED, 0x806 },
		{ 0x480, X86_MSR_CLASS_REFUSED, 0 },
		{ 0x491, X86_MSR_CLASS_REFUSED, 0 },
		{ 0x6e0, X86_MSR_CLASS_LOCAL_APIC, 0 },
		{ 0x7ff, X86_MSR_CLASS_EXIT, 0 },
		{ 0x800, X86_MSR_CLASS_LOCAL_APIC, 0 },
		{ 0x8ff, X86_MSR_CLASS_LOCAL_APIC, 0 },
		{ 0x900, X86_MSR_CLASS_EXIT, 0 },
		{ 0xda0, X86_MSR_CLASS_REGISTER, 0 },
		{ 0xc0000080, X86_MSR_CLASS_REGISTER, 0 },
		{ 0xc0000081, X86_MSR_CLASS_PASS, 0 },
		{ 0xc0000084, X86_MSR_CLASS_PASS, 0 },
		{ 0xc0000085, X86_MSR_CLASS_EXIT, 0 },
		{ 0xc0000100, X86_MSR_CLASS_PASS, 0 },
		{ 0xc0000102, X86_MSR_CLASS_PASS, 0 },
		{ 0xc0000103, X86_MSR_CLASS_REGISTER, 0 },
		{ 0xc0010000, X86_MSR_CLASS_IGNORED, 0 },
		{ 0xc0010007, X86_MSR_CLASS_IGNORED, 0 },
		{ 0xc0010008, X86_MSR_CLASS_EXIT, 0 },
		{ 0xc0010114, X86_MSR_CLASS_REFUSED, 0 },
		{ 0xc0010117, X86_MSR_CLASS_REFUSED, 0 },
		{ 0, X86_MSR_CLASS_EXIT, 0 },
		{ UINT32_MAX, X86_MSR_CLASS_EXIT, 0 },
	};

	for (const auto &c : cases) {
		uint64_t value = 1;

		EXPECT_EQ(x86_vcpu_msr_classify(c.msr, &value), c.expected) << std::hex << c.msr;
		EXPECT_EQ(value, c.value) << std::hex << c.msr;
	}
}

// Nothing that a host needs for itself may be passed through.
TEST(MsrPolicy, PassedThroughAreThese)
{
	std::set<uint32_t> passed;
	uint32_t msr;

	for (uint32_t i = 0; x86_vcpu_msr_pass_at(i, &msr); i++)
		EXPECT_TRUE(passed.insert(msr).second) << msr << " twice";
	EXPECT_EQ(passed, (std::set<uint32_t>{ 0x174, 0x175, 0x176, 0xc0000081, 0xc0000082, 0xc0000083,
					       0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102 }));
	EXPECT_FALSE(x86_vcpu_msr_pass_at(UINT32_MAX, &msr));
	// The table's order cannot hide one behind a range.
	for (uint32_t number = 0; number < 0x2000; number++) {
		uint64_t value;

		EXPECT_EQ(x86_vcpu_msr_classify(number, &value) == X86_MSR_CLASS_PASS,
			  passed.count(number) != 0);
		EXPECT_EQ(x86_vcpu_msr_classify(0xc0000000 + number, &value) == X86_MSR_CLASS_PASS,
			  passed.count(0xc0000000 + number) != 0);
	}
}

TEST(MsrPolicy, Canonical)
{
	for (const uint64_t good : { UINT64_C(0), UINT64_C(0x7fffffffffff), UINT64_C(0xffff800000000000),
				     UINT64_MAX })
		EXPECT_TRUE(x86_vcpu_is_canonical(good, 48)) << good;
	for (const uint64_t bad : { UINT64_C(0x800000000000), UINT64_C(0xffff7fffffffffff),
				    UINT64_C(1) << 63 })
		EXPECT_FALSE(x86_vcpu_is_canonical(bad, 48)) << bad;
	EXPECT_TRUE(x86_vcpu_is_canonical(UINT64_C(0x800000000000), 57));
	EXPECT_FALSE(x86_vcpu_is_canonical(UINT64_C(0x0100000000000000), 57));
}

TEST(MsrPolicy, Pat)
{
	EXPECT_TRUE(x86_vcpu_pat_is_valid(PAT_RESET));
	EXPECT_TRUE(x86_vcpu_pat_is_valid(0));
	for (uint32_t field = 0; field < 8; field++) {
		for (uint32_t type = 0; type < 256; type++) {
			const uint64_t value = (PAT_RESET & ~(UINT64_C(0xff) << (8 * field))) |
					       (static_cast<uint64_t>(type) << (8 * field));
			const bool good = type == 0 || type == 1 || (type >= 4 && type <= 7);

			EXPECT_EQ(x86_vcpu_pat_is_valid(value), good) << field << " " << type;
		}
	}
}

} // namespace
