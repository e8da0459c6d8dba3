// SPDX-License-Identifier: Apache-2.0
// Interrupts, NMIs and exceptions on their way into the guest.
#include "tests/fake_cpu.h"

namespace {

class EventTest : public X86Test {
    protected:
	void Open(bool open)
	{
		ASSERT_EQ(AXVCPU_OK,
			  SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_RESERVED_1 | (open ? RFLAGS_IF : 0)));
	}
	// The guest exits while `event` was being delivered.
	const axvcpu_exit *Interrupted(uint64_t code, uint64_t event)
	{
		fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
			vmcb->control.exit_code = code;
			vmcb->control.exit_int_info = event;
		});
		return RunQueued();
	}
};

TEST_F(EventTest, HighestVectorFirstAndNoneLost)
{
	Start();
	Open(true);
	const uint32_t vectors[] = { 0, 31, 0x20, 0x21, 0x7f, 0x80, 0xff };
	for (uint32_t vector : vectors) {
		ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, vector));
	}
	for (int i = 6; i >= 0; i--) {
		EXPECT_EQ(Event(X86_EVENT_INTERRUPT, vectors[i]), NextEvent());
		EXPECT_EQ(i > 0, (Vmcb()->control.intercept_1 & SVM_INTERCEPT_VINTR) != 0);
	}
	EXPECT_EQ(0u, NextEvent());
}

TEST_F(EventTest, ClosedGuestGetsAWindow)
{
	Start();
	Open(false);
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x55));
	EXPECT_EQ(0u, NextEvent());
	EXPECT_TRUE(Vmcb()->control.intercept_1 & SVM_INTERCEPT_VINTR);
	EXPECT_TRUE(Vmcb()->control.interrupt_control & SVM_V_IRQ);
	EXPECT_TRUE(Vmcb()->control.interrupt_control & SVM_V_IGN_TPR);
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_VINTR;
		vmcb->save.rflags |= RFLAGS_IF;
	});
	EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0x55), NextEvent());
	EXPECT_FALSE(Vmcb()->control.interrupt_control & SVM_V_IRQ);
}

TEST_F(EventTest, InterruptedDeliveryComesAgain)
{
	Start();
	Open(true);
	const uint64_t events[] = {
		Event(X86_EVENT_INTERRUPT, 0x30),
		Event(X86_EVENT_NMI, 2),
		Exception(X86_VECTOR_UD),
		ExceptionWithCode(X86_VECTOR_PF, 7),
		ExceptionWithCode(X86_VECTOR_DF, 0),
	};
	for (uint64_t event : events) {
		Interrupted(kInterrupt, event);
		EXPECT_EQ(event, NextEvent());
		EXPECT_EQ(0u, NextEvent()) << "once";
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_INTERRUPTIBILITY, 0));
	}
}

TEST_F(EventTest, SoftwareEventsComeOfTheirInstruction)
{
	Start();
	const uint64_t events[] = {
		Event(X86_EVENT_SOFTWARE, 0x80),
		Exception(X86_VECTOR_BP),
		Exception(X86_VECTOR_OF),
		Event(1, 0x30),
		Event(7, 0x30),
	};
	for (uint64_t event : events) {
		Interrupted(kInterrupt, event);
		EXPECT_EQ(0u, NextEvent());
	}
	Interrupted(kInterrupt, Event(X86_EVENT_NMI, 0x30));
	EXPECT_EQ(Event(X86_EVENT_NMI, X86_VECTOR_NMI), NextEvent()) << "its vector does not count";
	Interrupted(kInterrupt, Event(X86_EVENT_INTERRUPT, 0x30) & ~SVM_EVENT_VALID);
	EXPECT_EQ(0u, NextEvent()) << "old contents";
}

