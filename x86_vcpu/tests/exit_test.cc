// SPDX-License-Identifier: Apache-2.0
// Life cycle, and the exits that are not I/O.
#include "tests/fake_cpu.h"

namespace {

using ExitTest = X86Test;

constexpr uint64_t kHostEfer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;

TEST_F(ExitTest, EnableAndDisable)
{
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
	EXPECT_TRUE(fake_.msrs[MSR_EFER] & EFER_SVME);
	EXPECT_NE(0u, fake_.msrs[MSR_VM_HSAVE_PA]);
	EXPECT_TRUE(fake_.regs["cr4"] & CR4_OSXSAVE);
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_hardware_enable(percpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
	EXPECT_EQ(kHostEfer, fake_.msrs[MSR_EFER]);
	EXPECT_EQ(0u, fake_.msrs[MSR_VM_HSAVE_PA]);
	EXPECT_EQ(CR4_PAE, fake_.regs["cr4"]);
	EXPECT_TRUE(allocated_.empty());
}

TEST_F(ExitTest, EnableThatFailsChangesNothing)
{
	fake_.msrs[MSR_VM_CR] = VM_CR_SVMDIS;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_hardware_enable(percpu_));
	fake_.msrs[MSR_VM_CR] = 0;
	for (frames_left_ = 0; frames_left_ < 7; frames_left_++) {
		int left = frames_left_;

		EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_hardware_enable(percpu_));
		EXPECT_EQ(left, frames_left_);
		EXPECT_EQ(kHostEfer, fake_.msrs[MSR_EFER]);
	}
	fake_.msrs[MSR_EFER] |= EFER_SVME; // somebody else's
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_hardware_enable(percpu_));
	fake_.msrs[MSR_EFER] = kHostEfer;
}

TEST_F(ExitTest, BackendByCpuidAndConfiguration)
{
	x86_vcpu_create_config create = {};

	EXPECT_EQ(uint32_t{X86_VCPU_BACKEND_SVM}, x86_vcpu_backend());
	create.size = sizeof(create);
	create.backend = X86_VCPU_BACKEND_VMX;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, Make(&create, nullptr));
	create.backend = 3;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Make(&create, nullptr));
	fake_.cpuid[uint64_t{0x80000001} << 32].ecx = 0;
	EXPECT_EQ(uint32_t{X86_VCPU_BACKEND_AUTO}, x86_vcpu_backend());
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, Make(nullptr, nullptr));
}

TEST_F(ExitTest, CreateWithoutMemoryLeavesNothing)
{
	frames_left_ = 0;
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, Make(nullptr, nullptr));
	EXPECT_EQ(0, frames_left_);
	frames_left_ = 1;
	EXPECT_EQ(AXVCPU_OK, Make(nullptr, nullptr)) << "a VMCB alone";
}

TEST_F(ExitTest, SetupChecksItsConfiguration)
{
	x86_vcpu_setup_config good = {}, bad;
	std::vector<std::function<void(x86_vcpu_setup_config &)>> spoil = {
		[](x86_vcpu_setup_config &c) { c.size = 1; },
		[](x86_vcpu_setup_config &c) { c.reserved = 1; },
		[](x86_vcpu_setup_config &c) { c.flags = 0x80; },
		[](x86_vcpu_setup_config &c) { c.start_mode = 3; },
		[](x86_vcpu_setup_config &c) { c.cr3 = 0x1000; },
		[](x86_vcpu_setup_config &c) {
			c.start_mode = X86_VCPU_START_LONG;
			c.cr3 = UINT64_C(1) << 60;
		},
	};

	good.size = sizeof(good);
	for (const auto &change : spoil) {
		bad = good;
		change(bad);
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Make(nullptr, &bad));
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
		vcpu_ = nullptr;
	}
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Make(nullptr, &good, 0x100000)) << "above real mode";
}

