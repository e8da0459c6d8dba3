// SPDX-License-Identifier: Apache-2.0
// The local APIC joined with the vCPU: its page, its MSRs, its interrupts and IPIs.
#include "tests/fake_cpu.h"

namespace {

constexpr uint64_t kPage = 0xfee00000;
constexpr uint32_t kEoi = 0xb0, kTpr = 0x80, kIcr = 0x300, kIcrHigh = 0x310, kLvtTimer = 0x320,
		   kInitial = 0x380, kDivide = 0x3e0;

class ApicTest : public X86Test {
    protected:
	void StartWithApic()
	{
		Start(X86_VCPU_START_LONG, X86_VCPU_LOCAL_APIC);
		// The guest maps the page for itself: 2 MiB at 0xfee00000 by its fourth GiB.
		uint64_t entry = 0x14000 | 7;
		std::memcpy(Ram(0x11000 + 3 * 8), &entry, sizeof(entry));
		entry = 0xfee00083;
		std::memcpy(Ram(0x14000 + 0x1f7 * 8), &entry, sizeof(entry));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_RESERVED_1 | RFLAGS_IF));
	}
	// mov [rbx], eax; gives the exit that follows.
	const axvcpu_exit *Write(uint32_t reg, uint32_t value)
	{
		uint64_t rip = Rip();

		Code(rip, { 0x89, 0x03 });
		SetGpr(X86_RBX, kPage + reg);
		SetGpr(X86_RAX, value);
		const axvcpu_exit *exit = Run(SVM_EXIT_NPF, 6, kPage + reg);
		EXPECT_EQ(rip + 2, Rip());
		return exit;
	}
	uint32_t Read(uint32_t reg)
	{
		Code(Rip(), { 0x8b, 0x03 });
		SetGpr(X86_RBX, kPage + reg);
		SetGpr(X86_RAX, 0);
		RunHandled(SVM_EXIT_NPF, 4, kPage + reg);
		return static_cast<uint32_t>(Gpr(X86_RAX));
	}
};

TEST_F(ApicTest, NoneWithoutTheFlag)
{
	Start();
	Code(kEntry, { 0x0f, 0x32 });
	SetGpr(X86_RCX, MSR_APIC_BASE);
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_MSR;
		vmcb->control.exit_info_1 = 0;
	});
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_GP, 0), NextEvent());
	uint64_t value = 0;
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND,
		  axvcpu_get_reg(vcpu_, X86_VCPU_REG_APIC(0), &value, sizeof(value)));
}

TEST_F(ApicTest, InterruptsByPriorityUntilTheirEoi)
{
	StartWithApic();
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x41));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x55));
	EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0x55), NextEvent());
	EXPECT_EQ(0u, NextEvent()) << "a lower class waits for the EOI";
	// It comes at the entry that follows the write, within the same run.
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_NPF;
		vmcb->control.exit_info_1 = 6;
		vmcb->control.exit_info_2 = kPage + kEoi;
	});
	Code(Rip(), { 0x89, 0x03 });
	SetGpr(X86_RBX, kPage + kEoi);
	EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0x41), NextEvent());
}

TEST_F(ApicTest, TheEndOfALevelIsAnExit)
{
	StartWithApic();
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_LEVEL + 0x41));
	EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0x41), NextEvent());
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x55));
	EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0x55), NextEvent());
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, Write(kEoi, 0)->reason) << "an edge";
	const axvcpu_exit *exit = Write(kEoi, 0);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_END_OF_INTERRUPT}, exit->reason);
	EXPECT_EQ(0x41u, exit->u.interrupt.vector);
	EXPECT_EQ(Rip(), exit->pc);
	fake_.guest.clear();
	// One that is not accepted yet can be taken back.
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_LEVEL + 0x41));
	ASSERT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu_, X86_VCPU_INJECT_LEVEL + 0x41));
	EXPECT_EQ(0u, NextEvent());
}

TEST_F(ApicTest, LevelsNeedALocalApic)
{
	Start();
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_LEVEL + 0x41));
}

