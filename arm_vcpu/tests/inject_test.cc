// SPDX-License-Identifier: Apache-2.0
// Exceptions given to the guest, in every state that it can be in.
#include "tests/fake_cpu.h"

#include <cstring>

namespace {

constexpr uint64_t kDataAbort = 0x24, kInsnAbort = 0x20, kHvc = 0x16;
constexpr uint64_t kVbar = 0xffff800000080000;
constexpr uint64_t kFar = 0xffff000012345678;
constexpr uint64_t kHpfar = 0x9000000 >> 12 << 4;
constexpr uint64_t kRas = uint64_t{ 1 } << 28;

struct State {
	const char *name;
	// SPSR_EL2: mode, and what else only this kind of state has.
	uint64_t pstate;
	uint64_t vector;
	bool el1;
};

// C5.2.19; in AArch32 (C5.2.18) bits 26..25 and 15..10 are IT, 9 is E, 23 is SSBS.
const State kStates[] = {
	{ "EL1h", 0x5, 0x200, true },
	{ "EL1t", 0x4, 0x000, true },
	{ "EL0", 0x0, 0x400, false },
	{ "EL0 A32", 0x10 | 1 << 9 | 1 << 27, 0x600, false },
	{ "EL0 T32 in an IT block", 0x30 | 3 << 25 | 0x2a << 10, 0x600, false },
};
// Bits that every state may have besides: flags, IL, SS, PAN, DIT, interrupt masks.
const uint64_t kExtras[] = { 0, SPSR_NZCV, SPSR_IL, SPSR_SS, SPSR_PAN, SPSR_DIT, SPSR_A | SPSR_I,
			     SPSR_F };
// In AArch64 alone.
const uint64_t kExtras64[] = { SPSR_UAO, SPSR_TCO, SPSR_SSBS, SPSR_BTYPE, SPSR_D };

class InjectTest : public ArmTest {
    protected:
	void Features(bool all)
	{
		fake_.regs[ARM_FAKE_ID_AA64MMFR1_EL1] = 2u << 4 | (all ? 2u << 20 : 0u);
		fake_.regs[ARM_FAKE_ID_AA64PFR1_EL1] = all ? 2u << 4 | 2u << 8 : 0u;
	}

	void SetState(uint64_t pstate, uint64_t sctlr)
	{
		fake_.regs[ARM_FAKE_VBAR_EL1] = kVbar;
		fake_.regs[ARM_FAKE_SCTLR_EL1] = sctlr;
		SetReg(ARM_VCPU_REG_PSTATE, pstate);
		SetReg(ARM_VCPU_REG_PC, kEntry);
	}

	// What is the same of every exception (J1, AArch64.TakeException()).
	void Expect(const State &state, uint64_t pstate, uint64_t sctlr, bool all)
	{
		EXPECT_EQ(kVbar + state.vector, Pc());
		EXPECT_EQ(kEntry, fake_.regs[ARM_FAKE_ELR_EL1]);
		EXPECT_EQ(pstate, fake_.regs[ARM_FAKE_SPSR_EL1]);
		uint64_t expected = 0x3c5 | (pstate & (SPSR_NZCV | SPSR_DIT | SPSR_PAN));
		if (all) {
			expected |= SPSR_TCO;
			expected |= (sctlr & SCTLR_EL1_SPAN) == 0 ? SPSR_PAN : 0;
			expected |= (sctlr & SCTLR_EL1_DSSBS) != 0 ? SPSR_SSBS : 0;
		}
		EXPECT_EQ(expected, Reg(ARM_VCPU_REG_PSTATE));
	}