// #BP and #OF of the hypervisor's own come of no instruction at rip that would raise them again.
TEST_F(EventTest, InjectedTrapsComeAgain)
{
	Start();
	for (const uint32_t vector : { X86_VECTOR_BP, X86_VECTOR_OF }) {
		ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, vector, 0));
		fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
			EXPECT_EQ(Exception(vector), vmcb->control.event_inj);
			EXPECT_EQ(vmcb->save.rip, vmcb->control.next_rip) << "what is pushed";
			vmcb->control.exit_code = SVM_EXIT_NPF;
			vmcb->control.exit_info_1 = SVM_NPF_WRITE;
			vmcb->control.exit_info_2 = 0x40000000;
			vmcb->control.exit_int_info = Exception(vector);
		});
		EXPECT_EQ(uint32_t{ AXVCPU_EXIT_NESTED_PAGE_FAULT }, RunQueued()->reason);
		EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
		EXPECT_EQ(Exception(vector), NextEvent());
		EXPECT_EQ(0u, NextEvent()) << "once";
		// Another one, of an instruction elsewhere, or of one there in a later entry.
		ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, vector, 0));
		fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
			vmcb->save.rip += 0x100;
			vmcb->control.exit_code = SVM_EXIT_INTR;
			vmcb->control.exit_int_info = Exception(vector);
		});
		ASSERT_NE(nullptr, RunQueued());
		EXPECT_EQ(0u, NextEvent());
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, vector, 0));
		Code(kEntry, { 0x0f, 0x01, 0xd9 });
		ASSERT_EQ(uint32_t{ AXVCPU_EXIT_HYPERCALL }, Run(SVM_EXIT_VMMCALL)->reason);
		fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
			vmcb->save.rip = kEntry;
			vmcb->control.exit_code = SVM_EXIT_INTR;
			vmcb->control.exit_int_info = Exception(vector);
		});
		ASSERT_NE(nullptr, RunQueued());
		EXPECT_EQ(0u, NextEvent());
	}
}

TEST_F(EventTest, EventSurvivesSaveAndLoad)
{
	Start();
	Interrupted(kInterrupt, ExceptionWithCode(X86_VECTOR_PF, 0x15));
	uint64_t event = Reg(X86_VCPU_REG_EVENT), error = Reg(X86_VCPU_REG_EVENT_ERROR);
	EXPECT_EQ(0x15u, error);
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_EVENT, 0));
	EXPECT_EQ(0u, NextEvent());
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_EVENT, event));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_EVENT_ERROR, error));
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_PF, 0x15), NextEvent());
}

TEST_F(EventTest, DoubleAndTripleFault)
{
	struct {
		uint32_t first, second;
		uint32_t result; // 32: triple fault
	} const cases[] = {
		{ X86_VECTOR_GP, X86_VECTOR_GP, X86_VECTOR_DF },
		{ X86_VECTOR_DE, X86_VECTOR_NP, X86_VECTOR_DF },
		{ X86_VECTOR_PF, X86_VECTOR_GP, X86_VECTOR_DF },
		{ X86_VECTOR_PF, X86_VECTOR_PF, X86_VECTOR_DF },
		{ X86_VECTOR_GP, X86_VECTOR_PF, X86_VECTOR_PF },
		{ X86_VECTOR_UD, X86_VECTOR_GP, X86_VECTOR_GP },
		{ X86_VECTOR_GP, X86_VECTOR_UD, X86_VECTOR_UD },
		{ X86_VECTOR_DF, X86_VECTOR_GP, 32 },
		{ X86_VECTOR_DF, X86_VECTOR_PF, 32 },
		{ X86_VECTOR_DF, X86_VECTOR_DB, X86_VECTOR_DB },
	};
	Start();
	for (const auto &c : cases) {
		ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, c.first, 0));
		ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, c.second, 0));
		if (c.result == 32) {
			const axvcpu_exit *exit = RunQueued();

			ASSERT_EQ(uint32_t{AXVCPU_EXIT_SYSTEM_DOWN}, exit->reason);
			EXPECT_EQ(uint32_t{AXVCPU_SYSTEM_DOWN_CRASH}, exit->u.system_down.type);
			continue;
		}
		EXPECT_EQ(c.result, NextEvent() & SVM_EVENT_VECTOR) << c.first << " " << c.second;
		EXPECT_EQ(0u, NextEvent());
	}
}

TEST_F(EventTest, ExceptionPostponesInterruptAndNmi)
{
	Start();
	Open(true);
	Interrupted(kInterrupt, Event(X86_EVENT_INTERRUPT, 0x30));
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, X86_VECTOR_GP, 0));
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_GP, 0), NextEvent());
	EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0x30), NextEvent());
	Interrupted(kInterrupt, Event(X86_EVENT_NMI, 2));
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, X86_VECTOR_GP, 0));
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_GP, 0), NextEvent());
	EXPECT_EQ(Event(X86_EVENT_NMI, 2), NextEvent());
}

