// SPDX-License-Identifier: Apache-2.0
// The emulated devices: registers as a driver sees them, and their interrupt lines.
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

extern "C" {
#include "integration/hypervisor/devices/device.h"
#include "integration/hypervisor/devices/plic.h"
#include "integration/hypervisor/devices/test_finisher.h"
#include "integration/hypervisor/devices/uart16550.h"
}

namespace {

// ---------------------------------------------------------------- device_read, device_write

struct Log {
	std::vector<std::string> calls;
};

bool LogRead(void *device, uint64_t offset, uint32_t width, uint64_t *value)
{
	static_cast<Log *>(device)->calls.push_back("r" + std::to_string(offset) + "/" +
						    std::to_string(width));
	*value = 7;
	return true;
}

bool LogWrite(void *device, uint64_t offset, uint32_t width, uint64_t value)
{
	static_cast<Log *>(device)->calls.push_back("w" + std::to_string(offset) + "/" +
						    std::to_string(width) + "=" +
						    std::to_string(value));
	return true;
}

const device_ops kLogOps = { LogRead, LogWrite };

TEST(Device, FindsTheRegionThatHoldsAllOfAnAccess)
{
	Log first, second;
	const device_region regions[] = {
		{ 0x1000, 0x10, &kLogOps, &first },
		{ 0x1010, 0x4, &kLogOps, &second },
	};
	uint64_t value = 0;

	EXPECT_TRUE(device_read(regions, 2, 0x1000, 8, &value));
	EXPECT_EQ(7u, value);
	EXPECT_TRUE(device_write(regions, 2, 0x1008, 8, 5));
	EXPECT_TRUE(device_write(regions, 2, 0x1012, 2, 6));
	EXPECT_FALSE(device_read(regions, 2, 0x100c, 8, &value)) << "across the end";
	EXPECT_FALSE(device_read(regions, 2, 0x1010, 8, &value)) << "larger than the region";
	EXPECT_FALSE(device_read(regions, 2, 0xfff, 1, &value)) << "below";
	EXPECT_FALSE(device_write(regions, 2, 0x1014, 1, 0)) << "above";
	EXPECT_FALSE(device_write(regions, 2, UINT64_MAX, 8, 0)) << "at the end of the world";
	EXPECT_EQ((std::vector<std::string>{ "r0/8", "w8/8=5" }), first.calls);
	EXPECT_EQ((std::vector<std::string>{ "w2/2=6" }), second.calls);
}

// ---------------------------------------------------------------- 16550

class Uart : public ::testing::Test {
    protected:
	void SetUp() override
	{
		const device_irq irq = { SetLine, this, 10 };
		const device_serial output = { Put, this };

		uart16550_init(&uart_, &irq, &output);
	}

	uint8_t Read(uint64_t offset)
	{
		uint64_t value = ~uint64_t{0};

		EXPECT_TRUE(uart16550_ops.read(&uart_, offset, 1, &value));
		EXPECT_LE(value, 0xffu);
		return static_cast<uint8_t>(value);
	}

	void Write(uint64_t offset, uint8_t value)
	{
		EXPECT_TRUE(uart16550_ops.write(&uart_, offset, 1, value));
	}

	void Type(const char *text)
	{
		for (; *text != '\0'; text++) {
			uart16550_receive(&uart_, static_cast<uint8_t>(*text));
		}
	}

	static void SetLine(void *ctx, uint32_t number, bool high)
	{
		Uart *self = static_cast<Uart *>(ctx);

		EXPECT_EQ(10u, number);
		EXPECT_NE(self->line_, high) << "only changes are told";
		self->line_ = high;
		self->changes_++;
	}

	static void Put(void *ctx, uint8_t byte)
	{
		static_cast<Uart *>(ctx)->sent_ += static_cast<char>(byte);
	}