	template <typename Inject> void InEveryState(Inject inject)
	{
		Start();
		for (bool all : { false, true }) {
			Features(all);
			for (uint64_t sctlr : { uint64_t{ 0 }, SCTLR_EL1_SPAN, SCTLR_EL1_DSSBS,
						SCTLR_EL1_SPAN | SCTLR_EL1_DSSBS }) {
				for (const State &state : kStates) {
					SCOPED_TRACE(state.name);
					std::vector<uint64_t> extras(std::begin(kExtras), std::end(kExtras));
					if ((state.pstate & SPSR_NRW) == 0) {
						extras.insert(extras.end(), std::begin(kExtras64),
							      std::end(kExtras64));
					}
					for (uint64_t extra : extras) {
						uint64_t pstate = state.pstate | extra;

						SetState(pstate, sctlr);
						inject(state);
						Expect(state, pstate, sctlr, all);
					}
				}
			}
		}
	}
};

TEST_F(InjectTest, Undefined)
{
	// Of a trap of two bytes too: IL is 1 with class 0.
	for (uint64_t il : { 0, 1 }) {
		InEveryState([&](const State &) {
			fake_.exits.push_back({ ARM_VCPU_VECTOR_SYNC, uint64_t{ 0x03 } << 26 | il << 25, 0, 0 });
			fake_.exits.push_back({ ARM_VCPU_VECTOR_IRQ, 0, 0, 0 });
			ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &last_));
			EXPECT_TRUE(Handled());
			EXPECT_EQ(uint64_t{ 1 } << 25, fake_.regs[ARM_FAKE_ESR_EL1]);
		});
		if (il == 0) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		}
	}
}

TEST_F(InjectTest, DataAbort)
{
	InEveryState([&](const State &state) {
		for (uint64_t wnr : { 0, 1 }) {
			SetReg(ARM_VCPU_REG_PC, kEntry);
			if (wnr) {
				SetReg(ARM_VCPU_REG_PSTATE, fake_.regs[ARM_FAKE_SPSR_EL1]);
			}
			Run(Esr(kDataAbort, uint64_t{ 1 } << 24 | 3 << 22 | wnr << 6 | 0x06), kFar, kHpfar);
			ASSERT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
			EXPECT_EQ((state.el1 ? uint64_t{ 0x25 } : uint64_t{ 0x24 }) << 26 | 1 << 25 |
					  wnr << 6 | 0x10,
				  fake_.regs[ARM_FAKE_ESR_EL1]);
			EXPECT_EQ(kFar, fake_.regs[ARM_FAKE_FAR_EL1]);
		}
	});
}

TEST_F(InjectTest, InstructionAbort)
{
	InEveryState([&](const State &state) {
		Run(Esr(kInsnAbort, 0x06), kFar, kHpfar);
		ASSERT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
		EXPECT_EQ((state.el1 ? uint64_t{ 0x21 } : uint64_t{ 0x20 }) << 26 | 1 << 25 | 0x10,
			  fake_.regs[ARM_FAKE_ESR_EL1]);
		EXPECT_EQ(kFar, fake_.regs[ARM_FAKE_FAR_EL1]);
	});
}

// Guest tables in fake memory, behind a stage 2 that maps guest page n to host page n + 0x10000.
class WalkTest : public InjectTest {
    protected:
	static constexpr uint64_t kHostOffset = 0x10000000;
	static constexpr uint64_t kL2 = 0x60000000, kL3 = 0x60001000;
	static constexpr uint64_t kGone = 0x9000000; // guest page that stage 2 does not map

	void SetUp() override
	{
		Start();
		// Three levels, 40 bits: two root pages. Guest pages 0x00000000 to 0x001fffff.
		Descriptor(root_, 0, kL2 | 3);
		Descriptor(root_ + 0x1000, 0, kL2 | 3); // the second root page: bit 39
		Descriptor(kL2, 0, kL3 | 3);
		for (uint64_t n = 0; n < 16; n++) {
			Descriptor(kL3, n, (kHostOffset + n * 0x1000) | 3);
		}
		// Guest 0x200000 to 0x3fffff by a block.
		Descriptor(kL2, 1, 0x10200000 | 1);
	}

	void Descriptor(uint64_t table, uint64_t index, uint64_t value)
	{
		std::memcpy(&fake_.memory[table][index * 8], &value, 8);
	}
	// In a guest table, by its guest address.
	void GuestDescriptor(uint64_t at, uint64_t value)
	{
		if (big_endian_) {
			value = __builtin_bswap64(value);
		}
		Descriptor(kHostOffset + (at & ~uint64_t{ 0xfff }), at % 0x1000 / 8, value);
	}

