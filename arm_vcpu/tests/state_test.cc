// SPDX-License-Identifier: Apache-2.0
// Configuration, bind and unbind, registers by id, stage-2 control.
#include "tests/fake_cpu.h"

#include <cstring>
#include <map>
#include <set>

extern "C" {
#include "src/controls.h"
#include "src/stage2.h"
#include "src/vcpu.h"
}

namespace {

#define FAKE(name, op0, op1, crn, crm, op2) ARM_FAKE_##name,
#define FAKE_EL12(name, op0, op1, crn, crm, op2) ARM_FAKE_EL12_##name,

constexpr uint64_t kVheHost = HCR_EL2_E2H | HCR_EL2_TGE | HCR_EL2_IMO | HCR_EL2_RW;

class StateTest : public ArmTest {
    protected:
	// A CPU that has what the short way of bind and unbind deals with.
	void FillCommonCpu()
	{
		fake_.regs[ARM_FAKE_ID_AA64ISAR1_EL1] = 0x10; // APA
		fake_.regs[ARM_FAKE_ID_AA64MMFR1_EL1] |= uint64_t{ 1 } << 40;
		fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] |= uint64_t{ 1 } << 28; // RAS
		fake_.regs[ARM_FAKE_ID_AA64PFR1_EL1] |= uint64_t{ 1 } << 24; // SME
		fake_.regs[ARM_FAKE_ID_AA64DFR0_EL1] |= uint64_t{ 6 } << 8;
	}
	// One that has all that the library knows.
	void FillCpu()
	{
		FillCommonCpu();
		fake_.regs[ARM_FAKE_ID_AA64MMFR0_EL1] |= uint64_t{ 2 } << 56;
		// AMU, MPAM
		fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] |= uint64_t{ 1 } << 44 | uint64_t{ 1 } << 40;
		fake_.regs[ARM_FAKE_MPAMIDR_EL1] = uint64_t{ 1 } << 17;
	}
	// The guest's first use of FP or SIMD since bind.
	void UseFp() { Run(Esr(0x07, 0)); }
	// Its first use of pointer authentication ever.
	void UsePauth() { Run(Esr(0x09, 0)); }
	static bool IsIdentity(uint64_t id)
	{
		return id == ARM_VCPU_REG_SYS(3, 0, 0, 0, 5) || id == ARM_VCPU_REG_SYS(3, 0, 0, 0, 0);
	}
	std::vector<uint64_t> Ids()
	{
		size_t count = 0;

		EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_list_regs(vcpu_, nullptr, &count));
		std::vector<uint64_t> ids(count);
		EXPECT_EQ(AXVCPU_OK, axvcpu_list_regs(vcpu_, ids.data(), &count));
		return ids;
	}
};

enum Host {
	kCommon,
	kAllFeatures,
	kVhe,
};

// Every register of the guest that is on the CPU is saved and comes back, on every kind of host.
class MoveTest : public StateTest, public ::testing::WithParamInterface<Host> {
    protected:
	MoveTest()
	{
		if (GetParam() == kCommon) {
			FillCommonCpu();
		} else {
			FillCpu();
		}
		if (Vhe()) {
			fake_.regs[ARM_FAKE_HCR_EL2] = kVheHost;
		}
	}
	bool Vhe() const { return GetParam() == kVhe; }
	// The names of the guest's registers for this host; those that move with `flags`.
	std::vector<arm_fake_reg> GuestRegs(uint32_t flags, bool used = true)
	{
		std::vector<arm_fake_reg> regs = { ARM_COMMON_SYSREGS(FAKE) ARM_RAS_SYSREGS(FAKE)
							   ARM_SME_SYSREGS(FAKE) };
		if (used) {
			// What moves once the guest has used it.
			regs.insert(regs.end(), { ARM_FP_SYSREGS(FAKE) ARM_PAUTH_SYSREGS(FAKE) });
		}
		if (Vhe()) {
			regs.insert(regs.end(), { ARM_BANKED_SYSREGS(FAKE_EL12) });
		} else {
			regs.insert(regs.end(), { ARM_BANKED_SYSREGS(FAKE) });
		}
		if ((flags & ARM_VCPU_PASSTHROUGH_TIMER) != 0) {
			if (Vhe()) {
				regs.insert(regs.end(), { ARM_PTIMER_SYSREGS(FAKE_EL12) });
			} else {
				regs.insert(regs.end(), { ARM_PTIMER_SYSREGS(FAKE) });
			}
		}
		return regs;
	}
	arm_fake_reg Vtimer() const
	{
		return Vhe() ? ARM_FAKE_EL12_CNTV_CTL_EL0 : ARM_FAKE_CNTV_CTL_EL0;
	}
	arm_fake_reg Ptimer() const
	{
		return Vhe() ? ARM_FAKE_EL12_CNTP_CTL_EL0 : ARM_FAKE_CNTP_CTL_EL0;
	}
};

