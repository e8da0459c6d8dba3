// SPDX-License-Identifier: Apache-2.0
// Whether a guest that began on one CPU can go on on another, by CPUID.
#include <cstdint>
#include <set>
#include <string>

#include "gtest/gtest.h"

extern "C" {
#include "integration/hypervisor/x86_64/features.h"
}

namespace {

TEST(Features, EachBitThatIsMissingIsNamedOnce)
{
	std::set<std::string> names;
	uint32_t none[FEATURES_WORDS] = {};

	EXPECT_EQ(nullptr, features_missing(none, none));
	for (unsigned word = 0; word < FEATURES_WORDS; word++) {
		for (unsigned bit = 0; bit < 32; bit++) {
			uint32_t one[FEATURES_WORDS] = {};

			one[word] = UINT32_C(1) << bit;
			const char *missing = features_missing(one, none);
			EXPECT_EQ(nullptr, features_missing(none, one)) << "more is no harm";
			EXPECT_EQ(nullptr, features_missing(one, one));
			if (missing != nullptr) {
				EXPECT_TRUE(names.insert(missing).second) << missing;
			}
		}
	}
	EXPECT_EQ(1u, names.count("this CPU has no AVX2"));
	// VMX and SVM themselves are no guest's.
	for (const std::string &name : names) {
		EXPECT_EQ(std::string::npos, name.find("VMX")) << name;
	}
}

} // namespace
