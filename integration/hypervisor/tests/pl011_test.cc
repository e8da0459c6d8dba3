// SPDX-License-Identifier: Apache-2.0
// The emulated PL011 as a driver sees it (ARM DDI 0183G, 3.3).
#include <cstdint>
#include <deque>
#include <random>
#include <string>

#include "gtest/gtest.h"

extern "C" {
#include "integration/hypervisor/devices/pl011.h"
}

namespace {

constexpr uint32_t kDr = 0, kRsr = 4, kFr = 0x18, kIlpr = 0x20, kIbrd = 0x24, kFbrd = 0x28, kLcrH = 0x2c;
constexpr uint32_t kCr = 0x30, kIfls = 0x34, kImsc = 0x38, kRis = 0x3c, kMis = 0x40, kIcr = 0x44;
constexpr uint32_t kDmacr = 0x48;
constexpr uint32_t kRxEmpty = 0x10, kTxFull = 0x20, kRxFull = 0x40, kTxEmpty = 0x80;
constexpr uint32_t kFifoOn = 0x10, kRx = 0x10, kTx = 0x20, kTimeout = 0x40;

class Pl011 : public ::testing::Test {
    protected:
	void SetUp() override { pl011_init(&uart_, &kOps, this); }

	uint32_t Read(uint32_t offset) { return pl011_read(&uart_, offset); }
	void Write(uint32_t offset, uint32_t value) { pl011_write(&uart_, offset, value); }
	void Receive(const std::string &text)
	{
		for (char character : text) {
			pl011_receive(&uart_, static_cast<uint8_t>(character));
		}
	}

	static void Put(void *ctx, uint8_t character)
	{
		static_cast<Pl011 *>(ctx)->sent_ += static_cast<char>(character);
	}
	static void SetLine(void *ctx, bool high)
	{
		Pl011 *self = static_cast<Pl011 *>(ctx);

		EXPECT_NE(self->line_, high) << "called when it changes";
		self->line_ = high;
	}

