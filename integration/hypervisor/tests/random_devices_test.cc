// SPDX-License-Identifier: Apache-2.0
// A guest without manners: every emulated device takes reads and writes of any width at any
// place of its own, with lines and characters in between, from fixed seeds. What it answers has
// the width that was asked for, what it sends is of this machine, and after anything at all its
// state can be saved and loaded. States with changed bytes are refused or used. The sanitized twin
// of this test looks for all else.
#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "gtest/gtest.h"

extern "C" {
#include "integration/hypervisor/devices/aplic.h"
#include "integration/hypervisor/devices/fw_cfg_ports.h"
#include "integration/hypervisor/devices/gicv3.h"
#include "integration/hypervisor/devices/i8254.h"
#include "integration/hypervisor/devices/i8259.h"
#include "integration/hypervisor/devices/ioapic.h"
#include "integration/hypervisor/devices/mc146818.h"
#include "integration/hypervisor/devices/pci_host.h"
#include "integration/hypervisor/devices/pl011.h"
#include "integration/hypervisor/devices/plic.h"
#include "integration/hypervisor/devices/test_finisher.h"
#include "integration/hypervisor/devices/uart16550.h"
#include "integration/hypervisor/state_stream.h"
}

namespace {

constexpr int kAccesses = 40000;
constexpr uint32_t kCpus = 3;
constexpr size_t kRoom = 16384;
// Of a part: name, version, size.
constexpr uint32_t kHead = STATE_NAME + 4 + 4;

void Put(void *, uint8_t) {}
void Line(void *, bool) {}
void NumberedLine(void *, uint32_t, bool) {}

class Random : public ::testing::TestWithParam<uint32_t> {
    protected:
	Random() : engine_(GetParam()) {}

	uint32_t Below(uint32_t end) { return std::uniform_int_distribution<uint32_t>(0, end - 1)(engine_); }
	bool Coin() { return Below(2) != 0; }
	uint8_t Byte() { return static_cast<uint8_t>(engine_()); }
	uint32_t Width() { return 1u << Below(4); }
	// Values with few bits, with many, and such as mean something to nobody.
	uint64_t Value(uint32_t width)
	{
		uint64_t value = uint64_t{ engine_() } << 32 | engine_();

		switch (Below(4)) {
		case 0:
			value = UINT64_C(1) << Below(64);
			break;
		case 1:
			value = ~UINT64_C(0);
			break;
		default:
			break;
		}
		return width == 8 ? value : value & ((UINT64_C(1) << 8 * width) - 1);
	}
	// In a device's first registers more often than in all of it, and often where registers begin.
	uint32_t Offset(uint32_t size, uint32_t width)
	{
		const uint32_t end = Coin() && size > 0x1000 ? 0x1000 : size;
		const uint32_t offset = Below(end - width + 1);

		return Below(4) == 0 ? offset : offset & ~(width - 1);
	}
	static void ExpectWidth(uint64_t value, uint32_t width)
	{
		if (width < 8) {
			ASSERT_EQ(0u, value >> 8 * width) << width;
		}
	}
	void Access(const device_ops &ops, void *device, uint32_t size)
	{
		const uint32_t width = Width();
		if (width > size) {
			return;
		}
		const uint32_t offset = Offset(size, width);
		uint64_t value = 0;

		if (Coin()) {
			ops.write(device, offset, width, Value(width));
		} else if (ops.read(device, offset, width, &value)) {
			ExpectWidth(value, width);
		}
	}
	// Whatever state it is in, it can be saved, and loading it gives the same. With a few bytes
	// changed that is refused, or the device goes on with it.
	template <typename Device>
	void ExpectSaves(Device *device, const std::function<void(Device *, state_stream *)> &move)
	{
		std::vector<uint8_t> bytes(kRoom), again(kRoom);
		state_stream stream;

		state_begin_save(&stream, bytes.data(), bytes.size());
		move(device, &stream);
		ASSERT_TRUE(state_end(&stream)) << stream.problem;
		bytes.resize(stream.at);
		state_begin_load(&stream, bytes.data(), bytes.size());
		move(device, &stream);
		ASSERT_TRUE(state_end(&stream)) << stream.problem;
		state_begin_save(&stream, again.data(), again.size());
		move(device, &stream);
		ASSERT_TRUE(state_end(&stream));
		again.resize(stream.at);
		ASSERT_EQ(bytes, again);
		for (uint32_t changes = Below(4); changes > 0; changes--) {
			bytes[kHead + Below(static_cast<uint32_t>(bytes.size()) - kHead)] = Byte();
		}
		state_begin_load(&stream, bytes.data(), bytes.size());
		move(device, &stream);
	}
	// Now and then.
	bool IsTimeToSave() { return Below(100) == 0; }

