// SPDX-License-Identifier: Apache-2.0
// ACPI tables, read as an operating system does: by their pointers, lengths and checksums.
#include "integration/hypervisor/tests/pc_tables.h"

namespace {

constexpr uint64_t kGpa = 0xf0000;

class Acpi : public PcTables {
    protected:
	Acpi() : PcTables(kGpa) {}
	void Write(uint32_t cpus)
	{
		machine_.cpus = cpus;
		NewMemory(ACPI_SIZE_MAX);
		ASSERT_NO_FATAL_FAILURE(
			HasWritten(acpi_write(memory_.data(), memory_.size(), kGpa, &machine_)));
		FindTables();
	}
	void Add(uint64_t gpa)
	{
		EXPECT_EQ(0, Sum(gpa, At(gpa + 4, 4))) << Text(gpa, 4);
		tables_[Text(gpa, 4)] = gpa;
	}
	void FindTables()
	{
		tables_.clear();
		ASSERT_EQ("RSD PTR ", Text(kGpa, 8));
		EXPECT_EQ(2u, At(kGpa + 15, 1)) << "revision";
		EXPECT_EQ(36u, At(kGpa + 20, 4));
		EXPECT_EQ(0, Sum(kGpa, 20));
		EXPECT_EQ(0, Sum(kGpa, 36));
		const uint64_t xsdt = At(kGpa + 24, 8);
		ASSERT_EQ("XSDT", Text(xsdt, 4));
		Add(xsdt);
		for (uint64_t i = 36; i < At(xsdt + 4, 4); i += 8) {
			Add(At(xsdt + i, 8));
		}
		Add(At(tables_["FACP"] + 140, 8));
	}

