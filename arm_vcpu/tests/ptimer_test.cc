// SPDX-License-Identifier: Apache-2.0
// The guest's own physical timer: its registers, its interrupt, its deadline (D11.2.4).
#include "tests/fake_gic.h"

namespace {

constexpr uint64_t kCount = 1, kTval = 2 << 3, kCtl = 2 << 3 | 1, kCval = 2 << 3 | 2; // CRm, op2
constexpr uint64_t kEnable = 1, kMask = 2, kStatus = 4;
constexpr uint32_t kTimer = 30;
constexpr uint64_t kCtlId = ARM_VCPU_REG_SYS(3, 3, 14, 2, 1), kCvalId = ARM_VCPU_REG_SYS(3, 3, 14, 2, 2);

class PtimerTest : public ArmTest {
    protected:
	void StartTimer(uint32_t intid = 0)
	{
		arm_vcpu_setup_config setup = {};

		setup.size = sizeof(setup);
		setup.flags = ARM_VCPU_VIRTUAL_GIC | ARM_VCPU_EMULATE_TIMER;
		setup.physical_timer_intid = intid;
		ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		fake_.regs[ARM_FAKE_ICH_VMCR_EL2] = kVmcrOpen;
		Offset(1000);
		Time(0);
	}

	// The machine's counter, by the guest's.
	void Time(uint64_t guest) { fake_.regs[ARM_FAKE_CNTPCT_EL0] = offset_ + guest; }
	void Offset(uint64_t offset)
	{
		offset_ = offset;
		SetReg(ARM_VCPU_REG_CNTVOFF_EL2, offset);
	}

	const axvcpu_exit *Access(uint64_t reg, bool read)
	{
		const uint64_t iss = 3 << 20 | (reg & 7) << 17 | 3 << 14 | 14 << 10 | 5 << 5 | reg >> 3 << 1 | read;

		SetReg(ARM_VCPU_REG_PC, kEntry);
		return Run(Esr(0x18, iss));
	}
	uint64_t Read(uint64_t reg)
	{
		SetX(5, 0xdead);
		Access(reg, true);
		EXPECT_TRUE(Handled());
		EXPECT_EQ(kEntry + 4, Pc());
		return X(5);
	}
	// True if the hypervisor is told of a new time.
	bool Write(uint64_t reg, uint64_t value)
	{
		SetX(5, value);
		const axvcpu_exit *exit = Access(reg, false);
		EXPECT_EQ(kEntry + 4, Pc());
		EXPECT_TRUE(Handled() || exit->reason == AXVCPU_EXIT_NOTHING);
		return exit->reason == AXVCPU_EXIT_NOTHING;
	}

	uint32_t Acknowledge()
	{
		uint32_t intid = 0;
		bool done = false;

		fake_.on_irq_fetch = [&] { return gic_.WantsMaintenance() ? 25 : 77; };
		fake_.on_enter = [&] {
			if (!done && !gic_.WantsMaintenance()) {
				done = true;
				intid = gic_.Acknowledge(1);
			}
		};
		const axvcpu_exit *exit = nullptr;
		while (!done) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
		}
		fake_.on_enter = nullptr;
		return intid;
	}

	uint64_t Deadline()
	{
		uint64_t deadline = 0;

		EXPECT_EQ(AXVCPU_OK, axvcpu_timer_deadline(vcpu_, &deadline));
		return deadline;
	}

	FakeGic gic_{ fake_, 4 };
	uint64_t offset_ = 0;
};