	void Translation(uint64_t tcr, uint64_t ttbr0, uint64_t ttbr1)
	{
		fake_.regs[ARM_FAKE_TCR_EL1] = tcr;
		fake_.regs[ARM_FAKE_TTBR0_EL1] = ttbr0;
		fake_.regs[ARM_FAKE_TTBR1_EL1] = ttbr1;
	}

	// The status that the guest gets when a walk for `va` needs guest page `page`.
	uint64_t Status(uint64_t va, uint64_t page, uint64_t ec = kDataAbort)
	{
		fake_.regs[ARM_FAKE_VBAR_EL1] = kVbar;
		fake_.regs[ARM_FAKE_SCTLR_EL1] = big_endian_ ? SCTLR_EL1_EE : 0;
		SetReg(ARM_VCPU_REG_PSTATE, 0x3c5);
		const axvcpu_exit *exit = Run(Esr(ec, 1 << 7 | 0x05), va, page >> 12 << 4);
		EXPECT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT, exit->reason);
		EXPECT_EQ(1u, exit->u.nested_page_fault.level) << "stage 2's";
		EXPECT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
		EXPECT_EQ(va, fake_.regs[ARM_FAKE_FAR_EL1]);
		return fake_.regs[ARM_FAKE_ESR_EL1] & 0x3f;
	}

	bool big_endian_ = false;
};

constexpr uint64_t kTcr39 = 25 | uint64_t{ 25 } << 16 | uint64_t{ 2 } << 30; // 4 KiB, both halves
constexpr uint64_t kTcr48 = 16 | uint64_t{ 16 } << 16 | uint64_t{ 2 } << 30;

TEST_F(WalkTest, EveryLevelOf4KiBTables)
{
	for (bool big : { false, true }) {
		big_endian_ = big;
		// The first table itself: level 1 with 39 bits, 0 with 48.
		Translation(kTcr39, kGone, 0);
		EXPECT_EQ(0x15u, Status(0x123456789, kGone));
		Translation(kTcr48, kGone, 0);
		EXPECT_EQ(0x14u, Status(0x123456789, kGone));
		// Down to each level, for VA bits 38..30 = 4, 29..21 = 0x91, 20..12 = 0x145.
		uint64_t va = uint64_t{ 4 } << 30 | 0x91 << 21 | 0x145 << 12 | 0x123;
		GuestDescriptor(0x1000 + 4 * 8, kGone | 3);
		Translation(kTcr39, 0x1000, 0);
		EXPECT_EQ(0x16u, Status(va, kGone));
		GuestDescriptor(0x1000 + 4 * 8, 0x2000 | 3);
		GuestDescriptor(0x2000 + 0x91 * 8, kGone | 3);
		EXPECT_EQ(0x17u, Status(va, kGone));
		EXPECT_EQ(0x17u, Status(va, kGone, kInsnAbort));
		// Four levels: one more in front; in the upper half, with a tag above.
		GuestDescriptor(0x3000 + 0x1ff * 8, 0x1000 | 3);
		Translation(kTcr48, 0, 0x3000);
		EXPECT_EQ(0x17u, Status(0xabff800000000000 | va | 0x7f8000000000, kGone));
		// Tables in a stage-2 block, and in the second root page.
		GuestDescriptor(0x2000 + 0x91 * 8, 0x10 | 3);
		Translation(kTcr39, 0x200000, 0);
		Descriptor(0x10200000, 4, big ? __builtin_bswap64(kGone | 3) : kGone | 3);
		EXPECT_EQ(0x16u, Status(va, kGone));
		Translation(kTcr39, 0x8000001000, 0);
		GuestDescriptor(0x2000 + 0x91 * 8, kGone | 3);
		EXPECT_EQ(0x17u, Status(va, kGone));
	}
}