TEST_F(ExitTest, StartModes)
{
	x86_vcpu_setup_config setup = {};

	setup.size = sizeof(setup);
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup, 0x12345));
	EXPECT_EQ(0x12000u, Reg(X86_VCPU_REG_BASE(X86_VCPU_CS)));
	EXPECT_EQ(0x1200u, Reg(X86_VCPU_REG_SELECTOR(X86_VCPU_CS)));
	EXPECT_EQ(0x345u, Rip());
	EXPECT_EQ(CR0_ET, Reg(X86_VCPU_REG_CR(0)));
	EXPECT_EQ(2u, Reg(X86_VCPU_REG_RFLAGS));
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_entry(vcpu_, 0xfffffff0));
	EXPECT_EQ(0xffff0000u, Reg(X86_VCPU_REG_BASE(X86_VCPU_CS)));
	EXPECT_EQ(0xfff0u, Rip());
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_entry(vcpu_, 0x100000));
	ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	setup.start_mode = X86_VCPU_START_PROTECTED;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup, 0x100000));
	EXPECT_EQ(CR0_ET | CR0_NE | CR0_PE, Reg(X86_VCPU_REG_CR(0)));
	EXPECT_EQ(UINT32_MAX, Reg(X86_VCPU_REG_LIMIT(X86_VCPU_DS)));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_entry(vcpu_, UINT64_C(1) << 32));
	ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	setup.start_mode = X86_VCPU_START_LONG;
	setup.cr3 = 0x5000;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup, 0xffffffff81000000));
	EXPECT_EQ(EFER_LME | EFER_LMA, Reg(X86_VCPU_REG_MSR(MSR_EFER)));
	EXPECT_EQ(0x5000u, Reg(X86_VCPU_REG_CR(3)));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_entry(vcpu_, UINT64_C(1) << 47));
}

TEST_F(ExitTest, TheHypervisorsName)
{
	const struct {
		const char *given;
		uint32_t ebx;
	} cases[] = {
		{ "", 0x63767861 }, // "axvc"
		{ "KVMKVMKVM", 0x4b4d564b },
	};

	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
	for (const auto &c : cases) {
		x86_vcpu_setup_config setup = {};

		setup.size = sizeof(setup);
		std::strncpy(setup.hypervisor_name, c.given, sizeof(setup.hypervisor_name));
		ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		Code(Rip(), { 0x0f, 0xa2 });
		SetGpr(X86_RAX, 0x40000000);
		RunHandled(SVM_EXIT_CPUID);
		EXPECT_EQ(c.ebx, Gpr(X86_RBX));
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
		vcpu_ = nullptr;
	}
}

TEST_F(ExitTest, WhatBindPutsAwayUnbindBringsBack)
{
	fake_.regs["dr0"] = 0x1111;
	fake_.regs["dr3"] = 0x4444;
	fake_.regs["dr6"] = 0xffff0ff1;
	fake_.regs["dr7"] = 0x455;
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
	fake_.xcr0 = 3;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, nullptr));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(0), 0xabc));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_MSR(MSR_TSC_AUX), 5));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_XCR0, 7));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(0xabcu, fake_.regs["dr0"]);
	EXPECT_EQ(DR7_RESET, fake_.regs["dr7"]) << "its breakpoints must not hit the host";
	EXPECT_EQ(5u, fake_.msrs[MSR_TSC_AUX]);
	EXPECT_EQ(7u, fake_.xcr0);
	fake_.regs["dr3"] = 0x999; // the guest's own write
	fake_.xsave[0x40] = 0x77;
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(0x1111u, fake_.regs["dr0"]);
	EXPECT_EQ(0x4444u, fake_.regs["dr3"]);
	EXPECT_EQ(0xffff0ff1u, fake_.regs["dr6"]);
	EXPECT_EQ(0x455u, fake_.regs["dr7"]);
	EXPECT_EQ(77u, fake_.msrs[MSR_TSC_AUX]);
	EXPECT_EQ(3u, fake_.xcr0);
	EXPECT_EQ(0x999u, Reg(X86_VCPU_REG_DR(3)));
	fake_.xsave[0x40] = 0;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(0x77, fake_.xsave[0x40]) << "the guest's own x87 register";
}