std::string HostName(const ::testing::TestParamInfo<Host> &host)
{
	return host.param == kCommon ? "Common" : host.param == kVhe ? "Vhe" : "AllFeatures";
}
INSTANTIATE_TEST_SUITE_P(Hosts, MoveTest, ::testing::Values(kCommon, kAllFeatures, kVhe), HostName);

TEST_P(MoveTest, WhatBindLoadsUnbindSaves)
{
	const uint32_t timer = ARM_VCPU_PASSTHROUGH_TIMER;

	for (auto [flags, used] : { std::pair{ 0u, false }, std::pair{ 0u, true }, std::pair{ timer, true } }) {
		SCOPED_TRACE(::testing::Message() << flags << used);
		Start(flags);
		if (used) {
			UseFp();
			UsePauth();
		}
		// The guest changes all of its registers; the CPU's copy counts while it is bound.
		std::map<arm_fake_reg, uint64_t> expected;
		uint64_t value = 0x1000;
		for (arm_fake_reg reg : GuestRegs(flags, used)) {
			fake_.regs[reg] = ++value;
			expected[reg] = value;
		}
		// SME, which the guest has not: its trap to EL1 stays off.
		expected[Vhe() ? ARM_FAKE_EL12_CPACR_EL1 : ARM_FAKE_CPACR_EL1] |= 3u << 24;
		for (int n = 0; n < 32; n++) {
			std::memset(fake_.v[n], 0x40 + n, 16);
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		// Somebody else uses the CPU.
		for (const auto &[reg, was] : expected) {
			fake_.regs[reg] = 0x5555;
		}
		std::memset(fake_.v, 0xee, sizeof(fake_.v));
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		if (used) {
			UseFp();
		}
		for (const auto &[reg, was] : expected) {
			EXPECT_EQ(was, fake_.regs[reg]) << RegName(reg);
		}
		for (int n = 0; n < 32; n++) {
			EXPECT_EQ(used ? 0x40 + n : 0xee, fake_.v[n][15]);
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	}
}

TEST_P(MoveTest, UnbindPutsTheHostsOwnBack)
{
	std::vector<arm_fake_reg> kept = { ARM_OWN_CONTROLS(FAKE) ARM_MPAM_CONTROLS(FAKE)
						   ARM_MPAM_HCR_CONTROLS(FAKE) ARM_SHARED_PAIRS(FAKE, FAKE)
							   ARM_SHARED_SINGLE(FAKE) };
	if (Vhe()) {
		// Its own EL0 is under these.
		kept.insert(kept.end(), { ARM_HCX_CONTROLS(FAKE) ARM_PMU_CONTROLS(FAKE)
						  ARM_AMU_CONTROLS(FAKE) ARM_SME_SYSREGS(FAKE) });
	}
	std::map<arm_fake_reg, uint64_t> host;
	uint64_t value = 0x7000;

	ASSERT_EQ(AXVCPU_OK, Make(nullptr, nullptr));
	for (arm_fake_reg reg : kept) {
		if (reg != ARM_FAKE_HCR_EL2) {
			fake_.regs[reg] = ++value;
		}
		host[reg] = fake_.regs[reg];
	}
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_CNTVOFF_EL2]) << "the guest's own";
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_HSTR_EL2]);
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_MDSCR_EL1]) << "the host's breakpoints are not the guest's";
	Run(Esr(0x16, 1));
	fake_.regs[Vtimer()] = 1;
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	for (const auto &[reg, was] : host) {
		EXPECT_EQ(was, fake_.regs[reg]) << RegName(reg);
	}
	EXPECT_EQ(0u, fake_.regs[Vtimer()]) << "a timer of nobody";
	EXPECT_EQ("isb", fake_.log.back()) << "the host's controls are in force";
	EXPECT_EQ(1u, Reg(ARM_VCPU_REG_SYS(3, 3, 14, 3, 1))) << "the guest's own is kept";
}

