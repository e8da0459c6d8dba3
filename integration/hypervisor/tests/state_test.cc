// SPDX-License-Identifier: Apache-2.0
// What is saved is what is loaded: streams, every emulated device after random use, and
// what a hart has to have for a guest that comes to it.
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

extern "C" {
#include "integration/hypervisor/devices/aplic.h"
#include "integration/hypervisor/devices/gicv3.h"
#include "integration/hypervisor/devices/i8254.h"
#include "integration/hypervisor/devices/i8259.h"
#include "integration/hypervisor/devices/ioapic.h"
#include "integration/hypervisor/devices/mc146818.h"
#include "integration/hypervisor/devices/pl011.h"
#include "integration/hypervisor/devices/plic.h"
#include "integration/hypervisor/devices/uart16550.h"
#include "integration/hypervisor/riscv64/isa.h"
#include "integration/hypervisor/state_stream.h"
}

namespace {

constexpr size_t kRoom = 16384;
constexpr int kWrites = 3000;
constexpr uint32_t kCpus = 3;

TEST(Stream, ValuesComeBack)
{
	uint8_t bytes[64];
	uint8_t a = 0x12;
	uint32_t b = 0x3456789a;
	uint64_t c = UINT64_C(0xfedcba9876543210);
	bool d = true;
	state_stream stream;

	state_begin_save(&stream, bytes, sizeof(bytes));
	EXPECT_TRUE(state_part(&stream, "part", 7));
	state_u8(&stream, &a);
	state_u32(&stream, &b);
	state_u64(&stream, &c);
	state_bool(&stream, &d);
	ASSERT_TRUE(state_end(&stream));
	// Little-endian, whatever this machine is: name, version, size, then the values.
	EXPECT_EQ(STATE_NAME + 4u + 4u + 14u, stream.at);
	EXPECT_EQ(0, std::memcmp(bytes, "part\0\0\0\0\0\0\0\0\7\0\0\0\x0e\0\0\0\x12\x9a\x78\x56\x34\x10",
				 26));

	size_t size = stream.at;
	a = 0, b = 0, c = 0, d = false;
	state_begin_load(&stream, bytes, size);
	EXPECT_TRUE(state_part(&stream, "part", 7));
	state_u8(&stream, &a);
	state_u32(&stream, &b);
	state_u64(&stream, &c);
	state_bool(&stream, &d);
	EXPECT_TRUE(state_end(&stream));
	EXPECT_EQ(0x12u, a);
	EXPECT_EQ(0x3456789au, b);
	EXPECT_EQ(UINT64_C(0xfedcba9876543210), c);
	EXPECT_TRUE(d);
}

TEST(Stream, WhatDoesNotFitIsNamedAndStaysWrong)
{
	uint8_t bytes[STATE_NAME + 4 + 4 + 1];
	state_stream stream;
	bool flag = true;
	uint64_t value = 5;

	state_begin_save(&stream, bytes, sizeof(bytes));
	state_part(&stream, "one", 1);
	state_bool(&stream, &flag);
	ASSERT_TRUE(state_end(&stream));
	state_u64(&stream, &value);
	EXPECT_STREQ("no room for it", stream.problem);

	state_begin_load(&stream, bytes, sizeof(bytes));
	EXPECT_FALSE(state_part(&stream, "two", 1));
	EXPECT_STREQ("two", stream.part);
	EXPECT_STREQ("another part is in its place", stream.problem);
	state_bool(&stream, &flag);
	EXPECT_FALSE(flag);
	EXPECT_FALSE(state_end(&stream));
	EXPECT_STREQ("another part is in its place", stream.problem) << "the first one is told";

	state_begin_load(&stream, bytes, sizeof(bytes));
	EXPECT_FALSE(state_part(&stream, "one", 2));
	EXPECT_STREQ("another version", stream.problem);

	state_begin_load(&stream, bytes, sizeof(bytes));
	EXPECT_FALSE(state_end(&stream));
	EXPECT_STREQ("something follows it", stream.problem);

	state_begin_load(&stream, bytes, sizeof(bytes));
	EXPECT_TRUE(state_part(&stream, "one", 1));
	EXPECT_FALSE(state_end(&stream));
	EXPECT_STREQ("it has more than is known here", stream.problem);

	state_begin_load(&stream, bytes, sizeof(bytes));
	state_part(&stream, "one", 1);
	EXPECT_EQ(nullptr, state_room(&stream, UINT64_MAX));
	EXPECT_STREQ("it ends too early", stream.problem);

	bytes[sizeof(bytes) - 1] = 2;
	state_begin_load(&stream, bytes, sizeof(bytes));
	state_part(&stream, "one", 1);
	state_bool(&stream, &flag);
	EXPECT_STREQ("a flag is neither 0 nor 1", stream.problem);
}

// A part whose contents changed, but not its version, is refused itself, not the one behind it.
TEST(Stream, APartOfAnotherSizeIsNamed)
{
	uint8_t bytes[64];
	state_stream stream;
	uint32_t number = 1;
	uint64_t wide = 2;

	state_begin_save(&stream, bytes, sizeof(bytes));
	state_part(&stream, "one", 1);
	state_u32(&stream, &number);
	state_part(&stream, "two", 1);
	state_u64(&stream, &wide);
	ASSERT_TRUE(state_end(&stream));
	const size_t size = stream.at;

	state_begin_load(&stream, bytes, size);
	state_part(&stream, "one", 1);
	state_u64(&stream, &wide);
	EXPECT_FALSE(state_part(&stream, "two", 1));
	EXPECT_STREQ("one", stream.part);
	EXPECT_STREQ("it ends too early", stream.problem);

	state_begin_load(&stream, bytes, size);
	state_part(&stream, "one", 1);
	EXPECT_FALSE(state_part(&stream, "two", 1));
	EXPECT_STREQ("one", stream.part);
	EXPECT_STREQ("it has more than is known here", stream.problem);

	// A size that the file has not.
	bytes[STATE_NAME + 4] = 0xff;
	state_begin_load(&stream, bytes, size);
	EXPECT_FALSE(state_part(&stream, "one", 1));
	EXPECT_STREQ("it ends too early", stream.problem);
}

/** Saves `from`, loads it into `to`, which then has to be the same; and what is damaged changes nothing. */
template <typename Device>
void RoundTrip(Device *from, Device *to, const std::function<void(Device *, state_stream *)> &move)
{
	std::vector<uint8_t> bytes(kRoom), again(kRoom);
	state_stream stream;
	Device before = *to;

	state_begin_save(&stream, bytes.data(), bytes.size());
	move(from, &stream);
	ASSERT_TRUE(state_end(&stream)) << stream.problem;
	bytes.resize(stream.at);
	ASSERT_NE(0, std::memcmp(from, to, sizeof(*to))) << "the use before changed nothing";

	for (size_t size = 0; size < bytes.size(); size++) {
		std::vector<uint8_t> cut(bytes.begin(), bytes.begin() + static_cast<long>(size));

		state_begin_load(&stream, cut.data(), size);
		move(to, &stream);
		ASSERT_FALSE(state_end(&stream)) << size;
		ASSERT_EQ(0, std::memcmp(&before, to, sizeof(before))) << size;
	}
	bytes[STATE_NAME]++;
	state_begin_load(&stream, bytes.data(), bytes.size());
	move(to, &stream);
	EXPECT_STREQ("another version", stream.problem);
	EXPECT_EQ(0, std::memcmp(&before, to, sizeof(before)));
	bytes[STATE_NAME]--;

	state_begin_load(&stream, bytes.data(), bytes.size());
	move(to, &stream);
	ASSERT_TRUE(state_end(&stream)) << stream.part << ": " << stream.problem;
	EXPECT_EQ(0, std::memcmp(from, to, sizeof(*to)));
	state_begin_save(&stream, again.data(), again.size());
	move(to, &stream);
	EXPECT_TRUE(state_end(&stream));
	again.resize(stream.at);
	EXPECT_EQ(bytes, again);
}

class Devices : public ::testing::Test {
    protected:
	uint32_t Random(uint32_t below) { return std::uniform_int_distribution<uint32_t>(0, below - 1)(random_); }

