// SPDX-License-Identifier: Apache-2.0
// The guest's interrupts from axvcpu_inject_interrupt() to ICC_DIR_EL1: list registers and what
// does not fit into them, against the rules of IHI 0069H, 4.8 and 6.2.
#include "tests/fake_gic.h"

#include <algorithm>
#include <map>
#include <random>

namespace {

constexpr uint32_t kTimer = 27, kMaintenance = 25, kHostIrq = 77;
constexpr uint32_t kEnabled = ARM_VCPU_INTERRUPT_ENABLED, kGroup0 = ARM_VCPU_INTERRUPT_GROUP0;
constexpr uint32_t kLevel = ARM_VCPU_INTERRUPT_LEVEL;
// MSR of ICC_DIR_EL1 (S3_0_C12_C11_1) from X5
constexpr uint64_t kWriteDir = 0x18u << 26 | 1u << 25 | 3 << 20 | 1 << 17 | 12 << 10 | 5 << 5 | 11 << 1;

class VgicTest : public ArmTest {
    protected:
	void SetUp() override
	{
		fake_.on_irq_fetch = [this] { return irq_; };
		fake_.on_write = [this](arm_fake_reg reg, uint64_t value) {
			if (reg == ARM_FAKE_ICC_DIR_EL1) {
				gic_.deactivated.insert(static_cast<uint32_t>(value));
			}
		};
	}

	void StartVgic(uint32_t list_registers)
	{
		gic_.SetListRegisters(list_registers);
		Start(ARM_VCPU_VIRTUAL_GIC);
		fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = kVmcrOpen;
	}

	void Attributes(uint32_t intid, uint32_t priority, uint32_t flags)
	{
		ASSERT_EQ(AXVCPU_OK, arm_vcpu_set_interrupt(vcpu_, intid, priority, flags));
	}

	void Raise(uint32_t intid) { ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, intid)); }
	void Lower(uint32_t intid) { ASSERT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu_, intid)); }

	// What is asserted to the physical CPU interface, in its order.
	uint64_t Physical()
	{
		const uint64_t asking = CNT_CTL_ENABLE | CNT_CTL_ISTATUS;

		while (!gic_.deactivated.empty()) {
			timer_active_ = timer_active_ && *gic_.deactivated.begin() != kTimer;
			gic_.deactivated.erase(gic_.deactivated.begin());
		}
		if (gic_.WantsMaintenance()) {
			return kMaintenance;
		}
		if (!timer_active_ &&
		    (fake_.regs[ARM_FAKE_CNTV_CTL_EL0] & (asking | CNT_CTL_IMASK)) == asking) {
			timer_active_ = true;
			return kTimer;
		}
		return kHostIrq;
	}

	// Runs the guest, which does `act` once all that is asserted was dealt with, until nothing
	// is asserted but what the hypervisor wants.
	void Guest(const std::function<void()> &act = nullptr)
	{
		bool done = false;
		int entries = 0;

		fake_.on_enter = [&] {
			irq_ = Physical();
			if (irq_ == kHostIrq && !done) {
				done = true;
				if (act) {
					act();
				}
				irq_ = fake_.exits.empty() ? Physical() : kHostIrq;
			}
			if (++entries > 40) {
				ADD_FAILURE() << "the same interrupt over and over: " << irq_;
				irq_ = kHostIrq;
			}
		};
		const axvcpu_exit *exit = nullptr;
		// A kick or an interrupt that was queued before may end it early.
		while (!done && entries <= 40) {
			if (axvcpu_get_state(vcpu_) == AXVCPU_STATE_BLOCKED) {
				ASSERT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
			}
			ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
		}
		fake_.on_enter = nullptr;
	}

	uint32_t Acknowledge(uint32_t group = 1)
	{
		uint32_t intid = 0;

		Guest([&] { intid = gic_.Acknowledge(group); });
		return intid;
	}

	void End(uint32_t intid, uint32_t group = 1)
	{
		Guest([&] { gic_.End(group, intid); });
	}

	void Deactivate(uint32_t intid)
	{
		SetX(5, intid);
		Guest([&] {
			if (!gic_.Deactivate(intid)) {
				fake_.exits.push_back({ ARM_VCPU_VECTOR_SYNC, kWriteDir, 0, 0 });
				dir_traps_++;
			}
		});
	}

	uint64_t Deadline()
	{
		uint64_t deadline = 0;

		EXPECT_EQ(AXVCPU_OK, axvcpu_timer_deadline(vcpu_, &deadline));
		return deadline;
	}

	bool Has(uint64_t id_of_word_0, uint32_t intid)
	{
		return (Reg(id_of_word_0 + intid / 64) >> intid % 64 & 1) != 0;
	}
	bool Pending(uint32_t intid) { return Has(ARM_VCPU_REG_GIC_PENDING(0), intid); }
	bool Active(uint32_t intid) { return Has(ARM_VCPU_REG_GIC_ACTIVE(0), intid); }
	bool Line(uint32_t intid) { return Has(ARM_VCPU_REG_GIC_LINE(0), intid); }

	FakeGic gic_{ fake_, 4 };
	uint64_t irq_ = kHostIrq;
	bool timer_active_ = false;
	int dir_traps_ = 0;
};

