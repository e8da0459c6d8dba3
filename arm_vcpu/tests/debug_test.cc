// SPDX-License-Identifier: Apache-2.0
// Breakpoints, watchpoints and software step of the guest's own: on the CPU while they can do
// something, the host's at all other times (ARM DDI 0487, D2).
#include "tests/fake_cpu.h"

#include <cstring>

namespace {

constexpr uint64_t kSs = 1, kKde = 1 << 13, kMde = 1 << 15;
constexpr uint64_t kHost = 0x1111000000000000; // a value of the host's, and which one
constexpr uint64_t kMdscrId = ARM_VCPU_REG_SYS(2, 0, 0, 2, 2), kOslsrId = ARM_VCPU_REG_SYS(2, 0, 1, 1, 4);
constexpr uint64_t kHostMdscr = 0xa000;
enum Kind { kBvr, kBcr, kWvr, kWcr };
// E, EL1, every byte
constexpr uint64_t kBreakHere = 1 | 1 << 1 | 0xf << 5, kWatchHere = 1 | 1 << 1 | 3 << 3 | 0xff << 5;

constexpr uint64_t Register(uint32_t crn, uint32_t crm, uint32_t op2)
{
	return 2 << 20 | op2 << 17 | crn << 10 | crm << 1 | 5 << 5;
}
constexpr uint64_t kMdscr = Register(0, 2, 2), kOslar = Register(1, 0, 4), kOslsr = Register(1, 1, 4);
constexpr uint64_t Point(Kind kind, uint32_t n)
{
	return Register(0, n, 4 + static_cast<uint32_t>(kind));
}
constexpr uint64_t PointId(Kind kind, uint32_t n)
{
	return ARM_VCPU_REG_SYS(2, 0, 0, n, 4 + static_cast<uint32_t>(kind));
}

// Without and with E2H.
class DebugTest : public ArmTest, public ::testing::WithParamInterface<bool> {
    protected:
	static constexpr uint32_t kBreakpoints = 6, kWatchpoints = 4;

	void SetUp() override
	{
		fake_.regs[ARM_FAKE_ID_AA64DFR0_EL1] = 6 | (kBreakpoints - 1) << 12 | (kWatchpoints - 1) << 20;
		fake_.regs[ARM_FAKE_DAIF] = 7 << 6;
		fake_.regs[ARM_FAKE_MDSCR_EL1] = kHostMdscr;
		if (GetParam()) {
			fake_.regs[ARM_FAKE_HCR_EL2] = HCR_EL2_E2H | HCR_EL2_TGE;
		}
		for (Kind kind : { kBvr, kBcr, kWvr, kWcr }) {
			for (uint32_t n = 0; n < 16; n++) {
				Cpu(kind, n) = kHost + static_cast<uint64_t>(kind) * 16 + n;
			}
		}
	}

	uint64_t &Cpu(Kind kind, uint32_t n)
	{
		return fake_.regs[static_cast<uint32_t>(ARM_FAKE_DBGBVR0_EL1) +
				  static_cast<uint32_t>(kind) * 16 + n];
	}
	void ExpectHosts(const char *when)
	{
		for (Kind kind : { kBvr, kBcr, kWvr, kWcr }) {
			for (uint32_t n = 0; n < 16; n++) {
				EXPECT_EQ(kHost + static_cast<uint64_t>(kind) * 16 + n, Cpu(kind, n))
					<< when << " " << kind << " " << n;
			}
		}
	}

	void Write(uint64_t iss, uint64_t value)
	{
		SetReg(ARM_VCPU_REG_PC, kEntry);
		SetX(5, value);
		Run(Esr(0x18, iss));
		EXPECT_TRUE(Handled());
	}
	uint64_t Read(uint64_t iss)
	{
		SetReg(ARM_VCPU_REG_PC, kEntry);
		SetX(5, 0xdead);
		Run(Esr(0x18, iss | 1));
		EXPECT_TRUE(Handled());
		return X(5);
	}
	bool Undefined() { return Pc() == fake_.regs[GetParam() ? ARM_FAKE_EL12_VBAR_EL1 : ARM_FAKE_VBAR_EL1] + 0x200; }

	// MDSCR_EL1 while the guest runs.
	uint64_t MdscrInGuest()
	{
		uint64_t value = 0;

		fake_.on_enter = [&] {
			value = fake_.regs[ARM_FAKE_MDSCR_EL1];
			if (GetParam() && value != 0) {
				EXPECT_NE(0u, fake_.regs[ARM_FAKE_DAIF] & 1 << 9) << "at EL2 it is masked";
			}
		};
		const axvcpu_exit *exit = nullptr;
		EXPECT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
		fake_.on_enter = nullptr;
		EXPECT_EQ(7u << 6, fake_.regs[ARM_FAKE_DAIF]);
		if (GetParam()) {
			EXPECT_EQ(0u, fake_.regs[ARM_FAKE_MDSCR_EL1]) << "not while the host runs";
		}
		return value;
	}

