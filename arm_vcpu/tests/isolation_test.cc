// SPDX-License-Identifier: Apache-2.0
// What one guest leaves on a CPU, the next one does not find: FP, traps, hidden registers.
#include "tests/fake_cpu.h"

#include <cstring>

namespace {

constexpr uint64_t kVheHost = HCR_EL2_E2H | HCR_EL2_TGE;
constexpr uint64_t kFpTrap = 0x07;

class IsolationTest : public ArmTest, public ::testing::WithParamInterface<bool> {
    protected:
	IsolationTest()
	{
		if (GetParam()) {
			fake_.regs[ARM_FAKE_HCR_EL2] = kVheHost;
		}
	}
	axvcpu *New()
	{
		EXPECT_EQ(AXVCPU_OK, Make(nullptr, nullptr));
		return vcpu_;
	}
	bool FpTraps() const
	{
		uint64_t cptr = fake_.regs[ARM_FAKE_CPTR_EL2];

		return GetParam() ? (cptr >> 20 & 3) == 0 : (cptr >> 10 & 1) != 0;
	}
	static uint64_t Iss(uint32_t op0, uint32_t op1, uint32_t crn, uint32_t crm, uint32_t op2)
	{
		return uint64_t{ op0 } << 20 | uint64_t{ op2 } << 17 | uint64_t{ op1 } << 14 |
		       uint64_t{ crn } << 10 | uint64_t{ crm } << 1;
	}
	arm_fake_reg Banked(arm_fake_reg plain, arm_fake_reg el12) const
	{
		return GetParam() ? el12 : plain;
	}
	// A trapped MRS to X3, or MSR of it.
	void Access(uint64_t iss, bool read)
	{
		SetReg(ARM_VCPU_REG_PC, kEntry);
		SetReg(ARM_VCPU_REG_PSTATE, 0x3c5);
		SetReg(ARM_VCPU_REG_SYS(3, 0, 12, 0, 0), 0x80000); // VBAR_EL1
		Run(Esr(0x18, iss | 3 << 5 | (read ? 1 : 0)));
	}
	bool Undefined()
	{
		return Handled() && Pc() == 0x80200 &&
		       Reg(ARM_VCPU_REG_SYS(3, 0, 5, 2, 0)) == 1u << 25; // ESR_EL1
	}
};

INSTANTIATE_TEST_SUITE_P(Hosts, IsolationTest, ::testing::Bool(), [](const auto &host) {
	return std::string(host.param ? "Vhe" : "NonVhe");
});

TEST_P(IsolationTest, FpMovesOnlyWhenItIsUsed)
{
	axvcpu *first = New();
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(first));
	EXPECT_TRUE(FpTraps());
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(first));
	EXPECT_EQ(0u, fake_.Count("fp load"));
	EXPECT_EQ(0u, fake_.Count("fp save"));

	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(first));
	SetReg(ARM_VCPU_REG_PC, kEntry);
	Run(Esr(kFpTrap, 0));
	EXPECT_TRUE(Handled());
	EXPECT_EQ(kEntry, Pc()) << "the instruction is executed again";
	EXPECT_FALSE(FpTraps());
	EXPECT_EQ(1u, fake_.Count("fp load"));
	EXPECT_EQ(2u, fake_.Count("enter"));
	std::memset(fake_.v, 0x77, sizeof(fake_.v));
	fake_.regs[ARM_FAKE_FPCR] = 0x1000000;
	fake_.regs[ARM_FAKE_FPSR] = 0x8000000;
	Run(Esr(0x16, 1));
	EXPECT_FALSE(FpTraps()) << "it stays until unbind";
	EXPECT_EQ(0u, fake_.Count("fp save"));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(first));
	EXPECT_EQ(1u, fake_.Count("fp save"));

	// Another guest meets the trap, and its own registers behind it.
	axvcpu *second = New();
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(second));
	EXPECT_TRUE(FpTraps());
	Run(Esr(kFpTrap, 0));
	for (const auto &v : fake_.v) {
		for (uint8_t byte : v) {
			ASSERT_EQ(0, byte);
		}
	}
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_FPCR]);
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_FPSR]);
	fake_.regs[ARM_FAKE_FPCR] = 1;
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(second));

	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(first));
	vcpu_ = first;
	Run(Esr(kFpTrap, 0));
	EXPECT_EQ(0x77, fake_.v[31][15]);
	EXPECT_EQ(0x1000000u, fake_.regs[ARM_FAKE_FPCR]);
	EXPECT_EQ(0x8000000u, fake_.regs[ARM_FAKE_FPSR]);
}

