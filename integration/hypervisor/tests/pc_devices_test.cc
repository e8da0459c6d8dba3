// SPDX-License-Identifier: Apache-2.0
// A PC's interrupt controllers, timer and clock.
#include "gtest/gtest.h"

extern "C" {
#include "integration/hypervisor/devices/i8254.h"
#include "integration/hypervisor/devices/i8259.h"
#include "integration/hypervisor/devices/mc146818.h"
}

namespace {

class Pic : public ::testing::Test {
    protected:
	Pic()
	{
		i8259_init(&pic_);
		Init(false, 0x20, 4);
		Init(true, 0x28, 2);
	}
	void Init(bool slave, uint8_t base, uint8_t wiring, uint8_t icw4 = 1)
	{
		i8259_write(&pic_, slave, false, 0x11);
		i8259_write(&pic_, slave, true, base);
		i8259_write(&pic_, slave, true, wiring);
		i8259_write(&pic_, slave, true, icw4);
		i8259_write(&pic_, slave, true, 0);
	}
	void Pulse(uint32_t input)
	{
		i8259_set_line(&pic_, input, true);
		i8259_set_line(&pic_, input, false);
	}

	i8259 pic_;
};

TEST_F(Pic, MaskedAtPowerOn)
{
	i8259_init(&pic_);
	i8259_set_line(&pic_, 0, true);
	EXPECT_FALSE(i8259_output(&pic_));
	EXPECT_EQ(0xff, i8259_read(&pic_, false, true));
}

TEST_F(Pic, PriorityAndEndOfInterrupt)
{
	i8259_set_line(&pic_, 4, true);
	i8259_set_line(&pic_, 1, true);
	EXPECT_EQ(0x21, i8259_acknowledge(&pic_));
	EXPECT_FALSE(i8259_output(&pic_)) << "4 is lower than what is in service";
	i8259_set_line(&pic_, 0, true);
	EXPECT_EQ(0x20, i8259_acknowledge(&pic_)) << "0 is higher";
	i8259_write(&pic_, false, false, 0x0b); // read the ISR
	EXPECT_EQ(3, i8259_read(&pic_, false, false));
	i8259_write(&pic_, false, false, 0x20);
	i8259_write(&pic_, false, false, 0x20);
	EXPECT_EQ(0x24, i8259_acknowledge(&pic_));
	i8259_write(&pic_, false, false, 0x64); // specific
	EXPECT_EQ(0, i8259_read(&pic_, false, false));
}

TEST_F(Pic, AnEdgeCountsOnce)
{
	i8259_set_line(&pic_, 3, true);
	EXPECT_EQ(0x23, i8259_acknowledge(&pic_));
	i8259_write(&pic_, false, false, 0x20);
	EXPECT_FALSE(i8259_output(&pic_)) << "still high";
	i8259_set_line(&pic_, 3, false);
	i8259_set_line(&pic_, 3, true);
	EXPECT_TRUE(i8259_output(&pic_));
}

TEST_F(Pic, ALevelAsksAgain)
{
	i8259_write_elcr(&pic_, true, 0xff);
	EXPECT_EQ(0xde, i8259_read_elcr(&pic_, true)) << "8 and 13 are edges always";
	i8259_set_line(&pic_, 11, true);
	EXPECT_EQ(0x2b, i8259_acknowledge(&pic_));
	i8259_write(&pic_, true, false, 0x20);
	i8259_write(&pic_, false, false, 0x20);
	EXPECT_EQ(0x2b, i8259_acknowledge(&pic_));
	i8259_set_line(&pic_, 11, false);
	i8259_write(&pic_, true, false, 0x20);
	i8259_write(&pic_, false, false, 0x20);
	EXPECT_FALSE(i8259_output(&pic_));
}

TEST_F(Pic, SlaveThroughTheMastersInput2)
{
	i8259_set_line(&pic_, 8, true);
	i8259_write(&pic_, false, true, 4);
	EXPECT_FALSE(i8259_output(&pic_)) << "masked there";
	i8259_write(&pic_, false, true, 0);
	EXPECT_EQ(0x28, i8259_acknowledge(&pic_));
	i8259_write(&pic_, false, false, 0x20);
	i8259_set_line(&pic_, 9, true);
	EXPECT_FALSE(i8259_output(&pic_)) << "8 is in service at the slave";
	i8259_write(&pic_, true, false, 0x20);
	EXPECT_EQ(0x29, i8259_acknowledge(&pic_));
}

TEST_F(Pic, GoneBeforeItsAcknowledgeIsSpurious)
{
	Pulse(5);
	EXPECT_EQ(0x27, i8259_acknowledge(&pic_));
	i8259_write(&pic_, false, false, 0x0b);
	EXPECT_EQ(0, i8259_read(&pic_, false, false)) << "nothing is in service";
}

TEST_F(Pic, AutomaticEnd)
{
	Init(false, 0x40, 4, 3);
	i8259_set_line(&pic_, 6, true);
	EXPECT_EQ(0x46, i8259_acknowledge(&pic_));
	i8259_set_line(&pic_, 7, true);
	EXPECT_EQ(0x47, i8259_acknowledge(&pic_));
}

void Program(i8254 *pit, uint32_t counter, uint32_t mode, uint32_t count, uint64_t now)
{
	i8254_write(pit, 3, static_cast<uint8_t>(counter << 6 | 0x30 | mode << 1), now);
	i8254_write(pit, counter, static_cast<uint8_t>(count), now);
	i8254_write(pit, counter, static_cast<uint8_t>(count >> 8), now);
}

TEST(Pit, RateGenerator)
{
	i8254 pit;

	i8254_init(&pit);
	EXPECT_EQ(UINT64_MAX, i8254_next_edge(&pit, 0, 5)) << "not programmed";
	Program(&pit, 0, 2, 1000, 100);
	EXPECT_EQ(1100u, i8254_next_edge(&pit, 0, 100));
	EXPECT_EQ(1100u, i8254_next_edge(&pit, 0, 1099));
	EXPECT_EQ(2100u, i8254_next_edge(&pit, 0, 1100));
	EXPECT_TRUE(i8254_output(&pit, 0, 1098));
	EXPECT_FALSE(i8254_output(&pit, 0, 1099)) << "low for its last tick";
	i8254_write(&pit, 3, 0, 400); // latch counter 0
	EXPECT_EQ(700 & 0xff, i8254_read(&pit, 0, 900));
	EXPECT_EQ(700 >> 8, i8254_read(&pit, 0, 901));
}

TEST(Pit, OneShotAndGate)
{
	i8254 pit;

	i8254_init(&pit);
	Program(&pit, 0, 0, 50, 0);
	EXPECT_FALSE(i8254_output(&pit, 0, 49));
	EXPECT_TRUE(i8254_output(&pit, 0, 50));
	EXPECT_EQ(50u, i8254_next_edge(&pit, 0, 10));
	EXPECT_EQ(UINT64_MAX, i8254_next_edge(&pit, 0, 50));
	Program(&pit, 2, 0, 50, 100);
	EXPECT_FALSE(i8254_output(&pit, 2, 1000)) << "its gate is low";
	i8254_set_gate(&pit, 2, true, 1000);
	EXPECT_FALSE(i8254_output(&pit, 2, 1049));
	EXPECT_TRUE(i8254_output(&pit, 2, 1050));
}

TEST(Pit, ZeroIsTheFullCount)
{
	i8254 pit;

	i8254_init(&pit);
	Program(&pit, 0, 3, 0, 0);
	EXPECT_EQ(65536u, i8254_next_edge(&pit, 0, 0));
	EXPECT_TRUE(i8254_output(&pit, 0, 32767));
	EXPECT_FALSE(i8254_output(&pit, 0, 32768));
	i8254_write(&pit, 3, 0xe2, 0); // read back the status of counter 0
	EXPECT_EQ(0xb6, i8254_read(&pit, 0, 0)) << "output high, both bytes, mode 3";
}

TEST(Rtc, Date)
{
	mc146818 rtc;
	auto read = [&](uint8_t index, uint64_t seconds) {
		mc146818_write(&rtc, 0, index);
		return mc146818_read(&rtc, 1, seconds);
	};

	mc146818_init(&rtc);
	EXPECT_EQ(0x01, read(7, 0));
	EXPECT_EQ(0x20, read(9, 0));
	EXPECT_EQ(0x20, read(0x32, 0));
	EXPECT_EQ(4, read(6, 0)) << "a Wednesday";
	const uint64_t leap = (31 + 28) * 86400u + 23 * 3600 + 59 * 60 + 58;
	EXPECT_EQ(0x29, read(7, leap));
	EXPECT_EQ(0x02, read(8, leap));
	EXPECT_EQ(0x23, read(4, leap));
	EXPECT_EQ(0x59, read(2, leap));
	EXPECT_EQ(0x58, read(0, leap));
	EXPECT_EQ(0x03, read(8, leap + 2));
	EXPECT_EQ(0x21, read(9, 366 * 86400u));
	mc146818_write(&rtc, 0, 0x40);
	mc146818_write(&rtc, 1, 0xab);
	EXPECT_EQ(0xab, read(0xc0, 0)) << "the index has seven bits";
}

TEST(Rtc, FormatsOfRegisterB)
{
	mc146818 rtc;
	auto read = [&](uint8_t index, uint64_t seconds) {
		mc146818_write(&rtc, 0, index);
		return mc146818_read(&rtc, 1, seconds);
	};
	auto format = [&](uint8_t b) {
		mc146818_write(&rtc, 0, 0x0b);
		mc146818_write(&rtc, 1, b);
	};
	const uint64_t hour = 3600;

	mc146818_init(&rtc);
	format(0x06);
	EXPECT_EQ(23, read(4, 23 * hour)) << "binary";
	EXPECT_EQ(59, read(2, 59 * 60));
	EXPECT_EQ(31, read(7, 30 * 24 * hour));
	EXPECT_EQ(20, read(0x32, 0));
	format(0x00);
	EXPECT_EQ(0x12, read(4, 0)) << "midnight";
	EXPECT_EQ(0x11, read(4, 11 * hour));
	EXPECT_EQ(0x92, read(4, 12 * hour)) << "noon";
	EXPECT_EQ(0x91, read(4, 23 * hour));
	format(0x04);
	EXPECT_EQ(0x80 | 11, read(4, 23 * hour));
}

// A saved machine's clock may stand anywhere.
TEST(Rtc, AnyTimeIsReadAtOnce)
{
	mc146818 rtc;

	mc146818_init(&rtc);
	mc146818_write(&rtc, 0, 9);
	const uint64_t era = UINT64_C(146097) * 86400;
	EXPECT_EQ(0x20, mc146818_read(&rtc, 1, era)) << "2420";
	EXPECT_EQ(mc146818_read(&rtc, 1, UINT64_MAX % era), mc146818_read(&rtc, 1, UINT64_MAX));
}

} // namespace