TEST_F(ApicTest, AttentionLosesNeitherIpiNorEnd)
{
	StartWithApic();
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_LEVEL + 0x41));
	EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0x41), NextEvent());
	auto disturbed_write = [&](uint32_t reg, uint32_t value) {
		Code(Rip(), { 0x89, 0x03 });
		SetGpr(X86_RBX, kPage + reg);
		SetGpr(X86_RAX, value);
		fake_.guest.push_back([this, reg](uint64_t *, svm_vmcb *vmcb) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x22)); // asks the run to end
			vmcb->control.exit_code = SVM_EXIT_NPF;
			vmcb->control.exit_info_1 = 6;
			vmcb->control.exit_info_2 = kPage + reg;
		});
		return RunQueued()->reason;
	};
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_END_OF_INTERRUPT}, disturbed_write(kEoi, 0));
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_SEND_IPI}, disturbed_write(kIcr, 3u << 18 | 0x40a1));
}

TEST_F(ApicTest, TaskPriorityFollowsCr8)
{
	StartWithApic();
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.interrupt_control |= 6; // the guest wrote CR8
		vmcb->control.exit_code = SVM_EXIT_INTR;
	});
	RunQueued();
	EXPECT_EQ(0x60u, Read(kTpr));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x61));
	EXPECT_EQ(0u, NextEvent());
	EXPECT_TRUE(Vmcb()->control.intercept_cr & SVM_INTERCEPT_CR_WRITE(8u));
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, Write(kTpr, 0x23)->reason);
	EXPECT_EQ(2u, Reg(X86_VCPU_REG_CR(8)));
	EXPECT_EQ(0x23u, Read(kTpr)) << "its low half is the APIC's own";
}

TEST_F(ApicTest, IpiIsAnExitAfterItsInstruction)
{
	StartWithApic();
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, Write(kIcrHigh, 5u << 24)->reason);
	const axvcpu_exit *exit = Write(kIcr, 0x40a1);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_SEND_IPI}, exit->reason);
	EXPECT_EQ(5u, exit->u.send_ipi.target_cpu);
	EXPECT_EQ(0xa1u, exit->u.send_ipi.vector);
	EXPECT_EQ(0u, exit->u.send_ipi.flags);
	EXPECT_FALSE(x86_vcpu_is_ipi_target(vcpu_, &exit->u.send_ipi)) << "it is number 0";
	fake_.guest.clear();
	exit = Write(kIcr, 3u << 18 | 0x4400);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_SEND_IPI}, exit->reason);
	EXPECT_EQ(uint64_t{X86_VCPU_INJECT_NMI}, exit->u.send_ipi.vector);
	EXPECT_EQ(uint32_t{AXVCPU_SEND_IPI_ALL_BUT_SELF}, exit->u.send_ipi.flags);
	EXPECT_TRUE(x86_vcpu_is_ipi_target(vcpu_, &exit->u.send_ipi));
}

TEST_F(ApicTest, StartupIpiStartsACpuAndHasNoAnswer)
{
	StartWithApic();
	Write(kIcrHigh, 2u << 24);
	const axvcpu_exit *exit = Write(kIcr, 0x4608);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_CPU_UP}, exit->reason);
	EXPECT_EQ(2u, exit->u.cpu_up.target_cpu);
	EXPECT_EQ(0x8000u, exit->u.cpu_up.entry_point);
	EXPECT_EQ(0u, exit->u.cpu_up.arg) << "a physical destination in xAPIC form";
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_return_value(vcpu_, 0x1234));
	EXPECT_EQ(0x4608u, Gpr(X86_RAX)) << "rax is the guest's";
}

TEST_F(ApicTest, AnIpiCanBeForItsSender)
{
	StartWithApic();
	Write(0xe0, 0xffffffff);
	Write(0xd0, 1u << 24);
	Write(kIcrHigh, 5u << 24);
	const axvcpu_exit *exit = Write(kIcr, 0x48a1);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_SEND_IPI}, exit->reason);
	EXPECT_EQ(uint64_t{X86_VCPU_IPI_LOGICAL}, exit->u.send_ipi.target_mask);
	EXPECT_TRUE(x86_vcpu_is_ipi_target(vcpu_, &exit->u.send_ipi)) << "logical id 1 is of 5";
	EXPECT_FALSE(x86_vcpu_is_ipi_target(nullptr, &exit->u.send_ipi));
	EXPECT_FALSE(x86_vcpu_is_ipi_target(vcpu_, nullptr));
}

