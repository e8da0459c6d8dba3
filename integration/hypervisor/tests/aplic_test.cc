// SPDX-License-Identifier: Apache-2.0
// The APLIC: from a wire's level to the message for a hart, by the AIA's rules for each mode.
#include <cstdint>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

extern "C" {
#include "integration/hypervisor/devices/aplic.h"
#include "integration/hypervisor/state_stream.h"
}

namespace {

constexpr uint64_t kDomaincfg = 0, kSourcecfg = 0x4, kSetip = 0x1c00, kSetipnum = 0x1cdc,
		   kInClrip = 0x1d00, kClripnum = 0x1ddc, kSetie = 0x1e00, kSetienum = 0x1edc,
		   kClrie = 0x1f00, kClrienum = 0x1fdc, kSetipnumLe = 0x2000, kSetipnumBe = 0x2004,
		   kGenmsi = 0x3000, kTarget = 0x3004;
using Messages = std::vector<std::pair<uint32_t, uint32_t>>;

class Aplic : public ::testing::Test {
    protected:
	void SetUp() override
	{
		const aplic_messages messages = { Send, this };

		aplic_init(&aplic_, &messages);
	}

	static void Send(void *ctx, uint32_t hart, uint32_t identity)
	{
		static_cast<Aplic *>(ctx)->sent_.emplace_back(hart, identity);
	}

	uint32_t Read(uint64_t offset)
	{
		uint64_t value = ~uint64_t{ 0 };

		EXPECT_TRUE(aplic_ops.read(&aplic_, offset, 4, &value)) << std::hex << offset;
		EXPECT_LE(value, UINT32_MAX);
		return static_cast<uint32_t>(value);
	}

	void Write(uint64_t offset, uint32_t value)
	{
		EXPECT_TRUE(aplic_ops.write(&aplic_, offset, 4, value)) << std::hex << offset;
	}

	void Level(uint32_t source, bool high) { aplic_set_level(&aplic_, source, high); }

	// A source that goes to a hart with its own number as identity.
	void Open(uint32_t source, uint32_t mode, uint32_t hart)
	{
		Write(kSourcecfg + 4 * (source - 1), mode);
		Write(kTarget + 4 * (source - 1), hart << 18 | source);
		Write(kSetienum, source);
	}

	Messages Sent()
	{
		Messages sent;

		sent.swap(sent_);
		return sent;
	}

	bool Bit(uint64_t first, uint32_t source)
	{
		return (Read(first + source / 32 * 4) >> (source % 32) & 1) != 0;
	}

