// SPDX-License-Identifier: Apache-2.0
// The emulated distributor and redistributors as a guest's driver sees them (IHI 0069H, 12.8 to
// 12.11), and what they tell the CPU interfaces.
#include <cstdint>
#include <map>
#include <random>
#include <utility>

#include "gtest/gtest.h"

extern "C" {
#include "integration/hypervisor/devices/gicv3.h"
}

namespace {

constexpr uint32_t kCtlr = 0, kTyper = 4, kIidr = 8, kPidr2 = 0xffe8, kRouter = 0x6000;
constexpr uint32_t kGroup = 0x80, kSetEnable = 0x100, kClearEnable = 0x180;
constexpr uint32_t kSetPending = 0x200, kClearPending = 0x280, kSetActive = 0x300, kClearActive = 0x380;
constexpr uint32_t kPriority = 0x400, kTargets = 0x800, kConfig = 0xc00, kGroupModifier = 0xd00;
constexpr uint32_t kSgiBase = 0x10000, kWaker = 0x14, kRedistTyper = 8;
constexpr uint32_t kCpus = 4;

// What a CPU interface was told of an interrupt.
struct AtCpu {
	gicv3_attributes attributes = {};
	bool pending = false;
	bool active = false;
	int raised = 0;
};

class Gicv3 : public ::testing::Test {
    protected:
	void SetUp() override { gicv3_init(&gic_, kCpus, &kOps, this); }

	uint64_t Read(uint32_t offset, uint32_t width = 4)
	{
		return gicv3_distributor_read(&gic_, offset, width);
	}
	void Write(uint32_t offset, uint64_t value, uint32_t width = 4)
	{
		gicv3_distributor_write(&gic_, offset, width, value);
	}
	uint64_t Reread(uint32_t cpu, uint32_t offset, uint32_t width = 4)
	{
		return gicv3_redistributor_read(&gic_, cpu, offset, width);
	}
	void Rewrite(uint32_t cpu, uint32_t offset, uint64_t value, uint32_t width = 4)
	{
		gicv3_redistributor_write(&gic_, cpu, offset, width, value);
	}
	void Route(uint32_t intid, uint64_t affinity) { Write(kRouter + 8 * intid, affinity, 8); }
	void Enable(uint32_t intid) { Write(kSetEnable + intid / 32 * 4, uint32_t{ 1 } << intid % 32); }
	void MakePending(uint32_t intid) { Write(kSetPending + intid / 32 * 4, uint32_t{ 1 } << intid % 32); }
	void Clear(uint32_t intid) { Write(kClearPending + intid / 32 * 4, uint32_t{ 1 } << intid % 32); }
	void MakeEdge(uint32_t intid)
	{
		const uint32_t at = kConfig + intid / 16 * 4;

		Write(at, Read(at) | uint32_t{ 2 } << intid % 16 * 2);
	}

	AtCpu &At(uint32_t cpu, uint32_t intid) { return at_[{ cpu, intid }]; }