	std::map<std::string, uint64_t> tables_;
};

TEST_F(Acpi, AllTablesAreThere)
{
	for (uint32_t cpus : { 1u, 2u, 8u, ACPI_CPUS_MAX }) {
		Write(cpus);
		std::string names;
		for (const auto &table : tables_) {
			names += table.first + " ";
		}
		EXPECT_EQ("APIC DSDT FACP XSDT ", names);
		for (const auto &table : tables_) {
			EXPECT_EQ("AXVCPU", Text(table.second + 10, 6)) << table.first;
		}
	}
}

TEST_F(Acpi, FixedDescription)
{
	const struct {
		uint32_t offset, bytes;
		uint64_t value;
		const char *name;
	} fields[] = {
		{ 4, 4, 244, "length" },
		{ 8, 1, 3, "revision" },
		{ 46, 2, 9, "SCI_INT" },
		{ 48, 4, 0, "SMI_CMD" },
		{ 56, 4, 0x600, "PM1a_EVT_BLK" },
		{ 64, 4, 0x604, "PM1a_CNT_BLK" },
		{ 76, 4, 0x608, "PM_TMR_BLK" },
		{ 88, 1, 4, "PM1_EVT_LEN" },
		{ 89, 1, 2, "PM1_CNT_LEN" },
		{ 91, 1, 4, "PM_TMR_LEN" },
		{ 96, 2, 101, "P_LVL2_LAT" },
		{ 98, 2, 1001, "P_LVL3_LAT" },
		{ 108, 1, 0x32, "CENTURY" },
		{ 109, 2, 0x000d, "IAPC_BOOT_ARCH" },
		{ 112, 4, 0x575, "Flags" },
		{ 116, 1, 1, "RESET_REG: I/O" },
		{ 117, 1, 8, "RESET_REG: bits" },
		{ 120, 8, 0xcf9, "RESET_REG: port" },
		{ 128, 1, 6, "RESET_VALUE" },
		{ 148, 1, 1, "X_PM1a_EVT_BLK: I/O" },
		{ 149, 1, 32, "X_PM1a_EVT_BLK: bits" },
		{ 152, 8, 0x600, "X_PM1a_EVT_BLK" },
		{ 172, 1, 1, "X_PM1a_CNT_BLK: I/O" },
		{ 173, 1, 16, "X_PM1a_CNT_BLK: bits" },
		{ 176, 8, 0x604, "X_PM1a_CNT_BLK" },
		{ 208, 1, 1, "X_PM_TMR_BLK: I/O" },
		{ 209, 1, 32, "X_PM_TMR_BLK: bits" },
		{ 212, 8, 0x608, "X_PM_TMR_BLK" },
		{ 220, 8, 0, "X_GPE0_BLK" },
	};
	Write(1);
	const uint64_t fadt = tables_["FACP"];
	for (const auto &field : fields) {
		EXPECT_EQ(field.value, At(fadt + field.offset, field.bytes)) << field.name;
	}
	EXPECT_EQ(tables_["DSDT"], At(fadt + 40, 4)) << "in 32 bits too";
	const uint64_t facs = At(fadt + 36, 4);
	EXPECT_EQ("FACS", Text(facs, 4));
	EXPECT_EQ(64u, At(facs + 4, 4));
	EXPECT_EQ(0u, facs % 64);
}

TEST_F(Acpi, InterruptControllers)
{
	for (uint32_t cpus : { 1u, 4u, ACPI_CPUS_MAX }) {
		Write(cpus);
		const uint64_t madt = tables_["APIC"], end = madt + At(madt + 4, 4);
		uint32_t found = 0;
		std::vector<std::string> others;

		EXPECT_EQ(0xfee00000u, At(madt + 36, 4));
		EXPECT_EQ(1u, At(madt + 40, 4)) << "there are two 8259 as well";
		for (uint64_t entry = madt + 44; entry < end; entry += At(entry + 1, 1)) {
			ASSERT_GE(At(entry + 1, 1), 2u);
			if (At(entry, 1) != 0) {
				others.push_back(Text(entry, static_cast<uint32_t>(At(entry + 1, 1))));
				continue;
			}
			EXPECT_EQ(8u, At(entry + 1, 1));
			EXPECT_EQ(found, At(entry + 3, 1)) << "local APIC id";
			EXPECT_EQ(1u, At(entry + 4, 4)) << "enabled";
			found++;
		}
		EXPECT_EQ(cpus, found);
		const std::vector<std::string> expected = {
			std::string("\x01\x0c\x08\0\0\0\xc0\xfe\0\0\0\0", 12),
			std::string("\x02\x0a\0\0\x02\0\0\0\0\0", 10),
			std::string("\x02\x0a\0\x09\x09\0\0\0\x0d\0", 10),
			std::string("\x04\x06\xff\0\0\x01", 6),
		};
		EXPECT_EQ(expected, others);
	}
}

TEST_F(Acpi, TheStateInWhichTheMachineIsOff)
{
	Write(1);
	const uint64_t dsdt = tables_["DSDT"];
	// Name (_S5_, Package (4) { 5, 0, 0, 0 }) as AML (20.2.5.1 and 20.2.5.4).
	EXPECT_EQ(std::string("\x08_S5_\x12\x07\x04\x0a\x05\0\0\0", 13),
		  Text(dsdt + 36, static_cast<uint32_t>(At(dsdt + 4, 4) - 36)));
}

TEST_F(Acpi, WhatDoesNotFitIsRefused)
{
	Write(1);
	const struct {
		size_t room;
		uint64_t gpa;
		uint32_t cpus;
	} cases[] = {
		{ ACPI_SIZE_MAX - 1, kGpa, 1 },
		{ ACPI_SIZE_MAX, kGpa + 16, 1 },
		{ ACPI_SIZE_MAX, 0x100000000, 1 },
		{ ACPI_SIZE_MAX, 0xffffffc0, 1 },
		{ ACPI_SIZE_MAX, kGpa, ACPI_CPUS_MAX + 1 },
	};
	for (const auto &c : cases) {
		machine_.cpus = c.cpus;
		memory_.assign(ACPI_SIZE_MAX, 0xee);
		EXPECT_EQ(0u, acpi_write(memory_.data(), c.room, c.gpa, &machine_));
		EXPECT_EQ(std::vector<uint8_t>(ACPI_SIZE_MAX, 0xee), memory_);
	}
}

} // namespace