	void Arm()
	{
		Write(kOslar, 0);
		Write(Point(kBvr, 2), 0xffff000012345678);
		Write(Point(kBcr, 2), kBreakHere);
		Write(Point(kWvr, 3), 0xffff0000aaaa0000);
		Write(Point(kWcr, 3), kWatchHere);
		Write(kMdscr, kMde | kKde);
	}
};

TEST_P(DebugTest, RegistersAreTheGuests)
{
	Start();
	EXPECT_EQ(0xau, Read(kOslsr)) << "locked after reset";
	Write(kOslar, 0);
	EXPECT_EQ(0x8u, Read(kOslsr));
	Write(kOslar, ~uint64_t{ 0 });
	EXPECT_EQ(0xau, Read(kOslsr));
	Write(kMdscr, ~uint64_t{ 0 });
	EXPECT_EQ(0xb001u, Read(kMdscr)) << "SS, TDCC, KDE, MDE";
	for (uint32_t n = 0; n < 16; n++) {
		for (Kind kind : { kBvr, kBcr, kWvr, kWcr }) {
			const bool there = n < (kind <= kBcr ? kBreakpoints : kWatchpoints);

			EXPECT_EQ(there ? 0u : 0xdeadu, Read(Point(kind, n))) << kind << " " << n;
			EXPECT_EQ(!there, Undefined());
			Write(Point(kind, n), ~uint64_t{ 0 });
			EXPECT_EQ(!there, Undefined());
			const uint64_t known[] = { ~uint64_t{ 0 }, 0xff01e7, ~uint64_t{ 0 }, 0x1f1f1fff };
			EXPECT_EQ(there ? known[kind] : 0xdead, Read(Point(kind, n))) << kind << " " << n;
		}
	}
	ExpectHosts("nothing of it can do anything while the OS lock is locked");
	// The debug channel, claim tags and the rest have nothing in them.
	const uint64_t others[] = { Register(0, 2, 0), Register(0, 0, 2),  Register(0, 3, 2), Register(0, 6, 2),
				    Register(1, 0, 0), Register(1, 3, 4),  Register(1, 4, 4), Register(7, 8, 6),
				    Register(7, 9, 6), Register(7, 14, 6), Register(0, 1, 0) | 3 << 14,
				    Register(0, 4, 0) | 3 << 14 };
	for (uint64_t other : others) {
		Write(other, ~uint64_t{ 0 });
		EXPECT_EQ(0u, Read(other)) << std::hex << other;
	}
	// ID_AA64DFR0_EL1: true numbers, no double lock.
	const uint64_t dfr0 = Read(3 << 20 | 5 << 1 | 5 << 5);
	EXPECT_EQ(kBreakpoints - 1, dfr0 >> 12 & 0xf);
	EXPECT_EQ(kWatchpoints - 1, dfr0 >> 20 & 0xf);
	EXPECT_EQ(0xfu, dfr0 >> 36 & 0xf);
}

// EL0 gets to the debug channel, which has nothing in it, unless its own EL1 forbids that.
TEST_P(DebugTest, TheDebugChannelOfEl0)
{
	const uint64_t mdccsr = Register(0, 1, 0) | 3 << 14;
	const arm_fake_reg esr = GetParam() ? ARM_FAKE_EL12_ESR_EL1 : ARM_FAKE_ESR_EL1;

	Start();
	SetReg(ARM_VCPU_REG_PSTATE, 0);
	EXPECT_EQ(0u, Read(mdccsr));
	SetReg(ARM_VCPU_REG_PSTATE, 5);
	Write(kMdscr, 1 << 12);
	EXPECT_EQ(0u, Read(mdccsr)) << "EL1 itself";
	SetReg(ARM_VCPU_REG_PSTATE, 0);
	EXPECT_EQ(0xdeadu, Read(mdccsr));
	EXPECT_EQ(fake_.regs[GetParam() ? ARM_FAKE_EL12_VBAR_EL1 : ARM_FAKE_VBAR_EL1] + 0x400, Pc());
	EXPECT_EQ(Esr(0x18, mdccsr | 1), fake_.regs[esr]);
}

TEST_P(DebugTest, OnTheCpuWhileTheyCanDoSomething)
{
	Start();
	Write(Point(kBvr, 1), 0x1000);
	Write(Point(kBcr, 1), kBreakHere);
	Write(kMdscr, kMde);
	ExpectHosts("locked");
	EXPECT_EQ(0u, MdscrInGuest());
	Write(kOslar, 0);
	EXPECT_EQ(0x1000u, Cpu(kBvr, 1));
	EXPECT_EQ(kBreakHere, Cpu(kBcr, 1));
	EXPECT_EQ(0u, Cpu(kBcr, 0)) << "the host's is off";
	EXPECT_EQ(kHost + 16 + 6, Cpu(kBcr, 6)) << "one that this CPU does not have";
	EXPECT_EQ(kMde, MdscrInGuest());
	// What is written now is there at once.
	Write(Point(kWvr, 0), 0x2000);
	Write(Point(kWcr, 0), kWatchHere);
	EXPECT_EQ(0x2000u, Cpu(kWvr, 0));
	EXPECT_EQ(kWatchHere, Cpu(kWcr, 0));
	Write(kMdscr, kMde | kKde | kSs);
	EXPECT_EQ(kMde | kKde | kSs, MdscrInGuest());
	Write(kMdscr, kKde);
	ExpectHosts("neither events nor steps");
	EXPECT_EQ(0u, MdscrInGuest());
	Write(kMdscr, kSs | kKde);
	EXPECT_EQ(kSs | kKde, MdscrInGuest());
	Write(kOslar, 1);
	ExpectHosts("locked again");
	EXPECT_EQ(0u, MdscrInGuest());
	EXPECT_EQ(kSs | kKde, Read(kMdscr));
}

// Whatever the guest writes, nothing matches above EL1, and no VMID.
TEST_P(DebugTest, NothingReachesBeyondEl1)
{
	Start();
	Arm();
	Write(Point(kBcr, 0), ~uint64_t{ 0 });
	EXPECT_EQ(0u, Cpu(kBcr, 0)) << "its type is about VMIDs or EL2";
	EXPECT_EQ(0xff01e7u, Read(Point(kBcr, 0)));
	const uint64_t higher = 1 << 13 | 3 << 14 | 1 << 29; // HMC, SSC, SSCE
	Write(Point(kBcr, 0), kBreakHere | higher);
	EXPECT_EQ(kBreakHere, Cpu(kBcr, 0));
	Write(Point(kWcr, 0), ~uint64_t{ 0 });
	EXPECT_EQ(0u, Cpu(kWcr, 0) & higher);
	EXPECT_EQ(0u, MdscrInGuest() & ~uint64_t{ 0xb001 });
	// Traps stay on, so that no other register is reached.
	EXPECT_EQ(MDCR_EL2_TDA | MDCR_EL2_TDOSA | MDCR_EL2_TDRA,
		  fake_.regs[ARM_FAKE_MDCR_EL2] & (MDCR_EL2_TDA | MDCR_EL2_TDOSA | MDCR_EL2_TDRA));
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_MDCR_EL2] & 1 << 8) << "TDE: exceptions are the guest's";
}