// What only a guest looks at may be any guest's between two binds, not longer.
TEST_P(MoveTest, DisablingPutsTheRestBack)
{
	const std::vector<arm_fake_reg> kept = { ARM_CONTROL_SYSREGS(FAKE) };
	std::map<arm_fake_reg, uint64_t> host;
	uint64_t value = 0x7000;

	ASSERT_EQ(AXVCPU_OK, Make(nullptr, nullptr));
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
	for (arm_fake_reg reg : kept) {
				if (reg != ARM_FAKE_HCR_EL2) {
			fake_.regs[reg] = ++value;
		}
		host[reg] = fake_.regs[reg];
	}
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	Run(Esr(0x16, 1));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	// With HCR_EL2.VM = 0 in force, no translation that speculation makes may have a guest's VMID.
	EXPECT_EQ(host[ARM_FAKE_VTTBR_EL2], fake_.regs[ARM_FAKE_VTTBR_EL2]);
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
	for (const auto &[reg, was] : host) {
		EXPECT_EQ(was, fake_.regs[reg]) << RegName(reg);
	}
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
}

// A guest that does not use pointer authentication does not pay for it, nor see others' keys.
TEST_P(MoveTest, KeysMoveFromTheirFirstUseOn)
{
	const uint64_t traps = HCR_EL2_API | HCR_EL2_APK;
	// MSR APIAKEYLO_EL1, X3
	const uint64_t key_write = uint64_t{ 3 } << 20 | 2u << 10 | 3u << 5 | 1u << 1;
	auto hcr = [this] {
		uint64_t seen = 0;
		fake_.on_enter = [&] { seen = fake_.regs[ARM_FAKE_HCR_EL2]; };
		Run(Esr(0x16, 1));
		fake_.on_enter = nullptr;
		return seen;
	};

	for (uint64_t first_use : { Esr(0x09, 0), Esr(0x18, key_write) }) {
		Start();
		EXPECT_EQ(0u, hcr() & traps);
		fake_.regs[ARM_FAKE_APIAKEYLO_EL1] = 0x99; // another guest's
		EXPECT_EQ(0u, Reg(ARM_VCPU_REG_SYS(3, 0, 2, 1, 0)));
		SetReg(ARM_VCPU_REG_SYS(3, 0, 2, 1, 0), 0x77);
		EXPECT_EQ(0x99u, fake_.regs[ARM_FAKE_APIAKEYLO_EL1]) << "not this guest's yet";
		SetReg(ARM_VCPU_REG_PC, kEntry);
		Run(first_use);
		EXPECT_TRUE(Handled());
		EXPECT_EQ(kEntry, Pc()) << "the instruction is executed again";
		EXPECT_EQ(0x77u, fake_.regs[ARM_FAKE_APIAKEYLO_EL1]);
		EXPECT_EQ(traps, hcr() & traps);
		fake_.regs[ARM_FAKE_APIAKEYLO_EL1] = 0x78;
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		fake_.regs[ARM_FAKE_APIAKEYLO_EL1] = 0x99;
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		EXPECT_EQ(0x78u, fake_.regs[ARM_FAKE_APIAKEYLO_EL1]) << "no trap any more";
		EXPECT_EQ(traps, hcr() & traps);
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	}
}

TEST_P(MoveTest, ThePhysicalTimerIsTheHostsUnlessPassedThrough)
{
	fake_.regs[Ptimer()] = 5;
	Start();
	EXPECT_EQ(5u, fake_.regs[Ptimer()]);
	SetReg(ARM_VCPU_REG_SYS(3, 3, 14, 2, 1), 7);
	EXPECT_EQ(7u, Reg(ARM_VCPU_REG_SYS(3, 3, 14, 2, 1)));
	EXPECT_EQ(5u, fake_.regs[Ptimer()]);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(5u, fake_.regs[Ptimer()]);
	EXPECT_EQ(7u, Reg(ARM_VCPU_REG_SYS(3, 3, 14, 2, 1)));

	Start(ARM_VCPU_PASSTHROUGH_TIMER);
	EXPECT_EQ(0u, fake_.regs[Ptimer()]);
	fake_.regs[Ptimer()] = 3;
	EXPECT_EQ(3u, Reg(ARM_VCPU_REG_SYS(3, 3, 14, 2, 1)));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(0u, fake_.regs[Ptimer()]) << "a timer of nobody";
	EXPECT_EQ(3u, Reg(ARM_VCPU_REG_SYS(3, 3, 14, 2, 1)));
}