	static const pl011_ops kOps;
	pl011 uart_;
	std::string sent_;
	bool line_ = false;
};

const pl011_ops Pl011::kOps = { Put, SetLine };

TEST_F(Pl011, Reset)
{
	EXPECT_EQ(kRxEmpty | kTxEmpty, Read(kFr));
	EXPECT_EQ(0x300u, Read(kCr));
	EXPECT_EQ(0x12u, Read(kIfls));
	for (uint32_t offset : { kDr, kRsr, kIlpr, kIbrd, kFbrd, kLcrH, kImsc, kRis, kMis, kIcr, kDmacr }) {
		EXPECT_EQ(0u, Read(offset)) << std::hex << offset;
	}
	const uint32_t ids[] = { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	for (uint32_t n = 0; n < 8; n++) {
		Write(0xfe0 + 4 * n, 0xff);
		EXPECT_EQ(ids[n], Read(0xfe0 + 4 * n));
		EXPECT_EQ(0u, Read(0xfe0 + 4 * n + 1)) << "not at the word's own offset";
	}
}

TEST_F(Pl011, RegistersKeepTheBitsThatThereAre)
{
	struct {
		uint32_t offset, mask;
	} const registers[] = { { kIlpr, 0xff },   { kIbrd, 0xffff }, { kFbrd, 0x3f },  { kLcrH, 0xff },
				{ kCr, 0xffff }, { kIfls, 0x3f },   { kImsc, 0x7ff }, { kDmacr, 7 } };

	for (const auto &one : registers) {
		Write(one.offset, 0xffffffff);
		EXPECT_EQ(one.mask, Read(one.offset)) << std::hex << one.offset;
		Write(one.offset, 0);
		EXPECT_EQ(0u, Read(one.offset)) << std::hex << one.offset;
	}
	for (uint32_t offset : { kFr, kRis, kMis, 8u, 0x10u, 0x4cu, 0x80u, 0xfdcu }) {
		const uint32_t before = Read(offset);

		Write(offset, 0xffffffff);
		EXPECT_EQ(before, Read(offset)) << std::hex << offset;
	}
}

TEST_F(Pl011, SendsAtOnce)
{
	for (char character : std::string("hello")) {
		Write(kDr, static_cast<uint32_t>(character) | 0xf00);
		EXPECT_EQ(kTxEmpty, Read(kFr) & (kTxEmpty | kTxFull));
	}
	EXPECT_EQ("hello", sent_);
	EXPECT_EQ(kTx, Read(kRis));
	EXPECT_EQ(0u, Read(kMis));
	EXPECT_FALSE(line_);
	Write(kImsc, kTx);
	EXPECT_TRUE(line_);
	EXPECT_EQ(kTx, Read(kMis));
	Write(kIcr, kRx);
	EXPECT_TRUE(line_) << "another one's bit";
	Write(kIcr, kTx);
	EXPECT_FALSE(line_);
	EXPECT_EQ(0u, Read(kRis));
	Write(kDr, 'x');
	EXPECT_TRUE(line_) << "it is empty again";
	Write(kImsc, 0);
	EXPECT_FALSE(line_);
}

TEST_F(Pl011, OneCharacterWithoutFifo)
{
	Write(kImsc, kRx);
	Receive("ab");
	EXPECT_TRUE(line_);
	EXPECT_EQ(kRxFull, Read(kFr) & (kRxFull | kRxEmpty));
	EXPECT_FALSE(pl011_can_receive(&uart_));
	EXPECT_EQ(static_cast<uint32_t>('a'), Read(kDr));
	EXPECT_FALSE(line_);
	EXPECT_EQ(kRxEmpty, Read(kFr) & (kRxFull | kRxEmpty)) << "the second one found no room";
	EXPECT_EQ(0u, Read(kDr));
}

TEST_F(Pl011, TheFifoHasFiveTriggers)
{
	const uint32_t levels[] = { 4, 8, 16, 24, 28 };

	for (uint32_t select = 0; select < 5; select++) {
		Write(kLcrH, 0);
		Write(kLcrH, kFifoOn);
		Write(kIfls, select << 3);
		for (uint32_t count = 1; count <= PL011_FIFO; count++) {
			Receive("c");
			EXPECT_EQ(count >= levels[select], (Read(kRis) & kRx) != 0) << select << " " << count;
			EXPECT_NE(0u, Read(kRis) & kTimeout) << "fewer are noticed too";
			EXPECT_EQ(count == PL011_FIFO, (Read(kFr) & kRxFull) != 0);
		}
		for (uint32_t count = PL011_FIFO; count-- > 0;) {
			Read(kDr);
			EXPECT_EQ(count >= levels[select], (Read(kRis) & kRx) != 0) << select << " " << count;
			EXPECT_EQ(count > 0, (Read(kRis) & kTimeout) != 0);
		}
	}
}

TEST_F(Pl011, TurningTheFifoOnOrOffEmptiesIt)
{
	Write(kImsc, kRx | kTimeout);
	Write(kLcrH, kFifoOn);
	Receive("abc");
	EXPECT_TRUE(line_);
	Write(kLcrH, kFifoOn | 0x60);
	EXPECT_TRUE(line_) << "the word length is another matter";
	Write(kLcrH, 0x60);
	EXPECT_FALSE(line_);
	EXPECT_NE(0u, Read(kFr) & kRxEmpty);
}

// What goes in comes out in order, nothing else, whatever is written meanwhile; the line is always
// what the interrupt registers say.
TEST_F(Pl011, RandomAccesses)
{
	std::mt19937 random(5);
	auto below = [&random](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
	std::deque<uint8_t> model;
	bool fifo = false;

	for (int step = 0; step < 100000 && !HasFailure(); step++) {
		switch (below(6)) {
		case 0: {
			const uint8_t character = static_cast<uint8_t>(random());
			const bool room = model.size() < (fifo ? PL011_FIFO : 1);

			EXPECT_EQ(room, pl011_can_receive(&uart_));
			pl011_receive(&uart_, character);
			if (room) {
				model.push_back(character);
			}
			break;
		}
		case 1:
			EXPECT_EQ(model.empty(), (Read(kFr) & kRxEmpty) != 0);
			EXPECT_EQ(model.empty() ? 0u : model.front(), Read(kDr));
			if (!model.empty()) {
				model.pop_front();
			}
			break;
		case 2:
			Write(below(PL011_SIZE / 4) * 4, static_cast<uint32_t>(random()));
			break;
		case 3:
			Write(kIcr, static_cast<uint32_t>(random()));
			break;
		case 4:
			Write(kImsc, below(0x800));
			break;
		default:
			// Mostly on, and rarely changed.
			Write(kLcrH, below(30) == 0 ? 0 : kFifoOn);
			break;
		}
		const bool on = (Read(kLcrH) & kFifoOn) != 0;
		if (on != fifo) {
			fifo = on;
			model.clear();
		}
		EXPECT_EQ(Read(kRis) & Read(kImsc), Read(kMis));
		EXPECT_EQ(Read(kMis) != 0, line_);
	}
}

} // namespace