TEST_F(ExitTest, ASwitchGoesFromGuestToGuest)
{
	axvcpu *first, *second;

	fake_.regs["dr0"] = 0x1111;
	fake_.regs["dr7"] = 0x455;
	Start();
	Run(kInterrupt);
	first = vcpu_;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, nullptr));
	second = vcpu_;
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(0), 0x2222));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_MSR(MSR_TSC_AUX), 22));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_XCR0, 7));
	fake_.xsave[0x40] = 0x11;
	// The second one has not been here: by unbind and bind.
	ASSERT_EQ(AXVCPU_OK, axvcpu_switch(first, second));
	EXPECT_EQ(0, fake_.xsave[0x40]);
	Run(kInterrupt);
	fake_.xsave[0x40] = 0x22;
	fake_.log.clear();
	ASSERT_EQ(AXVCPU_OK, axvcpu_switch(second, first));
	EXPECT_EQ(0x11, fake_.xsave[0x40]);
	EXPECT_EQ(0u, fake_.regs["dr0"]);
	EXPECT_EQ(DR7_RESET, fake_.regs["dr7"]);
	EXPECT_EQ(1u, fake_.xcr0);
	EXPECT_EQ(0u, fake_.msrs[MSR_TSC_AUX]);
	EXPECT_EQ(1u, fake_.Count("w dr0")) << "not the host's in between";
	EXPECT_EQ(1u, fake_.Count("wrmsr " + std::to_string(MSR_TSC_AUX)));
	EXPECT_EQ(1u, fake_.Count("xsave"));
	EXPECT_EQ(1u, fake_.Count("xrstor"));
	EXPECT_EQ(nullptr, State()->cpu);
	fake_.regs["dr0"] = 0x3333; // the guest's own write
	ASSERT_EQ(AXVCPU_OK, axvcpu_switch(first, second));
	EXPECT_EQ(0x22, fake_.xsave[0x40]);
	EXPECT_EQ(0x2222u, fake_.regs["dr0"]);
	EXPECT_EQ(22u, fake_.msrs[MSR_TSC_AUX]);
	EXPECT_EQ(7u, fake_.xcr0);
	Run(kInterrupt);
	// What the host had at the first bind comes back at the last unbind.
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(second));
	EXPECT_EQ(0x1111u, fake_.regs["dr0"]);
	EXPECT_EQ(0x455u, fake_.regs["dr7"]);
	EXPECT_EQ(77u, fake_.msrs[MSR_TSC_AUX]);
	ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(second));
	vcpu_ = first;
	EXPECT_EQ(0x3333u, Reg(X86_VCPU_REG_DR(0)));
}

TEST_F(ExitTest, FpuOfAHostWithTaskSwitchedSet)
{
	fake_.regs["cr0"] |= CR0_TS;
	Start();
	EXPECT_TRUE(fake_.regs["cr0"] & CR0_TS) << "as it was";
}

TEST_F(ExitTest, Hypercall)
{
	Start();
	Code(kEntry, { 0x0f, 0x01, 0xd9 });
	SetGpr(X86_RAX, 0x1234);
	const uint32_t args[] = { X86_RBX, X86_RCX, X86_RDX, X86_RSI, X86_RDI, X86_R8, X86_R9, X86_R10 };
	for (uint32_t i = 0; i < 8; i++) {
		SetGpr(args[i], 0x100 + i);
	}
	const axvcpu_exit *exit = Run(SVM_EXIT_VMMCALL);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_HYPERCALL}, exit->reason);
	EXPECT_EQ(kEntry, exit->pc);
	EXPECT_EQ(3u, exit->instruction_length);
	EXPECT_EQ(0x1234u, exit->u.hypercall.number);
	for (uint32_t i = 0; i < 8; i++) {
		EXPECT_EQ(0x100u + i, exit->u.hypercall.args[i]);
	}
	EXPECT_EQ(kEntry + 3, Rip());
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_return_value(vcpu_, 9));
	EXPECT_EQ(9u, Gpr(X86_RAX));
}

TEST_F(ExitTest, HypercallOfAProgramIsUndefined)
{
	Start();
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_SS), 0xcf3));
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		EXPECT_EQ(3u, vmcb->save.cpl);
		vmcb->control.exit_code = SVM_EXIT_VMMCALL;
	});
	EXPECT_EQ(Exception(X86_VECTOR_UD), NextEvent());
	EXPECT_EQ(kEntry, Rip());
}

TEST_F(ExitTest, PrefixesCountWhereTheHardwareDoesNotSay)
{
	Start();
	Code(kEntry, { 0x66, 0x48, 0x0f, 0xa2 }); // CPUID with two prefixes
	RunHandled(SVM_EXIT_CPUID);
	EXPECT_EQ(kEntry + 4, Rip());
}