// By id, each register is the guest's, on the CPU or not; what it holds of others stays.
TEST_P(MoveTest, ByIdItIsTheGuests)
{
	Start(ARM_VCPU_PASSTHROUGH_TIMER);
	UseFp();
	UsePauth();
	for (arm_fake_reg &reg : std::vector<arm_fake_reg>(GuestRegs(ARM_VCPU_PASSTHROUGH_TIMER))) {
		fake_.regs[reg] = 0;
	}
	uint64_t value = 0x100;
	std::map<uint64_t, uint64_t> expected;
	for (uint64_t id : Ids()) {
		// Those of debug are another matter (debug_test).
		if (id >> 14 == ARM_VCPU_REG_SYS(3, 0, 0, 0, 0) >> 14 && !IsIdentity(id)) {
			SetReg(id, ++value);
			expected[id] = value;
		}
	}
	for (const auto &[id, was] : expected) {
		EXPECT_EQ(was, Reg(id)) << std::hex << id;
	}
	std::set<uint64_t> on_cpu;
	for (arm_fake_reg reg : GuestRegs(ARM_VCPU_PASSTHROUGH_TIMER)) {
		on_cpu.insert(fake_.regs[reg] & 0xffff); // without what CPACR_EL1 has besides
	}
	for (const auto &[id, was] : expected) {
		EXPECT_EQ(1u, on_cpu.count(was)) << std::hex << id;
	}
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	for (const auto &[id, was] : expected) {
		EXPECT_EQ(was, Reg(id)) << std::hex << id;
	}
}

// Two guests by turns on one CPU, each with values of its own in all of its registers.
TEST_P(MoveTest, TwoGuestsByTurns)
{
	const uint32_t flags = ARM_VCPU_PASSTHROUGH_TIMER;
	axvcpu *guests[2];
	const uint64_t own[] = { 0x10000, 0x20000 };

	for (axvcpu *&guest : guests) {
		arm_vcpu_setup_config setup = {};
		setup.size = sizeof(setup);
		setup.flags = flags;
		ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
		guest = vcpu_;
	}
	for (int turn = 0; turn < 6; turn++) {
		uint64_t value = own[turn % 2];

		vcpu_ = guests[turn % 2];
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		if (turn % 3 != 2) {
			UseFp();
		}
		if (turn < 2) {
			UsePauth();
		}
		for (arm_fake_reg reg : GuestRegs(flags)) {
			uint64_t expected = turn < 2 ? 0 : value;
			bool fp = reg == ARM_FAKE_FPCR || reg == ARM_FAKE_FPSR;
			bool cpacr = reg == ARM_FAKE_CPACR_EL1 || reg == ARM_FAKE_EL12_CPACR_EL1;
			bool reset = turn < 2 && (reg == ARM_FAKE_SCTLR_EL1 || reg == ARM_FAKE_EL12_SCTLR_EL1);
			value++;
			if (fp && turn % 3 == 2) {
				continue; // not this guest's, and it cannot see them
			}
			if (!reset) {
				EXPECT_EQ(expected | (cpacr ? 3u << 24 : 0), fake_.regs[reg])
					<< RegName(reg) << " in turn " << turn;
			}
			fake_.regs[reg] = value - 1;
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	}
}

TEST_P(MoveTest, ARunTouchesNothingButWhatTheHostNeeds)
{
	Start();
	fake_.log.clear();
	Run(Esr(0x16, 1)); // HVC #1
	EXPECT_EQ(std::vector<std::string>({ "enter" }), fake_.log);
}

TEST_P(MoveTest, AHostWithE2hKeepsItsHcrButInTheGuest)
{
	uint64_t seen = 0;

	Start();
	fake_.on_enter = [&] {
		seen = fake_.regs[ARM_FAKE_HCR_EL2];
		// The CPU clears VSE when the guest takes its SError.
		fake_.regs[ARM_FAKE_HCR_EL2] &= ~HCR_EL2_VSE;
	};
	Run(Esr(0x16, 1));
	EXPECT_EQ(Vhe() ? HCR_EL2_E2H : 0, seen & (HCR_EL2_E2H | HCR_EL2_TGE));
	EXPECT_EQ(HCR_EL2_VM | HCR_EL2_TID3, seen & (HCR_EL2_VM | HCR_EL2_TID3));
	if (Vhe()) {
		EXPECT_EQ(kVheHost, fake_.regs[ARM_FAKE_HCR_EL2]);
	} else {
		EXPECT_TRUE(fake_.regs[ARM_FAKE_HCR_EL2] & HCR_EL2_VM);
	}
	fake_.on_enter = nullptr;
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(Vhe() ? kVheHost : 0, fake_.regs[ARM_FAKE_HCR_EL2]);
}

TEST_P(MoveTest, WhatIsPendingInHcrMovesWithTheGuest)
{
	arm_host host = {};
	arm_percpu percpu = {};
	arm_vcpu state = {};
	axvcpu_arch_vcpu_info info = {};
	const axvcpu_arch_ops *ops = arm_vcpu_ops();

	info.size = sizeof(info);
	info.host = &host;
	ASSERT_EQ(AXVCPU_OK, ops->host_init(&host, nullptr));
	ASSERT_EQ(AXVCPU_OK, ops->percpu_init(&percpu, &host, nullptr));
	ASSERT_EQ(AXVCPU_OK, ops->vcpu_create(&state, &info, nullptr));
	ASSERT_EQ(AXVCPU_OK, ops->setup(&state, nullptr));
	arm_vcpu_hcr_change(&state, 0, HCR_EL2_VSE);
	ASSERT_EQ(AXVCPU_OK, ops->bind(&state, &percpu));
	EXPECT_TRUE(arm_vcpu_hcr_read(&state) & HCR_EL2_VSE);
	EXPECT_TRUE(arm_vcpu_hcr_read(&state) & HCR_EL2_VM);
	arm_vcpu_hcr_change(&state, HCR_EL2_VSE, HCR_EL2_VI);
	ASSERT_EQ(AXVCPU_OK, ops->unbind(&state, &percpu));
	ASSERT_EQ(AXVCPU_OK, ops->bind(&state, &percpu));
	EXPECT_EQ(HCR_EL2_VI, arm_vcpu_hcr_read(&state) & (HCR_EL2_VI | HCR_EL2_VSE));
	arm_vcpu_hcr_change(&state, 0, HCR_EL2_VSE);
	if (!Vhe()) {
		// Taken meanwhile.
		fake_.regs[ARM_FAKE_HCR_EL2] &= ~HCR_EL2_VSE;
		ASSERT_EQ(AXVCPU_OK, ops->unbind(&state, &percpu));
		EXPECT_FALSE(arm_vcpu_hcr_read(&state) & HCR_EL2_VSE);
	}
}

TEST_F(StateTest, OrderOfBind)
{
	Start();
	size_t vttbr = fake_.Find("w VTTBR_EL2");
	size_t tlbi = fake_.Find("tlbi");
	size_t first_isb = fake_.Find("isb");

	ASSERT_LT(tlbi, fake_.log.size()) << "an unknown TLB is flushed";
	EXPECT_LT(vttbr, first_isb);
	EXPECT_LT(first_isb, tlbi) << "the VMID is in force before its entries go";
	EXPECT_EQ("isb", fake_.log.back());
	EXPECT_LT(fake_.Find("w CNTV_CVAL_EL0"), fake_.Find("w CNTV_CTL_EL0"))
		<< "the timer is enabled with its value in place";
}

TEST_F(StateTest, TlbMaintenanceOnlyWhenAnotherVcpuOfTheVmidRan)
{
	Start();
	axvcpu *first = vcpu_;
	auto rebind = [this](axvcpu *vcpu) {
		fake_.log.clear();
		EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
		size_t flushes = fake_.Count("tlbi");
		EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu));
		return flushes;
	};
	arm_vcpu_setup_config setup = {};

	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(first));
	EXPECT_EQ(0u, rebind(first)) << "the same one again";
	setup.size = sizeof(setup);
	setup.vmid = 6;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	axvcpu *other_machine = vcpu_;
	EXPECT_EQ(1u, rebind(other_machine)) << "never bound before";
	EXPECT_EQ(0u, rebind(first)) << "another VMID does no harm";
	setup.vmid = 5;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	axvcpu *sibling = vcpu_;
	EXPECT_EQ(1u, rebind(sibling));
	EXPECT_EQ(1u, rebind(first)) << "a sibling ran in between";
	EXPECT_EQ(0u, rebind(other_machine));
}