TEST_F(ApicTest, StartupReachesThoseThatWait)
{
	StartWithApic();
	axvcpu_exit_cpu_up start = {};
	start.target_cpu = X86_VCPU_ALL_OTHERS;
	EXPECT_TRUE(x86_vcpu_is_startup_target(vcpu_, &start));
	start.target_cpu = 0;
	EXPECT_TRUE(x86_vcpu_is_startup_target(vcpu_, &start)) << "its id";
	start.target_cpu = 1;
	EXPECT_FALSE(x86_vcpu_is_startup_target(vcpu_, &start));
	start.target_cpu = 0xff;
	EXPECT_TRUE(x86_vcpu_is_startup_target(vcpu_, &start)) << "broadcast";
	start.arg = X86_VCPU_IPI_X2APIC;
	EXPECT_FALSE(x86_vcpu_is_startup_target(vcpu_, &start)) << "an id of 32 bits";
	start.target_cpu = UINT32_MAX;
	EXPECT_TRUE(x86_vcpu_is_startup_target(vcpu_, &start)) << "broadcast";
	// After reset its logical id is 0, which no destination names.
	Write(0xd0, 1u << 24);
	start.arg = X86_VCPU_IPI_LOGICAL;
	start.target_cpu = 1;
	EXPECT_FALSE(x86_vcpu_is_startup_target(vcpu_, &start));
	EXPECT_FALSE(x86_vcpu_is_startup_target(nullptr, &start));
	EXPECT_FALSE(x86_vcpu_is_startup_target(vcpu_, nullptr));
}

TEST_F(ApicTest, TheTimersDeadlineIsOffered)
{
	uint64_t deadline = 0;

	StartWithApic();
	ASSERT_EQ(AXVCPU_OK, axvcpu_timer_deadline(vcpu_, &deadline));
	EXPECT_EQ(UINT64_MAX, deadline);
	Write(kDivide, 0xb);
	Write(kLvtTimer, 0xec);
	fake_.guest.clear();
	const axvcpu_exit *exit = Write(kInitial, 500);
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_NOTHING}, exit->reason) << "so that it is asked again";
	ASSERT_EQ(AXVCPU_OK, axvcpu_timer_deadline(vcpu_, &deadline));
	EXPECT_EQ(fake_.tsc + 500, deadline);
	fake_.tsc = deadline - 1;
	EXPECT_EQ(0u, NextEvent());
	fake_.tsc = deadline;
	EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0xec), NextEvent());
	ASSERT_EQ(AXVCPU_OK, axvcpu_timer_deadline(vcpu_, &deadline));
	EXPECT_EQ(UINT64_MAX, deadline) << "one shot";
}

// WRMSR to the TSC moves a deadline, which is compared with it; the count is of another clock.
TEST_F(ApicTest, TheTimerWhenTheGuestSetsItsTsc)
{
	const struct {
		uint64_t tsc;
		bool deadline;
	} cases[] = {
		{ 0, false }, { 0, true }, { UINT64_C(1) << 40, false }, { 5000, true },
		{ UINT64_MAX - 100, false },
	};
	uint64_t far = 0;

	auto wrmsr = [&](uint32_t msr, uint64_t value) {
		Code(Rip(), { 0x0f, 0x30 });
		SetGpr(X86_RCX, msr);
		SetGpr(X86_RAX, value & UINT32_MAX);
		SetGpr(X86_RDX, value >> 32);
		const axvcpu_exit *exit = Run(SVM_EXIT_MSR, 1);

		fake_.guest.clear();
		return exit->reason;
	};

	StartWithApic();
	Write(kDivide, 0xb);
	for (const auto &c : cases) {
		uint64_t due = fake_.tsc + 1000, deadline = 0;

		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_TSC_OFFSET, 0));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		Write(kLvtTimer, c.deadline ? 0x400ec : 0xec);
		if (c.deadline) {
			wrmsr(MSR_TSC_DEADLINE, due);
		} else {
			Write(kInitial, 1000);
		}
		fake_.guest.clear();
		fake_.tsc += 400;
		EXPECT_EQ(uint32_t{AXVCPU_EXIT_NOTHING}, wrmsr(MSR_TSC, c.tsc)) << "it is asked again";
		if (c.deadline) {
			due = fake_.tsc + (due > c.tsc ? due - c.tsc : 0);
		} else {
			EXPECT_EQ(600u, Read(0x390));
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_timer_deadline(vcpu_, &deadline));
		EXPECT_EQ(due, deadline) << c.tsc;
		if (due > fake_.tsc) {
			fake_.tsc = due - 1;
			EXPECT_EQ(0u, NextEvent()) << c.tsc;
			fake_.tsc = due;
		}
		EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0xec), NextEvent()) << c.tsc;
		Write(kEoi, 0);
		fake_.guest.clear();
	}
	// One that never comes is none, also where the guest's TSC is behind the CPU's.
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_TSC_OFFSET, 0 - fake_.tsc));
	Write(kLvtTimer, 0x400ec);
	wrmsr(MSR_TSC_DEADLINE, UINT64_MAX - 1);
	ASSERT_EQ(AXVCPU_OK, axvcpu_timer_deadline(vcpu_, &far));
	EXPECT_EQ(UINT64_MAX, far);
}

