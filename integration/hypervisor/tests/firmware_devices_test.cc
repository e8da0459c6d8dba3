// SPDX-License-Identifier: Apache-2.0
// What firmware for QEMU's PC looks for: PCI configuration, fw_cfg.
#include <cstring>
#include <string>
#include <vector>

#include "gtest/gtest.h"

extern "C" {
#include "integration/hypervisor/devices/fw_cfg_ports.h"
#include "integration/hypervisor/devices/pci_host.h"
}

namespace {

class PciHost : public ::testing::Test {
    protected:
	PciHost() { pci_host_init(&host_); }
	void Select(uint32_t function, uint32_t at)
	{
		pci_host_set_address(&host_, 0x80000000u | function << 8 | (at & 0xfcu));
	}
	uint32_t Read(uint32_t function, uint32_t at, uint32_t bytes)
	{
		uint32_t value = 0;
		for (uint32_t i = 0; i < bytes; i++) {
			Select(function, at + i);
			value |= uint32_t{pci_host_read(&host_, (at + i) & 3)} << (8 * i);
		}
		return value;
	}
	void Write(uint32_t function, uint32_t at, uint8_t value)
	{
		Select(function, at);
		pci_host_write(&host_, at & 3, value);
	}

	pci_host host_;
};

TEST_F(PciHost, HasTwoBridges)
{
	EXPECT_EQ(0x12378086u, Read(0, 0, 4));
	EXPECT_EQ(0x0600u, Read(0, 0x0a, 2));
	EXPECT_EQ(0x11001af4u, Read(0, 0x2c, 4)) << "QEMU's";
	EXPECT_EQ(0x70008086u, Read(8, 0, 4));
	EXPECT_EQ(0x0601u, Read(8, 0x0a, 2));
	EXPECT_EQ(0x80u, Read(8, 0x0e, 1));
	for (uint32_t function : { 1u, 7u, 9u, 0x10u, 0x100u, 0xffffu }) {
		EXPECT_EQ(UINT32_MAX, Read(function, 0, 4)) << function;
	}
}

TEST_F(PciHost, KeepsWhatCanBeWritten)
{
	Write(0, 0x59, 0x30);
	Write(8, 0x60, 0x0b);
	Write(0, 0x00, 0x55);
	Write(0, 0x10, 0xff);
	Write(2, 0x59, 0x77);
	EXPECT_EQ(0x30u, Read(0, 0x59, 1));
	EXPECT_EQ(0x0bu, Read(8, 0x60, 1));
	EXPECT_EQ(0x8086u, Read(0, 0, 2));
	EXPECT_EQ(0u, Read(0, 0x10, 4)) << "no base address";
}

TEST_F(PciHost, NothingWithoutTheEnableBit)
{
	pci_host_set_address(&host_, 0x7fffffff);
	EXPECT_EQ(0x00fffffcu, pci_host_address(&host_)) << "reserved bits are 0";
	for (uint32_t i = 0; i < 4; i++) {
		EXPECT_EQ(0xff, pci_host_read(&host_, i));
	}
}

class FwCfg : public ::testing::Test {
    protected:
	FwCfg() : ram_(0x1000)
	{
		const fw_cfg_memory memory = { ReadRam, WriteRam, ClearRam, this };
		fw_cfg_ports_init(&device_, &memory);
		EXPECT_TRUE(fw_cfg_ports_add(&device_, FW_CFG_CPUS, "\4\0", 2));
		EXPECT_TRUE(fw_cfg_ports_add_file(&device_, "etc/one", "first", 5));
		EXPECT_TRUE(fw_cfg_ports_add_file(&device_, "two", "2nd", 3));
	}
	static bool ReadRam(void *ctx, uint64_t gpa, void *to, uint32_t size)
	{
		auto &ram = static_cast<FwCfg *>(ctx)->ram_;
		if (gpa > ram.size() || size > ram.size() - gpa) {
			return false;
		}
		std::memcpy(to, &ram[gpa], size);
		return true;
	}
	static bool WriteRam(void *ctx, uint64_t gpa, const void *from, uint32_t size)
	{
		auto *test = static_cast<FwCfg *>(ctx);
		auto &ram = test->ram_;
		test->moved_ += size;
		if (gpa > ram.size() || size > ram.size() - gpa) {
			return false;
		}
		std::memcpy(&ram[gpa], from, size);
		return true;
	}
	static bool ClearRam(void *ctx, uint64_t gpa, uint32_t size)
	{
		return WriteRam(ctx, gpa, std::vector<uint8_t>(size).data(), size);
	}
	std::string Read(uint16_t number, size_t bytes)
	{
		std::string text;
		fw_cfg_ports_select(&device_, number);
		while (text.size() < bytes) {
			text.push_back(static_cast<char>(fw_cfg_ports_read(&device_)));
		}
		return text;
	}
	void Put(size_t at, uint64_t value, uint32_t bytes)
	{
		for (uint32_t i = 0; i < bytes; i++) {
			ram_[at + i] = static_cast<uint8_t>(value >> (8 * (bytes - 1 - i)));
		}
	}
	void Describe(uint32_t control, uint32_t length, uint64_t to, uint32_t where)
	{
		Put(where, control, 4);
		Put(where + 4, length, 4);
		Put(where + 8, to, 8);
	}
	uint32_t Control(uint32_t where) const
	{
		return uint32_t{ram_[where]} << 24 | uint32_t{ram_[where + 1]} << 16 |
		       uint32_t{ram_[where + 2]} << 8 | ram_[where + 3];
	}
	// The guest's OUT, once.
	bool Start(uint32_t where)
	{
		return fw_cfg_ports_start_dma(&device_, __builtin_bswap32(where));
	}
	// What its control word is afterwards; the description is at `where`.
	uint32_t Transfer(uint32_t control, uint32_t length, uint64_t to, uint32_t where = 0x100)
	{
		Describe(control, length, to, where);
		fw_cfg_ports_set_dma_high(&device_, 0);
		while (!Start(where)) {
		}
		return Control(where);
	}