TEST_F(VgicTest, AListRegisterSaysWhatTheInterruptIs)
{
	StartVgic(4);
	Attributes(40, 0x50, kEnabled);
	Attributes(41, 0x60, kEnabled | kLevel);
	Attributes(42, 0x70, kEnabled | kGroup0);
	Attributes(43, 0x80, 0);
	for (uint32_t intid : { 40u, 41u, 42u, 43u }) {
		Raise(intid);
	}
	Guest();
	std::map<uint32_t, uint64_t> found;
	for (uint32_t n = 0; n < 4; n++) {
		found[static_cast<uint32_t>(gic_.Lr(n))] = gic_.Lr(n) >> 32 << 32;
	}
	EXPECT_EQ(ICH_LR_PENDING | ICH_LR_GROUP | uint64_t{ 0x50 } << 48, found[40]);
	EXPECT_EQ(ICH_LR_PENDING | ICH_LR_GROUP | ICH_LR_EOI | uint64_t{ 0x60 } << 48, found[41]);
	EXPECT_EQ(ICH_LR_PENDING | uint64_t{ 0x70 } << 48, found[42]);
	EXPECT_EQ(0u, found.count(43)) << "disabled";
	EXPECT_TRUE(Pending(43));
	EXPECT_EQ(ICH_HCR_EL2_EN, fake_.regs[ARM_FAKE_ICH_HCR_EL2]) << "no maintenance is needed";
}

TEST_F(VgicTest, PendingActiveAndBoth)
{
	StartVgic(4);
	Raise(50);
	EXPECT_EQ(50u, Acknowledge());
	EXPECT_TRUE(Active(50));
	EXPECT_FALSE(Pending(50));
	Raise(50);
	EXPECT_EQ(kSpurious, Acknowledge()) << "it is active: not again before its end";
	EXPECT_TRUE(Active(50));
	EXPECT_TRUE(Pending(50));
	Raise(50);
	End(50);
	EXPECT_FALSE(Active(50));
	EXPECT_EQ(50u, Acknowledge());
	End(50);
	EXPECT_EQ(kSpurious, Acknowledge()) << "an edge that came twice while pending came once";
}

TEST_F(VgicTest, TheHigherPriorityPreempts)
{
	StartVgic(4);
	Attributes(40, 0x80, kEnabled);
	Attributes(41, 0x40, kEnabled);
	Attributes(42, 0x80, kEnabled);
	Raise(40);
	EXPECT_EQ(40u, Acknowledge());
	Raise(42);
	EXPECT_EQ(kSpurious, Acknowledge()) << "the same priority does not preempt";
	Raise(41);
	EXPECT_EQ(41u, Acknowledge());
	End(41);
	EXPECT_EQ(kSpurious, Acknowledge());
	End(40);
	EXPECT_EQ(42u, Acknowledge());
	End(42);
	EXPECT_EQ(0xffu, gic_.RunningPriority());
}