TEST_P(IsolationTest, FpByIdBeforeItsFirstUse)
{
	uint8_t value[16];

	New();
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	std::memset(fake_.v, 0x99, sizeof(fake_.v)); // another guest's
	fake_.regs[ARM_FAKE_FPCR] = 0x99;
	ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_V(3), value, 16));
	EXPECT_EQ(0, value[0]);
	EXPECT_EQ(0u, Reg(ARM_VCPU_REG_SYS(3, 3, 4, 4, 0)));
	std::memset(value, 0x31, sizeof(value));
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_V(3), value, 16));
	SetReg(ARM_VCPU_REG_SYS(3, 3, 4, 4, 0), 0x400000);
	EXPECT_EQ(0x99, fake_.v[3][0]) << "not this guest's yet";
	Run(Esr(kFpTrap, 0));
	EXPECT_EQ(0x31, fake_.v[3][0]);
	EXPECT_EQ(0, fake_.v[4][0]);
	EXPECT_EQ(0x400000u, fake_.regs[ARM_FAKE_FPCR]);
}

TEST_P(IsolationTest, CptrInTheHostsFormat)
{
	New();
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	for (bool used : { false, true }) {
		uint64_t cptr = fake_.regs[ARM_FAKE_CPTR_EL2];
		EXPECT_TRUE(cptr >> 30 & 1) << "TAM";
		if (GetParam()) {
			EXPECT_TRUE(cptr >> 28 & 1) << "TTA";
			EXPECT_EQ(0u, cptr >> 16 & 3) << "ZEN";
			EXPECT_EQ(0u, cptr >> 24 & 3) << "SMEN";
		} else {
			EXPECT_TRUE(cptr >> 20 & 1) << "TTA";
			EXPECT_TRUE(cptr >> 8 & 1) << "TZ";
			EXPECT_TRUE(cptr >> 12 & 1) << "TSM";
		}
		EXPECT_EQ(!used, FpTraps());
		Run(Esr(kFpTrap, 0));
	}
}

TEST_P(IsolationTest, CnthctlInTheHostsFormat)
{
	fake_.regs[ARM_FAKE_CNTHCTL_EL2] = 0x3a7;
	Start();
	EXPECT_EQ(GetParam() ? 0x3a7u : 0u, fake_.regs[ARM_FAKE_CNTHCTL_EL2]);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	fake_.regs[ARM_FAKE_CNTHCTL_EL2] = 0x3a7;
	Start(ARM_VCPU_PASSTHROUGH_TIMER);
	EXPECT_EQ(GetParam() ? 0xfa7u : 3u, fake_.regs[ARM_FAKE_CNTHCTL_EL2]);
}

TEST_P(IsolationTest, ControlsOfOptionalFeatures)
{
	fake_.regs[ARM_FAKE_ID_AA64MMFR0_EL1] |= uint64_t{ 2 } << 56;
	fake_.regs[ARM_FAKE_ID_AA64MMFR1_EL1] |= uint64_t{ 1 } << 40;
	fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] |= uint64_t{ 1 } << 44 | uint64_t{ 1 } << 40;
	fake_.regs[ARM_FAKE_ID_AA64DFR0_EL1] = 6u << 8;
	fake_.regs[ARM_FAKE_MPAMIDR_EL1] = 1u << 17;
#define ALL_ONES(name, op0, op1, crn, crm, op2) fake_.regs[ARM_FAKE_##name] = UINT64_MAX;
	ARM_HCX_CONTROLS(ALL_ONES)
	ARM_FGT_CONTROLS(ALL_ONES)
	ARM_FGT_AMU_CONTROLS(ALL_ONES)
	ARM_FGT2_CONTROLS(ALL_ONES)
#undef ALL_ONES
	fake_.regs[ARM_FAKE_MPAM2_EL2] = 0x12;
	fake_.regs[ARM_FAKE_MPAMHCR_EL2] = 0x2;
	Start();
#define ZERO(name, op0, op1, crn, crm, op2) EXPECT_EQ(0u, fake_.regs[ARM_FAKE_##name]) << #name;
	ARM_FGT_CONTROLS(ZERO)
	ARM_FGT_AMU_CONTROLS(ZERO)
	ARM_FGT2_CONTROLS(ZERO)