	uart16550 uart_;
	bool line_ = false;
	int changes_ = 0;
	std::string sent_;
};

constexpr uint64_t kThr = 0, kRbr = 0, kIer = 1, kIir = 2, kFcr = 2, kLcr = 3, kMcr = 4, kLsr = 5,
		   kMsr = 6, kScr = 7;

TEST_F(Uart, AfterReset)
{
	EXPECT_EQ(0x01, Read(kIir)) << "no interrupt, no FIFOs";
	EXPECT_EQ(0x60, Read(kLsr)) << "transmitter empty";
	EXPECT_EQ(0x00, Read(kIer));
	EXPECT_EQ(0x00, Read(kLcr));
	EXPECT_EQ(0x00, Read(kMcr));
	EXPECT_EQ(0xb0, Read(kMsr)) << "carrier, data set ready, clear to send";
	EXPECT_EQ(0, changes_);
}

TEST_F(Uart, SendsWhatIsWritten)
{
	Write(kThr, 'h');
	Write(kThr, 'i');
	EXPECT_EQ("hi", sent_);
	EXPECT_EQ(0x60, Read(kLsr));
}

TEST_F(Uart, DivisorLatchHidesDataAndInterruptEnable)
{
	Write(kIer, 0x05);
	Write(kLcr, 0x83);
	Write(0, 0x0d);
	Write(1, 0x01);
	EXPECT_EQ(0x0d, Read(0));
	EXPECT_EQ(0x01, Read(1));
	Write(kLcr, 0x03);
	EXPECT_EQ("", sent_);
	EXPECT_EQ(0x05, Read(kIer));
	EXPECT_EQ(0x03, Read(kLcr));
}

TEST_F(Uart, ScratchAndReservedBits)
{
	Write(kScr, 0xa5);
	EXPECT_EQ(0xa5, Read(kScr));
	Write(kIer, 0xff);
	EXPECT_EQ(0x0f, Read(kIer));
	Write(kMcr, 0xef);
	EXPECT_EQ(0x0f, Read(kMcr));
	Write(kLsr, 0xff);
	Write(kMsr, 0xff);
	EXPECT_EQ(0x60, Read(kLsr));
}

TEST_F(Uart, ReceivesWithoutFifo)
{
	Write(kIer, 0x01);
	EXPECT_EQ(1u, uart16550_room(&uart_));
	Type("a");
	EXPECT_TRUE(line_);
	EXPECT_EQ(0u, uart16550_room(&uart_));
	EXPECT_EQ(0x04, Read(kIir));
	EXPECT_EQ(0x61, Read(kLsr));
	EXPECT_EQ('a', Read(kRbr));
	EXPECT_FALSE(line_);
	EXPECT_EQ(0x01, Read(kIir));
	Type("bc");
	EXPECT_EQ(0x63, Read(kLsr)) << "overrun";
	EXPECT_EQ(0x61, Read(kLsr)) << "which a read forgets";
	EXPECT_EQ('c', Read(kRbr)) << "the register has the new one";
}

TEST_F(Uart, ReceiveFifoWithTriggerAndTimeOut)
{
	Write(kFcr, 0x81);
	Write(kIer, 0x01);
	EXPECT_EQ(0xc1, Read(kIir));
	Type("1234567");
	EXPECT_TRUE(line_);
	EXPECT_EQ(0xcc, Read(kIir)) << "below 8: time-out";
	Type("8");
	EXPECT_EQ(0xc4, Read(kIir)) << "trigger level";
	EXPECT_EQ('1', Read(kRbr));
	EXPECT_EQ(0xcc, Read(kIir));
	for (char c = '2'; c <= '8'; c++) {
		EXPECT_TRUE(line_);
		EXPECT_EQ(c, Read(kRbr));
	}
	EXPECT_FALSE(line_);
	EXPECT_EQ(0xc1, Read(kIir));
	EXPECT_EQ(0x60, Read(kLsr));
	EXPECT_EQ(0, Read(kRbr)) << "an empty FIFO gives zeros";
}

TEST_F(Uart, TriggerLevels)
{
	const uint32_t levels[] = { 1, 4, 8, 14 };

	Write(kIer, 0x01);
	for (uint32_t code = 0; code < 4; code++) {
		Write(kFcr, static_cast<uint8_t>(code << 6 | 0x03));
		for (uint32_t count = 1; count <= 16; count++) {
			Type("x");
			EXPECT_EQ(count >= levels[code] ? 0xc4 : 0xcc, Read(kIir))
				<< "level " << levels[code] << ", " << count;
		}
	}
}

TEST_F(Uart, FullFifoKeepsWhatItHas)
{
	Write(kFcr, 0x01);
	Write(kIer, 0x04);
	Type("0123456789abcdef");
	EXPECT_EQ(0u, uart16550_room(&uart_));
	EXPECT_FALSE(line_);
	Type("!");
	EXPECT_TRUE(line_);
	EXPECT_EQ(0xc6, Read(kIir)) << "line status comes first";
	EXPECT_EQ(0x63, Read(kLsr));
	EXPECT_FALSE(line_);
	for (const char *c = "0123456789abcdef"; *c != '\0'; c++) {
		EXPECT_EQ(*c, Read(kRbr));
	}
	EXPECT_EQ(0x60, Read(kLsr));
}

TEST_F(Uart, FifoWrapsAround)
{
	Write(kFcr, 0x01);
	for (int round = 0; round < 10; round++) {
		Type("abcdefghijk");
		for (const char *c = "abcdefghijk"; *c != '\0'; c++) {
			EXPECT_EQ(*c, Read(kRbr));
		}
	}
}

TEST_F(Uart, FifoControlEmptiesIt)
{
	Write(kFcr, 0x01);
	Write(kIer, 0x01);
	Type("ab");
	Write(kFcr, 0x03);
	EXPECT_FALSE(line_);
	EXPECT_EQ(0x60, Read(kLsr));
	Type("ab");
	Write(kFcr, 0x00);
	EXPECT_EQ(0x60, Read(kLsr)) << "turned off";
	EXPECT_EQ(0x01, Read(kIir));
	Write(kFcr, 0xc0);
	Type("x");
	EXPECT_EQ(0x04, Read(kIir)) << "no trigger level without FIFO";
}

TEST_F(Uart, TransmitterInterrupt)
{
	Write(kIer, 0x02);
	EXPECT_TRUE(line_) << "empty at the time it is enabled";
	EXPECT_EQ(0x02, Read(kIir));
	EXPECT_FALSE(line_) << "reading IIR acknowledges it";
	EXPECT_EQ(0x01, Read(kIir));
	Write(kThr, 'x');
	EXPECT_TRUE(line_);
	EXPECT_EQ(0x02, Read(kIir));
	Write(kIer, 0x00);
	Write(kIer, 0x02);
	EXPECT_EQ(0x02, Read(kIir)) << "again, as the driver of Linux expects";
	Write(kIer, 0x02);
	EXPECT_EQ(0x01, Read(kIir)) << "but not if it was enabled";
	Write(kThr, 'y');
	Write(kIer, 0x00);
	EXPECT_FALSE(line_);
}

TEST_F(Uart, IirKeepsTheTransmitterInterruptThatItDoesNotReport)
{
	Write(kIer, 0x03);
	Type("a");
	EXPECT_EQ(0x04, Read(kIir));
	EXPECT_EQ('a', Read(kRbr));
	EXPECT_EQ(0x02, Read(kIir));
	EXPECT_EQ(0x01, Read(kIir));
}

TEST_F(Uart, LoopBack)
{
	Write(kMcr, 0x1a); /* loop, OUT2, RTS: what drivers look for a UART with */
	EXPECT_EQ(0x90, Read(kMsr) & 0xf0);
	Write(kFcr, 0x01);
	Write(kThr, 'q');
	EXPECT_EQ("", sent_);
	EXPECT_EQ('q', Read(kRbr));
	EXPECT_EQ(0u, uart16550_room(&uart_));
	Type("z");
	EXPECT_EQ(0x60, Read(kLsr)) << "deaf to the outside";
}

TEST_F(Uart, ModemStatusInterrupt)
{
	(void)Read(kMsr);
	Write(kIer, 0x08);
	EXPECT_FALSE(line_);
	Write(kMcr, 0x10);
	EXPECT_TRUE(line_);
	EXPECT_EQ(0x00, Read(kIir));
	EXPECT_EQ(0x0b, Read(kMsr)) << "all inputs fell";
	EXPECT_FALSE(line_);
	Write(kMcr, 0x14);
	EXPECT_EQ(0x40, Read(kMsr)) << "RI's leading edge is no event";
	Write(kMcr, 0x10);
	EXPECT_EQ(0x04, Read(kMsr)) << "its trailing edge is";
}

TEST_F(Uart, OnlyBytesAtItsEightRegisters)
{
	uint64_t value = 0;

	for (uint32_t width : { 2u, 4u, 8u }) {
		EXPECT_FALSE(uart16550_ops.read(&uart_, 0, width, &value));
		EXPECT_FALSE(uart16550_ops.write(&uart_, 0, width, 'x'));
	}
	EXPECT_FALSE(uart16550_ops.read(&uart_, 8, 1, &value));
	EXPECT_FALSE(uart16550_ops.write(&uart_, UINT64_MAX, 1, 0));
	EXPECT_EQ("", sent_);
}

// Whatever a driver does, the line is what the registers say.
TEST_F(Uart, LineAgreesWithIirInEveryState)
{
	std::mt19937 random(1);

	for (int step = 0; step < 20000; step++) {
		const uint64_t offset = random() % 8;
		uint64_t value;

		switch (random() % 3) {
		case 0:
			Write(offset, static_cast<uint8_t>(random()));
			break;
		case 1:
			(void)Read(offset);
			break;
		default:
			Type("r");
			break;
		}
		uart16550 copy = uart_;
		copy.irq.set = [](void *, uint32_t, bool) {};
		ASSERT_TRUE(uart16550_ops.read(&copy, kIir, 1, &value));
		ASSERT_EQ(line_, (value & 1) == 0) << "step " << step;
		ASSERT_LE(uart_.count, UART16550_FIFO);
	}
}

// ---------------------------------------------------------------- PLIC

class Plic : public ::testing::Test {
    protected:
	static constexpr uint32_t kContexts = 4;