TEST_F(PtimerTest, Configurations)
{
	struct {
		uint32_t flags, physical, timer, sve_vector_bits;
		axvcpu_error_t error;
	} const cases[] = {
		{ ARM_VCPU_EMULATE_TIMER, 0, 0, 0, AXVCPU_ERR_INVALID_ARGUMENT },
		{ ARM_VCPU_EMULATE_TIMER | ARM_VCPU_VIRTUAL_GIC | ARM_VCPU_PASSTHROUGH_TIMER, 0, 0, 0,
		  AXVCPU_ERR_INVALID_ARGUMENT },
		{ ARM_VCPU_EMULATE_TIMER | ARM_VCPU_VIRTUAL_GIC, 32, 0, 0, AXVCPU_ERR_INVALID_ARGUMENT },
		{ ARM_VCPU_EMULATE_TIMER | ARM_VCPU_VIRTUAL_GIC, 27, 0, 0, AXVCPU_ERR_INVALID_ARGUMENT },
		{ ARM_VCPU_EMULATE_TIMER | ARM_VCPU_VIRTUAL_GIC, 25, 0, 0, AXVCPU_ERR_INVALID_ARGUMENT },
		{ ARM_VCPU_EMULATE_TIMER | ARM_VCPU_VIRTUAL_GIC, 0, 30, 0, AXVCPU_ERR_INVALID_ARGUMENT },
		{ ARM_VCPU_VIRTUAL_GIC, 30, 0, 0, AXVCPU_ERR_INVALID_ARGUMENT },
		{ ARM_VCPU_VIRTUAL_GIC, 0, 0, 1, AXVCPU_ERR_INVALID_ARGUMENT },
		{ ARM_VCPU_VIRTUAL_GIC, 0, 30, 0, AXVCPU_OK },
		{ ARM_VCPU_EMULATE_TIMER | ARM_VCPU_VIRTUAL_GIC, 29, 0, 0, AXVCPU_OK },
	};

	for (const auto &one : cases) {
		arm_vcpu_setup_config setup = {};

		setup.size = sizeof(setup);
		setup.flags = one.flags;
		setup.physical_timer_intid = one.physical;
		setup.timer_intid = one.timer;
		setup.sve_vector_bits = one.sve_vector_bits;
		EXPECT_EQ(one.error, Make(nullptr, &setup)) << one.flags << " " << one.physical;
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	}
}

TEST_F(PtimerTest, WithoutItTheHypervisorIsAsked)
{
	Start(ARM_VCPU_VIRTUAL_GIC);
	for (uint64_t reg : { kCount, kTval, kCtl, kCval }) {
		EXPECT_EQ(AXVCPU_EXIT_SYSREG_READ, Access(reg, true)->reason);
		EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 1));
		EXPECT_EQ(AXVCPU_EXIT_SYSREG_WRITE, Access(reg, false)->reason);
	}
}

TEST_F(PtimerTest, Registers)
{
	StartTimer();
	Time(0x123456789a);
	EXPECT_EQ(0x123456789au, Read(kCount)) << "the virtual counter's offset is this one's";
	EXPECT_EQ(0u, Read(kCtl));
	EXPECT_FALSE(Write(kCval, 0x1234567900)) << "it is off";
	EXPECT_EQ(0x1234567900u, Read(kCval));
	EXPECT_EQ(0x66u, Read(kTval));
	Time(0x1234567910);
	EXPECT_EQ(0xfffffff0u, Read(kTval)) << "32 bits, in the past";
	EXPECT_EQ(0u, Read(kCtl)) << "no status while it is off";
	EXPECT_FALSE(Write(kTval, 0xffffffffffffff00));
	EXPECT_EQ(0x1234567810u, Read(kCval)) << "its 32 bits have a sign";
	Write(kTval, 0x7fffffff);
	EXPECT_EQ(0x1234567910u + 0x7fffffff, Read(kCval));
	EXPECT_TRUE(Write(kCtl, ~uint64_t{ 0 } & ~kMask)) << "now there is a time to wait for";
	EXPECT_EQ(kEnable, Read(kCtl)) << "two bits to write, and the status";
	Write(kCtl, kMask);
	EXPECT_EQ(kMask, Read(kCtl));
	// The counter cannot be written.
	SetX(5, 7);
	fake_.regs[ARM_FAKE_VBAR_EL1] = 0xabc000;
	Access(kCount, false);
	EXPECT_EQ(0xabc200u, Pc());
}

