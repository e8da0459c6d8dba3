// SPDX-License-Identifier: Apache-2.0
// Tables of a PC's firmware, read as its guest does, and the machine that they tell of.
#ifndef HYPERVISOR_TESTS_PC_TABLES_H_
#define HYPERVISOR_TESTS_PC_TABLES_H_

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"

extern "C" {
#include "integration/hypervisor/x86_64/acpi.h"
}

class PcTables : public ::testing::Test {
    protected:
	// What is written is read from address `base` on.
	explicit PcTables(uint64_t base) : base_(base)
	{
		machine_.local_apic = 0xfee00000;
		machine_.io_apic = 0xfec00000;
		machine_.io_apic_id = 8;
		machine_.timer_input = 2;
		machine_.sci = 9;
		machine_.pm1_event = 0x600;
		machine_.pm1_control = 0x604;
		machine_.pm_timer = 0x608;
		machine_.reset_port = 0xcf9;
		machine_.reset_value = 6;
		machine_.sleep_type_off = 5;
	}
	void NewMemory(size_t room) { memory_.assign(room, 0xee); }
	// So many bytes of it, and nothing behind them.
	void HasWritten(size_t size)
	{
		size_ = size;
		ASSERT_GT(size_, 16u);
		ASSERT_LE(size_, memory_.size());
		for (size_t i = size_; i < memory_.size(); i++) {
			ASSERT_EQ(0xee, memory_[i]) << "behind the end";
		}
	}
	uint64_t At(uint64_t gpa, uint32_t bytes)
	{
		uint64_t value = 0;
		EXPECT_TRUE(gpa >= base_ && gpa + bytes <= base_ + size_) << std::hex << gpa;
		std::memcpy(&value, &memory_[gpa - base_], bytes);
		return value;
	}
	std::string Text(uint64_t gpa, uint64_t bytes)
	{
		return std::string(reinterpret_cast<const char *>(&memory_[gpa - base_]), bytes);
	}
	uint8_t Sum(uint64_t gpa, uint64_t bytes)
	{
		uint8_t sum = 0;
		for (uint64_t i = 0; i < bytes; i++) {
			sum = static_cast<uint8_t>(sum + At(gpa + i, 1));
		}
		return sum;
	}

	uint64_t base_;
	acpi_machine machine_ = {};
	std::vector<uint8_t> memory_;
	size_t size_ = 0;
};

#endif // HYPERVISOR_TESTS_PC_TABLES_H_