TEST_F(StateTest, HcrByConfiguration)
{
	struct {
		uint32_t flags;
		uint64_t set, clear;
	} cases[] = {
		{ 0, HCR_EL2_IMO | HCR_EL2_FMO | HCR_EL2_AMO, HCR_EL2_TWI | HCR_EL2_TWE },
		{ ARM_VCPU_PASSTHROUGH_INTERRUPT, HCR_EL2_AMO, HCR_EL2_IMO | HCR_EL2_FMO },
		{ ARM_VCPU_TRAP_WFI, HCR_EL2_TWI, HCR_EL2_TWE },
		{ ARM_VCPU_TRAP_WFE, HCR_EL2_TWE, HCR_EL2_TWI },
	};

	for (const auto &c : cases) {
		Start(c.flags);
		uint64_t hcr = fake_.regs[ARM_FAKE_HCR_EL2];
		EXPECT_EQ(c.set, hcr & c.set);
		EXPECT_EQ(0u, hcr & c.clear);
		EXPECT_TRUE(hcr & HCR_EL2_TSC) << "SMC is always ours";
		EXPECT_TRUE(hcr & HCR_EL2_RW);
		for (unsigned bit : { 0, 1, 9, 10, 16, 18, 20, 21, 35, 36, 58 }) {
			// VM SWIO FB BSU TID1 TID3 TIDCP TACR TLOR TERR TID5
			EXPECT_TRUE(hcr >> bit & 1) << bit;
		}
		for (unsigned bit : { 27, 34, 53, 56 }) {
			EXPECT_FALSE(hcr >> bit & 1) << bit; // TGE E2H EnSCXT ATA
		}
		EXPECT_EQ(0u, hcr & (HCR_EL2_API | HCR_EL2_APK)) << "no pointer authentication here";
		EXPECT_EQ(0u, fake_.regs[ARM_FAKE_CNTHCTL_EL2]);
		EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	}
	Start(ARM_VCPU_PASSTHROUGH_TIMER);
	EXPECT_EQ(CNTHCTL_EL2_EL1PCEN | CNTHCTL_EL2_EL1PCTEN, fake_.regs[ARM_FAKE_CNTHCTL_EL2]);
	EXPECT_EQ(fake_.regs[ARM_FAKE_MIDR_EL1], fake_.regs[ARM_FAKE_VPIDR_EL2]);
	EXPECT_EQ(uint64_t{ 1 } << 31, fake_.regs[ARM_FAKE_VMPIDR_EL2]);
	EXPECT_EQ(uint64_t{ 5 } << 48 | root_, fake_.regs[ARM_FAKE_VTTBR_EL2]);
}