TEST_F(PtimerTest, FiresWhenItIsDue)
{
	StartTimer();
	Write(kCval, 500);
	EXPECT_TRUE(Write(kCtl, kEnable));
	EXPECT_EQ(1500u, Deadline());
	Time(499);
	EXPECT_EQ(kSpurious, Acknowledge());
	EXPECT_EQ(kEnable, Read(kCtl));
	Time(500);
	EXPECT_EQ(1500u, Deadline()) << "in the past, until the guest has run";
	EXPECT_EQ(kTimer, Acknowledge());
	EXPECT_EQ(UINT64_MAX, Deadline());
	EXPECT_EQ(kEnable | kStatus, Read(kCtl));
	// A level: at the interrupt's end it comes again while the timer asks.
	fake_.on_enter = [&, done = false]() mutable {
		if (!done) {
			done = true;
			gic_.End(1, kTimer);
		}
	};
	const axvcpu_exit *exit = nullptr;
	ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
	EXPECT_EQ(kTimer, Acknowledge());
	EXPECT_TRUE(Write(kCval, 900));
	EXPECT_EQ(1900u, Deadline());
	EXPECT_EQ(kEnable, Read(kCtl));
	fake_.on_enter = [&] { gic_.End(1, kTimer); };
	ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
	EXPECT_EQ(kSpurious, Acknowledge());
	Time(1000);
	EXPECT_EQ(kTimer, Acknowledge());
}

TEST_F(PtimerTest, MaskedOrLateItIsQuiet)
{
	StartTimer();
	Time(1000);
	EXPECT_FALSE(Write(kCval, 500));
	EXPECT_FALSE(Write(kCtl, kEnable | kMask));
	EXPECT_EQ(kEnable | kMask | kStatus, Read(kCtl)) << "the status ignores the mask";
	EXPECT_EQ(kSpurious, Acknowledge());
	EXPECT_EQ(UINT64_MAX, Deadline());
	EXPECT_FALSE(Write(kCtl, kEnable)) << "it is due: nothing to wait for";
	EXPECT_EQ(UINT64_MAX, Deadline());
	EXPECT_EQ(0u, gic_.Lr(0) & ICH_LR_HW) << "no physical interrupt is behind it";
	// The guest masks it before it took the interrupt.
	Write(kCtl, kEnable | kMask);
	EXPECT_EQ(kSpurious, Acknowledge());
	Write(kCtl, kEnable);
	EXPECT_EQ(kTimer, Acknowledge());
	// A time that never comes.
	EXPECT_TRUE(Write(kCval, UINT64_MAX - 3));
	EXPECT_EQ(UINT64_MAX, Deadline());
	EXPECT_TRUE(Write(kCval, UINT64_MAX - 1000));
	EXPECT_EQ(UINT64_MAX, Deadline()) << "of both";
}

TEST_F(PtimerTest, TheEarlierOfBothTimers)
{
	StartTimer(29);
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = CNT_CTL_ENABLE;
	fake_.regs[ARM_FAKE_CNTV_CVAL_EL0] = 700;
	EXPECT_EQ(1700u, Deadline());
	Write(kCval, 600);
	Write(kCtl, kEnable);
	EXPECT_EQ(1600u, Deadline());
	Write(kCval, 800);
	EXPECT_EQ(1700u, Deadline());
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(1700u, Deadline());
	Time(800);
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	fake_.regs[ARM_FAKE_CNTV_CTL_EL0] = 0;
	EXPECT_EQ(29u, Acknowledge());
}