// An address above the guest's 40 bits, of the memory itself or of a table on the way there: an
// address size fault at the level of the descriptor that has it (D8.2.3), and no exit.
TEST_F(WalkTest, AddressesThatAreTooLarge)
{
	constexpr uint64_t kHigh = uint64_t{ 1 } << 40;
	const uint64_t va = uint64_t{ 4 } << 30 | 0x91 << 21 | 0x145 << 12 | 0x123;
	auto status = [&](uint64_t ipa, bool walk, bool on = true, uint64_t ec = kDataAbort) {
		fake_.regs[ARM_FAKE_VBAR_EL1] = kVbar;
		fake_.regs[ARM_FAKE_SCTLR_EL1] = (big_endian_ ? SCTLR_EL1_EE : 0) | (on ? 1 : 0);
		SetReg(ARM_VCPU_REG_PSTATE, 0x3c5);
		Run(Esr(ec, (walk ? 1 << 7 : 0) | 1 << 6 | 0x04), va, ipa >> 12 << 4);
		EXPECT_TRUE(Handled());
		EXPECT_EQ(kVbar + 0x200, Pc());
		EXPECT_EQ(va, fake_.regs[ARM_FAKE_FAR_EL1]);
		EXPECT_EQ(ec == kDataAbort ? 0x25u : 0x21u, fake_.regs[ARM_FAKE_ESR_EL1] >> 26);
		EXPECT_EQ(0u, fake_.regs[ARM_FAKE_ESR_EL1] & (1 << 7)) << "no stage 2 for the guest";
		EXPECT_EQ(ec == kDataAbort ? 1u << 6 : 0u, fake_.regs[ARM_FAKE_ESR_EL1] & (1 << 6));
		return fake_.regs[ARM_FAKE_ESR_EL1] & 0x3f;
	};

	for (bool big : { false, true }) {
		big_endian_ = big;
		EXPECT_EQ(0u, status(kHigh, false, false)) << "without translation";
		// TTBR0_EL1 itself, then each level's descriptor as table and as the last one.
		Translation(kTcr39, kHigh, 0);
		EXPECT_EQ(0u, status(kHigh, true));
		Translation(kTcr39, 0x1000, 0);
		GuestDescriptor(0x1000 + 4 * 8, kHigh | 3);
		EXPECT_EQ(1u, status(kHigh + 0x91 * 8, true));
		GuestDescriptor(0x1000 + 4 * 8, kHigh | 1);
		EXPECT_EQ(1u, status(kHigh | (va & 0x3fffffff), false));
		GuestDescriptor(0x1000 + 4 * 8, 0x2000 | 3);
		GuestDescriptor(0x2000 + 0x91 * 8, kHigh | 3);
		EXPECT_EQ(2u, status(kHigh + 0x145 * 8, true));
		GuestDescriptor(0x2000 + 0x91 * 8, kHigh | 1);
		EXPECT_EQ(2u, status(kHigh | (va & 0x1fffff), false));
		GuestDescriptor(0x2000 + 0x91 * 8, 0x3000 | 3);
		GuestDescriptor(0x3000 + 0x145 * 8, kHigh | 3);
		EXPECT_EQ(3u, status(kHigh | 0x123, false));
		EXPECT_EQ(3u, status(kHigh | 0x123, false, true, kInsnAbort));
		// Four levels: the first one is 0.
		GuestDescriptor(0x4000, kHigh | 3);
		Translation(kTcr48, 0x4000, 0);
		EXPECT_EQ(0u, status(kHigh + 4 * 8, true));
	}
	// Tables that cannot be read.
	Translation(kTcr39 | TCR_EL1_DS, 0x1000, 0);
	EXPECT_EQ(0u, status(kHigh, false));
}

