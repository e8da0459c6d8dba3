// SPDX-License-Identifier: Apache-2.0
// The short ways: what is kept from one exit to the next, and when it no longer counts.
#include "tests/fake_vmx.h"

namespace {

class QuickTest : public X86Test {
    protected:
	// Bytes of a VMMCALL at kEntry, as the exit tells them.
	uint32_t CallLength()
	{
		EXPECT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		const axvcpu_exit *exit = Run(SVM_EXIT_VMMCALL);

		EXPECT_EQ(uint32_t{ AXVCPU_EXIT_HYPERCALL }, exit->reason);
		EXPECT_EQ(kEntry + exit->instruction_length, Rip());
		return exit->instruction_length;
	}
	uint64_t *Table(uint64_t gpa) { return reinterpret_cast<uint64_t *>(Ram(gpa)); }
	// ECX of leaf 1, by a guest that also asks for another leaf.
	uint64_t FeaturesEcx()
	{
		Code(kEntry, { 0x0f, 0xa2 });
		SetGpr(X86_RAX, 1);
		SetGpr(X86_RCX, 0);
		EXPECT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		RunHandled(SVM_EXIT_CPUID);
		return Gpr(X86_RCX);
	}
};

constexpr uint64_t kPml4 = 0x10000, kPdpt = 0x11000, kPd = 0x12000;
constexpr uint64_t kOther = 0x5000, kTables = 0x20000;
constexpr uint64_t kOsxsave = UINT64_C(1) << 27;

TEST_F(QuickTest, LengthFollowsTheBytes)
{
	Start();
	Code(kEntry, { 0x0f, 0x01, 0xd9 });
	EXPECT_EQ(3u, CallLength());
	EXPECT_EQ(3u, CallLength());
	Code(kEntry, { 0x66, 0x0f, 0x01, 0xd9 });
	EXPECT_EQ(4u, CallLength());
	Code(kEntry, { 0x0f, 0x01, 0xd9 });
	EXPECT_EQ(3u, CallLength());
	// What stands behind it does not count.
	Code(kEntry + 3, { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc });
	EXPECT_EQ(3u, CallLength());
}

TEST_F(QuickTest, LengthFollowsEachLevelOfThePageTables)
{
	Start();
	Code(kEntry, { 0x0f, 0x01, 0xd9 });
	Code(kOther, { 0x66, 0x48, 0x0f, 0x01, 0xd9 });
	ASSERT_EQ(3u, CallLength());
	// Small pages: the same page, then another one.
	Table(kTables)[kEntry >> 12] = kEntry | 7;
	Table(kPd)[0] = kTables | 7;
	EXPECT_EQ(3u, CallLength());
	EXPECT_EQ(3u, CallLength());
	Table(kTables)[kEntry >> 12] = kOther | 7;
	EXPECT_EQ(5u, CallLength());
	EXPECT_EQ(5u, CallLength());
	// Another table at each level above.
	Table(kTables + 0x1000)[kEntry >> 12] = kEntry | 7;
	Table(kPd)[0] = (kTables + 0x1000) | 7;
	EXPECT_EQ(3u, CallLength());
	Table(kTables + 0x2000)[0] = kTables | 7;
	Table(kPdpt)[0] = (kTables + 0x2000) | 7;
	EXPECT_EQ(5u, CallLength());
	Table(kTables + 0x3000)[0] = kPdpt | 7;
	Table(kTables + 0x4000)[0] = kPd | 7;
	Table(kPml4)[0] = (kTables + 0x4000) | 7;
	EXPECT_EQ(3u, CallLength());
}

TEST_F(QuickTest, LengthFollowsCr3)
{
	Start();
	Code(kEntry, { 0x0f, 0x01, 0xd9 });
	Code(kOther, { 0x66, 0x0f, 0x01, 0xd9 });
	ASSERT_EQ(3u, CallLength());
	Table(kTables)[0] = (kTables + 0x1000) | 7;
	Table(kTables + 0x1000)[0] = (kTables + 0x2000) | 7;
	Table(kTables + 0x2000)[0] = (kTables + 0x3000) | 7;
	Table(kTables + 0x3000)[kEntry >> 12] = kOther | 7;
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->save.cr3 = kTables; // no exit
		vmcb->control.exit_code = SVM_EXIT_VMMCALL;
	});
	const axvcpu_exit *exit = RunQueued();
	ASSERT_EQ(uint32_t{ AXVCPU_EXIT_HYPERCALL }, exit->reason);
	EXPECT_EQ(4u, exit->instruction_length);
}