TEST_F(StateTest, PointerAuthenticationKeysMoveOnlyWhereTheyAre)
{
	Start();
	EXPECT_EQ(fake_.log.size(), fake_.Find("w APIAKEYLO_EL1"));
}

TEST_F(StateTest, ConfigurationErrors)
{
	arm_vcpu_create_config create = {};
	arm_vcpu_setup_config setup = {};

	create.size = sizeof(create);
	for (int what = 0; what < 4; what++) {
		arm_vcpu_create_config bad = create;
		bad.size -= what == 0 ? 1 : 0;
		bad.flags = what == 1 ? 1 : 0;
		bad.mpidr = what == 2 ? uint64_t{ 1 } << 30 : 0;
		bad.midr = what == 3 ? uint64_t{ 1 } << 32 : 0;
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Make(&bad, nullptr)) << what;
	}
	setup.size = sizeof(setup);
	for (int what = 0; what < 7; what++) {
		arm_vcpu_setup_config bad = setup;
		bad.size = what == 0 ? offsetof(arm_vcpu_setup_config, vmid) : sizeof(bad);
		bad.flags = what == 1 ? 1u << 31 : 0;
		bad.smc_policy = what == 2 ? 3 : 0;
		bad.vmid = what == 3 ? 0x10000 : 0;
		bad.ipa_bits = what == 4 ? 31 : what == 5 ? 49 : 0;
		bad.stage2_levels = what == 6 ? 2 : 0;
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Make(nullptr, &bad)) << what;
	}
}

TEST_F(StateTest, WhatTheCpuCannotDoIsRefusedAtBind)
{
	arm_vcpu_setup_config setup = {};

	fake_.regs[ARM_FAKE_ID_AA64MMFR0_EL1] = 2; // 40 bits
	fake_.regs[ARM_FAKE_ID_AA64MMFR1_EL1] = 0; // 8 bits of VMID
	fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] = 0x11;
	setup.size = sizeof(setup);
	setup.vmid = 255;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	SetReg(ARM_VCPU_REG_PSTATE, 0x10);
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_bind(vcpu_)) << "AArch32 at EL0";
	setup.vmid = 256;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_bind(vcpu_)) << "a VMID of 9 bits";
	setup.vmid = 1;
	setup.ipa_bits = 42;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_bind(vcpu_)) << "42 bits of address";
}

TEST_F(StateTest, HostsThatCannot)
{
	fake_.regs[ARM_FAKE_CURRENTEL] = 1u << 2;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, Make(nullptr, nullptr)) << "EL1";
}

TEST_F(StateTest, Interrupts)
{
	Start();
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 1019));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_inject_interrupt(vcpu_, 1020));
	Run(Esr(0x16, 1));
	ASSERT_EQ(1u, injected_.size());
	EXPECT_EQ(vcpu_, injected_[0].first);
	EXPECT_EQ(1019u, injected_[0].second);
	hal_.inject_virtual_interrupt = nullptr;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_inject_interrupt(vcpu_, 40));
}