TEST_F(WalkTest, OtherGranules)
{
	// 64 KiB, 42 bits: from level 2 (TG0 = 1); index bits 41..29 and 28..16.
	uint64_t va = uint64_t{ 5 } << 29 | 7 << 16;
	Translation(22 | 1 << 14, kGone & ~uint64_t{ 0xffff }, 0);
	EXPECT_EQ(0x16u, Status(va, kGone & ~uint64_t{ 0xffff }));
	Translation(22 | 1 << 14, 0x0, 0);
	GuestDescriptor(5 * 8, (kGone & ~uint64_t{ 0xffff }) | 3);
	EXPECT_EQ(0x17u, Status(va, kGone & ~uint64_t{ 0xffff }));
	// 16 KiB, 36 bits: from level 2 (TG1 = 1); index bits 35..25 and 24..14.
	va = 0xfffffff000000000 | 3 << 25 | uint64_t{ 0x600 } << 14;
	Translation(uint64_t{ 28 } << 16 | uint64_t{ 1 } << 30, 0, 0x4000);
	GuestDescriptor(0x4000 + 3 * 8, 0x8000 | 3);
	EXPECT_EQ(0x17u, Status(va, 0x8000 + 0x600 * 8 / 0x1000 * 0x1000)) << "not a table's first page";
}

TEST_F(WalkTest, WithoutALevelItIsNoAbortOfAWalk)
{
	uint64_t va = 0x123456789;

	// The tables lead elsewhere, to a block, to nothing; reserved sizes; LPA2; out of the guest's memory.
	Translation(kTcr39, 0x1000, 0);
	GuestDescriptor(0x1000 + 4 * 8, 0x2000 | 3);
	EXPECT_EQ(0x10u, Status(va, kGone));
	GuestDescriptor(0x1000 + 4 * 8, kGone | 1);
	EXPECT_EQ(0x10u, Status(va, kGone));
	GuestDescriptor(0x1000 + 4 * 8, 0);
	EXPECT_EQ(0x10u, Status(va, kGone));
	for (uint64_t size = 0; size < 64; size++) {
		Translation(size, kGone, 0);
		uint64_t status = Status(va, kGone);
		EXPECT_TRUE(status == 0x10 || (status >= 0x14 && status <= 0x17)) << size;
		EXPECT_EQ(size < 16 || size >= 52, status == 0x10) << size;
	}
	Translation(kTcr39 | 3 << 14, kGone, 0);
	EXPECT_EQ(0x10u, Status(va, kGone));
	Translation(kTcr39 | uint64_t{ 1 } << 59, kGone, 0);
	EXPECT_EQ(0x10u, Status(va, kGone));
	Translation(kTcr39, 0x7fffff000, 0);
	EXPECT_EQ(0x10u, Status(va, kGone));
	Translation(kTcr39, 0xfffffffff000, 0);
	EXPECT_EQ(0x10u, Status(va, kGone));
	// An endless chain of tables ends at the last level.
	GuestDescriptor(0x1000, 0x1000 | 3);
	Translation(kTcr48, 0x1000, 0);
	EXPECT_EQ(0x10u, Status(0, kGone));
}

class SerrorTest : public ArmTest {
    protected:
	bool Vse() const { return (fake_.regs[ARM_FAKE_HCR_EL2] & HCR_EL2_VSE) != 0; }
};

TEST_F(SerrorTest, IsPendingUntilTheGuestTakesIt)
{
	fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] |= kRas;
	Start();
	EXPECT_FALSE(Vse());
	EXPECT_EQ(0u, Reg(ARM_VCPU_REG_SERROR));
	ASSERT_EQ(AXVCPU_OK, arm_vcpu_inject_serror(vcpu_, 0x1000011));
	EXPECT_TRUE(Vse());
	EXPECT_EQ(0x1000011u, fake_.regs[ARM_FAKE_VSESR_EL2]);
	EXPECT_EQ(ARM_VCPU_SERROR_PENDING | 0x1000011, Reg(ARM_VCPU_REG_SERROR));
	EXPECT_TRUE((fake_.regs[ARM_FAKE_HCR_EL2] & HCR_EL2_AMO) != 0) << "or VSE means nothing";
	fake_.on_enter = [&] {
		EXPECT_TRUE(Vse());
		fake_.regs[ARM_FAKE_HCR_EL2] &= ~HCR_EL2_VSE; // taken
	};
	Run(Esr(kHvc, 1));
	EXPECT_EQ(0x1000011u, Reg(ARM_VCPU_REG_SERROR)) << "no longer pending";
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_FALSE(Vse()) << "not again";
}