TEST_F(VgicTest, MaskGroupsAndEoiMode)
{
	StartVgic(4);
	Attributes(40, 0x80, kEnabled);
	Attributes(41, 0x60, kEnabled | kGroup0);
	Raise(40);
	Raise(41);
	fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = (kVmcrOpen & ~(uint64_t{ 0xff } << 24)) | 0x60 << 24;
	EXPECT_EQ(kSpurious, Acknowledge(0)) << "0x60 is not above 0x60";
	fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = kVmcrOpen & ~uint64_t{ 1 };
	EXPECT_EQ(40u, Acknowledge(1)) << "group 0 is off";
	End(40);
	fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = kVmcrOpen | kVmcrEoiMode;
	EXPECT_EQ(kSpurious, Acknowledge(1)) << "the first one is of group 0";
	EXPECT_EQ(41u, Acknowledge(0));
	End(41, 0);
	EXPECT_EQ(0xffu, gic_.RunningPriority());
	EXPECT_TRUE(Active(41)) << "dropped, not deactivated";
	Guest();
	Deactivate(41);
	EXPECT_FALSE(Active(41));
	EXPECT_EQ(0, dir_traps_) << "it has a list register";
}

TEST_F(VgicTest, ALevelIsAskedAgainAtItsEnd)
{
	StartVgic(4);
	Attributes(40, 0x80, kEnabled | kLevel);
	Raise(40);
	EXPECT_EQ(40u, Acknowledge());
	End(40);
	EXPECT_EQ(40u, Acknowledge()) << "the line is still high";
	Lower(40);
	End(40);
	EXPECT_EQ(kSpurious, Acknowledge());
	Raise(40);
	Guest();
	Lower(40);
	EXPECT_EQ(kSpurious, Acknowledge()) << "lowered before the guest took it";
	EXPECT_FALSE(Line(40));
	// One that is not a level: taken back while it is pending, and while it is both.
	Raise(41);
	Guest();
	Lower(41);
	EXPECT_EQ(kSpurious, Acknowledge());
	Raise(41);
	EXPECT_EQ(41u, Acknowledge());
	Raise(41);
	Guest();
	Lower(41);
	Guest();
	EXPECT_TRUE(Active(41)) << "what is active the guest ends";
	End(41);
	EXPECT_EQ(kSpurious, Acknowledge());
}

TEST_F(VgicTest, MoreThanListRegistersComeByPriorityEachOnce)
{
	for (uint32_t list_registers : { 1u, 2u, 4u, 16u }) {
		SCOPED_TRACE(list_registers);
		StartVgic(list_registers);
		std::vector<std::pair<uint32_t, uint32_t>> expected;
		for (uint32_t i = 0; i < 30; i++) {
			const uint32_t intid = 32 + i * 7;
			const uint32_t priority = (i * 5 % 30) * 8;

			Attributes(intid, priority, kEnabled);
			Raise(intid);
			expected.emplace_back(priority, intid);
		}
		std::sort(expected.begin(), expected.end());
		for (const auto &[priority, intid] : expected) {
			EXPECT_EQ(intid, Acknowledge());
			End(intid);
		}
		EXPECT_EQ(kSpurious, Acknowledge());
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	}
}

