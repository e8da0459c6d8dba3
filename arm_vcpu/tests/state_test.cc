// SPDX-License-Identifier: Apache-2.0
// Configuration, bind and unbind, registers by id, stage-2 control.
#include "tests/fake_cpu.h"

#include <cstring>
#include <map>
#include <set>

extern "C" {
#include "src/stage2.h"
}

namespace {

class StateTest : public ArmTest {
    protected:
	std::vector<uint64_t> Ids()
	{
		size_t count = 0;

		EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_list_regs(vcpu_, nullptr, &count));
		std::vector<uint64_t> ids(count);
		EXPECT_EQ(AXVCPU_OK, axvcpu_list_regs(vcpu_, ids.data(), &count));
		return ids;
	}
};

TEST_F(StateTest, WhatBindLoadsUnbindSaves)
{
	fake_.regs[ARM_FAKE_ID_AA64ISAR1_EL1] = 0x10; // APA: pointer authentication
	Start();
	// The guest changes all of its registers; the CPU's copy counts while it is bound.
	uint64_t value = 0x1000;
	std::map<arm_fake_reg, uint64_t> expected;
#define CHANGE(name, op0, op1, crn, crm, op2)                        \
	fake_.regs[ARM_FAKE_##name] = ++value;                       \
	expected[ARM_FAKE_##name] = value;
	ARM_GUEST_SYSREGS(CHANGE)
	ARM_PAUTH_SYSREGS(CHANGE)
#undef CHANGE
	for (int n = 0; n < 32; n++) {
		std::memset(fake_.v[n], 0x40 + n, 16);
	}
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	// Somebody else uses the CPU.
	for (uint64_t &reg : fake_.regs) {
		reg ^= 0x5555;
	}
	fake_.regs[ARM_FAKE_CURRENTEL] = 2u << 2;
	std::memset(fake_.v, 0xee, sizeof(fake_.v));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	for (const auto &[reg, was] : expected) {
		EXPECT_EQ(was, fake_.regs[reg]) << RegName(reg);
	}
	for (int n = 0; n < 32; n++) {
		EXPECT_EQ(0x40 + n, fake_.v[n][15]);
	}
}

TEST_F(StateTest, UnbindPutsTheHostsControlsBack)
{
	arm_vcpu_setup_config setup = {};
	uint64_t value = 0x7000;
	std::map<arm_fake_reg, uint64_t> host;

	setup.size = sizeof(setup);
	setup.vmid = 3;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
#define HOST(name, op0, op1, crn, crm, op2)    \
	fake_.regs[ARM_FAKE_##name] = ++value; \
	host[ARM_FAKE_##name] = value;
	ARM_CONTROL_SYSREGS(HOST)
#undef HOST
	fake_.regs[ARM_FAKE_CNTVOFF_EL2] = ++value;
	host[ARM_FAKE_CNTVOFF_EL2] = value;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_TRUE(fake_.regs[ARM_FAKE_HCR_EL2] & HCR_EL2_VM);
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_CNTVOFF_EL2]) << "the guest's own";
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_HSTR_EL2]);
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = 1;
	fake_.regs[ARM_FAKE_CNTP_CTL_EL0] = 1;
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	for (const auto &[reg, was] : host) {
		EXPECT_EQ(was, fake_.regs[reg]) << RegName(reg);
	}
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_CNTV_CTL_EL0]) << "a timer of nobody";
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_CNTP_CTL_EL0]);
	EXPECT_EQ("isb", fake_.log.back()) << "the host's controls are in force";
	EXPECT_EQ(1u, Reg(ARM_VCPU_REG_SYS(3, 3, 14, 3, 1))) << "the guest's own is kept";
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

TEST_F(StateTest, ARunTouchesNoSystemRegister)
{
	Start();
	fake_.log.clear();
	Run(Esr(0x16, 1)); // HVC #1
	EXPECT_EQ(std::vector<std::string>({ "enter" }), fake_.log);
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
		for (unsigned bit : { 0, 1, 9, 10, 18, 20, 21, 35, 36 }) {
			EXPECT_TRUE(hcr >> bit & 1) << bit; // VM SWIO FB BSU TID3 TIDCP TACR TLOR TERR
		}
		for (unsigned bit : { 27, 34 }) {
			EXPECT_FALSE(hcr >> bit & 1) << bit; // TGE E2H
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
		bad.size += what == 0 ? 8 : 0;
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

TEST_F(StateTest, VheHostsAreRefused)
{
	fake_.regs[ARM_FAKE_HCR_EL2] = HCR_EL2_E2H;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, Make(nullptr, nullptr));
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
					ARM_VCPU_REG_SYS(3, 0, 0, 0, 0) };
	for (uint32_t n = 0; n < 32; n++) {
		expected.insert(ARM_VCPU_REG_V(n));
		if (n < 31) {
			expected.insert(ARM_VCPU_REG_X(n));
		}
	}
#define ID(name, op0, op1, crn, crm, op2) expected.insert(ARM_VCPU_REG_SYS(op0, op1, crn, crm, op2));
	ARM_GUEST_SYSREGS(ID)
	ARM_PAUTH_SYSREGS(ID)
#undef ID
	EXPECT_EQ(expected, std::set<uint64_t>(ids.begin(), ids.end()));
	EXPECT_EQ(expected.size(), ids.size());
	for (bool bound : { true, false }) {
		if (!bound) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		}
		for (uint64_t id : ids) {
			uint8_t value[16] = {};
			uint8_t again[16] = {};
			size_t size = AXVCPU_REG_SIZE(id);

			ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, id, value, size)) << std::hex << id;
			bool fixed = id == ARM_VCPU_REG_PSTATE ||
				     id == ARM_VCPU_REG_SYS(3, 0, 0, 0, 5) ||
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
				    0x3c5 | SPSR_IL, uint64_t{ 1 } << 32 | 0x3c5 };
	Start();
	for (uint64_t state : states) {
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
			  axvcpu_set_reg(vcpu_, ARM_VCPU_REG_PSTATE, &state, sizeof(state)))
			<< std::hex << state;
	}
	for (uint64_t state : { 0x3c5, 0x0, 0x4, 0x10, 0x30 }) {
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
		features.pa_bits = arm_pa_bits(range);
		features.vmid_bits = 8;
		for (uint32_t bits = 0; bits < 60; bits++) {
			for (uint32_t levels = 0; levels < 6; levels++) {
				if (!arm_stage2_fits(&features, bits, levels)) {
					continue;
				}
				uint64_t vtcr = arm_vtcr(&features, bits, levels);
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
					  arm_stage2_root_align(bits, levels));
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
			EXPECT_TRUE(arm_stage2_fits(&features, bits, arm_stage2_levels_for(bits)))
				<< range << " " << bits;
		}
		EXPECT_FALSE(arm_stage2_fits(&features, features.pa_bits + 1, 4));
	}
	arm_features wide = {};
	wide.pa_bits = 48;
	wide.vmid_bits = 16;
	EXPECT_TRUE(arm_vtcr(&wide, 48, 4) >> 19 & 1) << "16 bits of VMID";
}

} // namespace