TEST_F(ExitTest, NextRipOfTheHardwareCounts)
{
	fake_.cpuid[uint64_t{0x8000000a} << 32].edx |= CPUID_SVM_EDX_NRIPS;
	ASSERT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(percpu_));
	size_t size = axvcpu_percpu_size(host_);
	std::vector<uint8_t> memory(size + 64);
	void *at = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
	ASSERT_EQ(AXVCPU_OK, axvcpu_percpu_init(host_, at, size, 0, &percpu_));
	Start();
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_CPUID;
		vmcb->control.next_rip = kEntry + 7;
	});
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, RunQueued()->reason);
	EXPECT_EQ(kEntry + 7, Rip());
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	vcpu_ = nullptr;
	ASSERT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(percpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_percpu_init(host_, at, size, 0, &percpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(percpu_));
	percpu_ = nullptr;
	// The fixture's own destructor wants one.
	static uint8_t other[65536] __attribute__((aligned(64)));
	ASSERT_EQ(AXVCPU_OK, axvcpu_percpu_init(host_, other, sizeof(other), 0, &percpu_));
}

TEST_F(ExitTest, CpuidShowsNoVirtualization)
{
	Start();
	Code(kEntry, { 0x0f, 0xa2 });
	SetGpr(X86_RAX, 0x80000001);
	RunHandled(SVM_EXIT_CPUID);
	EXPECT_EQ(0u, Gpr(X86_RCX) & CPUID_EXTENDED_FEATURES_ECX_SVM);
	EXPECT_EQ(0u, Gpr(X86_RCX) >> 32);
	EXPECT_EQ(kEntry + 2, Rip());
}

TEST_F(ExitTest, HaltWaitsForWhatMayCome)
{
	Start();
	Code(kEntry, { 0xf4, 0xf4 });
	const axvcpu_exit *exit = Run(SVM_EXIT_HLT);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_HALT}, exit->reason);
	EXPECT_EQ(kEntry + 1, Rip());
	EXPECT_EQ(uint32_t{AXVCPU_STATE_BLOCKED}, axvcpu_get_state(vcpu_));
	// With interrupts off an interrupt does not end it (APM volume 3, "HLT"), an NMI does.
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x30));
	size_t entered = fake_.Count("enter");
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_HALT}, RunQueued()->reason);
	EXPECT_EQ(entered, fake_.Count("enter"));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_NMI));
	EXPECT_EQ(Event(X86_EVENT_NMI, 2), NextEvent());
}

TEST_F(ExitTest, HaltGoesOnIfSomethingCanBeTaken)
{
	Start();
	Code(kEntry, { 0xf4 });
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_RESERVED_1 | RFLAGS_IF));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_INTERRUPTIBILITY, 1)); // behind STI
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x30));
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		EXPECT_EQ(0u, vmcb->control.event_inj) << "not in the shadow";
		EXPECT_TRUE(vmcb->control.intercept_1 & SVM_INTERCEPT_VINTR);
		EXPECT_TRUE(vmcb->control.interrupt_control & SVM_V_IRQ);
		vmcb->control.exit_code = SVM_EXIT_HLT;
	});
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0x30), vmcb->control.event_inj);
		EXPECT_EQ(kEntry + 1, vmcb->save.rip);
		EXPECT_FALSE(vmcb->control.intercept_1 & SVM_INTERCEPT_VINTR);
		vmcb->control.exit_code = SVM_EXIT_INTR;
	});
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, RunQueued()->reason);
}

TEST_F(ExitTest, ExternalInterrupt)
{
	Start();
	const axvcpu_exit *exit = Run(SVM_EXIT_INTR);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, exit->reason);
	EXPECT_EQ(0x40u, exit->u.interrupt.vector);
}

TEST_F(ExitTest, PhysicalNmiIsTheHosts)
{
	Start();
	const axvcpu_exit *exit = Run(SVM_EXIT_NMI);
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_NOTHING}, exit->reason);
	EXPECT_TRUE(exit->flags & AXVCPU_EXIT_FLAG_RAW);
	EXPECT_EQ(uint64_t{SVM_EXIT_NMI}, exit->raw.word[0]);
	EXPECT_EQ(0u, NextEvent()) << "not the guest's";
}

TEST_F(ExitTest, ShutdownIsACrash)
{
	Start();
	const axvcpu_exit *exit = Run(SVM_EXIT_SHUTDOWN);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_SYSTEM_DOWN}, exit->reason);
	EXPECT_EQ(uint32_t{AXVCPU_SYSTEM_DOWN_CRASH}, exit->u.system_down.type);
}