TEST_F(VgicTest, MoreActiveThanListRegisters)
{
	for (bool apart : { false, true }) {
		SCOPED_TRACE(apart);
		StartVgic(2);
		fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = kVmcrOpen | (apart ? kVmcrEoiMode : 0);
		// Each preempts the one before.
		for (uint32_t i = 0; i < 20; i++) {
			Attributes(40 + i, 0xf0 - 8 * i, kEnabled);
			Raise(40 + i);
			EXPECT_EQ(40 + i, Acknowledge());
		}
		for (uint32_t i = 20; i-- > 0;) {
			End(40 + i);
			if (apart) {
				EXPECT_TRUE(Active(40 + i));
				Guest();
			}
		}
		EXPECT_EQ(0xffu, gic_.RunningPriority());
		for (uint32_t i = 0; apart && i < 20; i++) {
			// In an order that says nothing of priorities.
			const uint32_t intid = 40 + i * 7 % 20;

			Deactivate(intid);
			EXPECT_FALSE(Active(intid)) << intid;
		}
		EXPECT_EQ(apart, dir_traps_ > 0) << "the hardware alone would not know which";
		for (uint32_t i = 0; i < 20; i++) {
			EXPECT_FALSE(Active(40 + i)) << i;
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	}
}

// Urgent ones of a group that the guest has off do not keep the others from their list registers.
TEST_F(VgicTest, AGroupThatIsOffIsNotInTheWay)
{
	StartVgic(2);
	for (uint32_t i = 0; i < 5; i++) {
		Attributes(40 + i, 0x10, kEnabled | kGroup0);
		Attributes(60 + i, 0x80, kEnabled);
		Raise(40 + i);
		Raise(60 + i);
	}
	fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = kVmcrOpen & ~uint64_t{ 1 };
	for (int i = 0; i < 5; i++) {
		const uint32_t intid = Acknowledge(1);

		EXPECT_GE(intid, 60u);
		EXPECT_LT(intid, 65u);
		End(intid);
	}
	EXPECT_EQ(kSpurious, Acknowledge(1));
	// It turns the group on: no exit of its own tells us, maintenance does.
	Guest([&] { fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = kVmcrOpen; });
	for (int i = 0; i < 5; i++) {
		const uint32_t intid = Acknowledge(0);

		EXPECT_GE(intid, 40u);
		EXPECT_LT(intid, 45u);
		End(intid, 0);
	}
	// And off again, with more of the other in wait.
	for (uint32_t i = 0; i < 5; i++) {
		Raise(40 + i);
		Raise(60 + i);
	}
	Guest();
	Guest([&] { fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = kVmcrOpen & ~uint64_t{ 1 }; });
	EXPECT_GE(Acknowledge(1), 60u);
}

TEST_F(VgicTest, AttributesThatAnotherCpuChangesCountAtTheNextEntry)
{
	StartVgic(4);
	Attributes(40, 0x80, 0);
	Raise(40);
	EXPECT_EQ(kSpurious, Acknowledge());
	Attributes(40, 0x80, kEnabled);
	EXPECT_EQ(40u, Acknowledge());
	// Disabled while active: it stays so and ends as others do.
	Attributes(40, 0x80, 0);
	Raise(40);
	Guest();
	EXPECT_TRUE(Active(40));
	End(40);
	EXPECT_FALSE(Active(40));
	EXPECT_EQ(kSpurious, Acknowledge());
	EXPECT_TRUE(Pending(40));
	// Disabled while in a list register.
	Attributes(40, 0x80, kEnabled);
	Guest();
	Attributes(40, 0x80, 0);
	EXPECT_EQ(kSpurious, Acknowledge());
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, arm_vcpu_set_interrupt(vcpu_, 1020, 0, 0));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, arm_vcpu_set_interrupt(vcpu_, 5, 256, 0));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, arm_vcpu_set_interrupt(vcpu_, 5, 0, 8));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, arm_vcpu_set_interrupt(nullptr, 5, 0, 1));
}

// Another CPU injects while the guest runs: the next entry has it.
TEST_F(VgicTest, InjectedWhileItRuns)
{
	StartVgic(4);
	Guest([&] {
		EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 40));
		EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 41));
		EXPECT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu_, 41));
		EXPECT_EQ(kSpurious, gic_.Acknowledge(1)) << "list registers are this CPU's alone";
	});
	EXPECT_EQ(40u, Acknowledge());
	End(40);
	EXPECT_EQ(kSpurious, Acknowledge());
}

TEST_F(VgicTest, TheTimerIsDeactivatedByTheGuest)
{
	StartVgic(4);
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = CNT_CTL_ENABLE | CNT_CTL_ISTATUS;
	EXPECT_EQ(kTimer, Acknowledge());
	EXPECT_TRUE(timer_active_) << "it does not fire again and again";
	EXPECT_NE(0u, gic_.Lr(0) & ICH_LR_HW);
	EXPECT_EQ(kTimer, ARM_FIELD(gic_.Lr(0), ICH_LR_PINTID));
	EXPECT_EQ(UINT64_MAX, Deadline()) << "the guest has it";
	// It sets the next time and ends.
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = CNT_CTL_ENABLE;
	End(kTimer);
	EXPECT_EQ(kSpurious, Acknowledge());
	EXPECT_FALSE(timer_active_);
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] |= CNT_CTL_ISTATUS;
	EXPECT_EQ(kTimer, Acknowledge());
	// It ends without a new time: the same interrupt again.
	End(kTimer);
	EXPECT_EQ(kTimer, Acknowledge());
	// It moves with the guest's active timer to another CPU, and ends there.
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	Physical();
	EXPECT_FALSE(timer_active_) << "this CPU's timer is the next vCPU's";
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	Guest();
	EXPECT_TRUE(Active(kTimer));
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = CNT_CTL_ENABLE;
	End(kTimer);
	EXPECT_FALSE(Active(kTimer));
	EXPECT_EQ(kSpurious, Acknowledge());
	// The guest stops the timer before it takes the interrupt: nothing is left of it.
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = CNT_CTL_ENABLE | CNT_CTL_ISTATUS;
	Guest();
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = 0;
	Raise(40);
	EXPECT_EQ(40u, Acknowledge());
	EXPECT_FALSE(Pending(kTimer));
	Guest();
	EXPECT_FALSE(timer_active_) << "it could not fire again";
}