	std::mt19937 engine_;
};

TEST_P(Random, Uart16550)
{
	static const device_irq irq = { NumberedLine, nullptr, 4 };
	static const device_serial output = { Put, nullptr };
	uart16550 uart;
	uint8_t byte;

	uart16550_init(&uart, &irq, &output);
	for (int i = 0; i < kAccesses; i++) {
		Access(uart16550_ops, &uart, UART16550_SIZE);
		if (Below(4) == 0) {
			uart16550_receive(&uart, Byte());
		}
		if (Below(8) == 0) {
			(void)uart16550_take(&uart, &byte);
		}
		ASSERT_LE(uart16550_room(&uart), uart16550_capacity(&uart));
		if (IsTimeToSave()) {
			ExpectSaves<uart16550>(&uart, uart16550_state);
		}
	}
}

TEST_P(Random, Pl011)
{
	static const pl011_ops ops = { Put, Line };
	pl011 uart;

	pl011_init(&uart, &ops, nullptr);
	for (int i = 0; i < kAccesses; i++) {
		const uint32_t offset = Offset(Coin() ? 0x50 : PL011_SIZE, 4);
		if (Coin()) {
			pl011_write(&uart, offset, static_cast<uint32_t>(Value(4)));
		} else {
			(void)pl011_read(&uart, offset);
		}
		if (Below(4) == 0) {
			pl011_receive(&uart, Byte());
		}
		ASSERT_LE(uart.count, pl011_depth(&uart));
		if (IsTimeToSave()) {
			ExpectSaves<pl011>(&uart, pl011_state);
		}
	}
}

TEST_P(Random, Plic)
{
	static const device_irq irq = {
		[](void *, uint32_t context, bool) { ASSERT_LT(context, kCpus); }, nullptr, 0
	};
	plic plic;

	std::memset(&plic, 0, sizeof(plic));
	plic_init(&plic, &irq, kCpus);
	for (int i = 0; i < kAccesses; i++) {
		switch (Below(4)) {
		case 0:
			Access(plic_ops, &plic, PLIC_SIZE);
			break;
		case 1: // the contexts'
			(void)plic_ops.write(&plic, 0x200000 + Below(kCpus + 1) * 0x1000 + Below(3) * 4, 4,
					     Value(4));
			break;
		case 2: {
			uint64_t source = 0;
			ASSERT_TRUE(plic_ops.read(&plic, 0x200004 + Below(kCpus) * 0x1000, 4, &source));
			ASSERT_LE(source, SOURCE_LAST);
			break;
		}
		default:
			plic_set_level(&plic, Below(2 * SOURCE_LAST), Coin());
			break;
		}
		if (IsTimeToSave()) {
			ExpectSaves<::plic>(&plic, plic_state);
		}
	}
}

TEST_P(Random, Aplic)
{
	static const aplic_messages messages = { [](void *, uint32_t, uint32_t) {}, nullptr };
	aplic aplic;

	std::memset(&aplic, 0, sizeof(aplic));
	aplic_init(&aplic, &messages);
	for (int i = 0; i < kAccesses; i++) {
		if (Below(3) != 0) {
			Access(aplic_ops, &aplic, APLIC_SIZE);
		} else {
			aplic_set_level(&aplic, Below(2 * SOURCE_LAST), Coin());
		}
		if (Below(4) == 0) { // sourcecfg, of sources that are
			(void)aplic_ops.write(&aplic, 4 * (1 + Below(SOURCE_LAST)), 4, Below(8));
		}
		if (IsTimeToSave()) {
			ExpectSaves<::aplic>(&aplic, aplic_state);
		}
	}
}

TEST_P(Random, TestFinisher)
{
	test_finisher finisher = { [](void *, enum test_finisher_end, uint32_t code) {
		ASSERT_LE(code, UINT16_MAX);
	}, nullptr };

	for (int i = 0; i < kAccesses; i++) {
		Access(test_finisher_ops, &finisher, TEST_FINISHER_SIZE);
	}
}

void ExpectCpu(uint32_t cpu, uint32_t intid)
{
	ASSERT_LT(cpu, kCpus);
	ASSERT_LT(intid, GICV3_INTIDS);
}

TEST_P(Random, Gicv3)
{
	static const gicv3_ops ops = {
		[](void *, uint32_t cpu, uint32_t intid, const gicv3_attributes *) {
			ExpectCpu(cpu, intid);
		},
		[](void *, uint32_t cpu, uint32_t intid) { ExpectCpu(cpu, intid); },
		[](void *, uint32_t cpu, uint32_t intid) { ExpectCpu(cpu, intid); },
		[](void *, uint32_t cpu, uint32_t index) {
			ExpectCpu(cpu, index * 32);
			return UINT32_C(0x0ff00ff0);
		},
		[](void *, uint32_t cpu, uint32_t index) {
			ExpectCpu(cpu, index * 32);
			return UINT32_C(0x00ff00ff);
		},
		[](void *, uint32_t cpu, uint32_t index, uint32_t, bool) { ExpectCpu(cpu, index * 32); },
	};
	gicv3 gic;

	gicv3_init(&gic, kCpus, &ops, nullptr);
	for (int i = 0; i < kAccesses; i++) {
		const uint32_t width = Width(), cpu = Below(kCpus + 1);
		const uint32_t distributor = Below(4) == 0 ?
						     0x6000 + Offset(GICV3_INTIDS * 8, width) :
						     Offset(GICV3_DISTRIBUTOR_SIZE, width);
		const uint32_t frame = Below(2) * 0x10000 + Offset(0x10000, width);
		const uint64_t affinity = Coin() ? Below(2 * kCpus) : Value(width);

		switch (Below(6)) {
		case 0:
			ExpectWidth(gicv3_distributor_read(&gic, distributor, width), width);
			break;
		case 1:
			gicv3_distributor_write(&gic, distributor, width, affinity);
			break;
		case 2:
			ExpectWidth(gicv3_redistributor_read(&gic, cpu, frame, width), width);
			break;
		case 3:
			gicv3_redistributor_write(&gic, cpu, frame, width, Value(width));
			break;
		case 4:
			gicv3_set_line(&gic, Below(2 * GICV3_INTIDS), Coin());
			break;
		default:
			gicv3_send_sgi(&gic, cpu, Below(32));
			if (Below(100) == 0) {
				gicv3_cpu_start(&gic, Below(kCpus));
			}
			break;
		}
		if (IsTimeToSave()) {
			ExpectSaves<gicv3>(&gic, gicv3_state);
		}
	}
}

TEST_P(Random, Pics)
{
	i8259 pic;

	i8259_init(&pic);
	for (int i = 0; i < kAccesses; i++) {
		switch (Below(6)) {
		case 0:
		case 1:
			i8259_write(&pic, Coin(), Coin(), Byte());
			break;
		case 2:
			(void)i8259_read(&pic, Coin(), Coin());
			break;
		case 3:
			i8259_write_elcr(&pic, Coin(), Byte());
			(void)i8259_read_elcr(&pic, Coin());
			break;
		case 4:
			i8259_set_line(&pic, Below(16), Coin());
			break;
		default:
			if (i8259_output(&pic)) {
				(void)i8259_acknowledge(&pic);
			}
			break;
		}
		if (IsTimeToSave()) {
			ExpectSaves<i8259>(&pic, i8259_state);
		}
	}
}

TEST_P(Random, Pit)
{
	i8254 pit;
	uint64_t now = Value(8) >> 2, edge;

	i8254_init(&pit);
	for (int i = 0; i < kAccesses; i++) {
		const uint32_t counter = Below(I8254_COUNTERS);
		now += Below(0x20000);
		switch (Below(4)) {
		case 0:
			i8254_write(&pit, Below(4), Byte(), now);
			break;
		case 1:
			(void)i8254_read(&pit, Below(4), now);
			break;
		case 2:
			i8254_set_gate(&pit, 2, Coin(), now);
			break;
		default:
			(void)i8254_output(&pit, counter, now);
			break;
		}
		// Else the hypervisor would look for it again and again.
		edge = i8254_next_edge(&pit, counter, now);
		ASSERT_GT(edge, now);
		if (IsTimeToSave()) {
			ExpectSaves<i8254>(&pit, [&](i8254 *device, state_stream *stream) {
				i8254_state(device, now, stream);
			});
		}
	}
}

TEST_P(Random, Clock)
{
	mc146818 rtc;

	mc146818_init(&rtc);
	for (int i = 0; i < kAccesses; i++) {
		if (Coin()) {
			mc146818_write(&rtc, Below(2), Byte());
		} else {
			(void)mc146818_read(&rtc, Below(2), Value(8));
		}
		if (IsTimeToSave()) {
			ExpectSaves<mc146818>(&rtc, mc146818_state);
		}
	}
}

TEST_P(Random, IoApic)
{
	// Some messages nobody takes.
	ioapic_output output = { [](void *engine, const ioapic_message *) {
		return ((*static_cast<std::mt19937 *>(engine))() & 1) != 0;
	}, &engine_ };
	ioapic ioapic;

	ioapic_init(&ioapic, 8, &output);
	for (int i = 0; i < kAccesses; i++) {
		ioapic_message message;
		uint64_t value;

		switch (Below(5)) {
		case 0:
			Access(ioapic_ops, &ioapic, IOAPIC_SIZE);
			break;
		case 1:
			ASSERT_TRUE(ioapic_ops.write(&ioapic, 0, 1, Coin() ? Below(0x42) : Byte()));
			ASSERT_TRUE(ioapic_ops.write(&ioapic, 0x10, 4, Value(4)));
			break;
		case 2:
			ASSERT_TRUE(ioapic_ops.write(&ioapic, 0, 1, Byte()));
			ASSERT_TRUE(ioapic_ops.read(&ioapic, 0x10, 4, &value));
			ExpectWidth(value, 4);
			break;
		case 3:
			ioapic_set_line(&ioapic, Below(2 * IOAPIC_INPUTS), Coin());
			break;
		default:
			ioapic_end_of_interrupt(&ioapic, Byte());
			(void)ioapic_is_extint(&ioapic, Below(2 * IOAPIC_INPUTS), &message);
			break;
		}
		if (IsTimeToSave()) {
			ExpectSaves<::ioapic>(&ioapic, ioapic_state);
		}
	}
}

TEST_P(Random, PciHost)
{
	pci_host host;

	pci_host_init(&host);
	for (int i = 0; i < kAccesses; i++) {
		pci_host_set_address(&host, Coin() ? static_cast<uint32_t>(Value(4)) :
						     0x80000000 | Below(0x1000));
		if (Coin()) {
			pci_host_write(&host, Below(4), Byte());
		} else {
			(void)pci_host_read(&host, Below(4));
		}
	}
	pci_host_set_address(&host, 0x80000000);
	EXPECT_EQ(0x86, pci_host_read(&host, 0));
}

// Descriptions of any kind, also where the transfer writes over them. Memory ends where
// AddressSanitizer sees it.
class Memory {
    public:
	static bool Read(void *ctx, uint64_t gpa, void *to, uint32_t size)
	{
		auto &ram = static_cast<Memory *>(ctx)->ram;
		if (gpa > ram.size() || size > ram.size() - gpa) {
			return false;
		}
		std::memcpy(to, ram.data() + gpa, size);
		return true;
	}
	static bool Write(void *ctx, uint64_t gpa, const void *from, uint32_t size)
	{
		auto &ram = static_cast<Memory *>(ctx)->ram;
		if (gpa > ram.size() || size > ram.size() - gpa) {
			return false;
		}
		std::memcpy(ram.data() + gpa, from, size);
		return true;
	}
	static bool Clear(void *ctx, uint64_t gpa, uint32_t size)
	{
		auto &ram = static_cast<Memory *>(ctx)->ram;
		if (gpa > ram.size() || size > ram.size() - gpa) {
			return false;
		}
		std::memset(ram.data() + gpa, 0, size);
		return true;
	}