	uint32_t Bits() { return static_cast<uint32_t>(random_()); }

	std::mt19937 random_{ 20 };
};

void Put(void *, uint8_t) {}
void Line(void *, bool) {}
void NumberedLine(void *, uint32_t, bool) {}
bool Deliver(void *, const ioapic_message *) { return true; }
void SetAttributes(void *, uint32_t, uint32_t, const gicv3_attributes *) {}
void Raise(void *, uint32_t, uint32_t) {}
uint32_t Active(void *, uint32_t, uint32_t) { return 0; }
void SetActive(void *, uint32_t, uint32_t, uint32_t, bool) {}

TEST_F(Devices, Pl011)
{
	static const pl011_ops ops = { Put, Line };
	pl011 from, to;

	pl011_init(&from, &ops, nullptr);
	pl011_init(&to, &ops, nullptr);
	for (int i = 0; i < kWrites; i++) {
		pl011_write(&from, Random(0x50), Bits());
		pl011_receive(&from, static_cast<uint8_t>(Bits()));
	}
	RoundTrip<pl011>(&from, &to, pl011_state);
}

TEST_F(Devices, Pl011WithAFifoThatCannotBeIsRefused)
{
	static const pl011_ops ops = { Put, Line };
	std::vector<uint8_t> bytes(kRoom);
	state_stream stream;
	pl011 uart;

	pl011_init(&uart, &ops, nullptr);
	uart.count = PL011_FIFO + 1;
	state_begin_save(&stream, bytes.data(), bytes.size());
	pl011_state(&uart, &stream);
	EXPECT_STREQ("its FIFO holds more than it can", stream.problem);
	uart.count = 2; // without its FIFO it holds one
	state_begin_save(&stream, bytes.data(), bytes.size());
	pl011_state(&uart, &stream);
	EXPECT_STREQ("its FIFO holds more than it can", stream.problem);
	uart.count = 0;
	uart.head = PL011_FIFO;
	state_begin_save(&stream, bytes.data(), bytes.size());
	pl011_state(&uart, &stream);
	EXPECT_FALSE(state_is_well(&stream));
}

TEST_F(Devices, Gicv3)
{
	static const gicv3_ops ops = { SetAttributes, Raise, Raise, Active, Active, SetActive };
	gicv3 from, to, other;

	gicv3_init(&from, kCpus, &ops, nullptr);
	gicv3_init(&to, kCpus, &ops, nullptr);
	for (int i = 0; i < kWrites; i++) {
		gicv3_distributor_write(&from, Random(0x1000) * 4, 4, Bits());
		gicv3_distributor_write(&from, 0x6000 + Random(GICV3_INTIDS) * 8, 8, Random(kCpus + 1));
		gicv3_redistributor_write(&from, Random(kCpus), Random(2) * 0x10000 + Random(0x400) * 4, 4,
					  Bits());
		gicv3_set_line(&from, Random(GICV3_INTIDS), Random(2) != 0);
	}
	RoundTrip<gicv3>(&from, &to, gicv3_state);

	// Those of a machine with another number of CPUs do not fit.
	std::vector<uint8_t> bytes(kRoom);
	state_stream stream;

	state_begin_save(&stream, bytes.data(), bytes.size());
	gicv3_state(&from, &stream);
	ASSERT_TRUE(state_end(&stream));
	gicv3_init(&other, kCpus + 1, &ops, nullptr);
	state_begin_load(&stream, bytes.data(), stream.at);
	gicv3_state(&other, &stream);
	EXPECT_STREQ("another number of CPUs", stream.problem);
}

TEST_F(Devices, Plic)
{
	static const device_irq irq = { NumberedLine, nullptr, 0 };
	plic from, to;

	std::memset(&from, 0, sizeof(from));
	std::memset(&to, 0, sizeof(to));
	plic_init(&from, &irq, kCpus);
	plic_init(&to, &irq, kCpus);
	for (int i = 0; i < kWrites; i++) {
		plic_ops.write(&from, Random(SOURCE_LAST + 1) * 4, 4, Random(8));
		plic_ops.write(&from, 0x2000 + Random(kCpus) * 0x80 + Random(SOURCE_WORDS) * 4, 4, Bits());
		plic_ops.write(&from, 0x200000 + Random(kCpus) * 0x1000 + Random(2) * 4, 4, Random(8));
		plic_set_level(&from, 1 + Random(SOURCE_LAST), Random(2) != 0);
	}
	RoundTrip<plic>(&from, &to, plic_state);
}

TEST_F(Devices, Aplic)
{
	static const aplic_messages nowhere = { [](void *, uint32_t, uint32_t) {}, nullptr };
	aplic from, to;

	std::memset(&from, 0, sizeof(from));
	std::memset(&to, 0, sizeof(to));
	aplic_init(&from, &nowhere);
	aplic_init(&to, &nowhere);
	for (int i = 0; i < kWrites; i++) {
		aplic_ops.write(&from, 4 * Random(SOURCE_LAST + 1), 4, Bits() & 0x407);
		aplic_ops.write(&from, 0x3000 + 4 * Random(SOURCE_LAST + 1), 4, Bits());
		aplic_ops.write(&from, 0x1c00 + 0x100 * Random(4) + 4 * Random(SOURCE_WORDS), 4, Bits());
		aplic_set_level(&from, 1 + Random(SOURCE_LAST), Random(2) != 0);
	}
	RoundTrip<aplic>(&from, &to, aplic_state);
}

// A source sends to where its target says, with what its mode lets it have.
TEST_F(Devices, AplicWithASourceThatCannotBeIsRefused)
{
	static const aplic_messages nowhere = { [](void *, uint32_t, uint32_t) {}, nullptr };
	static const std::function<void(aplic *)> wrongs[] = {
		[](aplic *a) { a->mode[5] = 2; },
		[](aplic *a) { a->mode[5] = 8; },
		[](aplic *a) { a->target[5] = 1u << 11; },
		[](aplic *a) { a->target[6] = 1; },
		[](aplic *a) { a->pending[0] |= 1u << 6; },
		[](aplic *a) { a->enable[0] |= 1u << 6; },
		[](aplic *a) { a->level[3] |= 2; },
		[](aplic *a) { a->mode[0] = 1; },
		[](aplic *a) { a->genmsi = 1u << 12; },
	};
	std::vector<uint8_t> bytes(kRoom);
	state_stream stream;
	aplic right, wrong;

	aplic_init(&right, &nowhere);
	right.mode[5] = APLIC_LEVEL1;
	right.target[5] = 0xfffc07ff;
	right.enable[0] = 1u << 5;
	state_begin_save(&stream, bytes.data(), bytes.size());
	aplic_state(&right, &stream);
	EXPECT_TRUE(state_end(&stream));
	for (const auto &change : wrongs) {
		wrong = right;
		change(&wrong);
		state_begin_save(&stream, bytes.data(), bytes.size());
		aplic_state(&wrong, &stream);
		EXPECT_FALSE(state_is_well(&stream)) << &change - wrongs;
	}
}

// Its bits are looked for in the list of priorities, which ends with the last source.
TEST_F(Devices, PlicWithASourceThatCannotBeIsRefused)
{
	static const device_irq irq = { NumberedLine, nullptr, 0 };
	const std::vector<std::pair<uint32_t, uint32_t>> none = { { 0, 1 }, { SOURCE_WORDS - 1, 2 } };
	std::vector<uint8_t> bytes(kRoom);
	state_stream stream;
	plic right, wrong;

	plic_init(&right, &irq, kCpus);
	right.pending[SOURCE_WORDS - 1] = 1;
	right.contexts[kCpus - 1].enabled[SOURCE_WORDS - 1] = 1;
	state_begin_save(&stream, bytes.data(), bytes.size());
	plic_state(&right, &stream);
	EXPECT_TRUE(state_end(&stream));
	for (const auto &[word, bit] : none) {
		for (auto words : { wrong.level, wrong.pending, wrong.served, wrong.contexts[1].enabled }) {
			wrong = right;
			words[word] |= bit;
			state_begin_save(&stream, bytes.data(), bytes.size());
			plic_state(&wrong, &stream);
			EXPECT_STREQ("a source that does not exist", stream.problem) << word;
		}
	}
}

// It would go on to take characters, for the room that it has is what is left of the one.
TEST_F(Devices, Uart16550WithAFifoThatCannotBeIsRefused)
{
	static const device_irq irq = { NumberedLine, nullptr, 4 };
	static const device_serial output = { Put, nullptr };
	std::vector<uint8_t> bytes(kRoom);
	state_stream stream;
	uart16550 uart;

	uart16550_init(&uart, &irq, &output);
	for (uint8_t fcr : std::initializer_list<uint8_t>{ 0, 1 }) {
		uart.fcr = fcr;
		uart.count = fcr != 0 ? UART16550_FIFO : 1;
		state_begin_save(&stream, bytes.data(), bytes.size());
		uart16550_state(&uart, &stream);
		EXPECT_TRUE(state_end(&stream)) << +fcr;
		uart.count++;
		state_begin_save(&stream, bytes.data(), bytes.size());
		uart16550_state(&uart, &stream);
		EXPECT_STREQ("its FIFO holds more than it can", stream.problem) << +fcr;
	}
}

TEST_F(Devices, Uart16550)
{
	static const device_irq irq = { NumberedLine, nullptr, 4 };
	static const device_serial output = { Put, nullptr };
	uart16550 from, to;

	std::memset(&from, 0, sizeof(from));
	std::memset(&to, 0, sizeof(to));
	uart16550_init(&from, &irq, &output);
	uart16550_init(&to, &irq, &output);
	for (int i = 0; i < kWrites; i++) {
		uart16550_ops.write(&from, Random(8), 1, Bits() & 0xff);
		uart16550_receive(&from, static_cast<uint8_t>(Bits()));
	}
	RoundTrip<uart16550>(&from, &to, uart16550_state);
}

TEST_F(Devices, I8259)
{
	i8259 from, to;

	std::memset(&from, 0, sizeof(from));
	std::memset(&to, 0, sizeof(to));
	i8259_init(&from);
	i8259_init(&to);
	for (int i = 0; i < kWrites; i++) {
		i8259_write(&from, Random(2) != 0, Random(2) != 0, static_cast<uint8_t>(Bits()));
		i8259_write_elcr(&from, Random(2) != 0, static_cast<uint8_t>(Bits()));
		i8259_set_line(&from, Random(16), Random(2) != 0);
	}
	RoundTrip<i8259>(&from, &to, i8259_state);
}

TEST_F(Devices, Ioapic)
{
	static const ioapic_output output = { Deliver, nullptr };
	ioapic from, to;

	std::memset(&from, 0, sizeof(from));
	std::memset(&to, 0, sizeof(to));
	ioapic_init(&from, 4, &output);
	ioapic_init(&to, 4, &output);
	for (int i = 0; i < kWrites; i++) {
		ioapic_ops.write(&from, 0, 4, 0x10 + Random(2 * IOAPIC_INPUTS));
		ioapic_ops.write(&from, 0x10, 4, Bits());
		ioapic_set_line(&from, Random(IOAPIC_INPUTS), Random(2) != 0);
	}
	RoundTrip<ioapic>(&from, &to, ioapic_state);
}

TEST_F(Devices, Mc146818)
{
	mc146818 from, to;

	mc146818_init(&from);
	mc146818_init(&to);
	for (int i = 0; i < kWrites; i++) {
		mc146818_write(&from, Random(2), static_cast<uint8_t>(Bits()));
	}
	RoundTrip<mc146818>(&from, &to, mc146818_state);
}

// A counter goes on from where it stood, whatever the time is where it does.
TEST_F(Devices, I8254CountsOn)
{
	constexpr uint64_t kThere = 1000000, kHere = 77;
	std::vector<uint8_t> bytes(kRoom);
	state_stream stream;
	i8254 from, to;

	i8254_init(&from);
	i8254_write(&from, 3, 0x34, kThere - 500); // counter 0, both bytes, mode 2
	i8254_write(&from, 0, 0xe8, kThere - 500);
	i8254_write(&from, 0, 0x03, kThere - 500); // 1000
	i8254_write(&from, 3, 0x00, kThere); // latched
	i8254_write(&from, 3, 0xb0, kThere - 9); // counter 2, mode 0
	i8254_write(&from, 2, 0x10, kThere - 9);
	i8254_write(&from, 2, 0x00, kThere - 9);
	state_begin_save(&stream, bytes.data(), bytes.size());
	i8254_state(&from, kThere, &stream);
	ASSERT_TRUE(state_end(&stream));
	i8254_init(&to);
	state_begin_load(&stream, bytes.data(), stream.at);
	i8254_state(&to, kHere, &stream);
	ASSERT_TRUE(state_end(&stream));
	EXPECT_EQ(i8254_next_edge(&from, 0, kThere) - kThere, i8254_next_edge(&to, 0, kHere) - kHere);
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(i8254_read(&from, 0, kThere + 20), i8254_read(&to, 0, kHere + 20)) << i;
	}
	for (uint64_t later = 0; later < 20; later++) {
		EXPECT_EQ(i8254_output(&from, 2, kThere + later), i8254_output(&to, 2, kHere + later)) << later;
	}