// By id, as a hypervisor does it that emulates GICR_ICACTIVER0.
TEST_F(VgicTest, AnActiveTimerThatIsMadeInactiveFiresAgain)
{
	StartVgic(4);
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = CNT_CTL_ENABLE | CNT_CTL_ISTATUS;
	EXPECT_EQ(kTimer, Acknowledge());
	EXPECT_TRUE(timer_active_);
	EXPECT_EQ(uint64_t{ 1 } << kTimer, Reg(ARM_VCPU_REG_GIC_ACTIVE(0)));
	SetReg(ARM_VCPU_REG_GIC_ACTIVE(0), uint64_t{ 1 } << kTimer);
	EXPECT_TRUE(gic_.deactivated.empty()) << "nothing has changed";
	SetReg(ARM_VCPU_REG_GIC_ACTIVE(0), 0);
	EXPECT_FALSE(gic_.deactivated.empty()) << "the guest will not deactivate it";
	EXPECT_FALSE(Active(kTimer));
	End(kTimer); // the priority drops
	EXPECT_EQ(kTimer, Acknowledge());
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = CNT_CTL_ENABLE;
	End(kTimer);
	EXPECT_EQ(kSpurious, Acknowledge());
	EXPECT_FALSE(timer_active_);
}

TEST_F(VgicTest, TheDeadlineOfTheTimer)
{
	StartVgic(4);
	fake_.regs[ARM_FAKE_CNTPCT_EL0] = 2000;
	fake_.regs[ARM_FAKE_CNTVOFF_EL2] = 1000;
	fake_.regs[ARM_FAKE_CNTV_CVAL_EL0] = 5000;
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = 0;
	EXPECT_EQ(UINT64_MAX, Deadline());
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = CNT_CTL_ENABLE | CNT_CTL_IMASK;
	EXPECT_EQ(UINT64_MAX, Deadline());
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = CNT_CTL_ENABLE;
	EXPECT_EQ(6000u, Deadline());
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	fake_.regs[ARM_FAKE_CNTVOFF_EL2] = fake_.regs[ARM_FAKE_CNTV_CVAL_EL0] = 7;
	EXPECT_EQ(6000u, Deadline()) << "from memory";
	Attributes(kTimer, 0xa0, kLevel);
	EXPECT_EQ(UINT64_MAX, Deadline()) << "the guest's distributor has it off";
	Attributes(kTimer, 0xa0, kEnabled | kLevel);
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(6000u, Deadline());
	// One that passed is a time in the past, until the guest has its interrupt.
	fake_.regs[ARM_FAKE_CNTPCT_EL0] = 7000;
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = CNT_CTL_ENABLE | CNT_CTL_ISTATUS;
	EXPECT_EQ(6000u, Deadline());
	Guest();
	EXPECT_EQ(UINT64_MAX, Deadline());
}

TEST_F(VgicTest, TheDeadlineOfATimerOfAnOlderGuest)
{
	StartVgic(4);
	// The guest's counter is at 100200: it began before this machine did.
	fake_.regs[ARM_FAKE_CNTPCT_EL0] = 200;
	fake_.regs[ARM_FAKE_CNTVOFF_EL2] = UINT64_C(0) - 100000;
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = CNT_CTL_ENABLE;
	fake_.regs[ARM_FAKE_CNTV_CVAL_EL0] = 100500;
	EXPECT_EQ(500u, Deadline());
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(500u, Deadline()) << "from memory";
}

TEST_F(VgicTest, AHostThatIsNotReadyIsRefused)
{
	arm_vcpu_setup_config setup = {};
	struct {
		uint64_t sre, ctlr;
		axvcpu_error_t error;
	} const cases[] = {
		{ ICC_SRE_EL2_SRE, ICC_CTLR_EL1_EOIMODE, AXVCPU_ERR_UNSUPPORTED },
		{ ICC_SRE_EL2_SRE | ICC_SRE_EL2_ENABLE, 0, AXVCPU_ERR_UNSUPPORTED },
		{ ICC_SRE_EL2_SRE | ICC_SRE_EL2_ENABLE, ICC_CTLR_EL1_EOIMODE, AXVCPU_OK },
	};

	setup.size = sizeof(setup);
	setup.flags = ARM_VCPU_VIRTUAL_GIC;
	for (const auto &one : cases) {
		ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
		fake_.regs[ARM_FAKE_ICC_SRE_EL2] = one.sre;
		fake_.regs[ARM_FAKE_ICC_CTLR_EL1] = one.ctlr;
		EXPECT_EQ(one.error, axvcpu_bind(vcpu_));
		if (one.error == AXVCPU_OK) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	}
}