#undef ZERO
	EXPECT_EQ(1u << 6, fake_.regs[ARM_FAKE_HCRX_EL2]) << "TALLINT alone";
	EXPECT_EQ(uint64_t{ 3 } << 48 | 0x12, fake_.regs[ARM_FAKE_MPAM2_EL2]);
	EXPECT_EQ(uint64_t{ 1 } << 31 | 2, fake_.regs[ARM_FAKE_MPAMHCR_EL2]);
	EXPECT_EQ(1u, fake_.regs[ARM_FAKE_PMUSERENR_EL0])
		<< "the PMU at EL0 traps to EL2, not to EL1 as if it were there";
	EXPECT_EQ(1u, fake_.regs[ARM_FAKE_AMUSERENR_EL0]);
}

TEST_P(IsolationTest, WhatNobodyOffersIsUndefined)
{
	const uint64_t hidden[] = {
		Iss(3, 0, 0, 0, 2),   // nothing
		Iss(3, 1, 0, 0, 4),   // GMID_EL1
		Iss(3, 1, 0, 0, 6),   // SMIDR_EL1
		Iss(3, 0, 1, 0, 3),   // SCTLR2_EL1
		Iss(3, 0, 1, 0, 5),   // RGSR_EL1
		Iss(3, 0, 1, 0, 6),   // GCR_EL1
		Iss(3, 0, 1, 2, 4),   // SMPRI_EL1
		Iss(3, 0, 1, 2, 6),   // SMCR_EL1
		Iss(3, 0, 2, 0, 3),   // TCR2_EL1
		Iss(3, 0, 2, 5, 0),   // GCSCR_EL1
		Iss(3, 0, 4, 3, 0),   // ALLINT
		Iss(3, 0, 5, 6, 0),   // TFSR_EL1
		Iss(3, 0, 5, 6, 1),   // TFSRE0_EL1
		Iss(3, 0, 5, 3, 0),   // ERRIDR_EL1
		Iss(3, 0, 5, 4, 0),   // ERXFR_EL1
		Iss(3, 0, 9, 10, 0),  // PMBLIMITR_EL1
		Iss(3, 0, 10, 2, 3),  // PIR_EL1
		Iss(3, 0, 10, 4, 4),  // MPAMIDR_EL1
		Iss(3, 0, 10, 5, 0),  // MPAM1_EL1
		Iss(3, 0, 13, 0, 5),  // ACCDATA_EL1
		Iss(3, 3, 2, 5, 1),   // GCSPR_EL0
		Iss(3, 3, 4, 2, 2),   // SVCR
		Iss(3, 3, 4, 2, 7),   // TCO
		Iss(3, 3, 10, 2, 4),  // POR_EL0
		Iss(3, 3, 13, 0, 5),  // TPIDR2_EL0
		Iss(3, 3, 13, 0, 7),  // SCXTNUM_EL0
		Iss(2, 1, 9, 0, 0),   // BRBCR_EL1
	};

	Start();
	for (uint64_t iss : hidden) {
		for (bool read : { false, true }) {
			Access(iss, read);
			EXPECT_TRUE(Undefined()) << std::hex << iss;
		}
	}
}