TEST_F(SerrorTest, GoesWithItsVcpu)
{
	fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] |= kRas;
	fake_.regs[ARM_FAKE_HCR_EL2] = 0;
	Start();
	fake_.regs[ARM_FAKE_VDISR_EL2] = 0x80000055; // an ESB of the guest deferred one
	ASSERT_EQ(AXVCPU_OK, arm_vcpu_inject_serror(vcpu_, 7));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_FALSE(Vse()) << "the host's HCR_EL2";
	EXPECT_EQ(ARM_VCPU_SERROR_PENDING | 7, Reg(ARM_VCPU_REG_SERROR));
	EXPECT_EQ(0x80000055u, Reg(ARM_VCPU_REG_SYS(3, 4, 12, 1, 1)));
	fake_.regs[ARM_FAKE_VDISR_EL2] = fake_.regs[ARM_FAKE_VSESR_EL2] = 0x99;

	axvcpu *first = vcpu_;
	arm_vcpu_setup_config setup = {};
	setup.size = sizeof(setup);
	setup.vmid = 6;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_FALSE(Vse()) << "another vCPU";
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_VDISR_EL2]) << "sees nothing of it";
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	vcpu_ = first;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_TRUE(Vse());
	EXPECT_EQ(7u, fake_.regs[ARM_FAKE_VSESR_EL2]);
	EXPECT_EQ(0x80000055u, fake_.regs[ARM_FAKE_VDISR_EL2]);
	SetReg(ARM_VCPU_REG_SERROR, 8);
	EXPECT_FALSE(Vse()) << "taken back";
	EXPECT_EQ(0x80000055u, fake_.regs[ARM_FAKE_VDISR_EL2]);
}

TEST_F(SerrorTest, OnAVheHost)
{
	constexpr uint64_t kHost = HCR_EL2_E2H | HCR_EL2_TGE;

	fake_.regs[ARM_FAKE_HCR_EL2] = kHost;
	Start();
	ASSERT_EQ(AXVCPU_OK, arm_vcpu_inject_serror(vcpu_, 0));
	EXPECT_EQ(kHost, fake_.regs[ARM_FAKE_HCR_EL2]) << "not the host's own";
	EXPECT_EQ(ARM_VCPU_SERROR_PENDING, Reg(ARM_VCPU_REG_SERROR));
	bool pending = true;
	fake_.on_enter = [&] { EXPECT_EQ(pending, Vse()); };
	Run(Esr(kHvc, 1));
	fake_.on_enter = [&] { fake_.regs[ARM_FAKE_HCR_EL2] &= ~HCR_EL2_VSE; };
	Run(Esr(kHvc, 1));
	EXPECT_EQ(0u, Reg(ARM_VCPU_REG_SERROR));
	pending = false;
	fake_.on_enter = [&] { EXPECT_EQ(pending, Vse()); };
	Run(Esr(kHvc, 1));
	EXPECT_EQ(kHost, fake_.regs[ARM_FAKE_HCR_EL2]);
}

TEST_F(SerrorTest, WhileBoundNowhere)
{
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, nullptr));
	EXPECT_EQ(AXVCPU_OK, arm_vcpu_inject_serror(vcpu_, 3));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_TRUE(Vse()) << "and no register of RAS is touched";
	EXPECT_EQ(ARM_VCPU_SERROR_PENDING | 3, Reg(ARM_VCPU_REG_SERROR));
}

TEST_F(SerrorTest, BadInput)
{
	Start();
	for (uint64_t syndrome : { uint64_t{ 1 } << 25, ARM_VCPU_SERROR_PENDING, UINT64_MAX }) {
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, arm_vcpu_inject_serror(vcpu_, syndrome));
	}
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, arm_vcpu_inject_serror(nullptr, 0));
	EXPECT_FALSE(Vse());
	EXPECT_EQ(0u, Reg(ARM_VCPU_REG_SERROR));
}

} // namespace