TEST_F(StateTest, EveryListedRegisterCanBeReadAndWritten)
{
	Start();
	std::vector<uint64_t> ids = Ids();
	// Each register once.
	std::set<uint64_t> expected = { ARM_VCPU_REG_PC, ARM_VCPU_REG_PSTATE,
					ARM_VCPU_REG_SYS(3, 0, 0, 0, 5),
					ARM_VCPU_REG_SYS(3, 0, 0, 0, 0),
					ARM_VCPU_REG_SERROR };
	for (uint32_t n = 0; n < 32; n++) {
		expected.insert(ARM_VCPU_REG_V(n));
		if (n < 31) {
			expected.insert(ARM_VCPU_REG_X(n));
		}
	}
#define ID(name, op0, op1, crn, crm, op2) expected.insert(ARM_VCPU_REG_SYS(op0, op1, crn, crm, op2));
	ARM_SAVED_SYSREGS(ID)
#undef ID
	// Of SVE, which it has not (sve_test.cc).
	expected.erase(ARM_VCPU_REG_SYS(3, 0, 1, 2, 0));
	// The access of several exits, of which there is none.
	const std::set<uint64_t> access = { ARM_VCPU_REG_ACCESS, ARM_VCPU_REG_ACCESS_DATA(0),
					    ARM_VCPU_REG_ACCESS_DATA(1) };
	expected.insert(access.begin(), access.end());
	// One breakpoint, one watchpoint, their controls, the OS lock.
	for (uint32_t op2 = 4; op2 < 8; op2++) {
		expected.insert(ARM_VCPU_REG_SYS(2, 0, 0, 0, op2));
	}
	expected.insert(ARM_VCPU_REG_SYS(2, 0, 0, 2, 2));
	expected.insert(ARM_VCPU_REG_SYS(2, 0, 1, 1, 4));
	EXPECT_EQ(expected, std::set<uint64_t>(ids.begin(), ids.end()));
	EXPECT_EQ(expected.size(), ids.size());
	for (bool bound : { true, false }) {
		if (!bound) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		}
		for (uint64_t id : ids) {
			uint8_t value[AXVCPU_REG_MAX_SIZE] = {};
			uint8_t again[AXVCPU_REG_MAX_SIZE] = {};
			size_t size = AXVCPU_REG_SIZE(id);

			ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, id, value, size)) << std::hex << id;
			bool fixed = id == ARM_VCPU_REG_PSTATE || access.count(id) != 0 ||
				     id == ARM_VCPU_REG_SYS(3, 0, 0, 0, 5) ||
				     id == ARM_VCPU_REG_SYS(2, 0, 0, 2, 2) ||
				     id == ARM_VCPU_REG_SYS(2, 0, 1, 1, 4) ||
				     id == ARM_VCPU_REG_SYS(3, 0, 0, 0, 0);
			value[0] = static_cast<uint8_t>(fixed ? value[0] : value[0] ^ 0x40);
			ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, id, value, size)) << std::hex << id;
			ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, id, again, size));
			EXPECT_EQ(0, std::memcmp(value, again, size)) << std::hex << id;
		}
	}
	uint64_t value = 0;
	for (uint64_t id : { ARM_VCPU_REG_X(31), ARM_VCPU_REG_V(32),
			     ARM_VCPU_REG_SYS(3, 4, 1, 1, 0), uint64_t{ 0 }, UINT64_MAX }) {
		uint8_t buffer[AXVCPU_REG_MAX_SIZE * 1024] = {};
		EXPECT_NE(AXVCPU_OK, axvcpu_get_reg(vcpu_, id, buffer, AXVCPU_REG_SIZE(id)))
			<< std::hex << id;
	}
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_PC, &value, 4));
}

TEST_F(StateTest, IllegalValuesAreRefused)
{
	const uint64_t states[] = { 0x3c8, 0x3c9, 0x3cc, 0x3cd, 0x3c1, 0x3c6, 0x3c7, 0x13, 0x1f, 0x1a,
				    uint64_t{ 1 } << 36 | 0x3c5 };
	Start();
	for (uint64_t state : states) {
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
			  axvcpu_set_reg(vcpu_, ARM_VCPU_REG_PSTATE, &state, sizeof(state)))
			<< std::hex << state;
	}
	// With IL: so a guest is left that has returned illegally and got no further. With PM: a guest
	// on a CPU with FEAT_EBEP sets it by an MSR that does not trap.
	for (uint64_t state : { 0x3c5ull, 0x0ull, 0x4ull, 0x10ull, 0x30ull, 0x1003c5ull, 0x1000003c5ull }) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_PSTATE, &state, sizeof(state)));
	}
	uint64_t mpidr = 1;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_set_reg(vcpu_, ARM_VCPU_REG_SYS(3, 0, 0, 0, 5), &mpidr, sizeof(mpidr)));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_gpr(vcpu_, 30, 5));
	EXPECT_EQ(5u, X(30));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_gpr(vcpu_, 31, 5));
	uint64_t zero = 1;
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_gpr(vcpu_, 31, &zero));
	EXPECT_EQ(0u, zero);
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_gpr(vcpu_, 32, 5));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_entry(vcpu_, kEntry + 2));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_entry(vcpu_, uint64_t{ 1 } << 48));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_ept_root(vcpu_, root_ + 0x800));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_ept_root(vcpu_, root_ + 0x1000))
		<< "40 bits with 3 levels have two concatenated pages";
}