TEST_P(IsolationTest, SveAndSmeOfTheCpuAreUndefinedWhateverTheGuestSetsInCpacr)
{
	const uint64_t zen = 3u << 16, smen = 3u << 24, fpen = 3u << 20;
	const uint64_t cpacr = ARM_VCPU_REG_SYS(3, 0, 1, 0, 2);
	const uint64_t iss = Iss(3, 0, 1, 0, 2);
	arm_fake_reg reg = Banked(ARM_FAKE_CPACR_EL1, ARM_FAKE_EL12_CPACR_EL1);
	const struct {
		uint64_t pfr0, pfr1, forced;
	} cases[] = {
		{ uint64_t{ 1 } << 32, 0, zen },
		{ 0, uint64_t{ 1 } << 24, smen },
		{ uint64_t{ 1 } << 32, uint64_t{ 1 } << 24, zen | smen },
		{ 0, 0, 0 },
	};

	for (const auto &c : cases) {
		fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] = 0x22 | c.pfr0;
		fake_.regs[ARM_FAKE_ID_AA64PFR1_EL1] = c.pfr1;
		if (vcpu_ != nullptr) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
			EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
		}
		Start();
		EXPECT_EQ(c.forced, fake_.regs[reg]) << "from the first instruction on";
		EXPECT_EQ(c.forced != 0, (fake_.regs[ARM_FAKE_CPTR_EL2] >> 31 & 1) != 0) << "TCPAC";
		if (c.forced != 0) {
			SetX(3, fpen | zen);
			Access(iss, false);
			EXPECT_EQ(kEntry + 4, Pc());
			EXPECT_EQ((fpen | zen) | c.forced, fake_.regs[reg]);
			Access(iss, true);
			EXPECT_EQ((fpen | zen) & ~c.forced, X(3));
			EXPECT_EQ((fpen | zen) & ~c.forced, Reg(cpacr));
			Run(Esr(kFpTrap, 0));
			EXPECT_TRUE(fake_.regs[ARM_FAKE_CPTR_EL2] >> 31 & 1) << "after the first use of FP, too";
		}
		SetReg(cpacr, fpen);
		EXPECT_EQ(fpen | c.forced, fake_.regs[reg]);
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		EXPECT_EQ(fpen, Reg(cpacr));
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		EXPECT_EQ(fpen | c.forced, fake_.regs[reg]);
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	}
}

TEST_P(IsolationTest, RevisionBelongsToTheCpuThatIsShown)
{
	const uint64_t revidr = Iss(3, 0, 0, 0, 6);
	const uint64_t aidr = Iss(3, 1, 0, 0, 7);
	arm_vcpu_create_config create = {};

	fake_.regs[ARM_FAKE_REVIDR_EL1] = 0x11;
	fake_.regs[ARM_FAKE_AIDR_EL1] = 0x22;
	create.size = sizeof(create);
	for (uint64_t midr : { uint64_t{ 0 }, fake_.regs[ARM_FAKE_MIDR_EL1], uint64_t{ 0x410fd0c0 } }) {
		bool own = midr != 0x410fd0c0;
		create.midr = midr;
		ASSERT_EQ(AXVCPU_OK, Make(&create, nullptr));
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		Access(revidr, true);
		EXPECT_EQ(own ? 0x11u : 0u, X(3));
		Access(aidr, true);
		EXPECT_EQ(own ? 0x22u : 0u, X(3));
		EXPECT_EQ(kEntry + 4, Pc());
		EXPECT_EQ(fake_.regs[ARM_FAKE_VPIDR_EL2], Reg(ARM_VCPU_REG_SYS(3, 0, 0, 0, 0)))
			<< "by id it is what the guest reads";
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		EXPECT_EQ(own ? fake_.regs[ARM_FAKE_MIDR_EL1] : midr, Reg(ARM_VCPU_REG_SYS(3, 0, 0, 0, 0)));
	}
}

// Injection and translation use the guest's registers, under whatever name.
TEST_P(IsolationTest, ExceptionsGoToTheGuestsRegisters)
{
	arm_fake_reg vbar = Banked(ARM_FAKE_VBAR_EL1, ARM_FAKE_EL12_VBAR_EL1);
	arm_fake_reg elr = Banked(ARM_FAKE_ELR_EL1, ARM_FAKE_EL12_ELR_EL1);
	arm_fake_reg far = Banked(ARM_FAKE_FAR_EL1, ARM_FAKE_EL12_FAR_EL1);

	Start();
	fake_.regs[vbar] = 0xabc000;
	// A permission fault on a page: stage 1 is asked, then the hypervisor refuses.
	fake_.at_result = 0x5000;
	fake_.regs[ARM_FAKE_PAR_EL1] = 0x123;
	const axvcpu_exit *exit = Run(Esr(0x24, 0x4f), 0x7008, 0);
	ASSERT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT, exit->reason);
	EXPECT_EQ(0x5008u, exit->u.nested_page_fault.gpa);
	EXPECT_EQ(0x123u, fake_.regs[ARM_FAKE_PAR_EL1]) << "the guest's own";
	EXPECT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(0xabc200u, Pc());
	EXPECT_EQ(kEntry, fake_.regs[elr]);
	EXPECT_EQ(0x7008u, fake_.regs[far]);
	EXPECT_EQ(GetParam() ? kVheHost : fake_.regs[ARM_FAKE_HCR_EL2], fake_.regs[ARM_FAKE_HCR_EL2]);
}

} // namespace