// Whatever the guest's redistributor says of it.
TEST_F(PtimerTest, DisabledClearedOrAnEdge)
{
	StartTimer();
	ASSERT_EQ(AXVCPU_OK, arm_vcpu_set_interrupt(vcpu_, kTimer, 0x80, ARM_VCPU_INTERRUPT_LEVEL));
	Write(kCval, 500);
	Write(kCtl, kEnable);
	Time(600);
	EXPECT_EQ(kSpurious, Acknowledge());
	EXPECT_EQ(UINT64_MAX, Deadline()) << "it asks, but nobody listens: no time to wait for";
	ASSERT_EQ(AXVCPU_OK, arm_vcpu_set_interrupt(vcpu_, kTimer, 0x80,
						    ARM_VCPU_INTERRUPT_LEVEL | ARM_VCPU_INTERRUPT_ENABLED));
	// A level that asks cannot be cleared.
	ASSERT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu_, kTimer));
	EXPECT_EQ(kTimer, Acknowledge());
	Write(kCtl, 0);
	fake_.on_enter = [&] { gic_.End(1, kTimer); };
	const axvcpu_exit *exit = nullptr;
	ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
	EXPECT_EQ(kSpurious, Acknowledge());
	// As an edge it comes once.
	ASSERT_EQ(AXVCPU_OK, arm_vcpu_set_interrupt(vcpu_, kTimer, 0x80, ARM_VCPU_INTERRUPT_ENABLED));
	Write(kCtl, kEnable);
	EXPECT_EQ(kTimer, Acknowledge());
	fake_.on_enter = [&] { gic_.End(1, kTimer); };
	ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
	EXPECT_EQ(kSpurious, Acknowledge());
}

TEST_F(PtimerTest, TheDeadlineOfAGuestThatIsOlderThanTheMachine)
{
	struct {
		uint64_t cval, deadline;
	} const cases[] = {
		{ 100201, 201 },
		{ 100500, 500 },
		{ UINT64_C(1) << 63, (UINT64_C(1) << 63) - 100000 },
	};

	StartTimer();
	Offset(UINT64_C(0) - 100000);
	Time(100200); // the machine's is at 200
	for (const auto &one : cases) {
		SCOPED_TRACE(one.cval);
		Write(kCval, one.cval);
		EXPECT_TRUE(Write(kCtl, kEnable));
		EXPECT_EQ(one.deadline, Deadline());
	}
	Write(kCval, 100500);
	// Due, and nobody looked yet: a time in the past, not before the machine's first.
	Time(100700);
	EXPECT_EQ(500u, Deadline());
	Write(kCtl, 0);
	Time(100000);
	Write(kCval, 100001);
	Write(kCtl, kEnable);
	Offset(UINT64_C(0) - 200000);
	Time(200010);
	EXPECT_EQ(0u, Deadline()) << "long before this machine began";
	EXPECT_EQ(kTimer, Acknowledge());
	EXPECT_EQ(UINT64_MAX, Deadline());
}

TEST_F(PtimerTest, SavedAndLoaded)
{
	for (bool due : { false, true }) {
		SCOPED_TRACE(due);
		StartTimer();
		Write(kCval, 500);
		Write(kCtl, kEnable);
		Time(due ? 600 : 400);
		EXPECT_EQ(due ? kTimer : kSpurious, Acknowledge());
		std::vector<uint8_t> bytes(axvcpu_save_size(vcpu_));
		ASSERT_EQ(AXVCPU_OK, axvcpu_save(vcpu_, bytes.data(), bytes.size(), nullptr));
		EXPECT_EQ(500u, Reg(kCvalId));
		EXPECT_EQ(kEnable | (due ? kStatus : 0), Reg(kCtlId));
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));

		StartTimer();
		Offset(5000);
		Time(due ? 600 : 400);
		ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, bytes.data(), bytes.size()));
		Offset(5000); // that of this machine
		EXPECT_EQ(due ? UINT64_MAX : 5500u, Deadline());
		EXPECT_EQ(kSpurious, Acknowledge()) << "active, or not yet due";
		if (!due) {
			Time(500);
			EXPECT_EQ(kTimer, Acknowledge());
		}
		// By id: a timer that is turned off takes its interrupt back.
		SetReg(kCtlId, 0);
		fake_.on_enter = [&] { gic_.End(1, kTimer); };
		const axvcpu_exit *exit = nullptr;
		ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
		EXPECT_EQ(kSpurious, Acknowledge());
		SetReg(kCtlId, kEnable);
		EXPECT_EQ(kTimer, Acknowledge());
		SetReg(kCtlId, 0xffffffffffffffff);
		EXPECT_EQ(7u, Reg(kCtlId));
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	}
}

} // namespace
