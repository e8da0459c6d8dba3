// SPDX-License-Identifier: Apache-2.0
// A vCPU that was saved and loaded has every register that it had, and the guest's clock goes on.
#include "tests/fake_cpu.h"

#include <cstring>

namespace {

// What is on the CPU from bind on; FP and SIMD registers go there at their first use.
#define ARM_GUEST_SYSREGS(X) ARM_COMMON_SYSREGS(X) ARM_BANKED_SYSREGS(X)

class SnapshotTest : public ArmTest {
    protected:
	// Every register of the guest gets a value of its own, as the guest would do it.
	void Fill(uint64_t seed)
	{
		uint64_t value = seed << 20;

#define CHANGE(name, op0, op1, crn, crm, op2) fake_.regs[ARM_FAKE_##name] = ++value;
		ARM_GUEST_SYSREGS(CHANGE)
		ARM_PAUTH_SYSREGS(CHANGE)
#undef CHANGE
		for (int n = 0; n < 32; n++) {
			uint8_t bytes[16];

			std::memset(bytes, static_cast<int>(seed) + n, sizeof(bytes));
			ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_V(n), bytes, sizeof(bytes)));
		}
		for (uint32_t n = 0; n < 31; n++) {
			SetX(n, ++value);
		}
		SetPlace(seed);
	}

	void SetPlace(uint64_t seed)
	{
		SetReg(ARM_VCPU_REG_PC, 0xffff800010000000 + seed * 4);
		SetReg(ARM_VCPU_REG_PSTATE, 0x60000004);
	}

	// The guest's first use of pointer authentication: its keys go to the CPU.
	void UsePauth() { Run(Esr(0x09, 0)); }

	// Another vCPU in place of the first, on a CPU that keeps nothing of it.
	void Replace(uint32_t flags = 0)
	{
		arm_vcpu_setup_config setup = {};

		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
#define FORGET(name, op0, op1, crn, crm, op2) fake_.regs[ARM_FAKE_##name] = 0xdead;
		ARM_GUEST_SYSREGS(FORGET)
		ARM_PAUTH_SYSREGS(FORGET)
#undef FORGET
		std::memset(fake_.v, 0xee, sizeof(fake_.v));
		setup.size = sizeof(setup);
		setup.vmid = 6;
		setup.flags = flags;
		ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	}

	void ExpectFilled(uint64_t seed)
	{
		uint64_t value = seed << 20;

#define IS(name, op0, op1, crn, crm, op2) EXPECT_EQ(++value, fake_.regs[ARM_FAKE_##name]) << #name;
		ARM_GUEST_SYSREGS(IS)
		ARM_PAUTH_SYSREGS(IS)
#undef IS
		for (int n = 0; n < 32; n++) {
			uint8_t bytes[16];

			ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_V(n), bytes, sizeof(bytes)));
			EXPECT_EQ(static_cast<int>(seed) + n, bytes[7]);
		}
		for (uint32_t n = 0; n < 31; n++) {
			EXPECT_EQ(++value, X(n));
		}
		EXPECT_EQ(0xffff800010000000 + seed * 4, Pc());
		EXPECT_EQ(0x60000004u, Reg(ARM_VCPU_REG_PSTATE));
	}
};

TEST_F(SnapshotTest, EveryRegisterComesBack)
{
	fake_.regs[ARM_FAKE_ID_AA64ISAR1_EL1] = 0x10; // APA: pointer authentication
	for (bool saved_bound : { false, true }) {
		for (bool loaded_bound : { false, true }) {
			SCOPED_TRACE(::testing::Message() << saved_bound << loaded_bound);
			Start();
			UsePauth();
			Fill(9);
			if (!saved_bound) {
				ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
			}
			const std::vector<uint8_t> saved = Save();
			if (!saved_bound) {
				ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
			}
			Replace();
			if (loaded_bound) {
				ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
			}
			ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
			EXPECT_EQ(saved, Save());
			if (!loaded_bound) {
				ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
			}
			UsePauth();
			SetPlace(9);
			ExpectFilled(9);
			ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
			ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
		}
	}
}

TEST_F(SnapshotTest, TheTimerIsStartedLast)
{
	Start();
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = 1;
	fake_.regs[ARM_FAKE_CNTV_CVAL_EL0] = 0x5000;
	fake_.regs[ARM_FAKE_CNTVOFF_EL2] = 0x77;
	const std::vector<uint8_t> saved = Save();

	Replace();
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	fake_.log.clear();
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	const size_t off = fake_.Find("w CNTVOFF_EL2 77");
	const size_t cval = fake_.Find("w CNTV_CVAL_EL0 5000");
	const size_t ctl = fake_.Find("w CNTV_CTL_EL0 1");
	EXPECT_LT(off, ctl) << "or it fires by a clock that is not the guest's";
	EXPECT_LT(cval, ctl);
	EXPECT_LT(ctl, fake_.log.size());
}

// MPIDR_EL1 is one of the registers: the snapshot's is in force, on a CPU at once.
TEST_F(SnapshotTest, TheCpuNumberComesBack)
{
	const uint64_t mpidr = ARM_VCPU_REG_SYS(3, 0, 0, 0, 5), midr = ARM_VCPU_REG_SYS(3, 0, 0, 0, 0);

	Start();
	SetReg(ARM_VCPU_REG_PC, 0x1000);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	SetReg(mpidr, 0x80000003);
	SetReg(midr, 0x410fd0c0);
	const std::vector<uint8_t> saved = Save();

	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	Replace();
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_NE(0x80000003u, fake_.regs[ARM_FAKE_VMPIDR_EL2]);
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_));
	EXPECT_EQ(0x80000003u, fake_.regs[ARM_FAKE_VMPIDR_EL2]);
	EXPECT_EQ(0x410fd0c0u, fake_.regs[ARM_FAKE_VPIDR_EL2]);
	EXPECT_EQ(0x80000003u, Reg(mpidr));
	EXPECT_EQ(saved, Save());
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(0x410fd0c0u, Reg(midr));
	ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));

	Start();
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	EXPECT_EQ(0x80000003u, Reg(mpidr));
}