// On a CPU with a memory-mapped interface besides, a guest could turn that of system registers
// off, for those that come after it as well.
TEST_F(VgicTest, TheInterfaceCannotBeTurnedOff)
{
	const uint64_t access = Esr(0x18, 3 << 20 | 5 << 17 | 12 << 10 | 5 << 5 | 12 << 1);
	const uint64_t host = ICC_SRE_EL2_SRE | ICC_SRE_EL2_ENABLE | 6;

	gic_.SetListRegisters(4);
	fake_.regs[ARM_FAKE_ICC_SRE_EL1] = 0;
	fake_.regs[ARM_FAKE_ICC_SRE_EL2] = host;
	Start(ARM_VCPU_VIRTUAL_GIC);
	EXPECT_EQ(7u, fake_.regs[ARM_FAKE_ICC_SRE_EL1]) << "it is on for the guest";
	EXPECT_EQ(host & ~ICC_SRE_EL2_ENABLE, fake_.regs[ARM_FAKE_ICC_SRE_EL2]) << "accesses trap";
	irq_ = kHostIrq;
	SetX(5, 0);
	SetReg(ARM_VCPU_REG_PC, kEntry);
	Run(access);
	EXPECT_TRUE(Handled());
	EXPECT_EQ(kEntry + 4, Pc());
	EXPECT_EQ(7u, fake_.regs[ARM_FAKE_ICC_SRE_EL1]);
	Run(access | 1);
	EXPECT_EQ(7u, X(5));
	EXPECT_EQ(kEntry + 8, Pc());
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	axvcpu *first = vcpu_;

	// The interface itself is another guest's: its first access is executed again.
	Start(ARM_VCPU_PASSTHROUGH_INTERRUPT);
	SetReg(ARM_VCPU_REG_PC, kEntry);
	Run(access);
	EXPECT_TRUE(Handled());
	EXPECT_EQ(kEntry, Pc());
	EXPECT_EQ(host, fake_.regs[ARM_FAKE_ICC_SRE_EL2]);
	fake_.regs[ARM_FAKE_ICC_SRE_EL1] = 0;
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));

	vcpu_ = first;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(7u, fake_.regs[ARM_FAKE_ICC_SRE_EL1]) << "on again";
	EXPECT_EQ(host & ~ICC_SRE_EL2_ENABLE, fake_.regs[ARM_FAKE_ICC_SRE_EL2]);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
	EXPECT_EQ(host, fake_.regs[ARM_FAKE_ICC_SRE_EL2]);
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
}

// By id before the first bind: what the guest would read then.
TEST_F(VgicTest, TheInterfaceAfterReset)
{
	const uint64_t vmcr = ARM_VCPU_REG_SYS(3, 4, 12, 11, 7);
	arm_vcpu_setup_config setup = {};
	struct {
		uint64_t pre_bits, vmcr;
		bool there;
	} const cases[] = {
		{ 5, 2 << 21 | 3 << 18 | 1 << 3, true },
		{ 7, 0 << 21 | 1 << 18 | 1 << 3, true },
		{ 7, 2 << 21 | 3 << 18 | 1 << 3, false }, // the host has not prepared it yet
	};

	setup.size = sizeof(setup);
	setup.flags = ARM_VCPU_VIRTUAL_GIC;
	for (const auto &one : cases) {
		fake_.regs[ARM_FAKE_ICH_VTR_EL2] = (one.pre_bits - 1) << 26 | 3;
		fake_.regs[ARM_FAKE_ICC_SRE_EL2] = one.there ? ICC_SRE_EL2_SRE | ICC_SRE_EL2_ENABLE : 0;
		ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
		EXPECT_EQ(one.vmcr, Reg(vmcr));
		fake_.regs[ARM_FAKE_ICC_SRE_EL2] = ICC_SRE_EL2_SRE | ICC_SRE_EL2_ENABLE;
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		EXPECT_EQ(one.vmcr, Reg(vmcr));
		EXPECT_EQ(one.vmcr, fake_.regs[ARM_FAKE_ICH_VMCR_EL2]);
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		SetReg(vmcr, kVmcrOpen);
		EXPECT_EQ(kVmcrOpen, Reg(vmcr));
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	}
}