	void SetUp() override
	{
		const device_irq irq = { SetLine, this, 0 };

		plic_init(&plic_, &irq, kContexts);
	}

	uint32_t Read(uint64_t offset)
	{
		uint64_t value = ~uint64_t{0};

		EXPECT_TRUE(plic_ops.read(&plic_, offset, 4, &value)) << std::hex << offset;
		EXPECT_LE(value, UINT32_MAX);
		return static_cast<uint32_t>(value);
	}

	void Write(uint64_t offset, uint32_t value)
	{
		EXPECT_TRUE(plic_ops.write(&plic_, offset, 4, value)) << std::hex << offset;
	}

	void Enable(uint32_t context, uint32_t source, uint32_t priority)
	{
		const uint64_t word = 0x2000 + 0x80 * context + source / 32 * 4;

		Write(4 * source, priority);
		Write(word, Read(word) | 1u << (source % 32));
	}

	uint32_t Claim(uint32_t context) { return Read(0x200004 + 0x1000 * context); }
	void Complete(uint32_t context, uint32_t source)
	{
		Write(0x200004 + 0x1000 * context, source);
	}
	void Threshold(uint32_t context, uint32_t value) { Write(0x200000 + 0x1000 * context, value); }
	void Level(uint32_t source, bool high) { plic_set_level(&plic_, source, high); }

