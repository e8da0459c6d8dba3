// SPDX-License-Identifier: Apache-2.0
// The ports of the guest's PC, with firmware of its own, on the host.
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "gtest/gtest.h"

#define _Noreturn [[noreturn]]
extern "C" {
#include "integration/hypervisor/board.h"
#include "integration/hypervisor/boot_files.h"
#include "integration/hypervisor/pages.h"
#include "integration/hypervisor/vm.h"
#include "integration/hypervisor/x86_64/machine.h"
}

namespace {

constexpr uint64_t kMemory = UINT64_C(2) << 20;
constexpr uint64_t kFirmware = 0x10000;
constexpr uint64_t kPages = 64;

uint64_t now;
// What ended the machine last.
enum vm_status ended;

} // namespace

extern "C" {

void log_line(uint32_t, const char *, ...) {}
void board_relax(void) {}
uint64_t board_counter(void) { return now; }
uint64_t board_counter_frequency(void) { return 1000000000; }
uint64_t board_time_ns(void) { return now; }
uint64_t pit_now(void) { return now / 1000; }
void machine_settle(const struct vm_vcpu *, bool) {}
bool board_stage2_add_page(uint64_t, uint64_t, uint64_t) { return true; }

bool boot_file_find(const char *, struct boot_file *file)
{
	file->size = kFirmware;
	return true;
}

bool boot_file_read(const struct boot_file *, uint32_t, void *to, uint32_t size)
{
	memset(to, 0x5a, size);
	return true;
}

void vm_guest_ended(struct vm *vm, enum vm_status status)
{
	ended = status;
	vm->status = status;
}

} // extern "C"

namespace {

void Line(void *, uint32_t, bool) {}
void Put(void *, uint8_t) {}
bool Deliver(void *, const struct ioapic_message *) { return true; }

class Ports : public ::testing::Test {
    protected:
	Ports()
	    : pages_(std::aligned_alloc(PAGE_SIZE, kPages * PAGE_SIZE)), ram_(kMemory, 0x77)
	{
		const uint64_t first = reinterpret_cast<uint64_t>(pages_);
		static const device_irq irq = { Line, nullptr, 4 };
		static const device_serial output = { Put, nullptr };
		static const ioapic_output messages = { Deliver, nullptr };

		now = UINT64_C(1) << 40;
		ended = VM_ALIVE;
		pages_init(first, first + kPages * PAGE_SIZE);
		config_.memory = kMemory;
		config_.cpus = 1;
		config_.firmware_size = kFirmware;
		config_.item_count = 1;
		strcpy(config_.items[0].name, "floppyimg/floppy");
		config_.items[0].size = kFirmware;
		vm_.config = &config_;
		vm_.status = VM_ALIVE;
		vm_.machine = &machine_;
		vm_.ram = reinterpret_cast<uint64_t>(ram_.data());
		vcpu_.vm = &vm_;
		machine_.vm = &vm_;
		i8259_init(&machine_.pic);
		ioapic_init(&machine_.ioapic, 8, &messages);
		i8254_init(&machine_.pit);
		mc146818_init(&machine_.rtc);
		uart16550_init(&machine_.com1, &irq, &output);
		EXPECT_TRUE(firmware_init(&machine_.firmware, &vm_));
	}
	~Ports() override
	{
		firmware_destroy(&machine_.firmware);
		EXPECT_EQ(0u, pages_in_use());
		std::free(pages_);
	}
	enum port_answer Out(uint32_t port, uint32_t width, uint64_t value)
	{
		const struct axvcpu_exit_port access = Access(port, width, value);
		return board_port_write(&vcpu_, &access);
	}
	uint64_t In(uint32_t port, uint32_t width)
	{
		const struct axvcpu_exit_port access = Access(port, width, 0);
		uint64_t value = 0;
		EXPECT_TRUE(board_port_read(&vcpu_, &access, &value)) << port;
		// As axvcpu_complete_read() takes it.
		return width == 8 ? value : value & ((UINT64_C(1) << 8 * width) - 1);
	}
	static struct axvcpu_exit_port Access(uint32_t port, uint32_t width, uint64_t data)
	{
		struct axvcpu_exit_port access = {};
		access.port = static_cast<decltype(access.port)>(port);
		access.width = static_cast<decltype(access.width)>(width);
		access.data = data;
		return access;
	}

