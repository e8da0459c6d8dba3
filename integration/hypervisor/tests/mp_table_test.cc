// SPDX-License-Identifier: Apache-2.0
// The MultiProcessor Specification's tables, read as a system does: by signature, length and checksum.
#include "integration/hypervisor/tests/pc_tables.h"

extern "C" {
#include "integration/hypervisor/x86_64/mp_table.h"
}

namespace {

constexpr uint64_t kGpa = 0xf1000;

// Offsets into the tables.
class MpTable : public PcTables {
    protected:
	MpTable() : PcTables(0) {}
	void Write(uint32_t cpus)
	{
		machine_.cpus = cpus;
		NewMemory(MP_TABLE_SIZE_MAX);
		ASSERT_NO_FATAL_FAILURE(HasWritten(
			mp_table_write(memory_.data(), memory_.size(), kGpa, &machine_, 0)));
	}
	// Where the entries of each type are; their sizes are in table 4-3.
	std::map<unsigned, std::vector<size_t>> Entries()
	{
		std::map<unsigned, std::vector<size_t>> entries;
		size_t at = 16 + 44;
		for (uint64_t left = At(16 + 34, 2); left > 0; left--) {
			entries[memory_[at]].push_back(at);
			at += memory_[at] == 0 ? 20 : 8;
		}
		EXPECT_EQ(size_, at);
		return entries;
	}
};

TEST_F(MpTable, IsFoundAndWhole)
{
	for (uint32_t cpus : { 1u, 4u, ACPI_CPUS_MAX }) {
		Write(cpus);
		EXPECT_EQ("_MP_", Text(0, 4));
		EXPECT_EQ(0u, Sum(0, 16));
		EXPECT_EQ(kGpa + 16, At(4, 4));
		EXPECT_EQ(1u, At(8, 1));
		EXPECT_EQ(4u, At(9, 1));
		EXPECT_EQ(0u, At(11, 1)) << "there is a configuration table";
		EXPECT_EQ("PCMP", Text(16, 4));
		EXPECT_EQ(size_ - 16, At(16 + 4, 2));
		EXPECT_EQ(0u, Sum(16, size_ - 16));
		EXPECT_EQ(0xfee00000u, At(16 + 36, 4));
	}
}

TEST_F(MpTable, NamesCpusAndControllers)
{
	Write(3);
	auto entries = Entries();
	ASSERT_EQ(3u, entries[0].size());
	for (uint32_t cpu = 0; cpu < 3; cpu++) {
		EXPECT_EQ(cpu, At(entries[0][cpu] + 1, 1));
		EXPECT_EQ(cpu == 0 ? 3u : 1u, At(entries[0][cpu] + 3, 1)) << "enabled; one is the boot CPU";
	}
	ASSERT_EQ(1u, entries[1].size());
	EXPECT_EQ("ISA   ", Text(entries[1][0] + 2, 6));
	ASSERT_EQ(1u, entries[2].size());
	EXPECT_EQ(8u, At(entries[2][0] + 1, 1));
	EXPECT_EQ(1u, At(entries[2][0] + 3, 1));
	EXPECT_EQ(0xfec00000u, At(entries[2][0] + 4, 4));
}

TEST_F(MpTable, NamesTheWires)
{
	Write(2);
	auto entries = Entries();
	std::map<uint64_t, uint64_t> inputs;
	unsigned extints = 0;
	for (size_t at : entries[3]) {
		EXPECT_EQ(8u, At(at + 6, 1)) << "the I/O APIC";
		if (At(at + 1, 1) == 3) {
			extints++;
			EXPECT_EQ(0u, At(at + 7, 1));
		} else {
			EXPECT_EQ(0u, At(at + 1, 1));
			inputs[At(at + 5, 1)] = At(at + 7, 1);
		}
	}
	EXPECT_EQ(1u, extints);
	EXPECT_EQ(15u, inputs.size());
	EXPECT_EQ(0u, inputs.count(2)) << "the cascade";
	for (const auto &input : inputs) {
		EXPECT_EQ(input.first == 0 ? 2u : input.first, input.second);
	}
	ASSERT_EQ(2u, entries[4].size());
	EXPECT_EQ(3u, At(entries[4][0] + 1, 1));
	EXPECT_EQ(0u, At(entries[4][0] + 7, 1));
	EXPECT_EQ(1u, At(entries[4][1] + 1, 1));
	EXPECT_EQ(0xffu, At(entries[4][1] + 6, 1));
	EXPECT_EQ(1u, At(entries[4][1] + 7, 1));
}

TEST_F(MpTable, RefusesWhatItCannot)
{
	Write(1);
	const auto before = memory_;
	EXPECT_EQ(0u, mp_table_write(memory_.data(), MP_TABLE_SIZE_MAX - 1, kGpa, &machine_, 0));
	EXPECT_EQ(0u, mp_table_write(memory_.data(), memory_.size(), kGpa + 8, &machine_, 0));
	machine_.cpus = ACPI_CPUS_MAX + 1;
	EXPECT_EQ(0u, mp_table_write(memory_.data(), memory_.size(), kGpa, &machine_, 0));
	EXPECT_EQ(before, memory_);
}

} // namespace