	to.counters[1].count = 70000;
	state_begin_save(&stream, bytes.data(), bytes.size());
	i8254_state(&to, kHere, &stream);
	EXPECT_STREQ("a counter counts more than it can", stream.problem);
}

std::string Missing(const std::string &had, const std::string &has)
{
	size_t length = 0;
	const char *name = isa_missing(had.c_str(), has.c_str(), &length);

	return name == nullptr ? "" : std::string(name, length);
}

TEST(Isa, WhatAGuestMayUseHasToBeThere)
{
	EXPECT_EQ("", Missing("rv64imafdch_zicsr_sstc", "rv64imafdch_zicsr_sstc"));
	EXPECT_EQ("", Missing("rv64imafdc_zicsr", "rv64imafdcvh_zba_zicsr_sstc"));
	EXPECT_EQ("v", Missing("rv64imafdcv_zicsr", "rv64imafdc_zicsr"));
	EXPECT_EQ("zba", Missing("rv64imafdc_zba", "rv64imafdc_zbab_zb"));
	EXPECT_EQ("sstc", Missing("rv64imafdc_zicsr_sstc", "rv64imafdc_zicsr"));
	EXPECT_EQ("svpbmt", Missing("rv64i_svpbmt", "rv64i"));
	// Not a guest's: the hypervisor's own extension, and those of M and HS mode.
	EXPECT_EQ("", Missing("rv64imafdch_smaia_ssaia_smstateen", "rv64imafdc"));
	EXPECT_EQ("i", Missing("rv64i", ""));
	EXPECT_EQ("", Missing("", "rv64i"));
}

} // namespace