	static void SetAttributes(void *ctx, uint32_t cpu, uint32_t intid, const gicv3_attributes *attributes)
	{
		EXPECT_LT(cpu, kCpus);
		EXPECT_LT(intid, GICV3_INTIDS);
		static_cast<Gicv3 *>(ctx)->At(cpu, intid).attributes = *attributes;
	}
	static void Raise(void *ctx, uint32_t cpu, uint32_t intid)
	{
		EXPECT_LT(cpu, kCpus);
		EXPECT_LT(intid, GICV3_INTIDS);
		static_cast<Gicv3 *>(ctx)->At(cpu, intid).pending = true;
		static_cast<Gicv3 *>(ctx)->At(cpu, intid).raised++;
	}
	static void Lower(void *ctx, uint32_t cpu, uint32_t intid)
	{
		EXPECT_LT(cpu, kCpus);
		static_cast<Gicv3 *>(ctx)->At(cpu, intid).pending = false;
	}
	static uint32_t Pending(void *ctx, uint32_t cpu, uint32_t index)
	{
		uint32_t bits = 0;

		for (const auto &[where, at] : static_cast<Gicv3 *>(ctx)->at_) {
			if (at.pending && where.first == cpu && where.second / 32 == index) {
				bits |= uint32_t{ 1 } << where.second % 32;
			}
		}
		return bits;
	}
	static uint32_t Active(void *ctx, uint32_t cpu, uint32_t index)
	{
		uint32_t bits = 0;

		EXPECT_LT(cpu, kCpus);
		EXPECT_LT(index, GICV3_WORDS);
		for (const auto &[where, at] : static_cast<Gicv3 *>(ctx)->at_) {
			if (at.active && where.first == cpu && where.second / 32 == index) {
				bits |= uint32_t{ 1 } << where.second % 32;
			}
		}
		return bits;
	}
	static void SetActive(void *ctx, uint32_t cpu, uint32_t index, uint32_t bits, bool active)
	{
		EXPECT_LT(cpu, kCpus);
		EXPECT_LT(index, GICV3_WORDS);
		for (uint32_t bit = 0; bit < 32; bit++) {
			if ((bits >> bit & 1) != 0) {
				static_cast<Gicv3 *>(ctx)->At(cpu, index * 32 + bit).active = active;
			}
		}
	}