TEST_F(ExitTest, RefusedEntryKeepsTheEvent)
{
	Start();
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, X86_VECTOR_GP, 8));
	for (uint64_t code : { uint64_t{SVM_EXIT_INVALID}, UINT64_MAX }) {
		const axvcpu_exit *exit = Run(code);

		ASSERT_EQ(uint32_t{AXVCPU_EXIT_FAIL_ENTRY}, exit->reason);
		EXPECT_EQ(code, exit->u.fail_entry.hardware_reason);
		EXPECT_EQ(ExceptionWithCode(X86_VECTOR_GP, 8), injected_);
		// The fake CPU clears it as if it had been delivered, unless it says INVALID.
		if (code == SVM_EXIT_INVALID) {
			EXPECT_EQ(SVM_EVENT_VALID, Reg(X86_VCPU_REG_EVENT) & SVM_EVENT_VALID);
		}
	}
}

TEST_F(ExitTest, UnknownExitCarriesAllThatTheHardwareSaid)
{
	Start();
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = 0x3ff;
		vmcb->control.exit_info_1 = 0x11;
		vmcb->control.exit_info_2 = 0x22;
		vmcb->control.exit_int_info = 0x33;
	});
	const axvcpu_exit *exit = RunQueued();
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_UNKNOWN}, exit->reason);
	EXPECT_EQ(0x3ffu, exit->raw.word[0]);
	EXPECT_EQ(0x11u, exit->raw.word[1]);
	EXPECT_EQ(0x22u, exit->raw.word[2]);
	EXPECT_EQ(0x33u, exit->raw.word[3]);
}

TEST_F(ExitTest, EveryExitCodeIsSurvived)
{
	Start();
	Code(kEntry, { 0x0f, 0x22, 0xc0 });
	for (uint64_t code = 0; code < 0x500; code++) {
		fake_.guest.clear();
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		ASSERT_NE(nullptr, Run(code, 0x12345678, 0x9abc)) << code;
		switch (last_->reason) {
		case AXVCPU_EXIT_HALT:
			ASSERT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
			ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_INTERRUPTIBILITY, 0));
			break;
		case AXVCPU_EXIT_PORT_READ:
		case AXVCPU_EXIT_MMIO_READ:
		case AXVCPU_EXIT_SYSREG_READ:
			ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0));
			break;
		default:
			break;
		}
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_EVENT, 0));
	}
}

TEST_F(ExitTest, InstructionsOfAHypervisorAreUndefined)
{
	Start();
	for (uint64_t code : { SVM_EXIT_VMRUN, SVM_EXIT_VMLOAD, SVM_EXIT_VMSAVE, SVM_EXIT_STGI,
			       SVM_EXIT_CLGI, SVM_EXIT_SKINIT, SVM_EXIT_INVLPGA, SVM_EXIT_MONITOR,
			       SVM_EXIT_MWAIT, SVM_EXIT_RDPRU }) {
		fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
			vmcb->control.exit_code = code;
		});
		EXPECT_NE(nullptr, Run(kInterrupt));
		EXPECT_EQ(Exception(X86_VECTOR_UD), injected_) << code;
		EXPECT_EQ(kEntry, Rip());
	}
}

TEST_F(ExitTest, CacheInstructionsAreSteppedOver)
{
	Start();
	Code(kEntry, { 0x0f, 0x09 });
	RunHandled(SVM_EXIT_WBINVD);
	EXPECT_EQ(kEntry + 2, Rip());
}

// A CPU refuses them outside CPL 0 before they exit; QEMU 11's WBINVD does not.
TEST_F(ExitTest, CacheInstructionsAreNotForPrograms)
{
	Start();
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->save.cpl = 3;
		vmcb->control.exit_code = SVM_EXIT_WBINVD;
	});
	EXPECT_NE(nullptr, Run(kInterrupt));
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_GP, 0), injected_);
	EXPECT_EQ(kEntry, Rip());
}

TEST_F(ExitTest, AFrozenFpuGetsItsException)
{
	Start();
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_FERR_FREEZE;
	});
	EXPECT_EQ(Exception(X86_VECTOR_MF), NextEvent());
	RunHandled(SVM_EXIT_INIT);
}

TEST_F(ExitTest, RdpmcIsGeneralProtection)
{
	Start();
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_RDPMC;
	});
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_GP, 0), NextEvent());
}