TEST_P(DebugTest, TheHostGetsItsOwnBack)
{
	Start();
	Arm();
	EXPECT_EQ(kMde | kKde, MdscrInGuest());
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ExpectHosts("after unbind");
	EXPECT_EQ(kHostMdscr, fake_.regs[ARM_FAKE_MDSCR_EL1]);
	for (int turn = 0; turn < 2; turn++) {
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		EXPECT_EQ(0xffff000012345678u, Cpu(kBvr, 2));
		EXPECT_EQ(kWatchHere, Cpu(kWcr, 3));
		EXPECT_EQ(kMde | kKde, MdscrInGuest());
		fake_.log.clear();
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		EXPECT_LT(fake_.Find("w MDSCR_EL1 0"), fake_.Find("w DBGBCR0_EL1"))
			<< "not in force by the guest's controls";
		EXPECT_LT(fake_.Find("w DBGWCR3_EL1"), fake_.Find("w MDSCR_EL1 a000"));
		ExpectHosts("after unbind");
	}
	// Another vCPU between: nothing of this one.
	axvcpu *first = vcpu_;
	Start();
	ExpectHosts("for a vCPU that debugs nothing");
	EXPECT_EQ(0u, MdscrInGuest());
	EXPECT_EQ(0u, Read(Point(kBvr, 2)));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	vcpu_ = first;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(0xffff000012345678u, Cpu(kBvr, 2));
	EXPECT_EQ(kMde | kKde, MdscrInGuest());
}