// ---------------------------------------------------------------- against a model

// An interrupt as the architecture describes it (IHI 0069H, 4.1.2).
struct ModelInterrupt {
	uint32_t priority;
	uint32_t group;
	bool enabled;
	bool level;
	bool edge_pending = false;
	bool line = false;
	bool active = false;

	bool Pending() const { return level ? line : edge_pending; }
};

class VgicModelTest : public VgicTest, public ::testing::WithParamInterface<int> {
    protected:
	static constexpr uint32_t kFirst = 8, kCount = 40;

	uint32_t Random(uint32_t below) { return static_cast<uint32_t>(random_() % below); }
	uint32_t Pick() { return kFirst + Random(kCount); }

	void Publish(uint32_t intid)
	{
		const ModelInterrupt &one = model_.at(intid);

		Attributes(intid, one.priority,
			   (one.enabled ? kEnabled : 0) | (one.level ? kLevel : 0) |
				   (one.group == 0 ? kGroup0 : 0));
	}

	void Begin(bool eoi_mode)
	{
		StartVgic(1 + Random(6));
		vmcr_ = kVmcrOpen | (eoi_mode ? kVmcrEoiMode : 0);
		fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = vmcr_;
		for (uint32_t intid = kFirst; intid < kFirst + kCount; intid++) {
			// The physical timer's own interrupt is another matter.
			if (intid == kTimer || intid == kMaintenance) {
				continue;
			}
			ModelInterrupt one = {};
			one.priority = Random(32) * 8;
			one.group = Random(4) != 0;
			one.enabled = Random(5) != 0;
			one.level = Random(2) != 0;
			model_[intid] = one;
			Publish(intid);
		}
	}

	uint32_t Running() const { return running_.empty() ? 0xff : model_.at(running_.back()).priority; }

	bool IsOn(uint32_t group) const { return (vmcr_ >> group & 1) != 0; }

	// The highest priority of those that a group's IAR may give; 0x100 if there is none.
	uint32_t BestPriority() const
	{
		uint32_t best = 0x100;

		for (const auto &[intid, one] : model_) {
			if (one.Pending() && one.enabled && !one.active && IsOn(one.group) &&
			    one.priority < best) {
				best = one.priority;
			}
		}
		return best < Running() && best < (vmcr_ >> 24 & 0xff) ? best : 0x100;
	}

	void Take()
	{
		const uint32_t group = Random(2);
		const uint32_t best = BestPriority();
		const uint32_t intid = Acknowledge(group);

		if (intid == kSpurious) {
			bool other = best == 0x100;

			for (const auto &[number, one] : model_) {
				other = other || (one.priority == best && one.group != group &&
						  one.Pending() && one.enabled && !one.active);
			}
			EXPECT_TRUE(other) << "one of priority " << best << " waits";
			return;
		}
		ASSERT_EQ(1u, model_.count(intid)) << intid;
		ModelInterrupt &one = model_[intid];
		EXPECT_EQ(best, one.priority) << intid;
		EXPECT_TRUE(one.Pending() && one.enabled && !one.active && one.group == group) << intid;
		one.active = true;
		one.edge_pending = false;
		running_.push_back(intid);
	}

	void EndLast()
	{
		if (running_.empty()) {
			return;
		}
		const uint32_t intid = running_.back();

		End(intid, model_[intid].group);
		running_.pop_back();
		if ((vmcr_ & kVmcrEoiMode) == 0) {
			model_[intid].active = false;
		} else {
			dropped_.push_back(intid);
		}
	}

	void DeactivateOne()
	{
		if (dropped_.empty()) {
			return;
		}
		const size_t at = Random(static_cast<uint32_t>(dropped_.size()));
		const uint32_t intid = dropped_[at];

		Deactivate(intid);
		dropped_.erase(dropped_.begin() + static_cast<std::ptrdiff_t>(at));
		model_[intid].active = false;
	}