	aplic aplic_;
	Messages sent_;
};

// As Linux does: set up, one message for a level, and another one if it is still high.
TEST_F(Aplic, ALevelIsSentOnceUntilItIsAskedFor)
{
	Write(kDomaincfg, 0x104);
	EXPECT_EQ(0x80000104u, Read(kDomaincfg));
	Open(10, APLIC_LEVEL1, 3);
	EXPECT_EQ(6u, Read(kSourcecfg + 36));
	EXPECT_EQ(3u << 18 | 10, Read(kTarget + 36));
	EXPECT_EQ(Messages(), Sent());
	Level(10, true);
	EXPECT_EQ((Messages{ { 3, 10 } }), Sent());
	EXPECT_FALSE(Bit(kSetip, 10));
	EXPECT_TRUE(Bit(kInClrip, 10));
	Level(10, true);
	Write(kDomaincfg, 0x104);
	EXPECT_EQ(Messages(), Sent());
	Write(kSetipnumLe, 10);
	EXPECT_EQ((Messages{ { 3, 10 } }), Sent());
	Write(kSetipnum, 10);
	EXPECT_EQ((Messages{ { 3, 10 } }), Sent());
	Level(10, false);
	Write(kSetipnumLe, 10);
	EXPECT_EQ(Messages(), Sent());
	Level(10, true);
	EXPECT_EQ((Messages{ { 3, 10 } }), Sent());
}

// What is held back by an enable bit waits, and a level that falls meanwhile waits no more.
TEST_F(Aplic, HeldBack)
{
	Open(5, APLIC_LEVEL1, 0);
	Open(6, APLIC_EDGE1, 1);
	Level(5, true);
	Level(6, true);
	EXPECT_EQ(0x60u, Read(kSetip));
	EXPECT_EQ(0x60u, Read(kSetie));
	EXPECT_EQ(Messages(), Sent());
	Level(5, false);
	Level(6, false);
	EXPECT_EQ(0x40u, Read(kSetip));
	Write(kClrienum, 6);
	Write(kDomaincfg, 0x100);
	EXPECT_EQ(Messages(), Sent());
	Write(kSetie, 0x40);
	EXPECT_EQ((Messages{ { 1, 6 } }), Sent());
	Write(kClrie, 0x60);
	EXPECT_EQ(0u, Read(kSetie));
	Level(5, true);
	Write(kClripnum, 5);
	Level(6, true);
	Write(kInClrip, 0x40);
	Write(kSetie, 0x60);
	EXPECT_EQ(Messages(), Sent());
}

TEST_F(Aplic, OtherModes)
{
	Write(kDomaincfg, 0x100);
	Open(1, APLIC_DETACHED, 0);
	Level(1, true);
	EXPECT_FALSE(Bit(kInClrip, 1));
	EXPECT_EQ(Messages(), Sent());
	Write(kSetip, 2);
	EXPECT_EQ((Messages{ { 0, 1 } }), Sent());
	Open(33, APLIC_EDGE0, 2);
	Level(33, true);
	EXPECT_EQ(Messages(), Sent());
	Level(33, false);
	EXPECT_EQ((Messages{ { 2, 33 } }), Sent());
	Write(kSetip + 4, 2);
	EXPECT_EQ((Messages{ { 2, 33 } }), Sent());
	// Low already: it is told of once its target is there.
	Write(kSourcecfg + 4 * 95, APLIC_LEVEL0);
	EXPECT_TRUE(Bit(kSetip, 96));
	Write(kTarget + 4 * 95, 7 << 18 | 0x7ff);
	Write(kSetie + 12, 1);
	EXPECT_EQ((Messages{ { 7, 0x7ff } }), Sent());
}

TEST_F(Aplic, AnInactiveSourceHasNothing)
{
	Write(kDomaincfg, 0x100);
	Write(kTarget, UINT32_MAX);
	Write(kSetienum, 1);
	Write(kSetipnum, 1);
	EXPECT_EQ(0u, Read(kTarget));
	EXPECT_EQ(0u, Read(kSetie));
	EXPECT_EQ(0u, Read(kSetip));
	// Fields that are there: no guest index, no bit 11.
	Write(kSourcecfg, APLIC_DETACHED);
	Write(kTarget, UINT32_MAX);
	EXPECT_EQ(0xfffc07ffu, Read(kTarget));
	Write(kSetienum, 1);
	for (uint32_t none : { 0u, 2u, 3u, 0x401u, 0x400u }) {
		Write(kSourcecfg, APLIC_DETACHED);
		Write(kSourcecfg, none);
		EXPECT_EQ(0u, Read(kSourcecfg)) << none;
		EXPECT_EQ(0u, Read(kTarget)) << none;
		EXPECT_EQ(0u, Read(kSetie)) << none;
	}
	EXPECT_EQ(Messages(), Sent());
}

TEST_F(Aplic, MessagesOfItsOwn)
{
	Write(kGenmsi, UINT32_MAX);
	EXPECT_EQ((Messages{ { 0x3fff, 0x7ff } }), Sent());
	EXPECT_EQ(0xfffc07ffu, Read(kGenmsi)) << "and never busy";
	Write(kGenmsi, 2 << 18 | 9);
	EXPECT_EQ((Messages{ { 2, 9 } }), Sent());
}

TEST_F(Aplic, WhatIsNotThere)
{
	uint64_t value;

	Write(kDomaincfg, UINT32_MAX);
	EXPECT_EQ(0x80000104u, Read(kDomaincfg));
	for (uint64_t offset : { uint64_t{ 0x184 }, uint64_t{ 0x1bc0 }, uint64_t{ 0x1bcc }, uint64_t{ 0x1c10 },
				 uint64_t{ 0x1e10 }, uint64_t{ 0x2008 }, uint64_t{ 0x3184 }, uint64_t{ 0x3ffc },
				 kSetipnum, kClripnum, kSetienum, kClrienum, kSetipnumLe, kSetipnumBe, kClrie }) {
		Write(offset, UINT32_MAX);
		EXPECT_EQ(0u, Read(offset)) << std::hex << offset;
	}
	for (uint32_t source : { 0u, 97u, 1024u, UINT32_MAX }) {
		Level(source, true);
		for (uint64_t by_number : { kSetipnum, kClripnum, kSetienum, kClrienum, kSetipnumLe, kSetipnumBe }) {
			Write(by_number, source);
		}
	}
	for (uint64_t word = 0; word < 4; word++) {
		EXPECT_EQ(0u, Read(kSetip + 4 * word));
		EXPECT_EQ(0u, Read(kSetie + 4 * word));
		EXPECT_EQ(0u, Read(kInClrip + 4 * word));
	}
	for (uint32_t width : { 1u, 2u, 8u }) {
		EXPECT_FALSE(aplic_ops.read(&aplic_, 0, width, &value));
		EXPECT_FALSE(aplic_ops.write(&aplic_, 0, width, 0));
	}
	EXPECT_FALSE(aplic_ops.read(&aplic_, 2, 4, &value));
	EXPECT_FALSE(aplic_ops.write(&aplic_, APLIC_SIZE, 4, 0));
	EXPECT_EQ(Messages(), Sent());
}

// Against a slow model that has the rules of 4.7 one by one, a source at a time.
TEST_F(Aplic, AgreesWithTheSpecificationInRandomOrder)
{
	struct Source {
		uint32_t mode = 0, target = 0;
		bool wire = false, pending = false, enabled = false;

		bool Input() const { return mode >= 4 && wire == (mode % 2 == 0); }
		bool IsLevel() const { return mode >= 6; }
	};
	std::mt19937 generator(11);
	auto random = [&](uint32_t below) { return static_cast<uint32_t>(generator() % below); };
	Source sources[97];
	Messages expected;
	bool open = false;

	for (int step = 0; step < 4000; step++) {
		const uint32_t number = random(6) == 0 ? random(1030) : 1 + random(96);
		const bool exists = number >= 1 && number <= 96;
		Source none, &source = exists ? sources[number] : none;
		const uint32_t value = static_cast<uint32_t>(generator());
		const uint64_t words[] = { kSetip, kInClrip, kSetie, kClrie };
		const uint64_t numbers[] = { kSetipnum, kClripnum, kSetienum, kClrienum };

		switch (const uint32_t what = random(8)) {
		case 0:
			open = random(4) != 0;
			Write(kDomaincfg, (value & ~0x100u) | (open ? 0x100u : 0u));
			break;
		case 1:
			if (number == 0 || number > 1023) {
				continue;
			}
			Write(kSourcecfg + 4 * (number - 1), value & 0x407u);
			source.mode = (value & 0x400) != 0 || (value & 7) == 2 || (value & 7) == 3 ? 0 : value & 7;
			if (source.mode == 0) {
				source.pending = source.enabled = false;
				source.target = 0;
			} else if (source.IsLevel()) {
				source.pending = source.Input();
			}
			break;
		case 2:
			if (number == 0 || number > 1023) {
				continue;
			}
			Write(kTarget + 4 * (number - 1), value);
			source.target = source.mode != 0 ? value & 0xfffc07ff : 0;
			break;
		case 3:
		case 4: {
			const bool before = source.Input();

			source.wire = random(2) != 0;
			Level(number, source.wire);
			if (source.Input() && !before) {
				source.pending = true;
			} else if (source.IsLevel() && !source.Input()) {
				source.pending = false;
			}
			break;
		}
		default: {
			const uint32_t which = random(4), word = random(5);

			Write(what == 7 ? words[which] + 4 * word : numbers[which], what == 7 ? value : number);
			for (uint32_t s = 1; s <= 96; s++) {
				if (what == 7 ? s / 32 != word || (value >> (s % 32) & 1) == 0 : s != number) {
					continue;
				}
				Source &one = sources[s];
				if (which == 0 && one.mode != 0 && (!one.IsLevel() || one.Input())) {
					one.pending = true;
				} else if (which == 1) {
					one.pending = false;
				} else if (which == 2 && one.mode != 0) {
					one.enabled = true;
				} else if (which == 3) {
					one.enabled = false;
				}
			}
			break;
		}
		}
		for (uint32_t s = 1; s <= 96; s++) {
			if (open && sources[s].pending && sources[s].enabled) {
				sources[s].pending = false;
				expected.emplace_back(sources[s].target >> 18, sources[s].target & 0x7ff);
			}
			ASSERT_EQ(sources[s].pending, Bit(kSetip, s)) << step << " " << s;
			ASSERT_EQ(sources[s].enabled, Bit(kSetie, s)) << step << " " << s;
			ASSERT_EQ(sources[s].Input(), Bit(kInClrip, s)) << step << " " << s;
			ASSERT_EQ(sources[s].mode, Read(kSourcecfg + 4 * (s - 1))) << step << " " << s;
			ASSERT_EQ(sources[s].target, Read(kTarget + 4 * (s - 1))) << step << " " << s;
		}
		ASSERT_EQ(expected, Sent()) << step;
		expected.clear();
	}
}

} // namespace