// The CPU's own OS lock, locked as it comes out of reset, would keep the guest's exceptions away.
TEST_P(DebugTest, TheOsLockOfTheCpuIsOffWhileTheGuestsRegistersAreThere)
{
	for (uint64_t lock : { 0u, 2u }) {
		fake_.regs[ARM_FAKE_OSLSR_EL1] = 8 | lock;
		fake_.on_write = [this](arm_fake_reg reg, uint64_t value) {
			if (reg == ARM_FAKE_OSLAR_EL1) {
				fake_.regs[ARM_FAKE_OSLSR_EL1] = 8 | (value & 1) << 1;
			}
		};
		Start();
		Write(kOslar, 0);
		EXPECT_EQ(8u | lock, fake_.regs[ARM_FAKE_OSLSR_EL1]) << "nothing is there";
		Write(kMdscr, kMde);
		EXPECT_EQ(8u, fake_.regs[ARM_FAKE_OSLSR_EL1]);
		Write(kOslar, 1);
		EXPECT_EQ(8u | lock, fake_.regs[ARM_FAKE_OSLSR_EL1]) << "the guest has locked its own";
		Write(kOslar, 0);
		EXPECT_EQ(8u, fake_.regs[ARM_FAKE_OSLSR_EL1]);
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		EXPECT_EQ(8u | lock, fake_.regs[ARM_FAKE_OSLSR_EL1]) << "the host has its own back";
		fake_.on_write = nullptr;
	}
}

TEST_P(DebugTest, AVcpuThatDebugsNothingTouchesNothing)
{
	Start();
	Write(kOslar, 0);
	for (uint32_t n = 0; n < kWatchpoints; n++) {
		Write(Point(kBcr, n), 0);
		Write(Point(kWcr, n), 0);
	}
	fake_.log.clear();
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	for (const std::string &line : fake_.log) {
		EXPECT_NE(0, line.compare(0, 5, "w DBG")) << line;
	}
	ExpectHosts("as the guest's operating system started");
}

TEST_P(DebugTest, ByIdAndInSnapshots)
{
	Start();
	Arm();
	std::vector<uint8_t> bytes(axvcpu_save_size(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_save(vcpu_, bytes.data(), bytes.size(), nullptr));
	EXPECT_EQ(kMde | kKde, Reg(kMdscrId));
	EXPECT_EQ(8u, Reg(kOslsrId));
	EXPECT_EQ(kBreakHere, Reg(PointId(kBcr, 2)));
	uint64_t value = 0;
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_get_reg(vcpu_, PointId(kBcr, 6), &value, sizeof(value)));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_set_reg(vcpu_, PointId(kWvr, 4), &value, sizeof(value)));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_reg(vcpu_, kOslsrId, &value, sizeof(value)));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));

	for (bool bound : { false, true }) {
		arm_vcpu_setup_config setup = {};

		setup.size = sizeof(setup);
		setup.vmid = 5;
		ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
		if (bound) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, bytes.data(), bytes.size()));
		if (!bound) {
			ExpectHosts("free");
			ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		}
		EXPECT_EQ(0xffff000012345678u, Cpu(kBvr, 2));
		EXPECT_EQ(kBreakHere, Cpu(kBcr, 2));
		EXPECT_EQ(0xffff0000aaaa0000u, Cpu(kWvr, 3));
		EXPECT_EQ(kMde | kKde, MdscrInGuest());
		// By id they go as they came.
		SetReg(PointId(kBvr, 2), 0x44);
		EXPECT_EQ(0x44u, Cpu(kBvr, 2));
		SetReg(kMdscrId, 0);
		ExpectHosts("off by id");
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	}
	// On a machine with fewer there is no room for it.
	fake_.regs[ARM_FAKE_ID_AA64DFR0_EL1] = 6 | 1 << 12 | 1 << 20;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, nullptr));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_load(vcpu_, bytes.data(), bytes.size()));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(vcpu_));
}

// An instruction that the library emulates was executed: its step is over.
TEST_P(DebugTest, AStepOverATrap)
{
	Start();
	Write(kOslar, 0);
	Write(kMdscr, kSs | kKde);
	SetReg(ARM_VCPU_REG_PSTATE, 0x5 | 1 << 21);
	Read(kMdscr);
	EXPECT_EQ(0u, Reg(ARM_VCPU_REG_PSTATE) & 1 << 21);
	EXPECT_EQ(kEntry + 4, Pc());
}

TEST_P(DebugTest, ACpuWithFewerIsRefused)
{
	arm_vcpu_setup_config setup = {};

	setup.size = sizeof(setup);
	fake_.regs[ARM_FAKE_ID_AA64DFR0_EL1] = 6 | 3 << 12 | 3 << 20;
	Start();
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	// Set up where there are more.
	fake_.regs[ARM_FAKE_ID_AA64DFR0_EL1] = 6 | 5 << 12 | 3 << 20;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_bind(vcpu_));
}

INSTANTIATE_TEST_SUITE_P(Hosts, DebugTest, ::testing::Bool(), [](const auto &param) {
	return param.param ? "Vhe" : "Plain";
});

} // namespace