	static const gicv3_ops kOps;
	gicv3 gic_;
	std::map<std::pair<uint32_t, uint32_t>, AtCpu> at_;
};

const gicv3_ops Gicv3::kOps = { SetAttributes, Raise, Lower, Pending, Active, SetActive };

TEST_F(Gicv3, Identifies)
{
	EXPECT_EQ(GICV3_INTIDS / 32 - 1, Read(kTyper) & 0x1f) << "ITLinesNumber";
	EXPECT_EQ(9u, Read(kTyper) >> 19 & 0x1f) << "IDbits";
	EXPECT_EQ(0u, Read(kTyper) >> 10 & 1) << "no Security Extensions";
	EXPECT_EQ(0u, Read(kTyper) >> 17 & 1) << "no LPIs";
	EXPECT_EQ(3u, Read(kPidr2) >> 4 & 0xf) << "ArchRev";
	EXPECT_EQ(0x43bu, Read(kIidr) & 0xfff);
	for (uint32_t offset : { kTyper, kIidr, kPidr2 }) {
		const uint64_t before = Read(offset);

		Write(offset, 0);
		EXPECT_EQ(before, Read(offset)) << "read only";
	}
	for (uint32_t cpu = 0; cpu < kCpus; cpu++) {
		const uint64_t typer = Reread(cpu, kRedistTyper, 8);

		EXPECT_EQ(cpu, typer >> 32) << "affinity";
		EXPECT_EQ(cpu, typer >> 8 & 0xffff) << "processor number";
		EXPECT_EQ(cpu + 1 == kCpus, (typer >> 4 & 1) != 0) << "last";
		EXPECT_EQ(0u, typer & 1) << "no physical LPIs";
		EXPECT_EQ(typer & 0xffffffff, Reread(cpu, kRedistTyper));
		EXPECT_EQ(typer >> 32, Reread(cpu, kRedistTyper + 4));
		EXPECT_EQ(3u, Reread(cpu, kPidr2) >> 4 & 0xf);
		EXPECT_EQ(0x43bu, Reread(cpu, 4) & 0xfff);
		EXPECT_EQ(0u, Reread(cpu, 0)) << "GICR_CTLR";
	}
	EXPECT_EQ(0u, Reread(kCpus, kRedistTyper, 8)) << "there is none";
}

TEST_F(Gicv3, ControlHasTwoGroups)
{
	EXPECT_EQ(0x50u, Read(kCtlr)) << "ARE, DS";
	Write(kCtlr, 0xffffffff);
	EXPECT_EQ(0x53u, Read(kCtlr));
	Write(kCtlr, 0);
	EXPECT_EQ(0x50u, Read(kCtlr)) << "neither can be cleared, RWP is 0 at once";
	// A group that is off is as if its interrupts were.
	Write(kGroup + 4, 1 << 8);
	Enable(40);
	Enable(41);
	EXPECT_FALSE(At(0, 40).attributes.enabled);
	Write(kCtlr, 2);
	EXPECT_TRUE(At(0, 40).attributes.enabled);
	EXPECT_FALSE(At(0, 40).attributes.group0);
	EXPECT_FALSE(At(0, 41).attributes.enabled);
	Write(kCtlr, 1);
	EXPECT_FALSE(At(0, 40).attributes.enabled);
	EXPECT_TRUE(At(0, 41).attributes.enabled);
	EXPECT_TRUE(At(0, 41).attributes.group0);
	Rewrite(2, kSgiBase + kSetEnable, 1 << 3);
	EXPECT_TRUE(At(2, 3).attributes.enabled);
	EXPECT_FALSE(At(1, 3).attributes.enabled) << "each CPU has its own";
	Write(kCtlr, 0);
	EXPECT_FALSE(At(2, 3).attributes.enabled);
}

TEST_F(Gicv3, WakerFollows)
{
	EXPECT_EQ(6u, Reread(1, kWaker));
	Rewrite(1, kWaker, 0);
	EXPECT_EQ(0u, Reread(1, kWaker));
	EXPECT_EQ(6u, Reread(2, kWaker));
	Rewrite(1, kWaker, 0xffffffff);
	EXPECT_EQ(6u, Reread(1, kWaker)) << "ProcessorSleep, ChildrenAsleep";
	Rewrite(1, kWaker, 4);
	EXPECT_EQ(0u, Reread(1, kWaker)) << "ChildrenAsleep is read only";
}

TEST_F(Gicv3, PrivateInterruptsAreTheRedistributors)
{
	const uint32_t blocks[] = { kGroup, kSetEnable, kClearEnable, kSetPending, kClearPending, kSetActive,
				    kClearActive, kPriority, kPriority + 28, kConfig, kConfig + 4 };

	for (uint32_t offset : blocks) {
		Write(offset, 0xffffffff);
		EXPECT_EQ(0u, Read(offset)) << std::hex << offset;
	}
	EXPECT_TRUE(at_.empty());
	Rewrite(1, kSgiBase + kGroup, 0xffff0000);
	Rewrite(1, kSgiBase + kPriority + 4, 0x80604020);
	EXPECT_EQ(0xffff0000u, Reread(1, kSgiBase + kGroup));
	EXPECT_EQ(0x80604020u, Reread(1, kSgiBase + kPriority + 4));
	EXPECT_EQ(0u, Reread(0, kSgiBase + kPriority + 4));
	EXPECT_EQ(0u, Read(kGroup));
	EXPECT_EQ(0u, Read(kPriority + 4));
	EXPECT_EQ(0x60, At(1, 6).attributes.priority);
	// SPIs are not to be had there.
	for (uint32_t offset : { kGroup + 4, kSetEnable + 4, kSetPending + 8, kPriority + 32, kConfig + 8 }) {
		Rewrite(1, kSgiBase + offset, 0xffffffff);
		EXPECT_EQ(0u, Reread(1, kSgiBase + offset)) << std::hex << offset;
		EXPECT_EQ(0u, Read(offset)) << std::hex << offset;
	}
	// Nor by an access that goes over the end of the private ones.
	Write(kPriority + 32, 0x11111111);
	Rewrite(1, kSgiBase + kPriority + 30, 0xffffffff);
	EXPECT_EQ(0u, Reread(1, kSgiBase + kPriority + 30));
	EXPECT_EQ(0x11111111u, Read(kPriority + 32));
}

TEST_F(Gicv3, ActiveInterruptsAreThoseOfTheCpus)
{
	At(2, 7).active = true;
	At(1, 27).active = true;
	At(3, 45).active = true;
	EXPECT_EQ(uint32_t{ 1 } << 7, Reread(2, kSgiBase + kSetActive));
	EXPECT_EQ(uint32_t{ 1 } << 7, Reread(2, kSgiBase + kClearActive));
	EXPECT_EQ(uint32_t{ 1 } << 27, Reread(1, kSgiBase + kSetActive));
	EXPECT_EQ(0u, Reread(0, kSgiBase + kSetActive));
	EXPECT_EQ(0u, Read(kSetActive)) << "private ones are not the distributor's";
	EXPECT_EQ(uint32_t{ 1 } << 13, Read(kSetActive + 4)) << "on whatever CPU";
	EXPECT_EQ(uint32_t{ 1 } << 13, Read(kClearActive + 4));
	EXPECT_EQ(0u, Read(kSetActive + 8));

	Rewrite(2, kSgiBase + kClearActive, 1 << 7);
	EXPECT_FALSE(At(2, 7).active);
	EXPECT_TRUE(At(1, 27).active);
	Rewrite(0, kSgiBase + kSetActive, 1 << 3);
	EXPECT_TRUE(At(0, 3).active);
	EXPECT_FALSE(At(1, 3).active);

	// Routed to CPU 1, but CPU 3 has it: it is active already.
	Route(45, 1);
	Route(46, 1);
	Route(47, 9); // nobody
	Write(kSetActive + 4, 7 << 13);
	EXPECT_FALSE(At(1, 45).active);
	EXPECT_TRUE(At(3, 45).active);
	EXPECT_TRUE(At(1, 46).active);
	EXPECT_EQ(uint32_t{ 3 } << 13, Read(kSetActive + 4));
	Write(kClearActive + 4, 1 << 13);
	EXPECT_FALSE(At(3, 45).active);
	EXPECT_EQ(uint32_t{ 1 } << 14, Read(kSetActive + 4)) << "a zero changes nothing";
	// Beyond the last INTID.
	Write(kSetActive + 16, 0xffffffff);
	EXPECT_EQ(0u, Read(kSetActive + 16));
}

TEST_F(Gicv3, EnablesAreSetAndCleared)
{
	Write(kCtlr, 3);
	Write(kSetEnable + 4, 0x0000ff00);
	Write(kSetEnable + 4, 0x00000001);
	EXPECT_EQ(0x0000ff01u, Read(kSetEnable + 4));
	Write(kClearEnable + 4, 0x00000f01);
	EXPECT_EQ(0x0000f000u, Read(kSetEnable + 4));
	EXPECT_EQ(0x0000f000u, Read(kClearEnable + 4)) << "reads the same";
	EXPECT_TRUE(At(0, 32 + 12).attributes.enabled);
	EXPECT_FALSE(At(0, 32 + 8).attributes.enabled);
	// Beyond the last INTID.
	Write(kSetEnable + 16, 0xffffffff);
	EXPECT_EQ(0u, Read(kSetEnable + 16));
	EXPECT_EQ(0u, Read(kSetEnable + 0x7c));
}

TEST_F(Gicv3, PrioritiesInEveryWidth)
{
	Write(kPriority + 40, 0xa0, 1);
	Write(kPriority + 42, 0x4030, 2);
	EXPECT_EQ(0x403000a0u, Read(kPriority + 40));
	Write(kPriority + 48, 0x8070605040302010, 8);
	EXPECT_EQ(0x8070605040302010u, Read(kPriority + 48, 8));
	EXPECT_EQ(0x70u, Read(kPriority + 54, 1));
	EXPECT_EQ(0x70, At(0, 54).attributes.priority);
	Write(kPriority + GICV3_INTIDS, 0xffffffff);
	EXPECT_EQ(0u, Read(kPriority + GICV3_INTIDS));
	Write(kPriority + 1020 - 4, 0xffffffff);
	EXPECT_EQ(0u, Read(kPriority + 1020 - 4));
}

TEST_F(Gicv3, WhatDoesNotFitIsIgnored)
{
	Write(kCtlr, 3, 1);
	Write(kCtlr, 3, 8);
	EXPECT_EQ(0x50u, Read(kCtlr));
	EXPECT_EQ(0u, Read(kCtlr, 8));
	EXPECT_EQ(0u, Read(kCtlr, 2));
	for (uint32_t width : { 1u, 2u, 8u }) {
		Write(kSetEnable + 8, 0xff, width);
		Write(kGroup + 8, 0xff, width);
		Write(kConfig + 16, 0xff, width);
		EXPECT_EQ(0u, Read(kSetEnable + 8, width));
	}
	EXPECT_EQ(0u, Read(kSetEnable + 8));
	EXPECT_EQ(0u, Read(kGroup + 8));
	EXPECT_EQ(0u, Read(kConfig + 16));
	Write(kSetEnable + 6, 0xffffffff);
	EXPECT_EQ(0u, Read(kSetEnable + 4));
	EXPECT_EQ(0u, Read(kSetEnable + 8));
	Rewrite(0, kWaker, 0, 1);
	EXPECT_EQ(6u, Reread(0, kWaker));
	EXPECT_EQ(0u, Reread(0, kRedistTyper, 2));
	// Registers of what there is not: GICv2's targets and SGIs, LPIs, the group modifier.
	for (uint32_t offset : { kTargets, kTargets + 32, 0xf00u, 0xf10u, 0x40u, 0x48u, kGroupModifier + 4 }) {
		Write(offset, 0xffffffff);
		EXPECT_EQ(0u, Read(offset)) << std::hex << offset;
	}
	for (uint32_t offset : { 0u, 0x10u, 0x40u, 0x70u, 0x78u, 0xa0u, kSgiBase + kGroupModifier }) {
		Rewrite(0, offset, 0xffffffff);
		EXPECT_EQ(0u, Reread(0, offset)) << std::hex << offset;
	}
}

TEST_F(Gicv3, ConfigurationOfEachKind)
{
	EXPECT_EQ(0xaaaaaaaau, Reread(0, kSgiBase + kConfig)) << "SGIs are edge-triggered";
	Rewrite(0, kSgiBase + kConfig, 0);
	EXPECT_EQ(0xaaaaaaaau, Reread(0, kSgiBase + kConfig)) << "for good";
	EXPECT_EQ(0u, Reread(0, kSgiBase + kConfig + 4));
	Rewrite(0, kSgiBase + kConfig + 4, 0xffffffff);
	EXPECT_EQ(0xaaaaaaaau, Reread(0, kSgiBase + kConfig + 4)) << "the lower bit is reserved";
	EXPECT_FALSE(At(0, 20).attributes.level);
	Write(kConfig + 8, 0x5555555d);
	EXPECT_EQ(8u, Read(kConfig + 8));
	EXPECT_FALSE(At(0, 33).attributes.level);
	Write(kConfig + 12, 0x80000000);
	EXPECT_EQ(0x80000000u, Read(kConfig + 12));
	EXPECT_FALSE(At(0, 63).attributes.level);
	EXPECT_EQ(8u, Read(kConfig + 8));
	Write(kConfig + GICV3_INTIDS / 4, 0xffffffff);
	EXPECT_EQ(0u, Read(kConfig + GICV3_INTIDS / 4));
}

TEST_F(Gicv3, RoutersAndWhereALevelGoes)
{
	Route(40, UINT64_MAX);
	EXPECT_EQ(0xffffffu, Read(kRouter + 320, 8)) << "no Aff3, no 1 of N";
	Route(40, 0);
	Write(kRouter + 324, 0xffffffff);
	EXPECT_EQ(0u, Read(kRouter + 324));
	Write(kRouter + 320, 2);
	EXPECT_EQ(2u, Read(kRouter + 320));
	Write(kRouter + 320, 1, 2);
	Write(kRouter + 322, 1);
	EXPECT_EQ(2u, Read(kRouter + 320, 8));
	EXPECT_EQ(0u, Read(kRouter + 322));
	Route(31, 3);
	EXPECT_EQ(0u, Read(kRouter + 31 * 8, 8)) << "a PPI has none";
	Write(kRouter + GICV3_INTIDS * 8, 3, 8);
	EXPECT_EQ(0u, Read(kRouter + GICV3_INTIDS * 8, 8));

	Write(kCtlr, 3);
	Write(kPriority + 40, 0x55, 1);
	Enable(40);
	EXPECT_TRUE(At(2, 40).attributes.enabled);
	EXPECT_FALSE(At(0, 40).pending);
	gicv3_set_line(&gic_, 40, true);
	EXPECT_TRUE(At(2, 40).pending);
	Route(40, 3);
	EXPECT_FALSE(At(2, 40).pending);
	EXPECT_TRUE(At(3, 40).pending);
	EXPECT_EQ(0x55, At(3, 40).attributes.priority);
	EXPECT_TRUE(At(3, 40).attributes.enabled);
	// To a CPU that there is not, and back: it waits.
	Route(40, 77);
	EXPECT_FALSE(At(3, 40).pending);
	EXPECT_EQ(1u << 8, Read(kSetPending + 4));
	Route(40, 1);
	EXPECT_TRUE(At(1, 40).pending);
	gicv3_set_line(&gic_, 40, false);
	EXPECT_FALSE(At(1, 40).pending);
	Route(40, 0x100);
	gicv3_set_line(&gic_, 40, true);
	gicv3_set_line(&gic_, 40, false);
	Route(40, 2);
	EXPECT_FALSE(At(2, 40).pending) << "the line is low again";
}

TEST_F(Gicv3, AnEdgeWaitsWhileNobodyGetsIt)
{
	MakeEdge(50);
	Route(50, 9);
	gicv3_set_line(&gic_, 50, true);
	gicv3_set_line(&gic_, 50, false);
	EXPECT_EQ(1u << 18, Read(kSetPending + 4));
	Route(50, 1);
	EXPECT_TRUE(At(1, 50).pending);
	EXPECT_EQ(1, At(1, 50).raised);
	EXPECT_EQ(1u << 18, Read(kSetPending + 4)) << "on CPU 1";
	At(1, 50).pending = false;
	EXPECT_EQ(0u, Read(kSetPending + 4)) << "which has taken it";
	// It was given to CPU 1, which may have taken it: another route raises nothing.
	gicv3_set_line(&gic_, 50, true);
	EXPECT_EQ(2, At(1, 50).raised);
	Route(50, 2);
	EXPECT_EQ(0, At(2, 50).raised);
	gicv3_cpu_start(&gic_, 2);
	EXPECT_EQ(0, At(2, 50).raised) << "its line is high, but that is no edge";
	// Waiting, and taken back.
	Route(50, 9);
	MakePending(50);
	Clear(50);
	Route(50, 2);
	EXPECT_EQ(0, At(2, 50).raised);
}

TEST_F(Gicv3, EdgesAndLevels)
{
	MakeEdge(60);
	gicv3_set_line(&gic_, 60, true);
	gicv3_set_line(&gic_, 60, true);
	EXPECT_EQ(1, At(0, 60).raised);
	gicv3_set_line(&gic_, 60, false);
	EXPECT_TRUE(At(0, 60).pending) << "the edge was there";
	gicv3_set_line(&gic_, 60, true);
	EXPECT_EQ(2, At(0, 60).raised);
	Clear(60);
	EXPECT_FALSE(At(0, 60).pending) << "a high line does not hold it";
	EXPECT_EQ(0u, Read(kSetPending + 4));
	// Now it is a level, and its line is high.
	Write(kConfig + 60 / 16 * 4, 0);
	EXPECT_TRUE(At(0, 60).pending);
	EXPECT_TRUE(At(0, 60).attributes.level);
	EXPECT_EQ(1u << 28, Read(kSetPending + 4));
	Clear(60);
	EXPECT_TRUE(At(0, 60).pending) << "its line asks";
	gicv3_set_line(&gic_, 60, false);
	EXPECT_FALSE(At(0, 60).pending);
}

// A level that software makes pending comes once, for no line would ever take it back.
TEST_F(Gicv3, ALevelMadePendingComesOnce)
{
	Write(kCtlr, 3);
	Enable(61);
	MakePending(61);
	EXPECT_TRUE(At(0, 61).pending);
	EXPECT_FALSE(At(0, 61).attributes.level) << "as an edge";
	EXPECT_EQ(0u, Read(kConfig + 61 / 16 * 4)) << "which the guest does not see";
	gicv3_set_line(&gic_, 61, true);
	EXPECT_TRUE(At(0, 61).attributes.level) << "a level again, when its line asks";
	gicv3_set_line(&gic_, 61, false);
	EXPECT_FALSE(At(0, 61).pending);
	MakePending(61);
	Clear(61);
	EXPECT_FALSE(At(0, 61).pending);
	EXPECT_TRUE(At(0, 61).attributes.level);
	// With its line high it is pending anyway, and stays a level.
	gicv3_set_line(&gic_, 61, true);
	MakePending(61);
	EXPECT_TRUE(At(0, 61).attributes.level);
	// A PPI.
	Rewrite(1, kSgiBase + kSetPending, 1 << 20);
	EXPECT_TRUE(At(1, 20).pending);
	EXPECT_FALSE(At(1, 20).attributes.level);
	EXPECT_FALSE(At(0, 20).pending);
	Rewrite(1, kSgiBase + kClearPending, 1 << 20);
	EXPECT_FALSE(At(1, 20).pending);
	EXPECT_TRUE(At(1, 20).attributes.level);
}

TEST_F(Gicv3, SgisAndBounds)
{
	gicv3_send_sgi(&gic_, 2, 15);
	EXPECT_TRUE(At(2, 15).pending);
	gicv3_send_sgi(&gic_, kCpus, 1);
	gicv3_send_sgi(&gic_, 0, 16);
	gicv3_set_line(&gic_, 31, true);
	gicv3_set_line(&gic_, GICV3_INTIDS, true);
	EXPECT_EQ(1u, at_.size()) << "neither such a CPU, nor such interrupts";
	Rewrite(kCpus, kSgiBase + kSetEnable, 0xffffffff);
	EXPECT_EQ(1u, at_.size());
}

// A CPU that starts is told all that holds for it.
TEST_F(Gicv3, AStartingCpuIsTold)
{
	Write(kCtlr, 3);
	Route(40, 2);
	Enable(40);
	gicv3_set_line(&gic_, 40, true);
	Rewrite(2, kSgiBase + kSetEnable, 1 << 27);
	Rewrite(2, kSgiBase + kPriority + 27, 0x33, 1);
	at_.clear();
	gicv3_cpu_start(&gic_, 2);
	EXPECT_EQ(33u, at_.size()) << "32 of its own, and an SPI";
	EXPECT_TRUE(At(2, 40).pending && At(2, 40).attributes.enabled);
	EXPECT_TRUE(At(2, 27).attributes.enabled);
	EXPECT_EQ(0x33, At(2, 27).attributes.priority);
	EXPECT_FALSE(At(2, 28).attributes.enabled);
}

// ---------------------------------------------------------------- against arrays

// Random accesses of any width anywhere: what reads back, and what the CPUs know, is what plain
// arrays say, whatever else was written before.
class Gicv3Model : public Gicv3, public ::testing::WithParamInterface<int> {};

TEST_P(Gicv3Model, ReadsWhatWasWritten)
{
	std::mt19937 random(static_cast<uint32_t>(GetParam()));
	auto below = [&random](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
	bool group[kCpus][GICV3_INTIDS] = {}, enabled[kCpus][GICV3_INTIDS] = {};
	bool edge[kCpus][GICV3_INTIDS] = {}, line[GICV3_INTIDS] = {};
	uint8_t priority[kCpus][GICV3_INTIDS] = {};
	bool was_edge[GICV3_INTIDS] = {};
	uint32_t route[GICV3_INTIDS] = {};
	uint32_t ctlr = 0;

	for (uint32_t cpu = 0; cpu < kCpus; cpu++) {
		for (uint32_t sgi = 0; sgi < 16; sgi++) {
			edge[cpu][sgi] = true;
		}
	}
	for (int step = 0; step < 4000 && !HasFailure(); step++) {
		const uint32_t intid = below(GICV3_INTIDS);
		const uint32_t cpu = intid < 32 ? below(kCpus) : 0;
		const uint32_t word = intid / 32 * 4;
		const uint32_t value = static_cast<uint32_t>(random());
		auto write = [&](uint32_t offset, uint32_t width = 4) {
			intid < 32 ? Rewrite(cpu, kSgiBase + offset, value, width) : Write(offset, value, width);
		};
		auto each = [&](auto change) {
			for (uint32_t bit = 0; bit < 32; bit++) {
				if ((value >> bit & 1) != 0) {
					change(intid / 32 * 32 + bit);
				}
			}
		};

		switch (below(9)) {
		case 0:
			write(kGroup + word);
			for (uint32_t bit = 0; bit < 32; bit++) {
				group[cpu][intid / 32 * 32 + bit] = (value >> bit & 1) != 0;
			}
			break;
		case 1:
			write(kSetEnable + word);
			each([&](uint32_t one) { enabled[cpu][one] = true; });
			break;
		case 2:
			write(kClearEnable + word);
			each([&](uint32_t one) { enabled[cpu][one] = false; });
			break;
		case 3:
			write(kPriority + intid, 1);
			priority[cpu][intid] = static_cast<uint8_t>(value);
			break;
		case 4:
			write(kConfig + intid / 16 * 4);
			for (uint32_t i = 0; i < 16 && intid >= 16; i++) {
				const uint32_t one = intid / 16 * 16 + i;

				edge[cpu][one] = (value >> (2 * i + 1) & 1) != 0;
				was_edge[one] = was_edge[one] || edge[cpu][one];
			}
			break;
		case 5:
			if (intid >= 32) {
				route[intid] = below(kCpus + 1);
				Route(intid, route[intid]);
			}
			break;
		case 6:
			ctlr = value & 3;
			Write(kCtlr, value);
			break;
		case 7:
			line[intid] = intid >= 32 && below(2) != 0;
			gicv3_set_line(&gic_, intid, line[intid]);
			break;
		default:
			// Anywhere, in a width that the registers there do not have.
			write(0x80 + below(0x380) / 4 * 4, 2);
			write(kConfig + below(0x400) / 4 * 4, 8);
			break;
		}

		// One word of each kind reads back.
		for (uint32_t bit = 0; bit < 32; bit++) {
			const uint32_t one = intid / 32 * 32 + bit;
			auto read = [&](uint32_t offset, uint32_t width = 4) {
				return intid < 32 ? Reread(cpu, kSgiBase + offset, width) : Read(offset, width);
			};

			EXPECT_EQ(group[cpu][one], (read(kGroup + word) >> bit & 1) != 0) << one;
			EXPECT_EQ(enabled[cpu][one], (read(kSetEnable + word) >> bit & 1) != 0) << one;
			EXPECT_EQ(priority[cpu][one], read(kPriority + one, 1)) << one;
			EXPECT_EQ(edge[cpu][one] ? 2u : 0u, read(kConfig + one / 16 * 4) >> one % 16 * 2 & 3) << one;
		}
		// The one that was touched is at its CPU as the arrays say.
		const uint32_t to = intid < 32 ? cpu : route[intid];
		if (to >= kCpus) {
			continue;
		}
		gicv3_cpu_start(&gic_, to);
		const AtCpu &at = At(to, intid);
		EXPECT_EQ(priority[cpu][intid], at.attributes.priority);
		EXPECT_EQ(group[cpu][intid], !at.attributes.group0);
		EXPECT_EQ(enabled[cpu][intid] && (ctlr >> group[cpu][intid] & 1) != 0, at.attributes.enabled);
		EXPECT_EQ(!edge[cpu][intid], at.attributes.level);
		// What was pending as an edge may stay so when it becomes a level (12.9.9, Int_config).
		if (!was_edge[intid] || (line[intid] && !edge[cpu][intid])) {
			EXPECT_EQ(line[intid], at.pending) << intid;
		}
	}
}

INSTANTIATE_TEST_SUITE_P(Seeds, Gicv3Model, ::testing::Range(0, 8));

} // namespace
