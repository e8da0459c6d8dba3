// SPDX-License-Identifier: Apache-2.0
// The I/O APIC: which messages come of which lines and register accesses.
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

extern "C" {
#include "integration/hypervisor/devices/ioapic.h"
}

namespace {

constexpr uint64_t kSelect = 0x00;
constexpr uint64_t kWindow = 0x10;
constexpr uint32_t kEntries = 0x10;

constexpr uint32_t kLogical = 1u << 11;
constexpr uint32_t kActiveLow = 1u << 13;
constexpr uint32_t kRemoteIrr = 1u << 14;
constexpr uint32_t kLevel = 1u << 15;
constexpr uint32_t kMasked = 1u << 16;

class IoApic : public ::testing::Test {
    protected:
	IoApic()
	{
		ioapic_output output = { Deliver, this };
		ioapic_init(&ioapic_, 3, &output);
	}
	static bool Deliver(void *ctx, const ioapic_message *message)
	{
		auto *self = static_cast<IoApic *>(ctx);
		self->messages_.push_back(*message);
		return self->taken_;
	}
	uint32_t Read(uint32_t reg)
	{
		uint64_t value = 0;
		EXPECT_TRUE(ioapic_ops.write(&ioapic_, kSelect, 4, reg));
		EXPECT_TRUE(ioapic_ops.read(&ioapic_, kWindow, 4, &value));
		return static_cast<uint32_t>(value);
	}
	void Write(uint32_t reg, uint32_t value)
	{
		EXPECT_TRUE(ioapic_ops.write(&ioapic_, kSelect, 4, reg));
		EXPECT_TRUE(ioapic_ops.write(&ioapic_, kWindow, 4, value));
	}
	void Program(uint32_t input, uint32_t low, uint8_t destination = 0)
	{
		Write(kEntries + 2 * input + 1, static_cast<uint32_t>(destination) << 24);
		Write(kEntries + 2 * input, low);
	}
	uint32_t Low(uint32_t input) { return Read(kEntries + 2 * input); }
	void Line(uint32_t input, bool high) { ioapic_set_line(&ioapic_, input, high); }
	// The vectors of the messages since the last call.
	std::vector<int> Take()
	{
		std::vector<int> vectors;
		for (const ioapic_message &message : messages_) {
			vectors.push_back(message.vector);
		}
		messages_.clear();
		return vectors;
	}