TEST_F(QuickTest, LengthFollowsTheSecondStageAndTheMode)
{
	Start();
	Code(kEntry, { 0x0f, 0x01, 0xd9 });
	Code(kOther, { 0x66, 0x0f, 0x01, 0xd9 });
	ASSERT_EQ(3u, CallLength());
	uint64_t *npt = reinterpret_cast<uint64_t *>(State()->stage2_root);
	uint64_t *pages = npt + 3 * 512;
	std::swap(pages[kEntry >> 12], pages[kOther >> 12]);
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_flush_tlb(vcpu_));
	EXPECT_EQ(4u, CallLength());
	// 32-bit code there: 0x48 is an instruction then, not a prefix, and VMMCALL has 3 bytes.
	std::swap(pages[kEntry >> 12], pages[kOther >> 12]);
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_flush_tlb(vcpu_));
	Code(kEntry, { 0x48, 0x0f, 0x01, 0xd9 });
	EXPECT_EQ(4u, CallLength());
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_CS), 0xc9b));
	EXPECT_EQ(3u, CallLength());
}

TEST_F(QuickTest, HypercallUnderTrapFlagOrShadow)
{
	Start();
	Code(kEntry, { 0x0f, 0x01, 0xd9 });
	ASSERT_EQ(3u, CallLength());
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_TF | 2));
	EXPECT_EQ(3u, CallLength());
	EXPECT_EQ(Exception(X86_VECTOR_DB), NextEvent());
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, 2));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.interrupt_shadow = SVM_INTERRUPT_SHADOW;
		vmcb->control.exit_code = SVM_EXIT_VMMCALL;
	});
	ASSERT_EQ(uint32_t{ AXVCPU_EXIT_HYPERCALL }, RunQueued()->reason);
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_INTERRUPTIBILITY) & 1u) << "the instruction ended it";
}

TEST_F(QuickTest, CpuidIsAnsweredWithoutLeavingTheLoop)
{
	Start();
	(void)FeaturesEcx();
	const size_t entered = fake_.Count("enter");
	for (int i = 0; i < 3; i++) {
		fake_.guest.push_back([](uint64_t *gpr, svm_vmcb *vmcb) {
			vmcb->save.rip = kEntry;
			vmcb->save.rax = 1;
			gpr[X86_RCX] = 0;
			vmcb->save.rflags |= RFLAGS_RF;
			vmcb->control.exit_code = SVM_EXIT_CPUID;
		});
	}
	fake_.guest.push_back([](uint64_t *gpr, svm_vmcb *vmcb) {
		EXPECT_EQ(kEntry + 2, vmcb->save.rip);
		EXPECT_FALSE(vmcb->save.rflags & RFLAGS_RF);
		EXPECT_EQ(0x800f12u, vmcb->save.rax);
		EXPECT_NE(0u, gpr[X86_RDX]);
		vmcb->control.exit_code = SVM_EXIT_INTR;
	});
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_EXTERNAL_INTERRUPT }, RunQueued()->reason);
	EXPECT_EQ(entered + 4, fake_.Count("enter"));
}

TEST_F(QuickTest, AKickEndsAGuestThatAsksForCpuidForEver)
{
	Start();
	(void)FeaturesEcx();
	for (int i = 0; i < 8; i++) {
		fake_.guest.push_back([this, i](uint64_t *gpr, svm_vmcb *vmcb) {
			if (i == 3) {
				(void)axvcpu_kick(vcpu_); // the HAL of the tests interrupts nobody
			}
			vmcb->save.rip = kEntry;
			vmcb->save.rax = 1;
			gpr[X86_RCX] = 0;
			vmcb->control.exit_code = SVM_EXIT_CPUID;
		});
	}
	const axvcpu_exit *exit = RunQueued();
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_NOTHING }, exit->reason);
	EXPECT_TRUE(exit->flags & AXVCPU_EXIT_FLAG_KICKED);
	EXPECT_EQ(kEntry + 2, exit->pc) << "it has its answer";
	EXPECT_EQ(4u, fake_.guest.size());
}