	void ChangeOne()
	{
		const uint32_t intid = Pick();

		if (model_.count(intid) == 0) {
			return;
		}
		ModelInterrupt &one = model_[intid];
		one.enabled = Random(5) != 0;
		if (!one.active) {
			one.priority = Random(32) * 8;
		}
		Publish(intid);
	}

	void RaiseOrLower(bool raise)
	{
		const uint32_t intid = Pick();

		if (model_.count(intid) == 0) {
			return;
		}
		ModelInterrupt &one = model_[intid];
		one.line = raise;
		one.edge_pending = raise;
		raise ? Raise(intid) : Lower(intid);
	}

	// The guest writes its mask and group enables, without an exit.
	void ChangeInterface()
	{
		vmcr_ &= ~(uint64_t{ 0xff } << 24 | 3);
		vmcr_ |= uint64_t{ Random(3) == 0 ? Random(32) * 8 : 0xff } << 24 | (Random(4) == 0 ? Random(4) : 3);
		Guest([&] { fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = vmcr_; });
	}

	void Move()
	{
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		// The next vCPU leaves things of its own there.
		fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = random_();
		fake_.regs[ARM_FAKE_ICH_AP0R0_EL2] = fake_.regs[ARM_FAKE_ICH_AP1R0_EL2] = random_() & 0xffffffff;
		for (uint32_t n = 0; n < 16; n++) {
			fake_.regs[ARM_FAKE_ICH_LR0_EL2 + n] = random_();
		}
		gic_.SetListRegisters(1 + Random(6));
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	}

	void SaveAndLoad()
	{
		std::vector<uint8_t> bytes(axvcpu_save_size(vcpu_));
		arm_vcpu_setup_config setup = {};

		ASSERT_EQ(AXVCPU_OK, axvcpu_save(vcpu_, bytes.data(), bytes.size(), nullptr));
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
		setup.size = sizeof(setup);
		setup.flags = ARM_VCPU_VIRTUAL_GIC;
		ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
		ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, bytes.data(), bytes.size()));
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	}

	void Compare()
	{
		// What is queued is only there after a run.
		Guest();
		for (const auto &[intid, one] : model_) {
			EXPECT_EQ(one.Pending(), Pending(intid)) << intid;
			EXPECT_EQ(one.active, Active(intid)) << intid;
			EXPECT_EQ(one.level && one.line, Line(intid)) << intid;
		}
		EXPECT_EQ(Running(), gic_.RunningPriority());
	}

	std::mt19937_64 random_{ static_cast<uint64_t>(GetParam()) };
	std::map<uint32_t, ModelInterrupt> model_;
	// Acknowledged and not yet ended, the last one last; ended and not yet deactivated.
	std::vector<uint32_t> running_, dropped_;
	uint64_t vmcr_ = 0;
};

TEST_P(VgicModelTest, TheGuestGetsWhatTheArchitectureSays)
{
	Begin(GetParam() % 2 != 0);
	for (int step = 0; step < 1500 && !HasFailure(); step++) {
		SCOPED_TRACE(step);
		const uint32_t what = Random(100);

		if (what < 30) {
			RaiseOrLower(true);
		} else if (what < 38) {
			RaiseOrLower(false);
		} else if (what < 63) {
			Take();
		} else if (what < 80) {
			EndLast();
		} else if (what < 88) {
			DeactivateOne();
		} else if (what < 93) {
			ChangeOne();
		} else if (what < 95) {
			ChangeInterface();
		} else if (what < 97) {
			Move();
		} else if (what < 98) {
			SaveAndLoad();
		} else {
			Compare();
		}
	}
	// Nothing is lost: with everything on and no new one, all of them come.
	for (auto &[intid, one] : model_) {
		one.enabled = true;
		Publish(intid);
	}
	vmcr_ = kVmcrOpen | (vmcr_ & kVmcrEoiMode);
	Guest([&] { fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = vmcr_; });
	for (int rounds = 0; rounds < 400 && !HasFailure(); rounds++) {
		Take();
		for (auto &[intid, one] : model_) {
			if (one.level && one.active && one.line) {
				one.line = false; // the handler has served the device
				Lower(intid);
			}
		}
		EndLast();
		DeactivateOne();
	}
	Compare();
	for (const auto &[intid, one] : model_) {
		EXPECT_FALSE(one.Pending() || one.active) << intid;
	}
}

INSTANTIATE_TEST_SUITE_P(Seeds, VgicModelTest, ::testing::Range(0, 24));

} // namespace