	void *pages_;
	std::vector<uint8_t> ram_;
	struct machine_config config_ = {};
	struct vm vm_ = {};
	struct vm_vcpu vcpu_ = {};
	struct board_machine machine_ = {};
};

constexpr uint32_t kPm1Control = 0x604, kExit = 0xf4;

TEST_F(Ports, Pm1ControlByBytesAndWords)
{
	EXPECT_EQ(PORT_DONE, Out(kPm1Control, 2, 0x1402));
	EXPECT_EQ(0x1403u, In(kPm1Control, 2)) << "SCI_EN is always set";
	EXPECT_EQ(0x03u, In(kPm1Control, 1));
	EXPECT_EQ(0x14u, In(kPm1Control + 1, 1));
	EXPECT_EQ(PORT_DONE, Out(kPm1Control + 1, 1, 0x08));
	EXPECT_EQ(0x0803u, In(kPm1Control, 2));
	EXPECT_EQ(PORT_DONE, Out(kPm1Control, 1, 0x00));
	EXPECT_EQ(0x0801u, In(kPm1Control, 2));
	EXPECT_EQ(PORT_DONE, Out(kPm1Control, 1, 0x02));
	EXPECT_EQ(PORT_DONE, Out(kPm1Control + 1, 2, 0xff04));
	EXPECT_EQ(0x0403u, In(kPm1Control, 2)) << "the byte before it stays";
	EXPECT_EQ(VM_ALIVE, ended);
	EXPECT_EQ(PORT_DONE, Out(kPm1Control + 1, 1, 0x20));
	EXPECT_EQ(VM_POWERED_OFF, ended);
}

TEST_F(Ports, TheFirstValueAtTheEndCounts)
{
	EXPECT_EQ(PORT_DONE, Out(kExit, 1, 21));
	EXPECT_EQ(VM_GUEST_EXIT, ended);
	EXPECT_EQ(43u, vm_.exit_value);
	EXPECT_EQ(PORT_DONE, Out(kExit, 4, 5));
	EXPECT_EQ(43u, vm_.exit_value);
}

TEST_F(Ports, ALongTransferLetsGoOfTheCpu)
{
	constexpr uint32_t kDescription = 0x100;
	const uint8_t description[16] = { 0xff, 0xff, 0, 0x0a, 0, 0x1f, 0xf0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0 };
	uint32_t outs = 1;

	memcpy(&ram_[kDescription], description, sizeof(description));
	ASSERT_EQ(PORT_DONE, Out(0x514, 4, 0));
	while (Out(0x518, 4, __builtin_bswap32(kDescription)) == PORT_AGAIN) {
		ASSERT_LT(outs, 100u);
		outs++;
	}
	EXPECT_EQ((0x1ff000u + FW_CFG_STEP_BYTES - 1) / FW_CFG_STEP_BYTES, outs);
	EXPECT_EQ(0, memcmp(&ram_[kDescription], "\0\0\0", 4));
	EXPECT_EQ(0x77, ram_[0xfff]);
	EXPECT_EQ(0, ram_[0x1000]);
	EXPECT_EQ(0, ram_.back());
}

// Whatever a guest writes where.
TEST_F(Ports, Random)
{
	static const uint32_t bases[] = { 0x20, 0x40, 0x61, 0x64, 0x70, 0x92, 0xa0, 0x3f8, 0x402,
					  0x4d0, 0x510, 0x514, 0x518, 0x600, 0x604, 0x608, 0xcf8, 0xcfc };
	std::mt19937 random(20);
	auto below = [&](uint32_t end) { return std::uniform_int_distribution<uint32_t>(0, end - 1)(random); };

	for (int i = 0; i < 200000; i++) {
		const uint32_t width = 1u << below(3);
		const uint32_t port = below(16) == 0 ? below(0x10000) :
						       bases[below(sizeof(bases) / sizeof(bases[0]))] + below(5);
		const uint64_t value = random() & ((UINT64_C(1) << 8 * width) - 1);
		struct axvcpu_exit_port access = Access(port, width, value);
		uint64_t got = 0;

		now += below(100000);
		if (below(2) == 0) {
			(void)board_port_read(&vcpu_, &access, &got);
		} else {
			/* Addresses in memory, most of them. */
			access.data = port == 0x514 ? 0 : port == 0x518 ? __builtin_bswap32(below(kMemory + 16)) : value;
			(void)board_port_write(&vcpu_, &access);
		}
		(void)board_clock_read(&vcpu_, &access, &got);
	}
}

} // namespace