TEST_F(StateTest, RegistersThatThisCpuLacksAreTheSavedOnes)
{
	const uint64_t key = ARM_VCPU_REG_SYS(3, 0, 2, 1, 0); // APIAKEYLO_EL1

	Start();
	SetReg(key, 0x1234);
	EXPECT_EQ(0x1234u, Reg(key));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(0x1234u, Reg(key)) << "kept for a CPU that has it";
}

TEST_F(StateTest, AnAArch32StateIsRefusedWhereTheCpuHasNone)
{
	const uint64_t user32 = 0x10;

	fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] = 0x11;
	Start();
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_set_reg(vcpu_, ARM_VCPU_REG_PSTATE, &user32, sizeof(user32)));
	SetReg(ARM_VCPU_REG_PSTATE, 0x3c4);
	Run(Esr(0x16, 1));
	// Another CPU may have it, so it is bind that decides.
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	SetReg(ARM_VCPU_REG_PSTATE, user32);
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_bind(vcpu_));
}

// The first level of a walk and the bits it resolves, as D8.2.8 derives them of VTCR_EL2.
TEST(Stage2, VtcrDescribesTheTable)
{
	for (uint64_t range = 0; range < 7; range++) {
		arm_features features = {};
		features.pa_bits = arm_vcpu_pa_bits(range);
		features.vmid_bits = 8;
		for (uint32_t bits = 0; bits < 60; bits++) {
			for (uint32_t levels = 0; levels < 6; levels++) {
				if (!arm_vcpu_stage2_fits(&features, bits, levels)) {
					continue;
				}
				uint64_t vtcr = arm_vcpu_vtcr(&features, bits, levels);
				uint64_t start_level = 2 - (vtcr >> 6 & 3);
				uint64_t below_root = 12 + 9 * (3 - start_level);
				EXPECT_EQ(bits, 64 - (vtcr & 0x3f));
				EXPECT_EQ(levels, 4 - start_level);
				// Walks are cacheable, write-back, inner shareable, as the table is written.
				EXPECT_EQ(1u, vtcr >> 8 & 3);
				EXPECT_EQ(1u, vtcr >> 10 & 3);
				EXPECT_EQ(3u, vtcr >> 12 & 3);
				EXPECT_EQ(0u, vtcr >> 14 & 3) << "4 KiB pages";
				EXPECT_GT(bits, below_root) << "the root resolves something";
				EXPECT_LE(bits, below_root + 9 + 4) << "at most 16 root pages";
				uint64_t root_bytes = 8u << (bits - below_root);
				EXPECT_EQ(root_bytes < 4096 ? 4096 : root_bytes,
					  arm_vcpu_stage2_root_align(bits, levels));
				EXPECT_LE(bits, features.pa_bits);
				EXPECT_EQ(range < 6 ? range : 5, vtcr >> 16 & 7);
				EXPECT_EQ(0u, vtcr >> 19 & 1);
				EXPECT_TRUE(vtcr >> 31 & 1);
				if (start_level == 0) {
					EXPECT_GE(features.pa_bits, 44u);
				}
			}
		}
		// Some shape for every size from 32 bits up to what the CPU has.
		for (uint32_t bits = 32; bits <= features.pa_bits; bits++) {
			EXPECT_TRUE(arm_vcpu_stage2_fits(&features, bits, arm_vcpu_stage2_levels_for(bits)))
				<< range << " " << bits;
		}
		EXPECT_FALSE(arm_vcpu_stage2_fits(&features, features.pa_bits + 1, 4));
	}
	arm_features wide = {};
	wide.pa_bits = 48;
	wide.vmid_bits = 16;
	EXPECT_TRUE(arm_vcpu_vtcr(&wide, 48, 4) >> 19 & 1) << "16 bits of VMID";
}

} // namespace