	static void SetLine(void *ctx, uint32_t number, bool high)
	{
		Plic *self = static_cast<Plic *>(ctx);

		ASSERT_LT(number, kContexts);
		EXPECT_NE(self->line_[number], high) << "only changes are told";
		self->line_[number] = high;
	}

	plic plic_;
	bool line_[kContexts] = {};
};

TEST_F(Plic, OneInterruptFromLineToCompletion)
{
	Enable(1, 10, 1);
	EXPECT_FALSE(line_[1]);
	Level(10, true);
	EXPECT_TRUE(line_[1]);
	EXPECT_FALSE(line_[0]);
	EXPECT_EQ(1u << 10, Read(0x1000));
	EXPECT_EQ(10u, Claim(1));
	EXPECT_FALSE(line_[1]);
	EXPECT_EQ(0u, Read(0x1000));
	EXPECT_EQ(0u, Claim(1)) << "served already";
	Level(10, false);
	Complete(1, 10);
	EXPECT_FALSE(line_[1]);
}

TEST_F(Plic, LevelThatStaysComesAgain)
{
	Enable(1, 10, 1);
	Level(10, true);
	EXPECT_EQ(10u, Claim(1));
	Complete(1, 10);
	EXPECT_TRUE(line_[1]);
	EXPECT_EQ(10u, Claim(1));
	Level(10, false);
	Level(10, true);
	EXPECT_FALSE(line_[1]) << "not before its completion";
	Complete(1, 10);
	EXPECT_TRUE(line_[1]);
}

TEST_F(Plic, RequestOutlivesItsLevel)
{
	Enable(1, 10, 1);
	Level(10, true);
	Level(10, false);
	EXPECT_TRUE(line_[1]);
	EXPECT_EQ(10u, Claim(1));
	Complete(1, 10);
	EXPECT_FALSE(line_[1]);
}

TEST_F(Plic, PriorityDecidesThenTheLowerNumber)
{
	for (uint32_t source : { 3u, 40u, 64u, 96u }) {
		Enable(1, source, 2);
		Level(source, true);
	}
	Write(4 * 64, 7);
	EXPECT_EQ(64u, Claim(1));
	EXPECT_EQ(3u, Claim(1));
	EXPECT_EQ(40u, Claim(1));
	EXPECT_EQ(96u, Claim(1));
	EXPECT_EQ(0u, Claim(1));
}

TEST_F(Plic, ThresholdMasksTheLineButNotTheClaim)
{
	Enable(1, 10, 3);
	Threshold(1, 3);
	Level(10, true);
	EXPECT_FALSE(line_[1]);
	Threshold(1, 2);
	EXPECT_TRUE(line_[1]);
	Threshold(1, 7);
	EXPECT_FALSE(line_[1]);
	EXPECT_EQ(10u, Claim(1));
}

TEST_F(Plic, PriorityZeroIsNever)
{
	Enable(1, 10, 0);
	Level(10, true);
	EXPECT_FALSE(line_[1]);
	EXPECT_EQ(0u, Claim(1));
	Write(4 * 10, 1);
	EXPECT_TRUE(line_[1]);
}

TEST_F(Plic, SeveralContextsSeeOneRequestOnce)
{
	Enable(1, 10, 1);
	Enable(3, 10, 1);
	Level(10, true);
	EXPECT_TRUE(line_[1]);
	EXPECT_TRUE(line_[3]);
	EXPECT_EQ(10u, Claim(3));
	EXPECT_FALSE(line_[1]);
	EXPECT_FALSE(line_[3]);
	EXPECT_EQ(0u, Claim(1));
	Complete(0, 10);
	EXPECT_FALSE(line_[1]) << "not enabled there: ignored";
	Complete(1, 10);
	EXPECT_TRUE(line_[1]) << "any context that has it enabled may";
}

TEST_F(Plic, DisablingHidesTheRequest)
{
	Enable(1, 10, 1);
	Level(10, true);
	Write(0x2080, 0);
	EXPECT_FALSE(line_[1]);
	EXPECT_EQ(0u, Claim(1));
	Write(0x2080, 1u << 10);
	EXPECT_TRUE(line_[1]);
}

TEST_F(Plic, FieldsKeepOnlyWhatExists)
{
	Write(0, 7);
	EXPECT_EQ(0u, Read(0)) << "source 0";
	Write(4 * 96, 0xffffffff);
	EXPECT_EQ(7u, Read(4 * 96));
	Write(4 * 97, 1);
	EXPECT_EQ(0u, Read(4 * 97));
	for (uint64_t word = 0; word < 32; word++) {
		Write(0x2000 + 4 * word, 0xffffffff);
		EXPECT_EQ(word == 0 ? 0xfffffffe : word < 3 ? 0xffffffff : word == 3 ? 1u : 0u,
			  Read(0x2000 + 4 * word));
	}
	Threshold(0, 0xffffffff);
	EXPECT_EQ(7u, Read(0x200000));
	Write(0x1000, 0xffffffff);
	EXPECT_EQ(0u, Read(0x1000)) << "pending bits are read-only";
	Write(0x2000 + 0x80 * kContexts, 2);
	EXPECT_EQ(0u, Read(0x2000 + 0x80 * kContexts)) << "no such context";
	Write(0x200000 + 0x1000 * kContexts, 2);
	EXPECT_EQ(0u, Read(0x200000 + 0x1000 * kContexts));
	EXPECT_EQ(0u, Read(0x200008));
	EXPECT_EQ(0u, Read(PLIC_SIZE - 4));
}

TEST_F(Plic, NonsenseIsHarmless)
{
	uint64_t value;

	for (uint32_t source : { 0u, 97u, 1000u, UINT32_MAX }) {
		Level(source, true);
		Complete(1, source);
	}
	for (uint32_t context = 0; context < kContexts; context++) {
		EXPECT_EQ(0u, Claim(context));
	}
	for (uint32_t width : { 1u, 2u, 8u }) {
		EXPECT_FALSE(plic_ops.read(&plic_, 0, width, &value));
		EXPECT_FALSE(plic_ops.write(&plic_, 0, width, 0));
	}
	EXPECT_FALSE(plic_ops.read(&plic_, 2, 4, &value));
	EXPECT_FALSE(plic_ops.read(&plic_, PLIC_SIZE, 4, &value));
}

// Against a slow model that follows the specification's words.
TEST_F(Plic, AgreesWithTheSpecificationInRandomOrder)
{
	std::mt19937 generator(7);
	auto random = [&](uint32_t below) { return static_cast<uint32_t>(generator() % below); };
	uint32_t priority[97] = {}, threshold[kContexts] = {};
	bool enabled[kContexts][97] = {}, level[97] = {}, pending[97] = {}, served[97] = {};

	auto best = [&](uint32_t context, uint32_t above) {
		uint32_t found = 0, highest = above;
		for (uint32_t s = 1; s <= 96; s++) {
			if (pending[s] && enabled[context][s] && priority[s] > highest) {
				highest = priority[s];
				found = s;
			}
		}
		return found;
	};
	for (int step = 0; step < 20000; step++) {
		const uint32_t s = 1 + random(96), c = random(kContexts);
		const uint64_t word = 0x2000 + 0x80 * c + s / 32 * 4;

		switch (random(6)) {
		case 0:
			priority[s] = random(8);
			Write(4 * s, priority[s]);
			break;
		case 1:
			enabled[c][s] = random(4) != 0;
			Write(word, enabled[c][s] ? Read(word) | 1u << s % 32 :
						    Read(word) & ~(1u << s % 32));
			break;
		case 2:
			threshold[c] = random(8);
			Threshold(c, threshold[c]);
			break;
		case 3:
			level[s] = random(2) != 0;
			Level(s, level[s]);
			pending[s] = pending[s] || (level[s] && !served[s]);
			break;
		case 4: {
			const uint32_t expected = best(c, 0);
			ASSERT_EQ(expected, Claim(c)) << "step " << step;
			if (expected != 0) {
				pending[expected] = false;
				served[expected] = true;
			}
			break;
		}
		default:
			Complete(c, s);
			if (enabled[c][s]) {
				served[s] = false;
				pending[s] = pending[s] || level[s];
			}
			break;
		}
		for (uint32_t i = 0; i < kContexts; i++) {
			ASSERT_EQ(best(i, threshold[i]) != 0, line_[i]) << "step " << step;
		}
	}
}

// ---------------------------------------------------------------- test finisher

TEST(TestFinisher, EndsByTheLowHalfOfItsRegister)
{
	std::vector<std::pair<test_finisher_end, uint32_t>> ends;
	test_finisher finisher = {
		[](void *ctx, test_finisher_end end, uint32_t code) {
			static_cast<decltype(ends) *>(ctx)->push_back({ end, code });
		},
		&ends,
	};
	uint64_t value = 1;

	EXPECT_TRUE(test_finisher_ops.write(&finisher, 0, 4, 0x5555));
	EXPECT_TRUE(test_finisher_ops.write(&finisher, 0, 4, 0x00073333));
	EXPECT_TRUE(test_finisher_ops.write(&finisher, 0, 2, 0x7777));
	EXPECT_TRUE(test_finisher_ops.write(&finisher, 0, 4, 0));
	EXPECT_TRUE(test_finisher_ops.write(&finisher, 0, 4, 0x55550000));
	EXPECT_TRUE(test_finisher_ops.write(&finisher, 4, 4, 0x5555));
	EXPECT_FALSE(test_finisher_ops.write(&finisher, 0, 8, 0x5555));
	EXPECT_FALSE(test_finisher_ops.write(&finisher, 0, 1, 0x55));
	EXPECT_TRUE(test_finisher_ops.read(&finisher, 0, 4, &value));
	EXPECT_EQ(0u, value);
	EXPECT_FALSE(test_finisher_ops.read(&finisher, 0, 8, &value));
	EXPECT_EQ((decltype(ends){ { TEST_FINISHER_PASS, 0 },
				   { TEST_FINISHER_FAIL, 7 },
				   { TEST_FINISHER_RESET, 0 } }),
		  ends);
}

} // namespace