TEST_F(SnapshotTest, TheGuestsClockGoesOnElsewhere)
{
	Start();
	fake_.regs[ARM_FAKE_CNTPCT_EL0] = 1000000;
	SetReg(ARM_VCPU_REG_CNTVOFF_EL2, 400);
	EXPECT_EQ(999600u, Reg(ARM_VCPU_REG_CNTVCT_EL0));
	const uint64_t clock = Reg(ARM_VCPU_REG_CNTVCT_EL0);
	const std::vector<uint8_t> saved = Save();

	Replace();
	fake_.regs[ARM_FAKE_CNTPCT_EL0] = 50;
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	EXPECT_NE(clock, Reg(ARM_VCPU_REG_CNTVCT_EL0)) << "the offset is that of the other machine";
	SetReg(ARM_VCPU_REG_CNTVCT_EL0, clock);
	EXPECT_EQ(clock, Reg(ARM_VCPU_REG_CNTVCT_EL0));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(50 - clock, fake_.regs[ARM_FAKE_CNTVOFF_EL2]);
	fake_.regs[ARM_FAKE_CNTPCT_EL0] = 60;
	EXPECT_EQ(clock + 10, Reg(ARM_VCPU_REG_CNTVCT_EL0));
	SetReg(ARM_VCPU_REG_CNTVCT_EL0, 7);
	EXPECT_EQ(53u, fake_.regs[ARM_FAKE_CNTVOFF_EL2]) << "in force at once while bound";
}

// Pending, active, lines and priorities: those in list registers, and those that found no room.
TEST_F(SnapshotTest, TheInterruptControllerComesBack)
{
	const uint32_t intids[] = { 3, 33, 40, 1019 };

	fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] |= 1u << 24;
	fake_.regs[ARM_FAKE_ICC_SRE_EL2] = ICC_SRE_EL2_SRE | ICC_SRE_EL2_ENABLE;
	fake_.regs[ARM_FAKE_ICC_CTLR_EL1] = ICC_CTLR_EL1_EOIMODE;
	fake_.regs[ARM_FAKE_ICH_VTR_EL2] = 1; // two list registers
	for (bool loaded_bound : { false, true }) {
		Start(ARM_VCPU_VIRTUAL_GIC);
		fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = 0xf8000002;
		ASSERT_EQ(AXVCPU_OK, arm_vcpu_set_interrupt(vcpu_, 33, 0x30, ARM_VCPU_INTERRUPT_ENABLED));
		ASSERT_EQ(AXVCPU_OK, arm_vcpu_set_interrupt(vcpu_, 40, 0xa0,
							    ARM_VCPU_INTERRUPT_ENABLED |
								    ARM_VCPU_INTERRUPT_LEVEL));
		for (uint32_t intid : intids) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, intid));
		}
		Run(0, 0, 0, ARM_VCPU_VECTOR_IRQ);
		EXPECT_FALSE(axvcpu_has_pending_interrupt(vcpu_)) << "the interface has them";
		// The guest took the first one.
		uint64_t lr = fake_.regs[ARM_FAKE_ICH_LR0_EL2];
		ASSERT_NE(0u, lr & ICH_LR_PENDING);
		fake_.regs[ARM_FAKE_ICH_LR0_EL2] = (lr & ~ICH_LR_PENDING) | ICH_LR_ACTIVE;
		fake_.regs[ARM_FAKE_ICH_AP1R0_EL2] = 1u << 6;
		// Queued, but not yet given to the interface; and one taken back.
		ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 50));
		ASSERT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu_, 40));
		const std::vector<uint8_t> saved = Save();
		const uint32_t taken = static_cast<uint32_t>(lr);
		EXPECT_NE(0u, Reg(ARM_VCPU_REG_GIC_ACTIVE(taken / 64)) >> taken % 64 & 1);

		Replace(ARM_VCPU_VIRTUAL_GIC);
		fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = 0;
		fake_.regs[ARM_FAKE_ICH_AP1R0_EL2] = 0;
		if (loaded_bound) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
			// It has interrupts of its own in list registers, which go.
			ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 60));
			Run(0, 0, 0, ARM_VCPU_VECTOR_IRQ);
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
		EXPECT_EQ(saved, Save());
		if (!loaded_bound) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		}
		EXPECT_EQ(0xf8000002u, fake_.regs[ARM_FAKE_ICH_VMCR_EL2]);
		EXPECT_EQ(1u << 6, fake_.regs[ARM_FAKE_ICH_AP1R0_EL2]);
		Run(0, 0, 0, ARM_VCPU_VECTOR_IRQ);
		EXPECT_EQ(0u, Reg(ARM_VCPU_REG_GIC_PENDING(0)) & UINT64_C(1) << 40) << "taken back here";
		EXPECT_EQ(0u, Reg(ARM_VCPU_REG_GIC_LINE(0)) & UINT64_C(1) << 40);
		EXPECT_NE(0u, Reg(ARM_VCPU_REG_GIC_PENDING(0)) & UINT64_C(1) << 50) << "delivered here";
		EXPECT_EQ(0u, Reg(ARM_VCPU_REG_GIC_PENDING(0)) & UINT64_C(1) << 60);
		EXPECT_NE(0u, Reg(ARM_VCPU_REG_GIC_PENDING(15)) & UINT64_C(1) << (1019 % 64));
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	}
}

} // namespace
