// SPDX-License-Identifier: Apache-2.0
// Numbers, sizes and names of the ABI, typed a second time: they must not change by accident.
#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>

#include "axvcpu/arch.h"
#include "axvcpu/axvcpu.h"

namespace {

TEST(Abi, Version) {
	EXPECT_EQ(AXVCPU_VERSION(AXVCPU_API_VERSION_MAJOR, AXVCPU_API_VERSION_MINOR,
				 AXVCPU_API_VERSION_PATCH),
		  axvcpu_api_version());
	EXPECT_EQ(0x01020003u, AXVCPU_VERSION(1, 2, 3));
}

TEST(Abi, SizesOnA64BitMachine) {
	EXPECT_EQ(256u, sizeof(axvcpu_exit));
	EXPECT_EQ(200u, sizeof(axvcpu_exit::u));
	EXPECT_EQ(160u, sizeof(axvcpu_create_params));
	EXPECT_EQ(32u, sizeof(axvcpu_failure));
	EXPECT_EQ(80u, sizeof(axvcpu_snapshot));
	EXPECT_EQ(120u, sizeof(axvcpu_hal_ops));
	EXPECT_EQ(48u, sizeof(axvcpu_arch_vcpu_info));
	EXPECT_EQ(272u, sizeof(axvcpu_arch_ops));
	EXPECT_EQ(0u, offsetof(axvcpu_arch_ops, size));
	EXPECT_EQ(4u, offsetof(axvcpu_arch_ops, abi_version));
	EXPECT_EQ(0u, offsetof(axvcpu_hal_ops, size));
	EXPECT_EQ(4u, offsetof(axvcpu_hal_ops, abi_version));
}

TEST(Abi, Errors) {
	const struct {
		axvcpu_error_t error;
		axvcpu_error_t number;
	} errors[] = {
		{AXVCPU_OK, 0},
		{AXVCPU_ERR_INVALID_ARGUMENT, -1},
		{AXVCPU_ERR_BAD_STATE, -2},
		{AXVCPU_ERR_UNSUPPORTED, -3},
		{AXVCPU_ERR_NO_MEMORY, -4},
		{AXVCPU_ERR_RESOURCE_BUSY, -5},
		{AXVCPU_ERR_ABI_MISMATCH, -6},
		{AXVCPU_ERR_WRONG_CPU, -7},
		{AXVCPU_ERR_INCOMPLETE, -8},
		{AXVCPU_ERR_NOT_FOUND, -9},
		{AXVCPU_ERR_AGAIN, -10},
		{AXVCPU_ERR_HARDWARE, -11},
		{AXVCPU_ERR_CORRUPT, -12},
	};
	std::set<std::string> texts;
	for (const auto &e : errors) {
		EXPECT_EQ(e.number, e.error);
		texts.insert(axvcpu_error_string(e.error));
	}
	EXPECT_EQ(sizeof(errors) / sizeof(errors[0]), texts.size()) << "a text of its own for each";
	EXPECT_EQ(0u, texts.count("unknown error"));
	EXPECT_STREQ("unknown error", axvcpu_error_string(-13));
	EXPECT_STREQ("unknown error", axvcpu_error_string(1));
	EXPECT_STREQ("unknown error", axvcpu_error_string(INT32_MIN));
}

TEST(Abi, ExitReasons) {
	const char *const names[] = {
		"NOTHING",	"HYPERCALL",	  "MMIO_READ",	 "MMIO_WRITE",
		"SYSREG_READ",	"SYSREG_WRITE",	  "PORT_READ",	 "PORT_WRITE",
		"EXTERNAL_INTERRUPT", "NESTED_PAGE_FAULT", "HALT", "CPU_UP",
		"CPU_DOWN",	"SYSTEM_DOWN",	  "FAIL_ENTRY",	 "SEND_IPI",
		"UNKNOWN",	"END_OF_INTERRUPT",
	};
	ASSERT_EQ(AXVCPU_EXIT_REASON_COUNT, sizeof(names) / sizeof(names[0]));
	for (uint32_t reason = 0; reason < AXVCPU_EXIT_REASON_COUNT; reason++) {
		EXPECT_STREQ(names[reason], axvcpu_exit_reason_string(reason));
	}
	EXPECT_STREQ("UNKNOWN", axvcpu_exit_reason_string(AXVCPU_EXIT_REASON_COUNT));
	EXPECT_STREQ("UNKNOWN", axvcpu_exit_reason_string(UINT32_MAX));
	EXPECT_EQ(9, AXVCPU_EXIT_NESTED_PAGE_FAULT);
	EXPECT_EQ(16, AXVCPU_EXIT_UNKNOWN);
}

TEST(Abi, States) {
	const char *const names[] = {"Invalid", "Created", "Free", "Ready", "Running", "Blocked"};
	for (uint32_t state = 0; state < AXVCPU_STATE_COUNT; state++) {
		EXPECT_STREQ(names[state], axvcpu_state_string(state));
	}
	EXPECT_STREQ("unknown", axvcpu_state_string(AXVCPU_STATE_COUNT));
	EXPECT_STREQ("unknown", axvcpu_state_string(UINT32_MAX));
	EXPECT_EQ(5, AXVCPU_STATE_BLOCKED);
}

TEST(Abi, RegisterIds) {
	const uint64_t id = AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 4, 0xabcd, 0x12345678);
	EXPECT_EQ(0x0204abcd12345678u, id);
	EXPECT_EQ(static_cast<uint32_t>(AXVCPU_ARCH_RISCV64), AXVCPU_REG_ARCH(id));
	EXPECT_EQ(16u, AXVCPU_REG_SIZE(id));
	EXPECT_EQ(0xabcdu, AXVCPU_REG_CLASS(id));
	EXPECT_EQ(0x12345678u, AXVCPU_REG_INDEX(id));
}

}  // namespace