TEST_F(QuickTest, CpuidFollowsWhatItShows)
{
	Start(X86_VCPU_START_LONG, X86_VCPU_LOCAL_APIC);
	EXPECT_EQ(0u, FeaturesEcx() & kOsxsave);
	EXPECT_EQ(0u, FeaturesEcx() & kOsxsave);
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(4), CR4_PAE | CR4_OSXSAVE));
	EXPECT_NE(0u, FeaturesEcx() & kOsxsave);
	// The guest's own MOV to CR4.
	Code(kEntry, { 0x0f, 0x22, 0xe0 });
	SetGpr(X86_RAX, CR4_PAE);
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
	RunHandled(SVM_EXIT_CR_WRITE_0 + 4);
	EXPECT_EQ(0u, FeaturesEcx() & kOsxsave);
	// The local APIC, which the guest turns off.
	EXPECT_NE(0u, Gpr(X86_RDX) & (1u << 9));
	Code(kEntry, { 0x0f, 0x30 });
	SetGpr(X86_RCX, MSR_APIC_BASE);
	SetGpr(X86_RAX, 0xfee00100);
	SetGpr(X86_RDX, 0);
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
	RunHandled(SVM_EXIT_MSR, 1);
	(void)FeaturesEcx();
	EXPECT_EQ(0u, Gpr(X86_RDX) & (1u << 9));
	// What the CPU has, at the next bind to another one; setup forgets which it was.
	fake_.cpuid[uint64_t{ 1 } << 32].ecx &= ~(1u << 25);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	State()->last_cpu = nullptr;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(0u, FeaturesEcx() & (1u << 25));
}

TEST_F(QuickTest, AWindowDoesNotOutliveABind)
{
	Start();
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x40));
	RunHandled(SVM_EXIT_INTR);
	ASSERT_TRUE(Vmcb()->control.interrupt_control & SVM_V_IRQ) << "interrupts are off in the guest";
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu_, 0x40));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	RunHandled(SVM_EXIT_INTR);
	EXPECT_FALSE(Vmcb()->control.interrupt_control & SVM_V_IRQ);
	EXPECT_FALSE(Vmcb()->control.intercept_1 & SVM_INTERCEPT_VINTR);
	// And what still waits is asked for anew.
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x41));
	RunHandled(SVM_EXIT_INTR);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	RunHandled(SVM_EXIT_INTR);
	EXPECT_TRUE(Vmcb()->control.interrupt_control & SVM_V_IRQ);
	EXPECT_TRUE(Vmcb()->control.intercept_1 & SVM_INTERCEPT_VINTR);
}

TEST_F(VmxTest, CpuidsAtTheFirstEntryAreAnsweredAndResumed)
{
	StartVmx();
	auto ask = [](uint64_t *gpr, Vmcs *vmcs) {
		gpr[X86_RAX] = 1;
		gpr[X86_RCX] = 0;
		(*vmcs)[VMCS_EXIT_REASON] = VMX_EXIT_CPUID;
		(*vmcs)[VMCS_EXIT_INSTRUCTION_LENGTH] = 2;
		(*vmcs)[VMCS_VECTORING_EVENT] = 0;
	};
	const uint64_t rip = Rip();
	vmx_.guest.push_back(ask);
	ASSERT_NE(nullptr, RunQueued());
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	// The answer is known now: from VMLAUNCH on nothing leaves the loop.
	vmx_.guest.push_back(ask);
	vmx_.guest.push_back(ask);
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_EXTERNAL_INTERRUPT }, last_->reason);
	EXPECT_EQ(rip + 6, Rip());
}

TEST_F(VmxTest, HypercallThatNeedsACloserLook)
{
	StartVmx();
	// Of a program: undefined.
	ExitHandled(VMX_EXIT_VMCALL, { { VMCS_GUEST_CS_RIGHTS, 0xa0fb },
				       { VMCS_GUEST_SS_RIGHTS, 0xc0f3 },
				       { VMCS_EXIT_INSTRUCTION_LENGTH, 3 } });
	EXPECT_EQ(VMX_EVENT_VALID | uint64_t{ X86_EVENT_EXCEPTION } << 8 | X86_VECTOR_UD,
		  vmx_.entered[VMCS_ENTRY_EVENT]);
	// Behind STI: a hypercall, and interrupts may come then.
	const axvcpu_exit *exit = Exit(VMX_EXIT_VMCALL, { { VMCS_GUEST_CS_RIGHTS, 0xa09b },
							  { VMCS_GUEST_SS_RIGHTS, 0xc093 },
							  { VMCS_EXIT_INSTRUCTION_LENGTH, 3 },
							  { VMCS_GUEST_INTERRUPTIBILITY, 1 } });
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_HYPERCALL }, exit->reason);
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(0u, vmx_.entered[VMCS_GUEST_INTERRUPTIBILITY]);
}

} // namespace
