// SPDX-License-Identifier: Apache-2.0
// The local APIC: registers of both forms, priorities, timer, interrupts between CPUs.
#include "src/lapic.h"

#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "src/cpuid_policy.h"

namespace {

constexpr uint32_t kMasked = 0x10000, kPeriodic = 0x20000, kDeadline = 0x40000;
constexpr uint64_t kEnable = X86_APIC_BASE_ENABLE, kX2 = X86_APIC_BASE_X2APIC;

class Lapic {
public:
	explicit Lapic(uint32_t id = 0, bool x2apic = false, bool enabled = true, uint64_t hz = 0)
	{
		std::memset(&apic, 0xa5, sizeof(apic));
		x86_vcpu_lapic_reset(&apic, id, id == 0, hz);
		if (x2apic) {
			EXPECT_TRUE(x86_vcpu_lapic_set_base(&apic, apic.base | kX2, 48));
		}
		if (enabled)
			Write(X86_LAPIC_SVR, 0x1ff);
	}
	bool x2apic() const { return x86_lapic_is_x2apic(&apic); }
	x86_lapic_effect Write(uint32_t number, uint64_t value)
	{
		x86_lapic_effect effect;

		if (x2apic()) {
			EXPECT_TRUE(x86_vcpu_lapic_msr_write(&apic, number, value, now, &effect))
				<< number << " " << value;
		} else {
			x86_vcpu_lapic_page_write(&apic, number * 16, 4, value, now, &effect);
		}
		return effect;
	}
	uint64_t Read(uint32_t number)
	{
		uint64_t value = 0;

		if (!x2apic())
			return x86_vcpu_lapic_page_read(&apic, number * 16, 4, now);
		EXPECT_TRUE(x86_vcpu_lapic_msr_read(&apic, number, &value, now)) << number;
		return value;
	}
	// An IPI by its fields, as each form writes it.
	x86_lapic_effect Send(uint32_t destination, uint32_t low)
	{
		if (x2apic())
			return Write(X86_LAPIC_ICR, static_cast<uint64_t>(destination) << 32 | low);
		Write(X86_LAPIC_ICR_HIGH, destination << 24);
		return Write(X86_LAPIC_ICR, low);
	}
	int32_t Take()
	{
		const int32_t vector = x86_vcpu_lapic_pending(&apic);

		if (vector >= 0)
			x86_vcpu_lapic_accept(&apic, static_cast<uint32_t>(vector));
		return vector;
	}
	x86_lapic_effect Eoi() { return Write(X86_LAPIC_EOI, 0); }