TEST_F(ApicTest, TimerEndsAHalt)
{
	StartWithApic();
	Write(kDivide, 0xb);
	Write(kLvtTimer, 0xec);
	fake_.guest.clear();
	Write(kInitial, 500);
	Code(Rip(), { 0xf4 });
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_HALT}, Run(SVM_EXIT_HLT)->reason);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_HALT}, RunQueued()->reason);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
	fake_.tsc += 500;
	EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0xec), NextEvent());
}

TEST_F(ApicTest, X2ApicByMsr)
{
	StartWithApic();
	auto rdmsr = [&](uint32_t msr) {
		Code(Rip(), { 0x0f, 0x32 });
		SetGpr(X86_RCX, msr);
		RunHandled(SVM_EXIT_MSR, 0);
		return Gpr(X86_RDX) << 32 | Gpr(X86_RAX);
	};
	auto wrmsr = [&](uint32_t msr, uint64_t value) {
		Code(Rip(), { 0x0f, 0x30 });
		SetGpr(X86_RCX, msr);
		SetGpr(X86_RAX, value & UINT32_MAX);
		SetGpr(X86_RDX, value >> 32);
		return Run(SVM_EXIT_MSR, 1)->reason;
	};
	EXPECT_EQ(0xfee00900u, rdmsr(MSR_APIC_BASE));
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, wrmsr(MSR_APIC_BASE, 0xfee00d00));
	EXPECT_EQ(0xfee00d00u, rdmsr(MSR_APIC_BASE));
	EXPECT_EQ(0x1ffu, rdmsr(0x80f));
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_SEND_IPI}, wrmsr(0x830, uint64_t{7} << 32 | 0x40c0));
	EXPECT_EQ(7u, last_->u.send_ipi.target_cpu);
	EXPECT_EQ(uint64_t{X86_VCPU_IPI_X2APIC}, last_->u.send_ipi.target_mask);
	fake_.guest.clear();
	// The page is gone.
	Code(Rip(), { 0x8b, 0x03 });
	SetGpr(X86_RBX, kPage);
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_MMIO_READ}, Run(SVM_EXIT_NPF, 4, kPage)->reason);
}

TEST_F(ApicTest, PicThroughLint0)
{
	StartWithApic();
	EXPECT_TRUE(x86_vcpu_can_take_interrupt(vcpu_)) << "as firmware leaves it";
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_EXTINT + 0x20));
	EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0x20), NextEvent());
	Write(0x350, 0x10700); // LINT0 masked
	EXPECT_FALSE(x86_vcpu_can_take_interrupt(vcpu_));
	// An I/O APIC's message does not come through it, but needs the APIC on.
	EXPECT_TRUE(x86_vcpu_can_take_extint(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_EXTINT + 0x21));
	EXPECT_FALSE(x86_vcpu_can_take_extint(vcpu_)) << "one at a time";
	EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0x21), NextEvent());
	Write(0xf0, 0xff);
	EXPECT_FALSE(x86_vcpu_can_take_extint(vcpu_)) << "disabled by software";
	EXPECT_FALSE(x86_vcpu_can_take_extint(nullptr));
}

TEST_F(ApicTest, WhatIsTakenBackDoesNotCome)
{
	StartWithApic();
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_RESERVED_1));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x41));
	Run(kInterrupt);
	ASSERT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu_, 0x41));
	Run(kInterrupt);
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_RESERVED_1 | RFLAGS_IF));
	EXPECT_EQ(0u, NextEvent());
}

} // namespace