TEST_F(ExitTest, SteppingUnderTrapFlagTraps)
{
	Start();
	Code(kEntry, { 0x0f, 0xa2 });
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_RESERVED_1 | RFLAGS_TF));
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_CPUID;
	});
	EXPECT_EQ(Exception(X86_VECTOR_DB), NextEvent());
	EXPECT_TRUE(Reg(X86_VCPU_REG_DR(6)) & (1u << 14));
}

TEST_F(ExitTest, MsrOfTheGuest)
{
	Start();
	Code(kEntry, { 0x0f, 0x30, 0x0f, 0x32 });
	SetGpr(X86_RCX, MSR_PAT);
	SetGpr(X86_RAX, 0x01040506);
	SetGpr(X86_RDX, 0x00070406);
	RunHandled(SVM_EXIT_MSR, 1);
	EXPECT_EQ(UINT64_C(0x0007040601040506), Reg(X86_VCPU_REG_MSR(MSR_PAT)));
	EXPECT_EQ(kEntry + 2, Rip());
	SetGpr(X86_RAX, UINT64_MAX);
	SetGpr(X86_RDX, UINT64_MAX);
	RunHandled(SVM_EXIT_MSR, 0);
	EXPECT_EQ(0x01040506u, Gpr(X86_RAX));
	EXPECT_EQ(0x00070406u, Gpr(X86_RDX));
	EXPECT_EQ(kEntry + 4, Rip());
}

TEST_F(ExitTest, BadMsrValueIsGeneralProtection)
{
	Start();
	Code(kEntry, { 0x0f, 0x30 });
	SetGpr(X86_RCX, MSR_PAT);
	SetGpr(X86_RAX, 0x02);
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_MSR;
		vmcb->control.exit_info_1 = 1;
	});
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_GP, 0), NextEvent());
	EXPECT_EQ(kEntry, Rip());
	EXPECT_EQ(PAT_RESET, Reg(X86_VCPU_REG_MSR(MSR_PAT)));
}

TEST_F(ExitTest, UnknownMsrIsTheHypervisors)
{
	Start();
	Code(kEntry, { 0x0f, 0x32, 0x0f, 0x30 });
	SetGpr(X86_RCX, 0x12345678);
	const axvcpu_exit *exit = Run(SVM_EXIT_MSR, 0);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_SYSREG_READ}, exit->reason);
	EXPECT_EQ(0x12345678u, exit->u.sysreg.address);
	EXPECT_EQ(8u, exit->u.sysreg.width);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, UINT64_C(0x1122334455667788)));
	EXPECT_EQ(0x55667788u, Gpr(X86_RAX));
	EXPECT_EQ(0x11223344u, Gpr(X86_RDX));
	EXPECT_EQ(kEntry + 2, Rip());
	exit = Run(SVM_EXIT_MSR, 1);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_SYSREG_WRITE}, exit->reason);
	EXPECT_EQ(UINT64_C(0x1122334455667788), exit->u.sysreg.value);
	ASSERT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_GP, 0), NextEvent());
	EXPECT_EQ(kEntry + 2, Rip());
}

TEST_F(ExitTest, AsidsAreGivenAnewAfterRollover)
{
	Start();
	Run(kInterrupt);
	std::vector<uint32_t> seen = { Vmcb()->control.guest_asid };
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(AXVCPU_OK, x86_vcpu_flush_tlb(vcpu_));
		fake_.guest.push_back([&](uint64_t *, svm_vmcb *vmcb) {
			bool reused = false;

			for (uint32_t asid : seen) {
				reused |= asid == vmcb->control.guest_asid;
			}
			EXPECT_EQ(reused, vmcb->control.tlb_control == SVM_TLB_FLUSH_ALL);
			if (vmcb->control.tlb_control != SVM_TLB_KEEP) {
				seen.clear();
			}
			seen.push_back(vmcb->control.guest_asid);
			EXPECT_LT(vmcb->control.guest_asid, 8u);
			EXPECT_FALSE(vmcb->control.clean & SVM_CLEAN_ASID);
			vmcb->control.exit_code = SVM_EXIT_INTR;
		});
		RunQueued();
	}
	uint32_t asid = Vmcb()->control.guest_asid;
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	Run(kInterrupt);
	EXPECT_EQ(asid, Vmcb()->control.guest_asid) << "translations survive a bind";
	EXPECT_EQ(uint32_t{SVM_TLB_KEEP}, Vmcb()->control.tlb_control);
	// Off and on again: somebody else may have used the CPU's ASIDs meanwhile.
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
	fake_.tsc += 1000;
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		EXPECT_EQ(uint8_t{SVM_TLB_FLUSH_ALL}, vmcb->control.tlb_control);
		vmcb->control.exit_code = SVM_EXIT_INTR;
	});
	RunQueued();
	// One that begins a generation and leaves before it has run: the next one flushes, whoever it is.
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	State()->u.svm.asid_cpu = nullptr;
	const_cast<x86_percpu *>(State()->last_cpu)->u.svm.next_asid = 8;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	State()->u.svm.asid_cpu = nullptr;
	Vmcb()->control.tlb_control = SVM_TLB_KEEP;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		EXPECT_EQ(uint8_t{SVM_TLB_FLUSH_ALL}, vmcb->control.tlb_control);
		vmcb->control.exit_code = SVM_EXIT_INTR;
	});
	RunQueued();
}