	x86_lapic apic;
	uint64_t now = 1000;
};

TEST(Lapic, Reset)
{
	Lapic lapic(3, false, false);
	const struct {
		uint32_t number;
		uint64_t value;
	} cases[] = {
		{ X86_LAPIC_ID, 0x03000000 },	 { X86_LAPIC_VERSION, 0x50014 },
		{ X86_LAPIC_TPR, 0 },		 { X86_LAPIC_PPR, 0 },
		{ X86_LAPIC_LDR, 0 },		 { X86_LAPIC_DFR, 0xffffffff },
		{ X86_LAPIC_SVR, 0xff },	 { X86_LAPIC_ESR, 0 },
		{ X86_LAPIC_ICR, 0 },		 { X86_LAPIC_LVT_TIMER, kMasked },
		{ X86_LAPIC_LVT_THERMAL, kMasked }, { X86_LAPIC_LVT_PERFORMANCE, kMasked },
		{ X86_LAPIC_LVT_LINT0, kMasked }, { X86_LAPIC_LVT_LINT1, kMasked },
		{ X86_LAPIC_LVT_ERROR, kMasked }, { X86_LAPIC_TIMER_INITIAL, 0 },
		{ X86_LAPIC_TIMER_CURRENT, 0 },	 { X86_LAPIC_TIMER_DIVIDE, 0 },
	};

	for (const auto &c : cases)
		EXPECT_EQ(lapic.Read(c.number), c.value) << std::hex << c.number;
	for (uint32_t i = 0; i < 24; i++)
		EXPECT_EQ(lapic.Read(X86_LAPIC_ISR + i), 0u);
	EXPECT_EQ(lapic.apic.base, 0xfee00800u);
	EXPECT_EQ(Lapic(0).apic.base, 0xfee00900u) << "the bootstrap processor";
	EXPECT_EQ(x86_vcpu_lapic_pending(&lapic.apic), -1);
	EXPECT_EQ(x86_vcpu_lapic_deadline(&lapic.apic), UINT64_MAX);
}

TEST(Lapic, InitKeepsBaseAndId)
{
	Lapic lapic(0x123, true);

	lapic.Write(X86_LAPIC_TPR, 0x40);
	x86_vcpu_lapic_raise(&lapic.apic, 0x80);
	x86_vcpu_lapic_init(&lapic.apic);
	EXPECT_TRUE(lapic.x2apic());
	EXPECT_EQ(lapic.Read(X86_LAPIC_ID), 0x123u);
	EXPECT_EQ(lapic.Read(X86_LAPIC_LDR), 0x00120008u);
	EXPECT_EQ(lapic.Read(X86_LAPIC_TPR), 0u);
	EXPECT_EQ(lapic.Read(X86_LAPIC_SVR), 0xffu);
	EXPECT_EQ(x86_vcpu_lapic_requested(&lapic.apic), -1);
}

TEST(Lapic, BaseTransitions)
{
	const uint64_t page = X86_APIC_BASE_RESET;
	const struct {
		uint64_t from, to;
		bool good;
	} cases[] = {
		{ kEnable, kEnable, true },	{ kEnable, 0, true },
		{ kEnable, kEnable | kX2, true }, { kEnable, kX2, false },
		{ kEnable | kX2, kEnable | kX2, true }, { kEnable | kX2, kEnable, false },
		{ kEnable | kX2, 0, true },	{ kEnable | kX2, kX2, false },
		{ 0, 0, true },			{ 0, kEnable, true },
		{ 0, kEnable | kX2, false },	{ 0, kX2, false },
	};

	for (const auto &c : cases) {
		Lapic lapic;

		if (c.from != kEnable) {
			ASSERT_TRUE(x86_vcpu_lapic_set_base(&lapic.apic, page | c.from, 48));
		}
		const x86_lapic before = lapic.apic;
		EXPECT_EQ(x86_vcpu_lapic_set_base(&lapic.apic, page | c.to, 48), c.good)
			<< std::hex << c.from << " to " << c.to;
		if (c.good)
			EXPECT_EQ(lapic.apic.base & ~X86_APIC_BASE_BSP, page | c.to);
		else
			EXPECT_EQ(std::memcmp(&before, &lapic.apic, sizeof(before)), 0);
	}
	Lapic lapic;
	EXPECT_FALSE(x86_vcpu_lapic_set_base(&lapic.apic, page | kEnable | 1, 48));
	EXPECT_FALSE(x86_vcpu_lapic_set_base(&lapic.apic, page | kEnable | (UINT64_C(1) << 40), 40));
	EXPECT_TRUE(x86_vcpu_lapic_set_base(&lapic.apic, page | kEnable | (UINT64_C(1) << 39), 40));
	EXPECT_NE(lapic.apic.base & X86_APIC_BASE_BSP, 0u) << "read-only";
	// Off and on again is a reset.
	lapic.Write(X86_LAPIC_TPR, 0x33);
	EXPECT_TRUE(x86_vcpu_lapic_set_base(&lapic.apic, page, 48));
	EXPECT_EQ(lapic.Read(X86_LAPIC_VERSION), 0u) << "nothing answers while it is off";
	EXPECT_TRUE(x86_vcpu_lapic_set_base(&lapic.apic, page | kEnable, 48));
	EXPECT_EQ(lapic.Read(X86_LAPIC_TPR), 0u);
	EXPECT_EQ(lapic.Read(X86_LAPIC_SVR), 0xffu);
}

TEST(Lapic, PageRegistersKeepTheirBits)
{
	const struct {
		uint32_t number;
		uint64_t written, read;
	} cases[] = {
		{ X86_LAPIC_ID, 0xffffffff, 0xff000000 },
		{ X86_LAPIC_VERSION, 0xffffffff, 0x50014 },
		{ X86_LAPIC_TPR, 0xffffffff, 0xff },
		{ X86_LAPIC_LDR, 0xffffffff, 0xff000000 },
		{ X86_LAPIC_DFR, 0, 0x0fffffff },
		{ X86_LAPIC_SVR, 0xffffffff, 0x3ff },
		{ X86_LAPIC_ICR_HIGH, 0xffffffff, 0xff000000 },
		{ X86_LAPIC_LVT_TIMER, 0xffffffff, 0x700ff },
		{ X86_LAPIC_LVT_THERMAL, 0xffffffff, 0x107ff },
		{ X86_LAPIC_LVT_PERFORMANCE, 0xffffffff, 0x107ff },
		{ X86_LAPIC_LVT_LINT0, 0xffffffff, 0x1a7ff },
		{ X86_LAPIC_LVT_LINT1, 0xffffffff, 0x1a7ff },
		{ X86_LAPIC_LVT_ERROR, 0xffffffff, 0x100ff },
		{ X86_LAPIC_TIMER_DIVIDE, 0xffffffff, 0xb },
		{ X86_LAPIC_TIMER_CURRENT, 0xffffffff, 0 },
		{ X86_LAPIC_ISR, 0xffffffff, 0 },
		{ X86_LAPIC_IRR + 7, 0xffffffff, 0 },
		{ X86_LAPIC_PPR, 0xffffffff, 0 },
		{ X86_LAPIC_RRD, 0xffffffff, 0 },
		// Delivery status and reserved bits; vector 0xff as INIT deassert sends nothing.
		{ X86_LAPIC_ICR, 0xffffb5ff, 0xc85ff },
	};

	for (const auto &c : cases) {
		Lapic lapic;

		const x86_lapic_effect effect = lapic.Write(c.number, c.written);
		EXPECT_EQ(lapic.Read(c.number), c.read) << std::hex << c.number;
		EXPECT_FALSE(effect.send) << std::hex << c.number;
		EXPECT_EQ(x86_vcpu_lapic_requested(&lapic.apic), -1);
	}
}

TEST(Lapic, PageAccessesOfOtherWidths)
{
	Lapic lapic;
	x86_lapic_effect effect;
	const uint32_t tpr = X86_LAPIC_TPR * 16;

	lapic.Write(X86_LAPIC_LVT_LINT0, 0x12700 | 0x34);
	const uint32_t lint0 = X86_LAPIC_LVT_LINT0 * 16;
	EXPECT_EQ(x86_vcpu_lapic_page_read(&lapic.apic, lint0, 1, 0), 0x34u);
	EXPECT_EQ(x86_vcpu_lapic_page_read(&lapic.apic, lint0 + 1, 1, 0), 0x27u);
	EXPECT_EQ(x86_vcpu_lapic_page_read(&lapic.apic, lint0 + 2, 2, 0), 0x1u);
	EXPECT_EQ(x86_vcpu_lapic_page_read(&lapic.apic, lint0, 8, 0), 0x12734u);
	EXPECT_EQ(x86_vcpu_lapic_page_read(&lapic.apic, lint0 + 4, 4, 0), 0u);
	for (const uint32_t width : { 1u, 2u, 8u }) {
		x86_vcpu_lapic_page_write(&lapic.apic, tpr, width, 0x20, 0, &effect);
		EXPECT_EQ(lapic.Read(X86_LAPIC_TPR), 0u) << width;
	}
	x86_vcpu_lapic_page_write(&lapic.apic, tpr + 4, 4, 0x20, 0, &effect);
	EXPECT_EQ(lapic.Read(X86_LAPIC_TPR), 0u);
	// The last bytes of the page.
	EXPECT_EQ(x86_vcpu_lapic_page_read(&lapic.apic, 0xfff, 1, 0), 0u);
	x86_vcpu_lapic_page_write(&lapic.apic, 0xff0, 4, 0x20, 0, &effect);
}

TEST(Lapic, MsrsThatExist)
{
	const std::set<uint32_t> read_only = { 0x02, 0x03, 0x0a, 0x0d, 0x39 };
	const std::set<uint32_t> write_only = { 0x0b, 0x3f };
	const std::set<uint32_t> both = { 0x08, 0x0f, 0x28, 0x30, 0x32, 0x33, 0x34,
					  0x35, 0x36, 0x37, 0x38, 0x3e };

	for (uint32_t number = 0; number < 0x400; number++) {
		Lapic lapic(0, true);
		uint64_t value;
		x86_lapic_effect effect;
		const bool map = number >= X86_LAPIC_ISR && number < X86_LAPIC_IRR + 8;
		const bool r = read_only.count(number) + both.count(number) != 0 || map;
		const bool w = write_only.count(number) + both.count(number) != 0;

		EXPECT_EQ(x86_vcpu_lapic_msr_read(&lapic.apic, number, &value, 0), r) << std::hex << number;
		// 0x10 is a good value of none but these that take zero alone.
		const uint64_t good = number == X86_LAPIC_EOI || number == X86_LAPIC_ESR ? 0 :
				      number == X86_LAPIC_TIMER_DIVIDE		? 0xb :
										  0x20;
		EXPECT_EQ(x86_vcpu_lapic_msr_write(&lapic.apic, number, good, 0, &effect), w)
			<< std::hex << number;
	}
	// None of them while it has the other form.
	Lapic page;
	uint64_t value;
	x86_lapic_effect effect;
	EXPECT_FALSE(x86_vcpu_lapic_msr_read(&page.apic, X86_LAPIC_TPR, &value, 0));
	EXPECT_FALSE(x86_vcpu_lapic_msr_write(&page.apic, X86_LAPIC_TPR, 0, 0, &effect));
}

TEST(Lapic, MsrsRefuseReservedBits)
{
	const struct {
		uint32_t number;
		uint64_t defined;
	} cases[] = {
		{ X86_LAPIC_TPR, 0xff },
		{ X86_LAPIC_EOI, 0 },
		{ X86_LAPIC_SVR, 0x3ff },
		{ X86_LAPIC_ESR, 0 },
		{ X86_LAPIC_ICR, 0xffffffff000ccfff },
		{ X86_LAPIC_LVT_TIMER, 0x750ff },
		{ X86_LAPIC_LVT_LINT0, 0x1f7ff },
		{ X86_LAPIC_LVT_ERROR, 0x150ff },
		{ X86_LAPIC_TIMER_INITIAL, 0xffffffff },
		{ X86_LAPIC_TIMER_DIVIDE, 0xb },
		{ X86_LAPIC_SELF_IPI, 0xff },
	};

	for (const auto &c : cases) {
		for (uint32_t bit = 0; bit < 64; bit++) {
			Lapic lapic(0, true);
			const x86_lapic before = lapic.apic;
			x86_lapic_effect effect;
			const bool good = (c.defined >> bit & 1) != 0;

			EXPECT_EQ(
				x86_vcpu_lapic_msr_write(&lapic.apic, c.number, UINT64_C(1) << bit, 0, &effect),
				good)
				<< std::hex << c.number << " bit " << bit;
			if (!good) {
				EXPECT_EQ(std::memcmp(&before, &lapic.apic, sizeof(before)), 0);
			}
		}
	}
}

TEST(Lapic, Priorities)
{
	const struct {
		uint32_t tpr;
		std::vector<uint32_t> in_service, requested;
		uint32_t ppr;
		int32_t pending;
	} cases[] = {
		{ 0x00, {}, {}, 0x00, -1 },
		{ 0x00, {}, { 0x10 }, 0x00, 0x10 },
		{ 0x00, {}, { 0x31, 0x3f, 0x30 }, 0x00, 0x3f },
		{ 0x00, {}, { 0xff }, 0x00, 0xff },
		{ 0x20, {}, { 0x2f }, 0x20, -1 },
		{ 0x2f, {}, { 0x30 }, 0x2f, 0x30 },
		{ 0xff, {}, { 0xff }, 0xff, -1 },
		{ 0x00, { 0x41 }, { 0x4f }, 0x40, -1 },
		{ 0x00, { 0x41 }, { 0x50 }, 0x40, 0x50 },
		{ 0x45, { 0x41 }, { 0x50 }, 0x45, 0x50 },
		{ 0x35, { 0x41 }, { 0x3f }, 0x40, -1 },
		{ 0x55, { 0x41 }, { 0x50 }, 0x55, -1 },
		{ 0x00, { 0x21, 0x91 }, { 0x80, 0xa0 }, 0x90, 0xa0 },
	};

	for (const auto &c : cases) {
		Lapic lapic;

		for (const uint32_t vector : c.in_service) {
			x86_vcpu_lapic_raise(&lapic.apic, vector);
			x86_vcpu_lapic_accept(&lapic.apic, vector);
		}
		for (const uint32_t vector : c.requested)
			x86_vcpu_lapic_raise(&lapic.apic, vector);
		lapic.Write(X86_LAPIC_TPR, c.tpr);
		EXPECT_EQ(lapic.Read(X86_LAPIC_PPR), c.ppr);
		EXPECT_EQ(x86_vcpu_lapic_pending(&lapic.apic), c.pending) << std::hex << c.tpr;
	}
}

TEST(Lapic, TaskPriorityIsCr8)
{
	Lapic lapic;

	lapic.Write(X86_LAPIC_TPR, 0x7b);
	EXPECT_EQ(x86_lapic_cr8(&lapic.apic), 7u);
	x86_vcpu_lapic_set_cr8(&lapic.apic, 0xc);
	EXPECT_EQ(lapic.Read(X86_LAPIC_TPR), 0xc0u);
}

TEST(Lapic, NestedServiceAndEoi)
{
	Lapic lapic;

	x86_vcpu_lapic_raise(&lapic.apic, 0x31);
	x86_vcpu_lapic_raise(&lapic.apic, 0x31);
	EXPECT_EQ(lapic.Take(), 0x31);
	EXPECT_EQ(lapic.Read(X86_LAPIC_ISR + 1), 0x20000u);
	EXPECT_EQ(lapic.Read(X86_LAPIC_IRR + 1), 0u) << "twice is once";
	x86_vcpu_lapic_raise(&lapic.apic, 0x31);
	EXPECT_EQ(lapic.Take(), -1) << "again only after its EOI";
	x86_vcpu_lapic_raise(&lapic.apic, 0x81);
	EXPECT_EQ(lapic.Take(), 0x81);
	lapic.Eoi();
	EXPECT_EQ(lapic.Read(X86_LAPIC_ISR + 4), 0u);
	EXPECT_EQ(lapic.Read(X86_LAPIC_ISR + 1), 0x20000u);
	EXPECT_EQ(lapic.Take(), -1);
	lapic.Eoi();
	EXPECT_EQ(lapic.Take(), 0x31);
	lapic.Eoi();
	lapic.Eoi();
	EXPECT_EQ(lapic.Take(), -1) << "an EOI too many is nothing";
}

// Against sets: whatever is raised comes once, highest class first, none is lost.
TEST(Lapic, RandomTrafficLikeAModel)
{
	std::mt19937 random(5);
	Lapic lapic(0, true);
	std::set<uint32_t> requested, in_service;
	uint32_t tpr = 0, taken = 0;

	for (uint32_t round = 0; round < 100000; round++) {
		const uint32_t vector = static_cast<uint32_t>(16 + random() % 240);

		switch (random() % 5) {
		case 0:
			x86_vcpu_lapic_raise(&lapic.apic, vector);
			requested.insert(vector);
			break;
		case 1:
			x86_vcpu_lapic_retract(&lapic.apic, vector);
			requested.erase(vector);
			break;
		case 2:
			lapic.Eoi();
			if (!in_service.empty())
				in_service.erase(*in_service.rbegin());
			break;
		case 3:
			tpr = random() % 4 == 0 ? random() % 256 : 0;
			lapic.Write(X86_LAPIC_TPR, tpr);
			break;
		default: {
			const uint32_t service = in_service.empty() ? 0 : *in_service.rbegin() >> 4;
			const uint32_t limit = std::max(tpr >> 4, service);
			int32_t expected = -1;

			if (!requested.empty() && *requested.rbegin() >> 4 > limit)
				expected = static_cast<int32_t>(*requested.rbegin());
			ASSERT_EQ(lapic.Take(), expected);
			if (expected >= 0) {
				requested.erase(static_cast<uint32_t>(expected));
				in_service.insert(static_cast<uint32_t>(expected));
				taken++;
			}
			break;
		}
		}
	}
	EXPECT_GT(taken, 1000u);
}

TEST(Lapic, TheEndOfALevelIsAnEffect)
{
	for (bool x2apic : { false, true }) {
		Lapic lapic(0, x2apic);
		x86_lapic_effect effect;

		x86_vcpu_lapic_raise_level(&lapic.apic, 0x61);
		EXPECT_EQ(lapic.Read(X86_LAPIC_TMR + 3), 2u);
		EXPECT_EQ(lapic.Take(), 0x61);
		x86_vcpu_lapic_raise(&lapic.apic, 0x71);
		EXPECT_EQ(lapic.Take(), 0x71);
		EXPECT_FALSE(lapic.Eoi().ended) << "the edge was the higher one";
		effect = lapic.Eoi();
		EXPECT_TRUE(effect.ended);
		EXPECT_EQ(effect.ended_vector, 0x61);
		EXPECT_FALSE(effect.send);
		EXPECT_FALSE(lapic.Eoi().ended) << "nothing is in service";
		// As the last message of a vector was, so is its end (SDM 11.8.4).
		x86_vcpu_lapic_raise_level(&lapic.apic, 0x61);
		x86_vcpu_lapic_raise(&lapic.apic, 0x61);
		EXPECT_EQ(lapic.Read(X86_LAPIC_TMR + 3), 0u);
		EXPECT_EQ(lapic.Take(), 0x61);
		EXPECT_FALSE(lapic.Eoi().ended);
		x86_vcpu_lapic_raise_level(&lapic.apic, 256);
		x86_vcpu_lapic_raise_level(&lapic.apic, 15);
		EXPECT_EQ(lapic.Take(), -1);
		x86_vcpu_lapic_raise_level(&lapic.apic, 0x61);
		x86_vcpu_lapic_retract(&lapic.apic, 0x61);
		EXPECT_EQ(lapic.Take(), -1);
		lapic.Write(X86_LAPIC_SVR, 0xff);
		x86_vcpu_lapic_raise_level(&lapic.apic, 0x61);
		EXPECT_EQ(x86_vcpu_lapic_requested(&lapic.apic), -1) << "it is disabled";
	}
}

TEST(Lapic, SoftwareDisabledTakesNothingNew)
{
	Lapic lapic;

	lapic.Write(X86_LAPIC_LVT_TIMER, 0x40);
	x86_vcpu_lapic_raise(&lapic.apic, 0x50);
	lapic.Write(X86_LAPIC_SVR, 0xff);
	EXPECT_EQ(lapic.Read(X86_LAPIC_LVT_TIMER), 0x10040u);
	lapic.Write(X86_LAPIC_LVT_TIMER, 0x41);
	EXPECT_EQ(lapic.Read(X86_LAPIC_LVT_TIMER), 0x10041u) << "the mask cannot be cleared";
	x86_vcpu_lapic_raise(&lapic.apic, 0x60);
	EXPECT_EQ(lapic.Take(), 0x50) << "what was held is still delivered";
	EXPECT_EQ(lapic.Take(), -1);
}

TEST(Lapic, OneShotTimer)
{
	// 1 GHz: 40 TSC ticks a count, times the divider.
	const struct {
		uint32_t divide, divisor;
	} cases[] = { { 0, 2 }, { 1, 4 }, { 2, 8 }, { 3, 16 }, { 8, 32 }, { 9, 64 }, { 10, 128 }, { 11, 1 } };

	for (const auto &c : cases) {
		Lapic lapic(0, false, true, UINT64_C(1000000000));
		const uint64_t tick = UINT64_C(40) * c.divisor;

		lapic.Write(X86_LAPIC_TIMER_DIVIDE, c.divide);
		lapic.Write(X86_LAPIC_LVT_TIMER, 0x40);
		EXPECT_EQ(x86_vcpu_lapic_deadline(&lapic.apic), UINT64_MAX);
		lapic.Write(X86_LAPIC_TIMER_INITIAL, 100);
		EXPECT_EQ(x86_vcpu_lapic_deadline(&lapic.apic), 1000 + 100 * tick);
		EXPECT_EQ(lapic.Read(X86_LAPIC_TIMER_CURRENT), 100u);
		lapic.now += tick;
		EXPECT_EQ(lapic.Read(X86_LAPIC_TIMER_CURRENT), 99u);
		lapic.now = 1000 + 100 * tick - 1;
		EXPECT_EQ(lapic.Read(X86_LAPIC_TIMER_CURRENT), 1u);
		EXPECT_EQ(lapic.Take(), -1);
		lapic.now++;
		x86_vcpu_lapic_advance(&lapic.apic, lapic.now);
		EXPECT_EQ(lapic.Take(), 0x40);
		EXPECT_EQ(lapic.Read(X86_LAPIC_TIMER_CURRENT), 0u);
		EXPECT_EQ(x86_vcpu_lapic_deadline(&lapic.apic), UINT64_MAX);
		lapic.Eoi();
		lapic.now += 100000 * tick;
		x86_vcpu_lapic_advance(&lapic.apic, lapic.now);
		EXPECT_EQ(lapic.Take(), -1) << "once";
		EXPECT_EQ(lapic.Read(X86_LAPIC_TIMER_INITIAL), 100u);
	}
}

TEST(Lapic, PeriodicTimer)
{
	Lapic lapic(0, true, true, UINT64_C(3792874000));
	uint64_t last = lapic.now;

	lapic.Write(X86_LAPIC_TIMER_DIVIDE, 0xb);
	lapic.Write(X86_LAPIC_LVT_TIMER, kPeriodic | 0x40);
	lapic.Write(X86_LAPIC_TIMER_INITIAL, 25000);
	for (uint32_t i = 0; i < 1000; i++) {
		const uint64_t due = x86_vcpu_lapic_deadline(&lapic.apic);

		// A millisecond is 3792874 ticks exactly.
		ASSERT_EQ(due - last, 3792874u);
		x86_vcpu_lapic_advance(&lapic.apic, due - 1);
		ASSERT_EQ(lapic.Take(), -1);
		x86_vcpu_lapic_advance(&lapic.apic, due);
		ASSERT_EQ(lapic.Take(), 0x40);
		lapic.Eoi();
		last = due;
	}
	// Late by ten periods and a bit: one interrupt, the phase stays.
	lapic.now = last + 10 * UINT64_C(3792874) + 5;
	x86_vcpu_lapic_advance(&lapic.apic, lapic.now);
	EXPECT_EQ(lapic.Take(), 0x40);
	lapic.Eoi();
	EXPECT_EQ(lapic.Take(), -1);
	EXPECT_EQ(x86_vcpu_lapic_deadline(&lapic.apic), last + 11 * UINT64_C(3792874));
	lapic.Write(X86_LAPIC_TIMER_INITIAL, 0);
	EXPECT_EQ(x86_vcpu_lapic_deadline(&lapic.apic), UINT64_MAX);
}

TEST(Lapic, DeadlineTimer)
{
	Lapic lapic(0, true);

	x86_vcpu_lapic_deadline_write(&lapic.apic, 5000);
	EXPECT_EQ(x86_vcpu_lapic_deadline_read(&lapic.apic), 0u) << "ignored in another mode";
	lapic.Write(X86_LAPIC_LVT_TIMER, kDeadline | 0x40);
	lapic.Write(X86_LAPIC_TIMER_INITIAL, 100);
	EXPECT_EQ(lapic.Read(X86_LAPIC_TIMER_INITIAL), 0u) << "ignored in this mode";
	x86_vcpu_lapic_deadline_write(&lapic.apic, 5000);
	EXPECT_EQ(x86_vcpu_lapic_deadline_read(&lapic.apic), 5000u);
	EXPECT_EQ(x86_vcpu_lapic_deadline(&lapic.apic), 5000u);
	EXPECT_EQ(lapic.Read(X86_LAPIC_TIMER_CURRENT), 0u);
	x86_vcpu_lapic_advance(&lapic.apic, 4999);
	EXPECT_EQ(lapic.Take(), -1);
	x86_vcpu_lapic_advance(&lapic.apic, 5000);
	EXPECT_EQ(lapic.Take(), 0x40);
	EXPECT_EQ(x86_vcpu_lapic_deadline_read(&lapic.apic), 0u);
	lapic.Eoi();
	x86_vcpu_lapic_deadline_write(&lapic.apic, 1);
	x86_vcpu_lapic_advance(&lapic.apic, 6000);
	EXPECT_EQ(lapic.Take(), 0x40) << "in the past is now";
	lapic.Eoi();
	x86_vcpu_lapic_deadline_write(&lapic.apic, 7000);
	x86_vcpu_lapic_deadline_write(&lapic.apic, 0);
	x86_vcpu_lapic_advance(&lapic.apic, 8000);
	EXPECT_EQ(lapic.Take(), -1);
	x86_vcpu_lapic_deadline_write(&lapic.apic, 9000);
	lapic.Write(X86_LAPIC_LVT_TIMER, 0x40);
	x86_vcpu_lapic_advance(&lapic.apic, 10000);
	EXPECT_EQ(lapic.Take(), -1) << "leaving the mode disarms";
}

TEST(Lapic, MaskedTimerCountsButIsSilent)
{
	Lapic lapic(0, true);

	lapic.Write(X86_LAPIC_TIMER_DIVIDE, 0xb);
	lapic.Write(X86_LAPIC_LVT_TIMER, kMasked | 0x40);
	lapic.Write(X86_LAPIC_TIMER_INITIAL, 100);
	EXPECT_EQ(x86_vcpu_lapic_deadline(&lapic.apic), UINT64_MAX);
	lapic.now += 60;
	EXPECT_EQ(lapic.Read(X86_LAPIC_TIMER_CURRENT), 40u);
	lapic.Write(X86_LAPIC_LVT_TIMER, 0x40);
	EXPECT_EQ(x86_vcpu_lapic_deadline(&lapic.apic), 1100u);
	// A new divider counts on with what is left.
	lapic.Write(X86_LAPIC_TIMER_DIVIDE, 0);
	EXPECT_EQ(lapic.Read(X86_LAPIC_TIMER_CURRENT), 40u);
	EXPECT_EQ(x86_vcpu_lapic_deadline(&lapic.apic), 1060u + 80u);
}

TEST(Lapic, TimerAtTheEdges)
{
	for (const uint64_t hz : { UINT64_C(0), UINT64_C(1), UINT64_C(1000000), UINT64_C(1) << 38,
				   UINT64_MAX }) {
		Lapic lapic(0, true, true, hz);

		lapic.Write(X86_LAPIC_TIMER_DIVIDE, 0xa);
		lapic.Write(X86_LAPIC_LVT_TIMER, kPeriodic | 0x40);
		lapic.Write(X86_LAPIC_TIMER_INITIAL, UINT32_MAX);
		const uint64_t due = x86_vcpu_lapic_deadline(&lapic.apic);
		const bool believed = hz >= 1000000 && hz <= UINT64_C(1) << 38;
		const __uint128_t ticks = static_cast<__uint128_t>(UINT32_MAX) * 128;
		const __uint128_t exact =
			believed ? (ticks * hz + X86_LAPIC_TIMER_HZ - 1) / X86_LAPIC_TIMER_HZ : ticks;
		EXPECT_EQ(due - 1000, static_cast<uint64_t>(exact)) << hz;
		lapic.now = due - 1;
		EXPECT_EQ(lapic.Read(X86_LAPIC_TIMER_CURRENT), 1u) << hz;
		lapic.now = due + (UINT64_C(1) << 62);
		EXPECT_LE(lapic.Read(X86_LAPIC_TIMER_CURRENT), UINT32_MAX);
		EXPECT_EQ(lapic.Take(), 0x40);
		// The guest sets its clock back.
		lapic.now = 0;
		EXPECT_EQ(lapic.Read(X86_LAPIC_TIMER_CURRENT), UINT32_MAX);
		// The shortest period.
		lapic.Write(X86_LAPIC_TIMER_DIVIDE, 0xb);
		lapic.Write(X86_LAPIC_TIMER_INITIAL, 1);
		lapic.Eoi();
		lapic.now = UINT64_MAX / 2;
		x86_vcpu_lapic_advance(&lapic.apic, lapic.now);
		EXPECT_EQ(lapic.Take(), 0x40);
	}
}

TEST(Lapic, IcrForms)
{
	struct Case {
		const char *text;
		uint32_t destination, low;
		bool send;
		uint8_t delivery, vector, shorthand;
		bool logical;
		// What the sender itself gets.
		int32_t self;
		bool nmi;
		uint32_t errors;
	};
	const Case cases[] = {
		{ "fixed to another", 2, 0x4041, true, X86_APIC_FIXED, 0x41, 0, false, -1, false, 0 },
		{ "fixed to itself", 1, 0x4041, false, 0, 0, 0, false, 0x41, false, 0 },
		{ "logical", 2, 0x4841, true, X86_APIC_FIXED, 0x41, 0, true, -1, false, 0 },
		{ "lowest priority", 2, 0x4941, true, X86_APIC_LOWEST_PRIORITY, 0x41, 0, true, -1, false, 0 },
		{ "self", 0, 0x44041, false, 0, 0, 0, false, 0x41, false, 0 },
		{ "all", 0, 0x84041, true, X86_APIC_FIXED, 0x41, X86_APIC_TO_OTHERS, false, 0x41, false, 0 },
		{ "all but self", 0, 0xc4041, true, X86_APIC_FIXED, 0x41, X86_APIC_TO_OTHERS, false, -1,
		  false, 0 },
		{ "NMI", 2, 0x4400, true, X86_APIC_NMI, 0, 0, false, -1, false, 0 },
		{ "NMI to itself", 1, 0x4400, false, 0, 0, 0, false, -1, true, 0 },
		{ "NMI to all but self", 0, 0xc4400, true, X86_APIC_NMI, 0, X86_APIC_TO_OTHERS, false, -1,
		  false, 0 },
		{ "NMI by self shorthand", 0, 0x44400, false, 0, 0, 0, false, -1, false, 0 },
		{ "INIT", 2, 0x4500, true, X86_APIC_INIT, 0, 0, false, -1, false, 0 },
		{ "INIT, level assert", 2, 0xc500, true, X86_APIC_INIT, 0, 0, false, -1, false, 0 },
		{ "INIT deassert", 2, 0x8500, false, 0, 0, 0, false, -1, false, 0 },
		{ "start-up", 2, 0x469a, true, X86_APIC_STARTUP, 0x9a, 0, false, -1, false, 0 },
		{ "start-up of all others", 0, 0xc469a, true, X86_APIC_STARTUP, 0x9a, X86_APIC_TO_OTHERS,
		  false, -1, false, 0 },
		{ "start-up of vector 0", 2, 0x4600, true, X86_APIC_STARTUP, 0, 0, false, -1, false, 0 },
		{ "SMI", 2, 0x4200, false, 0, 0, 0, false, -1, false, 0 },
		{ "reserved mode", 2, 0x4341, false, 0, 0, 0, false, -1, false, 0 },
		{ "illegal vector", 2, 0x400f, false, 0, 0, 0, false, -1, false, 0x20 },
		{ "illegal vector to itself", 0, 0x4400f, false, 0, 0, 0, false, -1, false, 0x20 },
	};

	for (const bool x2apic : { false, true }) {
		for (const Case &c : cases) {
			Lapic lapic(1, x2apic);
			const x86_lapic_effect effect = lapic.Send(c.destination, c.low);

			EXPECT_EQ(effect.send, c.send) << c.text;
			if (c.send) {
				EXPECT_EQ(effect.ipi.delivery, c.delivery) << c.text;
				EXPECT_EQ(effect.ipi.vector, c.vector) << c.text;
				EXPECT_EQ(effect.ipi.shorthand, c.shorthand) << c.text;
				EXPECT_EQ(effect.ipi.x2apic, x2apic) << c.text;
				if (c.shorthand == 0) {
					EXPECT_EQ(effect.ipi.logical, c.logical) << c.text;
					EXPECT_EQ(effect.ipi.destination, c.destination) << c.text;
				}
			}
			EXPECT_EQ(lapic.Take(), c.self) << c.text;
			EXPECT_EQ(lapic.apic.nmi, c.nmi) << c.text;
			EXPECT_EQ(lapic.Read(X86_LAPIC_ESR), 0u) << "only after a write";
			lapic.Write(X86_LAPIC_ESR, 0);
			EXPECT_EQ(lapic.Read(X86_LAPIC_ESR), c.errors) << c.text;
			lapic.Write(X86_LAPIC_ESR, 0);
			EXPECT_EQ(lapic.Read(X86_LAPIC_ESR), 0u) << c.text;
		}
	}
}

TEST(Lapic, X2apicDestinationHas32Bits)
{
	Lapic lapic(0x12345678, true);
	x86_lapic_effect effect = lapic.Send(0x87654321, 0x4041);

	EXPECT_TRUE(effect.send);
	EXPECT_EQ(effect.ipi.destination, 0x87654321u);
	EXPECT_EQ(lapic.Read(X86_LAPIC_ICR), UINT64_C(0x8765432100004041));
	effect = lapic.Send(0x12345678, 0x4041);
	EXPECT_FALSE(effect.send);
	EXPECT_EQ(lapic.Take(), 0x41);
	effect = lapic.Write(X86_LAPIC_SELF_IPI, 0x52);
	EXPECT_FALSE(effect.send);
	EXPECT_EQ(lapic.Take(), 0x52);
	lapic.Write(X86_LAPIC_SELF_IPI, 0x0f);
	lapic.Write(X86_LAPIC_ESR, 0);
	EXPECT_EQ(lapic.Read(X86_LAPIC_ESR), 0x20u);
}

TEST(Lapic, Destinations)
{
	const struct {
		const char *text;
		uint32_t id, ldr, dfr;
		bool x2apic, logical, ipi_x2apic;
		uint32_t destination;
		bool is_target;
	} cases[] = {
		{ "physical", 5, 0, 0xf, false, false, false, 5, true },
		{ "physical, another", 5, 0, 0xf, false, false, false, 4, false },
		{ "physical, broadcast", 5, 0, 0xf, false, false, false, 0xff, true },
		{ "flat", 5, 0x04, 0xf, false, true, false, 0x04, true },
		{ "flat, one of several", 5, 0x04, 0xf, false, true, false, 0x0e, true },
		{ "flat, none", 5, 0x04, 0xf, false, true, false, 0xfb, false },
		{ "flat, broadcast without a logical id", 5, 0x00, 0xf, false, true, false, 0xff, true },
		{ "cluster", 5, 0x24, 0, false, true, false, 0x24, true },
		{ "cluster, one of several", 5, 0x24, 0, false, true, false, 0x2f, true },
		{ "cluster, another one", 5, 0x24, 0, false, true, false, 0x34, false },
		{ "cluster, another member", 5, 0x24, 0, false, true, false, 0x2b, false },
		{ "all clusters", 5, 0x24, 0, false, true, false, 0xf4, true },
		{ "all clusters, another member", 5, 0x24, 0, false, true, false, 0xf2, false },
		{ "x2APIC physical", 0x1234, 0, 0, true, false, true, 0x1234, true },
		{ "x2APIC physical, low byte alone", 0x1234, 0, 0, true, false, true, 0x34, false },
		{ "0xff is an id there", 0x1234, 0, 0, true, false, true, 0xff, false },
		{ "x2APIC broadcast", 0x1234, 0, 0, true, false, true, 0xffffffff, true },
		{ "x2APIC logical", 0x1234, 0, 0, true, true, true, 0x01230010, true },
		{ "x2APIC logical, whole cluster", 0x1234, 0, 0, true, true, true, 0x0123ffff, true },
		{ "x2APIC logical, another cluster", 0x1234, 0, 0, true, true, true, 0x0122ffff, false },
		{ "x2APIC logical, another member", 0x1234, 0, 0, true, true, true, 0x0123ffef, false },
		{ "x2APIC logical, broadcast", 0x1234, 0, 0, true, true, true, 0xffffffff, true },
		{ "xAPIC's physical to x2APIC", 5, 0, 0, true, false, false, 5, true },
		{ "xAPIC's logical to x2APIC", 2, 0, 0, true, true, false, 4, false },
		{ "x2APIC's logical to xAPIC", 2, 4, 0xf, false, true, true, 4, false },
	};

	for (const auto &c : cases) {
		Lapic lapic(c.id, c.x2apic);

		if (!c.x2apic) {
			lapic.Write(X86_LAPIC_LDR, c.ldr << 24);
			lapic.Write(X86_LAPIC_DFR, c.dfr << 28);
		}
		EXPECT_EQ(
			x86_vcpu_lapic_is_destination(&lapic.apic, c.logical, c.ipi_x2apic, c.destination),
			c.is_target)
			<< c.text;
	}
	Lapic off;
	EXPECT_TRUE(x86_vcpu_lapic_set_base(&off.apic, X86_APIC_BASE_RESET, 48));
	EXPECT_FALSE(x86_vcpu_lapic_is_destination(&off.apic, false, false, 0xff));
}

TEST(Lapic, ErrorsInterrupt)
{
	Lapic lapic;

	lapic.Write(X86_LAPIC_LVT_ERROR, 0xfe);
	lapic.Send(2, 0x4005);
	EXPECT_EQ(lapic.Take(), 0xfe);
	lapic.Eoi();
	lapic.Send(2, 0x4005);
	EXPECT_EQ(lapic.Take(), -1) << "the same error again before ESR is written";
	x86_vcpu_lapic_raise(&lapic.apic, 3);
	EXPECT_EQ(lapic.Take(), 0xfe);
	lapic.Eoi();
	(void)lapic.Read(0x3d);
	EXPECT_EQ(lapic.Take(), 0xfe);
	lapic.Eoi();
	lapic.Write(X86_LAPIC_ESR, 0);
	EXPECT_EQ(lapic.Read(X86_LAPIC_ESR), 0xe0u);
	// An error vector that is illegal itself ends there.
	lapic.Write(X86_LAPIC_LVT_ERROR, 0x05);
	lapic.Send(2, 0x4005);
	EXPECT_EQ(lapic.Take(), -1);
	lapic.Write(X86_LAPIC_ESR, 0);
	EXPECT_EQ(lapic.Read(X86_LAPIC_ESR), 0x60u);
}

TEST(Lapic, VirtualWire)
{
	Lapic lapic(0, false, false);

	EXPECT_FALSE(x86_vcpu_lapic_takes_extint(&lapic.apic));
	lapic.Write(X86_LAPIC_SVR, 0x1ff);
	lapic.Write(X86_LAPIC_LVT_LINT0, 0x700);
	EXPECT_TRUE(x86_vcpu_lapic_takes_extint(&lapic.apic));
	lapic.Write(X86_LAPIC_LVT_LINT0, 0x10700);
	EXPECT_FALSE(x86_vcpu_lapic_takes_extint(&lapic.apic));
	lapic.Write(X86_LAPIC_LVT_LINT0, 0x40);
	EXPECT_FALSE(x86_vcpu_lapic_takes_extint(&lapic.apic));
	EXPECT_TRUE(x86_vcpu_lapic_set_base(&lapic.apic, X86_APIC_BASE_RESET, 48));
	EXPECT_TRUE(x86_vcpu_lapic_takes_extint(&lapic.apic)) << "the pin is the CPU's own then";
}

TEST(Lapic, StateMovesWhole)
{
	std::mt19937 random(11);

	for (const bool x2apic : { false, true }) {
		Lapic from(0x21, x2apic, true, UINT64_C(2000000000));
		for (uint32_t i = 0; i < 50; i++) {
			x86_vcpu_lapic_raise(&from.apic, random() % 256);
			x86_vcpu_lapic_raise_level(&from.apic, random() % 256);
			from.Take();
		}
		from.Write(X86_LAPIC_LVT_TIMER, kPeriodic | 0x40);
		from.Write(X86_LAPIC_TIMER_DIVIDE, 3);
		from.Write(X86_LAPIC_TIMER_INITIAL, 12345);
		from.Send(2, 0x4005);
		from.apic.nmi = true;
		Lapic to(0x21, false, false, UINT64_C(2000000000));
		for (uint32_t i = 0; i < X86_LAPIC_STATE_WORDS; i++)
			ASSERT_TRUE(
				x86_vcpu_lapic_set_state(&to.apic, i, x86_vcpu_lapic_get_state(&from.apic, i)))
				<< i;
		// Padding aside, register by register.
		for (uint32_t i = 0; i < X86_LAPIC_STATE_WORDS; i++)
			EXPECT_EQ(
				x86_vcpu_lapic_get_state(&to.apic, i), x86_vcpu_lapic_get_state(&from.apic, i))
				<< i;
		to.now = from.now = 1000000;
		for (uint32_t number = 0; number < 0x40; number++) {
			uint64_t a = 0, b = 0;

			if (!x2apic) {
				a = from.Read(number);
				b = to.Read(number);
			} else {
				EXPECT_EQ(x86_vcpu_lapic_msr_read(&from.apic, number, &a, from.now),
					  x86_vcpu_lapic_msr_read(&to.apic, number, &b, to.now));
			}
			EXPECT_EQ(a, b) << std::hex << number;
		}
		EXPECT_EQ(x86_vcpu_lapic_deadline(&from.apic), x86_vcpu_lapic_deadline(&to.apic));
		EXPECT_EQ(from.apic.nmi, to.apic.nmi);
		EXPECT_EQ(std::memcmp(from.apic.tmr, to.apic.tmr, sizeof(to.apic.tmr)), 0);
		EXPECT_FALSE(x86_vcpu_lapic_set_state(&to.apic, X86_LAPIC_STATE_WORDS, 0));
	}
}

TEST(Lapic, StateRefusesWhatNoApicHas)
{
	const struct {
		uint32_t index;
		uint64_t value;
	} cases[] = {
		{ 0, kX2 },	 { 0, 1 },	 { 1, 0x100 },
		{ 2, 0x100 },	 { 4, 0x400 },	 { 5, 1 },
		{ 6, 0x1000 },	 { 7, 0x800 },	 { 7, UINT64_C(1) << 63 },
		{ 10, 1 },	 { 14, 0x8000 }, { 18, 1 },
		{ 22, UINT64_C(4) << 32 }, { 25, 4 },
	};

	for (const auto &c : cases) {
		Lapic lapic;
		const x86_lapic before = lapic.apic;

		EXPECT_FALSE(x86_vcpu_lapic_set_state(&lapic.apic, c.index, c.value)) << c.index;
		EXPECT_EQ(std::memcmp(&before, &lapic.apic, sizeof(before)), 0) << c.index;
	}
}

// Any sequence of guest accesses keeps what the rest relies on.
TEST(Lapic, RandomAccesses)
{
	std::mt19937_64 random(13);
	Lapic lapic(0, false, true, UINT64_C(1000000000));

	for (uint32_t round = 0; round < 200000; round++) {
		x86_lapic_effect effect = {};
		uint64_t value = random() >> (random() % 64);
		const uint32_t number = static_cast<uint32_t>(random() % 0x44);

		lapic.now += random() % 100000;
		switch (random() % 8) {
		case 0:
			(void)x86_vcpu_lapic_page_read(&lapic.apic, static_cast<uint32_t>(random() % 4096),
						  1u << random() % 4, lapic.now);
			break;
		case 1:
			(void)x86_vcpu_lapic_msr_read(&lapic.apic, number, &value, lapic.now);
			break;
		case 2:
			(void)x86_vcpu_lapic_msr_write(&lapic.apic, number, value, lapic.now, &effect);
			break;
		case 3:
			x86_vcpu_lapic_raise(&lapic.apic, static_cast<uint32_t>(random() % 300));
			break;
		case 4:
			x86_vcpu_lapic_deadline_write(&lapic.apic, lapic.now + random() % 1000);
			break;
		case 5:
			if (random() % 16 == 0)
				(void)x86_vcpu_lapic_set_base(&lapic.apic,
							 X86_APIC_BASE_RESET | (random() & (kEnable | kX2)), 48);
			else
				lapic.Take();
			break;
		case 6:
			x86_vcpu_lapic_advance(&lapic.apic, lapic.now);
			break;
		default:
			x86_vcpu_lapic_page_write(
				&lapic.apic, number * 16, 4, value & UINT32_MAX, lapic.now, &effect);
			break;
		}
		if (effect.send) {
			ASSERT_NE(effect.ipi.shorthand, X86_APIC_TO_SELF);
			ASSERT_NE(effect.ipi.shorthand, X86_APIC_TO_ALL);
		}
		ASSERT_EQ(lapic.apic.irr[0] & 0xffff, 0u);
		ASSERT_EQ(lapic.apic.isr[0] & 0xffff, 0u);
		ASSERT_LT(x86_lapic_cr8(&lapic.apic), 16u);
		for (uint32_t i = 0; i < X86_LAPIC_STATE_WORDS; i++) {
			x86_lapic copy = lapic.apic;
			ASSERT_TRUE(
				x86_vcpu_lapic_set_state(&copy, i, x86_vcpu_lapic_get_state(&lapic.apic, i)))
				<< i;
		}
	}
}

} // namespace