TEST_F(EventTest, ArgumentsOfInjection)
{
	Start();
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_inject_interrupt(vcpu_, 257));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, x86_vcpu_inject_exception(vcpu_, 32, 0));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, x86_vcpu_inject_exception(vcpu_, X86_VECTOR_NMI, 0));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, x86_vcpu_inject_exception(vcpu_, X86_VECTOR_UD, 1));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, x86_vcpu_inject_exception(nullptr, X86_VECTOR_UD, 0));
	EXPECT_EQ(0u, NextEvent());
}

TEST_F(EventTest, SecondNmiComesBehindTheFirstOnesIret)
{
	Start();
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_NMI));
	EXPECT_EQ(Event(X86_EVENT_NMI, 2), NextEvent());
	EXPECT_TRUE(Vmcb()->control.intercept_1 & SVM_INTERCEPT_IRET);
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_NMI));
	EXPECT_EQ(0u, NextEvent()) << "blocked by the first";
	// At the IRET: it is stepped, and the step is not the guest's.
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_IRET;
	});
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		EXPECT_TRUE(vmcb->save.rflags & RFLAGS_TF);
		EXPECT_FALSE(vmcb->control.intercept_1 & SVM_INTERCEPT_IRET);
		EXPECT_EQ(0u, vmcb->control.event_inj);
		vmcb->save.rflags &= ~RFLAGS_TF; // popped by IRET
		vmcb->save.dr6 |= 1u << 14;
		vmcb->control.exit_code = uint64_t{SVM_EXIT_EXCEPTION_0} + X86_VECTOR_DB;
	});
	EXPECT_EQ(Event(X86_EVENT_NMI, 2), NextEvent());
	EXPECT_EQ(DR6_RESET, Reg(X86_VCPU_REG_DR(6)));
	// The last IRET: nothing waits any more.
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_IRET;
	});
	EXPECT_EQ(0u, NextEvent());
	EXPECT_FALSE(Vmcb()->control.intercept_1 & SVM_INTERCEPT_IRET);
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_INTERRUPTIBILITY));
}

// While an IRET is stepped, whatever else comes finds the guest's own RFLAGS and DR6; the
// NMI waits for the next IRET.
class IretStepTest : public EventTest {
    protected:
	// The guest is at the IRET of an NMI's handler, and another one waits.
	void AtIret()
	{
		Start();
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(6), DR6_RESET | DR6_BS | 2));
		ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_NMI));
		EXPECT_EQ(Event(X86_EVENT_NMI, 2), NextEvent());
		ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_NMI));
		fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
			vmcb->control.exit_code = SVM_EXIT_IRET;
		});
	}
	// The event that comes in then, with none of our TF; and the second NMI at the next IRET.
	void ExpectCancelled(uint64_t event)
	{
		fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
			EXPECT_EQ(event, vmcb->control.event_inj);
			EXPECT_FALSE(vmcb->save.rflags & RFLAGS_TF) << "its delivery saves RFLAGS";
			EXPECT_TRUE(vmcb->control.intercept_1 & SVM_INTERCEPT_IRET);
			EXPECT_FALSE(vmcb->control.intercept_exceptions & 1u << X86_VECTOR_GP);
			vmcb->control.exit_code = SVM_EXIT_INTR;
		});
		ASSERT_NE(nullptr, RunQueued());
		EXPECT_EQ(2u, Reg(X86_VCPU_REG_INTERRUPTIBILITY) & 2u) << "still blocked";
		fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
			vmcb->control.exit_code = SVM_EXIT_IRET;
		});
		fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
			EXPECT_EQ(0u, vmcb->control.event_inj);
			vmcb->save.rflags &= ~RFLAGS_TF;
			vmcb->save.dr6 |= DR6_BS;
			vmcb->control.exit_code = uint64_t{SVM_EXIT_EXCEPTION_0} + X86_VECTOR_DB;
		});
		EXPECT_EQ(Event(X86_EVENT_NMI, 2), NextEvent());
	}
};