	std::vector<uint8_t> ram = std::vector<uint8_t>(3 * FW_CFG_STEP_BYTES);
};

TEST_P(Random, FwCfg)
{
	const std::vector<uint8_t> item(FW_CFG_STEP_BYTES + 100, 0x11);
	Memory memory;
	const fw_cfg_memory access = { Memory::Read, Memory::Write, Memory::Clear, &memory };
	fw_cfg_ports device;

	fw_cfg_ports_init(&device, &access);
	ASSERT_TRUE(fw_cfg_ports_add_file(&device, "file", item.data(), static_cast<uint32_t>(item.size())));
	for (int i = 0; i < kAccesses / 20; i++) {
		const uint32_t at = Below(static_cast<uint32_t>(memory.ram.size()));
		uint8_t description[16];

		for (uint8_t &byte : description) {
			byte = Below(4) == 0 ? Byte() : 0;
		}
		description[1] = Coin() ? 0x20 : description[1];
		description[3] = static_cast<uint8_t>(Below(32));
		description[9] = description[8] = 0;
		switch (Below(5)) {
		case 0:
			fw_cfg_ports_select(&device, static_cast<uint16_t>(Coin() ? Below(0x30) : Below(0x10000)));
			break;
		case 1:
			(void)fw_cfg_ports_read(&device);
			break;
		case 2:
			fw_cfg_ports_set_dma_high(&device, static_cast<uint32_t>(Value(4)));
			break;
		default:
			(void)Memory::Write(&memory, at, description, sizeof(description));
			if (Coin()) {
				(void)fw_cfg_ports_start_dma(&device, __builtin_bswap32(at)); // and goes away
				break;
			}
			for (int outs = 0; !fw_cfg_ports_start_dma(&device, __builtin_bswap32(at)); outs++) {
				ASSERT_LT(outs, 10) << "memory has three steps";
			}
			break;
		}
	}
}

INSTANTIATE_TEST_SUITE_P(Seeds, Random, ::testing::Values(1u, 2u, 20u));

} // namespace