	ioapic ioapic_;
	std::vector<ioapic_message> messages_;
	bool taken_ = true;
};

using Vectors = std::vector<int>;

TEST_F(IoApic, RegistersAfterReset)
{
	EXPECT_EQ(0x03000000u, Read(0)) << "id";
	EXPECT_EQ(0x00170011u, Read(1)) << "24 entries, version of the 82093AA";
	EXPECT_EQ(0x03000000u, Read(2)) << "arbitration";
	for (uint32_t input = 0; input < IOAPIC_INPUTS; input++) {
		EXPECT_EQ(kMasked, Low(input)) << input;
		EXPECT_EQ(0u, Read(kEntries + 2 * input + 1)) << input;
	}
}

TEST_F(IoApic, WhichBitsCanBeWritten)
{
	const struct {
		uint32_t reg, value, read;
	} cases[] = {
		{ 0, 0xffffffff, 0x0f000000 },
		{ 1, 0xffffffff, 0x00170011 },
		{ 2, 0, 0x0f000000 }, // follows the id
		{ 3, 0xffffffff, 0 },
		{ 0x0f, 0xffffffff, 0 },
		{ 0x10, 0xffffffff, 0x0001afff },
		{ 0x11, 0xffffffff, 0xff000000 },
		{ 0x3e, 0xffffffff, 0x0001afff },
		{ 0x3f, 0xffffffff, 0xff000000 },
		{ 0x40, 0xffffffff, 0 }, // the EOI register of later ones
		{ 0xff, 0xffffffff, 0 },
	};
	for (const auto &c : cases) {
		Write(c.reg, c.value);
		EXPECT_EQ(c.read, Read(c.reg)) << std::hex << c.reg;
	}
	EXPECT_EQ(Vectors{}, Take());
}

TEST_F(IoApic, WhichAccessesThereAre)
{
	for (uint64_t offset = 0; offset < 0x100; offset++) {
		for (uint32_t width : { 1u, 2u, 4u, 8u }) {
			const bool expected = (offset == kSelect && (width == 1 || width == 4)) ||
					      (offset == kWindow && width == 4);
			uint64_t value = 0;
			EXPECT_EQ(expected, ioapic_ops.read(&ioapic_, offset, width, &value))
				<< offset << ":" << width;
			EXPECT_EQ(expected, ioapic_ops.write(&ioapic_, offset, width, 1))
				<< offset << ":" << width;
		}
	}
	EXPECT_TRUE(ioapic_ops.write(&ioapic_, kSelect, 4, 0xabcdef01));
	uint64_t value = 0;
	EXPECT_TRUE(ioapic_ops.read(&ioapic_, kSelect, 4, &value));
	EXPECT_EQ(1u, value) << "8 bits of it exist";
}

TEST_F(IoApic, MessagesCarryTheEntry)
{
	const struct {
		uint32_t low;
		uint8_t destination;
		ioapic_message message;
	} cases[] = {
		{ 0x31, 0, { 0x31, IOAPIC_FIXED, 0, false, false } },
		{ 0x32 | kLogical, 0x0f, { 0x32, IOAPIC_FIXED, 0x0f, true, false } },
		{ 0x133, 0xff, { 0x33, IOAPIC_LOWEST_PRIORITY, 0xff, false, false } },
		{ 0x34 | kLevel, 1, { 0x34, IOAPIC_FIXED, 1, false, true } },
		{ 0x135 | kLevel | kLogical, 1, { 0x35, IOAPIC_LOWEST_PRIORITY, 1, true, true } },
		{ 0x200, 2, { 0, IOAPIC_SMI, 2, false, false } },
		{ 0x400, 2, { 0, IOAPIC_NMI, 2, false, false } },
		{ 0x400 | kLevel, 2, { 0, IOAPIC_NMI, 2, false, false } },
		{ 0x500 | kLevel, 2, { 0, IOAPIC_INIT, 2, false, false } },
		{ 0x700 | kLevel, 2, { 0, IOAPIC_EXTINT, 2, false, false } },
	};
	for (const auto &c : cases) {
		for (uint32_t input : { 0u, 7u, 23u }) {
			const std::string name = std::to_string(c.low) + " at " + std::to_string(input);
			Program(input, c.low, c.destination);
			Line(input, true);
			ASSERT_EQ(1u, messages_.size()) << name;
			EXPECT_EQ(c.message.vector, messages_[0].vector) << name;
			EXPECT_EQ(c.message.delivery, messages_[0].delivery) << name;
			EXPECT_EQ(c.message.destination, messages_[0].destination) << name;
			EXPECT_EQ(c.message.logical, messages_[0].logical) << name;
			EXPECT_EQ(c.message.level, messages_[0].level) << name;
			EXPECT_EQ(c.message.level, (Low(input) & kRemoteIrr) != 0) << name;
			Line(input, false);
			ioapic_end_of_interrupt(&ioapic_, messages_[0].vector);
			EXPECT_EQ(0u, Low(input) & kRemoteIrr) << name;
			messages_.clear();
			Program(input, kMasked);
		}
	}
}

// Each step: a line, an end of interrupt or a write of the entry, and the messages that come.
struct Step {
	enum { kLine, kEoi, kEntry } what;
	uint32_t value;
	size_t messages;
	bool remote_irr;
};

struct Sequence {
	const char *name;
	uint32_t entry;
	std::vector<Step> steps;
};

TEST_F(IoApic, EdgesAndLevels)
{
	const Sequence sequences[] = {
		{ "an edge counts once, and again when it comes again", 0x40,
		  { { Step::kLine, 1, 1, false }, { Step::kLine, 1, 0, false },
		    { Step::kLine, 0, 0, false }, { Step::kLine, 1, 1, false } } },
		{ "a falling edge", 0x40 | kActiveLow,
		  { { Step::kLine, 1, 0, false }, { Step::kLine, 0, 1, false },
		    { Step::kLine, 0, 0, false }, { Step::kLine, 1, 0, false } } },
		{ "a masked edge is lost", 0x40 | kMasked,
		  { { Step::kLine, 1, 0, false }, { Step::kEntry, 0x40, 0, false },
		    { Step::kLine, 0, 0, false }, { Step::kLine, 1, 1, false } } },
		{ "an end of interrupt does nothing to edges", 0x40,
		  { { Step::kLine, 1, 1, false }, { Step::kEoi, 0x40, 0, false } } },
		{ "a level asks again after its end", 0x40 | kLevel,
		  { { Step::kLine, 1, 1, true }, { Step::kLine, 1, 0, true },
		    { Step::kEoi, 0x40, 1, true }, { Step::kLine, 0, 0, true },
		    { Step::kEoi, 0x40, 0, false }, { Step::kLine, 1, 1, true } } },
		{ "a level that pulses while it is served is one", 0x40 | kLevel,
		  { { Step::kLine, 1, 1, true }, { Step::kLine, 0, 0, true },
		    { Step::kLine, 1, 0, true }, { Step::kEoi, 0x40, 1, true } } },
		{ "another vector's end does nothing", 0x40 | kLevel,
		  { { Step::kLine, 1, 1, true }, { Step::kEoi, 0x41, 0, true } } },
		{ "a masked level is served when it is unmasked", 0x40 | kLevel | kMasked,
		  { { Step::kLine, 1, 0, false }, { Step::kEntry, 0x40 | kLevel, 1, true } } },
		{ "a level masked while it is served", 0x40 | kLevel,
		  { { Step::kLine, 1, 1, true },
		    { Step::kEntry, 0x40 | kLevel | kMasked, 0, true },
		    { Step::kEoi, 0x40, 0, false },
		    { Step::kEntry, 0x40 | kLevel, 1, true } } },
		{ "to an edge and back ends a level", 0x40 | kLevel,
		  { { Step::kLine, 1, 1, true }, { Step::kEntry, 0x40 | kMasked, 0, false },
		    { Step::kEntry, 0x40 | kLevel, 1, true } } },
		{ "a low level", 0x40 | kLevel | kActiveLow | kMasked,
		  { { Step::kLine, 1, 0, false },
		    { Step::kEntry, 0x40 | kLevel | kActiveLow, 0, false },
		    { Step::kLine, 0, 1, true }, { Step::kLine, 1, 0, true },
		    { Step::kEoi, 0x40, 0, false } } },
		{ "remote IRR is not the guest's to write", 0x40 | kLevel,
		  { { Step::kEntry, 0x40 | kLevel | kRemoteIrr, 0, false },
		    { Step::kLine, 1, 1, true }, { Step::kEntry, 0x40 | kLevel, 0, true } } },
	};
	for (const Sequence &sequence : sequences) {
		Line(9, (sequence.entry & kActiveLow) != 0);
		Program(9, sequence.entry);
		messages_.clear();
		for (size_t i = 0; i < sequence.steps.size(); i++) {
			const Step &step = sequence.steps[i];
			const std::string at = sequence.name + (": step " + std::to_string(i));
			switch (step.what) {
			case Step::kLine: Line(9, step.value != 0); break;
			case Step::kEoi:
				ioapic_end_of_interrupt(&ioapic_, static_cast<uint8_t>(step.value));
				break;
			case Step::kEntry: Program(9, step.value); break;
			}
			EXPECT_EQ(step.messages, messages_.size()) << at;
			EXPECT_EQ(step.remote_irr, (Low(9) & kRemoteIrr) != 0) << at;
			messages_.clear();
		}
		Program(9, kMasked);
	}
}

TEST_F(IoApic, InputsThatShareAVector)
{
	Program(10, 0x50 | kLevel);
	Program(11, 0x50 | kLevel);
	Line(10, true);
	Line(11, true);
	EXPECT_EQ((Vectors{ 0x50, 0x50 }), Take());
	Line(10, false);
	ioapic_end_of_interrupt(&ioapic_, 0x50);
	EXPECT_EQ(Vectors{ 0x50 }, Take()) << "11 is still high";
	EXPECT_EQ(0u, Low(10) & kRemoteIrr);
	EXPECT_NE(0u, Low(11) & kRemoteIrr);
}

TEST_F(IoApic, ALevelThatNobodyTookWaits)
{
	Program(9, 0x40 | kLevel, 7);
	taken_ = false;
	Line(9, true);
	EXPECT_EQ(Vectors{ 0x40 }, Take());
	EXPECT_EQ(0u, Low(9) & kRemoteIrr);
	taken_ = true;
	Program(9, 0x40 | kLevel, 1);
	EXPECT_EQ(Vectors{ 0x40 }, Take()) << "it goes out with the new destination";
	EXPECT_NE(0u, Low(9) & kRemoteIrr);
}

TEST_F(IoApic, NoInputPastTheLast)
{
	Program(23, 0x40);
	Line(24, true);
	Line(UINT32_MAX, true);
	EXPECT_EQ(Vectors{}, Take());
}

} // namespace