TEST_F(ExitTest, NoWindowIsOpenAfterABindThatNeedsNone)
{
	Start();
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x41));
	// IF is clear, so the guest's STI is waited for; then a physical interrupt comes first.
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		EXPECT_NE(0u, vmcb->control.interrupt_control & SVM_V_IRQ);
		EXPECT_NE(0u, vmcb->control.intercept_1 & SVM_INTERCEPT_VINTR);
		vmcb->save.rflags |= RFLAGS_IF;
		vmcb->control.exit_code = SVM_EXIT_INTR;
	});
	RunQueued();
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		EXPECT_EQ(Event(X86_EVENT_INTERRUPT, 0x41), vmcb->control.event_inj);
		EXPECT_EQ(0u, vmcb->control.interrupt_control & SVM_V_IRQ)
			<< "not intercepted, it would be the guest's vector 0";
		vmcb->control.exit_code = SVM_EXIT_INTR;
	});
	RunQueued();
}

TEST_F(ExitTest, CleanBits)
{
	Start();
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		EXPECT_EQ(0u, vmcb->control.clean) << "new on this CPU";
		vmcb->control.exit_code = SVM_EXIT_INTR;
	});
	RunQueued();
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		EXPECT_EQ(uint64_t{SVM_CLEAN_ALL}, vmcb->control.clean);
		vmcb->control.exit_code = SVM_EXIT_INTR;
	});
	RunQueued();
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(2), 1));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_BASE(X86_VCPU_FS), 1));
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		EXPECT_FALSE(vmcb->control.clean & (SVM_CLEAN_CR2 | SVM_CLEAN_SEGMENTS));
		EXPECT_TRUE(vmcb->control.clean & SVM_CLEAN_PERMISSION_MAPS);
		EXPECT_EQ(1u, vmcb->save.cr2);
		EXPECT_EQ(1u, vmcb->save.fs.base);
		vmcb->control.exit_code = SVM_EXIT_INTR;
	});
	RunQueued();
}

TEST_F(ExitTest, PermissionMaps)
{
	Start();
	const uint8_t *msrpm = reinterpret_cast<const uint8_t *>(Vmcb()->control.msrpm_base_pa);
	const uint8_t *iopm = reinterpret_cast<const uint8_t *>(Vmcb()->control.iopm_base_pa);
	auto bits = [&](uint32_t msr) {
		uint32_t index = msr < 0x2000 ? msr : 0x2000 + (msr - 0xc0000000);

		return msrpm[index / 4] >> (index % 4 * 2) & 3;
	};

	// What VMLOAD and VMSAVE do not switch must not be the guest's (APM 15.5.2).
	for (uint32_t msr : { MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_SFMASK, MSR_KERNEL_GS_BASE,
			      MSR_FS_BASE, MSR_GS_BASE, MSR_SYSENTER_CS }) {
		EXPECT_EQ(0, bits(msr)) << msr;
	}
	for (uint32_t msr : { MSR_EFER, MSR_TSC, MSR_PAT, MSR_APIC_BASE, MSR_DEBUGCTL, MSR_XSS,
			      MSR_TSC_AUX }) {
		EXPECT_EQ(3, bits(msr)) << msr;
	}
	for (int i = 0; i < 3 * 4096; i++) {
		ASSERT_EQ(0xff, iopm[i]);
	}
}

} // namespace