	std::vector<uint8_t> ram_;
	// Bytes that it wrote, or tried to.
	uint64_t moved_ = 0;
	fw_cfg_ports device_;
};

constexpr uint32_t kError = 1, kRead = 2, kSkip = 4, kSelect = 8, kWrite = 16;

TEST_F(FwCfg, ItemsByteByByte)
{
	EXPECT_EQ("QEMU", Read(0, 4));
	EXPECT_EQ(std::string("\3\0\0\0", 4), Read(1, 4)) << "ports and DMA";
	EXPECT_EQ(std::string("\4\0\0\0", 4), Read(FW_CFG_CPUS, 4)) << "zeros behind the end";
	EXPECT_EQ(std::string("\0\0", 2), Read(0x1234, 2)) << "no such item";
}

TEST_F(FwCfg, FilesByTheDirectory)
{
	const std::string directory = Read(0x19, 4 + 2 * 64);
	EXPECT_EQ(2, directory[3]);
	EXPECT_EQ(5, directory[4 + 3]);
	EXPECT_EQ(0x20, directory[4 + 5]);
	EXPECT_STREQ("etc/one", directory.c_str() + 4 + 8);
	EXPECT_STREQ("two", directory.c_str() + 4 + 64 + 8);
	EXPECT_EQ("first", Read(0x20, 5));
	EXPECT_EQ("2nd", Read(0x21, 3));
	EXPECT_FALSE(fw_cfg_ports_add_file(&device_, std::string(56, 'x').c_str(), "", 0));
	uint32_t more = 0;
	while (fw_cfg_ports_add_file(&device_, "more", "", 0)) {
		more++;
	}
	EXPECT_EQ(FW_CFG_FILES_MAX - 2, more);
}

TEST_F(FwCfg, TransfersToMemory)
{
	EXPECT_EQ('Q', fw_cfg_ports_read_dma(0));
	EXPECT_EQ('G', fw_cfg_ports_read_dma(7));
	EXPECT_EQ(0u, Transfer(0x20u << 16 | kSelect | kRead, 3, 0x200));
	EXPECT_EQ(0, std::memcmp(&ram_[0x200], "fir", 3));
	std::memset(&ram_[0x300], 0xee, 200);
	EXPECT_EQ(0u, Transfer(kRead, 130, 0x300)) << "goes on, and has zeros behind its end";
	EXPECT_EQ(0, std::memcmp(&ram_[0x300], "st\0\0", 4));
	EXPECT_EQ(0, ram_[0x300 + 129]);
	EXPECT_EQ(0xee, ram_[0x300 + 130]);
	EXPECT_EQ(0u, Transfer(0x20u << 16 | kSelect | kSkip, 4, 0));
	EXPECT_EQ(0u, Transfer(kRead, 1, 0x200));
	EXPECT_EQ('t', ram_[0x200]);
}

TEST_F(FwCfg, RefusesWhatItCannot)
{
	EXPECT_EQ(kError, Transfer(0x20u << 16 | kSelect | kRead, 8, 0xffe)) << "half outside of memory";
	EXPECT_EQ(kError, Transfer(0x20u << 16 | kSelect | kRead, 8, UINT64_MAX - 2));
	EXPECT_EQ(kError, Transfer(0x20u << 16 | kSelect | kWrite, 4, 0x200));
	EXPECT_EQ(0u, Transfer(kSkip, UINT32_MAX, 0));
	const auto before = ram_;
	EXPECT_TRUE(Start(0xff8));
	fw_cfg_ports_set_dma_high(&device_, __builtin_bswap32(1));
	EXPECT_TRUE(Start(0x100));
	EXPECT_EQ(before, ram_) << "descriptions that are not in memory";
}

TEST_F(FwCfg, MovesLittleAtATime)
{
	constexpr uint32_t kLong = 10 * FW_CFG_STEP_BYTES + 7;
	const std::vector<uint8_t> item(3 * FW_CFG_STEP_BYTES + 5, 0x5a);
	ASSERT_TRUE(fw_cfg_ports_add_file(&device_, "long", item.data(),
					  static_cast<uint32_t>(item.size())));
	ram_.assign(0x1000 + kLong + 1, 0xee);
	Describe(0x22u << 16 | kSelect | kRead, kLong, 0x1000, 0x100);
	uint32_t outs = 0;
	bool done = false;
	for (; !done && outs < 100; outs++) {
		EXPECT_NE(0u, Control(0x100)) << "it still goes on";
		moved_ = 0;
		done = Start(0x100);
		EXPECT_LE(moved_, FW_CFG_STEP_BYTES + 4) << "at once, with the control word";
	}
	EXPECT_EQ(11u, outs);
	EXPECT_EQ(0u, Control(0x100));
	EXPECT_EQ(0, std::memcmp(&ram_[0x1000], item.data(), item.size()));
	const std::vector<uint8_t> zeros(kLong - item.size());
	EXPECT_EQ(0, std::memcmp(&ram_[0x1000 + item.size()], zeros.data(), zeros.size()));
	EXPECT_EQ(0xee, ram_[0x1000 + kLong]);
}

TEST_F(FwCfg, OneTransferAfterTheOther)
{
	ram_.assign(0x1000 + 2 * FW_CFG_STEP_BYTES, 0xee);
	Describe(0x20u << 16 | kSelect | kRead, 2 * FW_CFG_STEP_BYTES, 0x1000, 0x100);
	Describe(0x21u << 16 | kSelect | kRead, 3, 0x200, 0x180);
	EXPECT_FALSE(Start(0x100));
	EXPECT_FALSE(Start(0x180)) << "ends the other one first";
	EXPECT_EQ(0u, Control(0x100));
	EXPECT_EQ(0, ram_.back());
	EXPECT_TRUE(Start(0x180));
	EXPECT_EQ(0u, Control(0x180));
	EXPECT_EQ(0, std::memcmp(&ram_[0x200], "2nd", 3));
	// Whose turn comes only now finds it done.
	EXPECT_TRUE(Start(0x100));
	EXPECT_EQ(0u, Control(0x100));
}

TEST_F(FwCfg, EndsWhereMemoryEnds)
{
	ram_.assign(0x1000 + FW_CFG_STEP_BYTES, 0xee);
	Describe(0x1234u << 16 | kSelect | kRead, UINT32_MAX, 0x1000, 0x100);
	EXPECT_FALSE(Start(0x100));
	EXPECT_TRUE(Start(0x100)) << "not for all of 4 GiB";
	EXPECT_EQ(kError, Control(0x100));
	EXPECT_EQ(0u, Transfer(0x21u << 16 | kSelect | kRead, 3, 0x200)) << "the next one is well";
	EXPECT_EQ(0, std::memcmp(&ram_[0x200], "2nd", 3));
}

} // namespace