TEST_F(IretStepTest, AFaultOfTheIret)
{
	const struct {
		uint32_t vector;
		uint64_t event;
	} cases[] = {
		{ X86_VECTOR_TS, ExceptionWithCode(X86_VECTOR_TS, 0x28) },
		{ X86_VECTOR_NP, ExceptionWithCode(X86_VECTOR_NP, 0x28) },
		{ X86_VECTOR_SS, ExceptionWithCode(X86_VECTOR_SS, 0x28) },
		{ X86_VECTOR_GP, ExceptionWithCode(X86_VECTOR_GP, 0x28) },
		{ X86_VECTOR_PF, ExceptionWithCode(X86_VECTOR_PF, 0x28) },
		{ X86_VECTOR_AC, ExceptionWithCode(X86_VECTOR_AC, 0x28) },
	};

	AtIret();
	for (const auto &c : cases) {
		fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
			EXPECT_TRUE(vmcb->save.rflags & RFLAGS_TF);
			EXPECT_TRUE(vmcb->control.intercept_exceptions >> c.vector & 1);
			vmcb->control.exit_code = uint64_t{SVM_EXIT_EXCEPTION_0} + c.vector;
			vmcb->control.exit_info_1 = 0x28;
			vmcb->control.exit_info_2 = 0x123456;
		});
		ExpectCancelled(c.event);
		EXPECT_EQ(DR6_RESET | DR6_BS | 2, Reg(X86_VCPU_REG_DR(6)));
		EXPECT_EQ(c.vector == X86_VECTOR_PF ? 0x123456u : 0u, Reg(X86_VCPU_REG_CR(2)));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(2), 0));
		ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_NMI));
		fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
			vmcb->control.exit_code = SVM_EXIT_IRET;
		});
	}
}

TEST_F(IretStepTest, AnInterruptBeforeTheIret)
{
	AtIret();
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->save.rflags |= RFLAGS_IF; // as the handler had it
		vmcb->control.exit_code = SVM_EXIT_INTR;
	});
	ASSERT_NE(nullptr, RunQueued());
	EXPECT_FALSE(Reg(X86_VCPU_REG_RFLAGS) & RFLAGS_TF);
	EXPECT_EQ(DR6_RESET | DR6_BS | 2, Reg(X86_VCPU_REG_DR(6)));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x30));
	ExpectCancelled(Event(X86_EVENT_INTERRUPT, 0x30));
}

TEST_F(IretStepTest, BreakpointsOfTheGuestsOwn)
{
	AtIret();
	// At the IRET itself: a fault before it.
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->save.dr6 |= 1;
		vmcb->control.exit_code = uint64_t{SVM_EXIT_EXCEPTION_0} + X86_VECTOR_DB;
	});
	ExpectCancelled(Exception(X86_VECTOR_DB));
	EXPECT_EQ(DR6_RESET | DR6_BS | 3, Reg(X86_VCPU_REG_DR(6)));
	// On its stack: a trap behind it, together with our step.
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(6), DR6_RESET));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_NMI));
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_IRET;
	});
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->save.rflags &= ~RFLAGS_TF;
		vmcb->save.dr6 |= DR6_BS | 4;
		vmcb->control.exit_code = uint64_t{SVM_EXIT_EXCEPTION_0} + X86_VECTOR_DB;
	});
	EXPECT_EQ(Exception(X86_VECTOR_DB), NextEvent());
	EXPECT_EQ(DR6_RESET | 4, Reg(X86_VCPU_REG_DR(6)));
	EXPECT_EQ(Event(X86_EVENT_NMI, 2), NextEvent());
}

TEST_F(EventTest, DebugAndAlignmentChecksGoThroughUs)
{
	Start();
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = uint64_t{SVM_EXIT_EXCEPTION_0} + X86_VECTOR_DB;
	});
	EXPECT_EQ(Exception(X86_VECTOR_DB), NextEvent());
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = uint64_t{SVM_EXIT_EXCEPTION_0} + X86_VECTOR_AC;
		vmcb->control.exit_info_1 = 0;
	});
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_AC, 0), NextEvent());
}

TEST_F(EventTest, OneInterruptAtATimeForAController)
{
	Start();
	Open(true);
	EXPECT_TRUE(x86_vcpu_can_take_interrupt(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x30));
	EXPECT_FALSE(x86_vcpu_can_take_interrupt(vcpu_)) << "in the queue";
	Open(false);
	Run(kInterrupt);
	EXPECT_FALSE(x86_vcpu_can_take_interrupt(vcpu_)) << "waiting for the window";
	Open(true);
	Run(kInterrupt);
	EXPECT_TRUE(x86_vcpu_can_take_interrupt(vcpu_)) << "delivered";
	EXPECT_FALSE(x86_vcpu_can_take_interrupt(nullptr));
}

} // namespace
