// SPDX-License-Identifier: Apache-2.0
// VMX: turning it on, controls, exits, events, registers, translations.
#include "tests/fake_vmx.h"

#include "src/msr_policy.h"

namespace {

constexpr uint32_t kPin = 0x48d, kPrimary = 0x48e, kSecondary = 0x48b, kExit = 0x48f, kEntry2 = 0x490;

uint64_t VmxEvent(uint32_t type, uint32_t vector)
{
	return VMX_EVENT_VALID | type << 8 | vector;
}

TEST_F(VmxTest, IsFoundByCpuid)
{
	EXPECT_EQ(x86_vcpu_backend(), uint32_t{ X86_VCPU_BACKEND_VMX });
	fake_.cpuid[uint64_t{ 1 } << 32].ecx &= ~(1u << 5);
	EXPECT_EQ(x86_vcpu_backend(), uint32_t{ X86_VCPU_BACKEND_AUTO });
	fake_.cpuid[uint64_t{ 1 } << 32].ecx |= (1u << 5);
}

TEST_F(VmxTest, TurnsOnOnceAndOffAgain)
{
	const uint64_t cr4 = fake_.regs["cr4"];

	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
	EXPECT_TRUE(vmx_.on);
	EXPECT_EQ(fake_.msrs[MSR_FEATURE_CONTROL], 5u) << "locked, with VMX";
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_hardware_enable(percpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
	EXPECT_FALSE(vmx_.on);
	EXPECT_EQ(fake_.regs["cr4"], cr4);
	EXPECT_TRUE(allocated_.empty());
}

TEST_F(VmxTest, RefusesToTurnOn)
{
	const uint64_t cr0 = fake_.regs["cr0"], cr4 = fake_.regs["cr4"];

	// Somebody else has it.
	fake_.regs["cr4"] |= CR4_VMXE;
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_hardware_enable(percpu_));
	fake_.regs["cr4"] = cr4;
	fake_.msrs[MSR_FEATURE_CONTROL] = FEATURE_CONTROL_LOCK;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_hardware_enable(percpu_));
	EXPECT_NE(logged_.find("IA32_FEATURE_CONTROL"), std::string::npos) << logged_;
	fake_.msrs[MSR_FEATURE_CONTROL] = 0;
	fake_.regs["cr0"] &= ~CR0_NE;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_hardware_enable(percpu_));
	fake_.regs["cr0"] = cr0;
	fake_.regs["cr4"] |= UINT64_C(1) << 40;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_hardware_enable(percpu_));
	fake_.regs["cr4"] = cr4;
	for (int frames = 0; frames < 4; frames++) {
		frames_left_ = frames;
		EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_hardware_enable(percpu_));
		EXPECT_EQ(frames_left_, frames);
	}
	frames_left_ = 1000;
	vmx_.refuse_on = true;
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_hardware_enable(percpu_));
	EXPECT_EQ(fake_.regs["cr4"], cr4) << "nothing changed";
	EXPECT_EQ(fake_.regs["cr0"], cr0);
	EXPECT_TRUE(allocated_.empty());
	vmx_.refuse_on = false;
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
}

TEST_F(VmxTest, NamesWhatTheCpuLacks)
{
	const struct {
		uint32_t msr;
		uint32_t bit;
		const char *name;
	} cases[] = {
		{ kPin, 0, "external-interrupt exiting" },
		{ kPin, 3, "NMI exiting" },
		{ kPin, 5, "virtual NMIs" },
		{ kPrimary, 2, "interrupt-window exiting" },
		{ kPrimary, 3, "TSC offsetting" },
		{ kPrimary, 7, "HLT exiting" },
		{ kPrimary, 22, "NMI-window exiting" },
		{ kPrimary, 25, "I/O bitmaps" },
		{ kPrimary, 28, "MSR bitmaps" },
		{ kPrimary, 31, "secondary controls" },
		{ kSecondary, 1, "EPT" },
		{ kSecondary, 7, "unrestricted guests" },
		{ kExit, 9, "a 64-bit host" },
		{ kExit, 21, "loading IA32_EFER on exit" },
		{ kEntry2, 9, "64-bit guests" },
		{ kEntry2, 14, "loading IA32_PAT on entry" },
	};

	for (const auto &c : cases) {
		const uint64_t before = fake_.msrs[c.msr];

		logged_.clear();
		fake_.msrs[c.msr] &= ~(UINT64_C(1) << (32 + c.bit));
		EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, InitCpu()) << c.name;
		EXPECT_NE(logged_.find(c.name), std::string::npos) << c.name << ": " << logged_;
		fake_.msrs[c.msr] = before;
	}
	// What must not be forced on.
	const uint64_t primary = fake_.msrs[kPrimary];
	fake_.msrs[kPrimary] |= PRIMARY_CR3_LOAD;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, InitCpu());
	fake_.msrs[kPrimary] = primary;
	for (const uint64_t bit : { EPT_VPID_LEVELS_4, EPT_VPID_WB, EPT_VPID_INVEPT }) {
		const uint64_t before = fake_.msrs[MSR_VMX_EPT_VPID];

		fake_.msrs[MSR_VMX_EPT_VPID] &= ~bit;
		EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, InitCpu()) << bit;
		fake_.msrs[MSR_VMX_EPT_VPID] = before;
	}
	EXPECT_EQ(AXVCPU_OK, InitCpu());
}

TEST_F(VmxTest, LivesWithoutWhatOnlyServes)
{
	fake_.msrs[kPrimary] &= ~(UINT64_C(1) << (32 + 21));
	fake_.msrs[kSecondary] &= ~(uint64_t{ SECONDARY_VPID | SECONDARY_XSAVES | SECONDARY_INVPCID }
				    << 32);
	ASSERT_EQ(AXVCPU_OK, InitCpu());
	StartVmx();
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_PRIMARY_CONTROLS] & (PRIMARY_CR8_LOAD | PRIMARY_CR8_STORE),
		  uint64_t{ PRIMARY_CR8_LOAD | PRIMARY_CR8_STORE });
	EXPECT_EQ(vmx_.entered[VMCS_SECONDARY_CONTROLS] & SECONDARY_VPID, 0u);
	EXPECT_EQ(vmx_.entered[VMCS_VPID], 0u);
	// MOV to and from CR8 then come here.
	SetGpr(X86_RBX, 9);
	ExitHandled(VMX_EXIT_CR_ACCESS, { { VMCS_EXIT_QUALIFICATION, 8 | X86_RBX << 8 } });
	EXPECT_EQ(Reg(X86_VCPU_REG_CR(8)), 9u);
	ExitHandled(VMX_EXIT_CR_ACCESS, { { VMCS_EXIT_QUALIFICATION, 8 | 1 << 4 | X86_RCX << 8 } });
	EXPECT_EQ(Gpr(X86_RCX), 9u);
}

TEST_F(VmxTest, TaskPriorityIsInTheVirtualApicPage)
{
	StartVmx();
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(8), 5));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	uint8_t *page = reinterpret_cast<uint8_t *>(Current()[VMCS_VIRTUAL_APIC]);
	EXPECT_EQ(page[0x80], 0x50);
	vmx_.guest.push_back([=](uint64_t *, Vmcs *vmcs) {
		page[0x80] = 0xc0;
		(*vmcs)[VMCS_EXIT_REASON] = VMX_EXIT_EXTERNAL_INTERRUPT;
	});
	ASSERT_NE(nullptr, RunQueued());
	EXPECT_EQ(Reg(X86_VCPU_REG_CR(8)), 0xcu);
}

TEST_F(VmxTest, BitmapsPermitWhatThePolicyPasses)
{
	StartVmx();
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	const uint8_t *msrs = reinterpret_cast<uint8_t *>(Current()[VMCS_MSR_BITMAP]);
	for (uint32_t i = 0; i < 0x2000; i++) {
		for (const uint32_t high : { 0u, 0xc0000000u }) {
			const uint32_t at = (high != 0 ? 0x400 : 0) + i / 8;
			uint64_t value;
			const bool pass = x86_vcpu_msr_classify(high + i, &value) == X86_MSR_CLASS_PASS;

			EXPECT_EQ((msrs[at] >> i % 8 & 1) == 0, pass) << std::hex << high + i;
			EXPECT_EQ((msrs[0x800 + at] >> i % 8 & 1) == 0, pass) << std::hex << high + i;
		}
	}
	const uint8_t *ports = reinterpret_cast<uint8_t *>(Current()[VMCS_IO_BITMAP_A]);
	EXPECT_EQ(Current()[VMCS_IO_BITMAP_B], Current()[VMCS_IO_BITMAP_A] + 4096);
	for (uint32_t i = 0; i < 8192; i++)
		ASSERT_EQ(ports[i], 0xff) << i;
}

TEST_F(VmxTest, Hypercall)
{
	StartVmx();
	SetGpr(X86_RAX, 7);
	SetGpr(X86_RBX, 8);
	const axvcpu_exit *exit = Exit(VMX_EXIT_VMCALL, { { VMCS_EXIT_INSTRUCTION_LENGTH, 3 } });
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_HYPERCALL });
	EXPECT_EQ(exit->u.hypercall.number, 7u);
	EXPECT_EQ(exit->u.hypercall.args[0], 8u);
	EXPECT_EQ(exit->instruction_length, 3u);
	EXPECT_EQ(Rip(), kEntry + 3);
}

TEST_F(VmxTest, HypercallOfAProgramIsUndefined)
{
	StartVmx();
	ExitHandled(VMX_EXIT_VMCALL, { { VMCS_GUEST_CS_RIGHTS, 0xa0fb },
				       { VMCS_GUEST_SS_RIGHTS, 0xc0f3 } });
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, 6));
}

TEST_F(VmxTest, Ports)
{
	const struct {
		uint64_t qualification;
		uint32_t reason, port, width;
	} cases[] = {
		{ UINT64_C(0x3f8) << 16, AXVCPU_EXIT_PORT_WRITE, 0x3f8, 1 },
		{ UINT64_C(0x3f8) << 16 | 1, AXVCPU_EXIT_PORT_WRITE, 0x3f8, 2 },
		{ UINT64_C(0xffff) << 16 | 3, AXVCPU_EXIT_PORT_WRITE, 0xffff, 4 },
		{ UINT64_C(0x71) << 16 | 8 | 0x40, AXVCPU_EXIT_PORT_READ, 0x71, 1 },
		{ UINT64_C(0xcfc) << 16 | 8 | 3, AXVCPU_EXIT_PORT_READ, 0xcfc, 4 },
	};

	StartVmx();
	for (const auto &c : cases) {
		SetGpr(X86_RAX, UINT64_C(0x1122334455667788));
		const axvcpu_exit *exit = Exit(VMX_EXIT_IO, { { VMCS_EXIT_QUALIFICATION, c.qualification } });
		ASSERT_NE(nullptr, exit);
		EXPECT_EQ(exit->reason, c.reason);
		EXPECT_EQ(exit->u.port.port, c.port);
		EXPECT_EQ(exit->u.port.width, c.width);
		EXPECT_EQ(exit->u.port.count, 1u);
		EXPECT_EQ(exit->instruction_length, 2u);
		if (c.reason == AXVCPU_EXIT_PORT_WRITE) {
			EXPECT_EQ(exit->u.port.data, 0x55667788u & (UINT64_MAX >> (64 - 8 * c.width)));
		} else {
			EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0));
		}
	}
}

TEST_F(VmxTest, StringPorts)
{
	StartVmx();
	// rep outsw of ES by 32-bit registers
	SetGpr(X86_RSI, 0x2000);
	SetGpr(X86_RCX, 3);
	Ram(0x2000)[0] = 0x34;
	Ram(0x2000)[1] = 0x12;
	const axvcpu_exit *exit = Exit(VMX_EXIT_IO, { { VMCS_EXIT_QUALIFICATION, 0x3780000 | 1 | 0x10 | 0x20 },
						      { VMCS_EXIT_INSTRUCTION_INFO, 1 << 7 | 0 << 15 } });
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_PORT_WRITE });
	EXPECT_EQ(exit->u.port.port, 0x378u);
	EXPECT_EQ(exit->u.port.width, 2u);
	EXPECT_EQ(exit->u.port.data, 0x1234u);
	EXPECT_EQ(exit->u.port.count, 3u);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(Gpr(X86_RCX), 2u);
	EXPECT_EQ(Gpr(X86_RSI), 0x2002u);
	EXPECT_EQ(Rip(), kEntry);
}

TEST_F(VmxTest, Stage2Faults)
{
	const struct {
		uint64_t qualification;
		uint32_t access;
	} cases[] = {
		// A fetch, with and without a linear address.
		{ 4, AXVCPU_ACCESS_EXECUTE },
		{ 4 | 0x180, AXVCPU_ACCESS_EXECUTE | AXVCPU_ACCESS_GVA_VALID },
		// The guest's page walk reads, or sets the accessed bit.
		{ 1 | 0x80, AXVCPU_ACCESS_READ | AXVCPU_ACCESS_PAGE_WALK | AXVCPU_ACCESS_GVA_VALID },
		{ 3 | 0x80, AXVCPU_ACCESS_WRITE | AXVCPU_ACCESS_PAGE_WALK | AXVCPU_ACCESS_GVA_VALID },
		// Readable, not executable.
		{ 4 | 8 | 0x180,
		  AXVCPU_ACCESS_EXECUTE | AXVCPU_ACCESS_PERMISSION | AXVCPU_ACCESS_GVA_VALID },
	};

	StartVmx();
	for (const auto &c : cases) {
		const axvcpu_exit *exit = Exit(VMX_EXIT_EPT_VIOLATION,
					       { { VMCS_EXIT_QUALIFICATION, c.qualification },
						 { VMCS_GUEST_PHYSICAL_ADDRESS, 0x12345678 },
						 { VMCS_GUEST_LINEAR_ADDRESS, 0xabcdef } });
		ASSERT_NE(nullptr, exit);
		EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_NESTED_PAGE_FAULT });
		EXPECT_EQ(exit->u.nested_page_fault.gpa, 0x12345678u);
		EXPECT_EQ(exit->u.nested_page_fault.access, c.access) << std::hex << c.qualification;
		EXPECT_EQ(exit->u.nested_page_fault.gva,
			  (c.access & AXVCPU_ACCESS_GVA_VALID) != 0 ? 0xabcdefu : 0u);
		EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
	}
}

TEST_F(VmxTest, MmioIsDecoded)
{
	StartVmx();
	Code(kEntry, { 0x8b, 0x03 }); // mov eax, [rbx]
	SetGpr(X86_RBX, 0x40000000);
	reinterpret_cast<uint64_t *>(Ram(0x11000))[1] = 0x40000087;
	const axvcpu_exit *exit = Exit(VMX_EXIT_EPT_VIOLATION, { { VMCS_EXIT_QUALIFICATION, 1 | 0x180 },
								 { VMCS_GUEST_PHYSICAL_ADDRESS, 0x40000000 } });
	ASSERT_NE(nullptr, exit);
	ASSERT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_MMIO_READ });
	EXPECT_EQ(exit->u.mmio.gpa, 0x40000000u);
	EXPECT_EQ(exit->u.mmio.width, 4u);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0xcafe));
	EXPECT_EQ(Gpr(X86_RAX), 0xcafeu);
	EXPECT_EQ(Rip(), kEntry + 2);
}

TEST_F(VmxTest, MisconfigurationIsUnknownWithItsAddress)
{
	StartVmx();
	const axvcpu_exit *exit =
		Exit(VMX_EXIT_EPT_MISCONFIGURATION, { { VMCS_GUEST_PHYSICAL_ADDRESS, 0x1000 } });
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_UNKNOWN });
	EXPECT_EQ(exit->raw.word[0], uint64_t{ VMX_EXIT_EPT_MISCONFIGURATION });
	EXPECT_EQ(exit->raw.word[2], 0x1000u);
}

TEST_F(VmxTest, UnknownExitsCarryTheRawWords)
{
	StartVmx();
	for (const uint32_t reason : { 14u, 16u, 29u, 46u, 59u, 71u, 0xffffu }) {
		const axvcpu_exit *exit = Exit(reason, { { VMCS_EXIT_QUALIFICATION, 0x77 } });
		ASSERT_NE(nullptr, exit);
		EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_UNKNOWN }) << reason;
		EXPECT_EQ(exit->flags & AXVCPU_EXIT_FLAG_RAW, uint32_t{ AXVCPU_EXIT_FLAG_RAW });
		EXPECT_EQ(exit->raw.word[0], reason);
		EXPECT_EQ(exit->raw.word[1], 0x77u);
	}
}

TEST_F(VmxTest, InstructionsThatTheGuestDoesNotHave)
{
	StartVmx();
	for (const uint32_t reason : { 11u, 19u, 20u, 21u, 22u, 23u, 24u, 25u, 26u, 27u, 36u, 39u, 50u, 53u }) {
		ExitHandled(reason);
		EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, 6)) << reason;
		EXPECT_EQ(Rip(), kEntry) << reason;
	}
}

TEST_F(VmxTest, ShutdownAndHaltAndMsrs)
{
	StartVmx();
	const axvcpu_exit *exit = Exit(VMX_EXIT_RDMSR);
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_SYSREG_READ }) << "MSR 0 is nobody's";
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x1122334455667788));
	EXPECT_EQ(Gpr(X86_RAX), 0x55667788u);
	EXPECT_EQ(Gpr(X86_RDX), 0x11223344u);
	SetGpr(X86_RCX, MSR_VMX_BASIC);
	ExitHandled(VMX_EXIT_RDMSR);
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, 13) | VMX_EVENT_ERROR_CODE);
	exit = Exit(VMX_EXIT_TRIPLE_FAULT);
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_SYSTEM_DOWN });
	EXPECT_EQ(exit->u.system_down.type, uint32_t{ AXVCPU_SYSTEM_DOWN_CRASH });
	exit = Exit(VMX_EXIT_HLT, { { VMCS_EXIT_INSTRUCTION_LENGTH, 1 } });
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_HALT });
}

// As Bochs 2.7 leaves a register that a null selector was in before real mode loaded it.
TEST_F(VmxTest, RealModeSegmentsAreCompleted)
{
	StartVmx(X86_VCPU_START_REAL);
	ExitHandled(UINT32_C(0x80000021), { { VMCS_GUEST_ES_RIGHTS, 0x90 } });
	EXPECT_EQ(vmx_.entered[VMCS_GUEST_ES_RIGHTS], 0x93u);
	// Nothing to complete: entries must not fail for ever.
	const struct {
		uint64_t cr0, rights;
	} others[] = { { 0x30, 0x93 }, { 0x30, 0x10000 }, { 0x31, 0x90 } };
	for (const auto &other : others) {
		const axvcpu_exit *exit =
			Exit(UINT32_C(0x80000021), { { VMCS_GUEST_CR0, other.cr0 },
						     { VMCS_GUEST_ES_RIGHTS, other.rights } });
		ASSERT_NE(nullptr, exit);
		EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_FAIL_ENTRY });
		Current()[VMCS_GUEST_ES_RIGHTS] = 0x93;
	}
}

TEST_F(VmxTest, FailedEntries)
{
	StartVmx();
	vmx_.entry_result = VMX_ENTRY_FAIL_VALID;
	vmx_.entry_error = 7;
	const axvcpu_exit *exit = RunQueued();
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_FAIL_ENTRY });
	EXPECT_EQ(exit->u.fail_entry.hardware_reason, 7u);
	vmx_.entry_result = VMX_ENTRY_FAIL_INVALID;
	exit = RunQueued();
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->u.fail_entry.hardware_reason, 0u);
	// With an event on its way: it is not lost, and comes with the next entry.
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, 14, 4));
	exit = Exit(UINT32_C(0x80000021), { { VMCS_EXIT_QUALIFICATION, 2 } });
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_FAIL_ENTRY });
	EXPECT_EQ(exit->u.fail_entry.hardware_reason, UINT64_C(0x80000021));
	EXPECT_EQ(exit->raw.word[1], 2u);
	ExitHandled(VMX_EXIT_CPUID);
	EXPECT_EQ(vmx_.entries, 5u);
}

TEST_F(VmxTest, InjectedExceptionsCarryTheirCode)
{
	StartVmx();
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, 14, 6));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, 14) | VMX_EVENT_ERROR_CODE);
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_ERROR_CODE], 6u);
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT] & VMX_EVENT_VALID, 0u) << "once";
}

// #CP, #VC and #SX have codes that entries do not take.
TEST_F(VmxTest, ErrorCodesThatAnEntryRefusesAreLeftOut)
{
	StartVmx();
	for (const uint32_t vector : { 21u, 29u, 30u }) {
		ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, vector, 7));
		ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
		EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, vector));
	}
	// One that came without its code, out of another CPU's real mode.
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_EVENT, VmxEvent(3, 13)));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, 13) | VMX_EVENT_ERROR_CODE);
}

TEST_F(VmxTest, ASingleStepInAShadowIsPending)
{
	StartVmx();
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_INTERRUPTIBILITY, 1));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_TF | 2));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_GUEST_PENDING_DEBUG], PENDING_DEBUG_BS);
}

TEST_F(VmxTest, RealModeHasNoErrorCodes)
{
	StartVmx(X86_VCPU_START_REAL);
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, 13, 0));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, 13));
}

TEST_F(VmxTest, EventsThatAnExitInterruptedComeAgain)
{
	const struct {
		uint64_t vectoring, error_code, event;
	} cases[] = {
		{ VmxEvent(0, 0x41), 0, VmxEvent(0, 0x41) },
		{ VmxEvent(2, 2), 0, VmxEvent(2, 2) },
		{ VmxEvent(3, 14) | VMX_EVENT_ERROR_CODE, 2, VmxEvent(3, 14) | VMX_EVENT_ERROR_CODE },
		{ VmxEvent(3, 1), 0, VmxEvent(3, 1) },
		// INTn, INT1 and INT3 execute again.
		{ VmxEvent(4, 0x80), 0, 0 },
		{ VmxEvent(5, 1), 0, 0 },
		{ VmxEvent(6, 3), 0, 0 },
		{ 0x41, 0, 0 },
	};

	StartVmx();
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, 0x202));
	for (const auto &c : cases) {
		const axvcpu_exit *exit = Exit(VMX_EXIT_EPT_VIOLATION,
					       { { VMCS_VECTORING_EVENT, c.vectoring },
						 { VMCS_VECTORING_ERROR_CODE, c.error_code },
						 { VMCS_EXIT_QUALIFICATION, 1 | 0x80 },
						 { VMCS_GUEST_PHYSICAL_ADDRESS, 0x7000000 } });
		ASSERT_NE(nullptr, exit);
		EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_NESTED_PAGE_FAULT });
		EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
		ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT,
					{ { VMCS_GUEST_INTERRUPTIBILITY, 0 } }));
		EXPECT_EQ((vmx_.entered[VMCS_ENTRY_EVENT] & VMX_EVENT_VALID) != 0 ?
				  vmx_.entered[VMCS_ENTRY_EVENT] :
				  0,
			  c.event)
			<< std::hex << c.vectoring;
		if ((c.event & VMX_EVENT_ERROR_CODE) != 0) {
			EXPECT_EQ(vmx_.entered[VMCS_ENTRY_ERROR_CODE], c.error_code);
		}
	}
}

TEST_F(VmxTest, InterruptsWaitForTheWindow)
{
	StartVmx();
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x55));
	// RFLAGS.IF is clear.
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT] & VMX_EVENT_VALID, 0u);
	EXPECT_NE(vmx_.entered[VMCS_PRIMARY_CONTROLS] & PRIMARY_INTERRUPT_WINDOW, 0u);
	ExitHandled(VMX_EXIT_INTERRUPT_WINDOW, { { VMCS_GUEST_RFLAGS, 0x202 } });
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(0, 0x55));
	EXPECT_EQ(vmx_.entered[VMCS_PRIMARY_CONTROLS] & PRIMARY_INTERRUPT_WINDOW, 0u);
}

TEST_F(VmxTest, NmisBlockEachOther)
{
	StartVmx();
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_NMI));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(2, 2));
	EXPECT_EQ(Reg(X86_VCPU_REG_INTERRUPTIBILITY), 2u) << "blocked until IRET";
	// Blocked, and nothing waits: no window is asked for.
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_PRIMARY_CONTROLS] & PRIMARY_NMI_WINDOW, 0u);
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_NMI));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_NE(vmx_.entered[VMCS_PRIMARY_CONTROLS] & PRIMARY_NMI_WINDOW, 0u);
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT] & VMX_EVENT_VALID, 0u);
	ExitHandled(VMX_EXIT_NMI_WINDOW, { { VMCS_GUEST_INTERRUPTIBILITY, 0 } });
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(2, 2));
}

TEST_F(VmxTest, AnIretThatFaultsBlocksNmisAgain)
{
	StartVmx();
	const axvcpu_exit *exit = Exit(VMX_EXIT_EPT_VIOLATION,
				       { { VMCS_EXIT_QUALIFICATION, 1 | 0x80 | 0x1000 },
					 { VMCS_GUEST_PHYSICAL_ADDRESS, 0x7000000 } });
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_NE(vmx_.entered[VMCS_GUEST_INTERRUPTIBILITY] & INTERRUPTIBILITY_NMI, 0u);
}

TEST_F(VmxTest, PhysicalNmisGoToTheHost)
{
	StartVmx();
	const axvcpu_exit *exit = Exit(VMX_EXIT_EXCEPTION_OR_NMI, { { VMCS_EXIT_EVENT, VmxEvent(2, 2) } });
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_NOTHING });
	EXPECT_EQ(vmx_.host_nmis, 1u);
}

TEST_F(VmxTest, Int1IsATrap)
{
	StartVmx();
	ExitHandled(VMX_EXIT_EXCEPTION_OR_NMI, { { VMCS_EXIT_EVENT, VmxEvent(5, 1) },
						 { VMCS_EXIT_QUALIFICATION, 0 },
						 { VMCS_EXIT_INSTRUCTION_LENGTH, 1 },
						 { VMCS_GUEST_DR7, 0x400 } });
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, 1));
	EXPECT_EQ(Rip(), kEntry + 1);
	EXPECT_EQ(Reg(X86_VCPU_REG_DR(6)), 0xffff0ff0u);
}

TEST_F(VmxTest, DebugExceptionsSetDr6)
{
	StartVmx();
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(7), 0x400));
	ExitHandled(VMX_EXIT_EXCEPTION_OR_NMI, { { VMCS_EXIT_EVENT, VmxEvent(3, 1) },
						 { VMCS_EXIT_QUALIFICATION, 0x4002 },
						 { VMCS_GUEST_DR7, 0x2400 } });
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, 1));
	EXPECT_EQ(Reg(X86_VCPU_REG_DR(6)), 0xffff4ff2u);
	EXPECT_EQ(Reg(X86_VCPU_REG_DR(7)), 0x400u) << "GD is cleared by the exception";
}

TEST_F(VmxTest, ControlRegistersThatTheGuestSees)
{
	StartVmx();
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_NE(vmx_.entered[VMCS_GUEST_CR4] & CR4_VMXE, 0u);
	EXPECT_EQ(Reg(X86_VCPU_REG_CR(4)) & CR4_VMXE, 0u);
	EXPECT_NE(vmx_.entered[VMCS_CR4_MASK] & CR4_VMXE, 0u);
	// NE stays on in the hardware; the guest may think otherwise. The caches stay on too.
	SetGpr(X86_RBX, CR0_PE | CR0_PG | CR0_ET | CR0_CD);
	ExitHandled(VMX_EXIT_CR_ACCESS, { { VMCS_EXIT_QUALIFICATION, X86_RBX << 8 },
					  { VMCS_EXIT_INSTRUCTION_LENGTH, 3 } });
	EXPECT_EQ(Reg(X86_VCPU_REG_CR(0)), CR0_PE | CR0_PG | CR0_ET | CR0_CD);
	EXPECT_NE(vmx_.entered[VMCS_GUEST_CR0] & CR0_NE, 0u);
	EXPECT_EQ(vmx_.entered[VMCS_GUEST_CR0] & CR0_CD, 0u);
	EXPECT_EQ(Rip(), kEntry + 3);
	// What the guest changes without an exit comes out with the rest.
	vmx_.guest.push_back([](uint64_t *, Vmcs *vmcs) {
		(*vmcs)[VMCS_GUEST_CR0] |= CR0_TS | CR0_WP;
		(*vmcs)[VMCS_GUEST_CR4] |= CR4_PGE;
		(*vmcs)[VMCS_EXIT_REASON] = VMX_EXIT_EXTERNAL_INTERRUPT;
	});
	ASSERT_NE(nullptr, RunQueued());
	EXPECT_EQ(Reg(X86_VCPU_REG_CR(0)), CR0_PE | CR0_PG | CR0_ET | CR0_CD | CR0_TS | CR0_WP);
	EXPECT_NE(Reg(X86_VCPU_REG_CR(4)) & CR4_PGE, 0u);
	EXPECT_EQ(Reg(X86_VCPU_REG_CR(4)) & CR4_VMXE, 0u);
}

TEST_F(VmxTest, AGuestThatAsksForVmxGetsGp)
{
	StartVmx();
	SetGpr(X86_RBX, CR4_PAE | CR4_VMXE);
	ExitHandled(VMX_EXIT_CR_ACCESS, { { VMCS_EXIT_QUALIFICATION, 4 | X86_RBX << 8 } });
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, 13) | VMX_EVENT_ERROR_CODE);
	EXPECT_EQ(Rip(), kEntry);
}

TEST_F(VmxTest, ClearTaskSwitchedAndLoadMachineStatus)
{
	StartVmx();
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(0), CR0_PE | CR0_PG | CR0_ET | CR0_NE | CR0_TS));
	ExitHandled(VMX_EXIT_CR_ACCESS, { { VMCS_EXIT_QUALIFICATION, 2 << 4 } });
	EXPECT_EQ(Reg(X86_VCPU_REG_CR(0)) & CR0_TS, 0u);
	ExitHandled(VMX_EXIT_CR_ACCESS, { { VMCS_EXIT_QUALIFICATION, 3 << 4 | UINT64_C(0xb) << 16 } });
	EXPECT_EQ(Reg(X86_VCPU_REG_CR(0)) & 0xf, CR0_TS | CR0_MP | CR0_PE);
}

TEST_F(VmxTest, PaeEntriesComeFromTheGuestsTable)
{
	StartVmx(X86_VCPU_START_PROTECTED);
	for (uint64_t i = 0; i < 4; i++)
		reinterpret_cast<uint64_t *>(Ram(0x20020))[i] = 0x30001 + 0x1000 * i;
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(4), CR4_PAE));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(3), 0x20020));
	SetGpr(X86_RBX, CR0_PE | CR0_PG | CR0_ET | CR0_NE);
	ExitHandled(VMX_EXIT_CR_ACCESS, { { VMCS_EXIT_QUALIFICATION, X86_RBX << 8 } });
	for (uint64_t i = 0; i < 4; i++)
		EXPECT_EQ(vmx_.entered[VMCS_GUEST_PDPTE_0 + 2 * i], 0x30001 + 0x1000 * i);
	// What stands there now has not been loaded, and an entry would refuse it.
	std::memset(Ram(0x20020), 0xff, 32);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	for (uint64_t i = 0; i < 4; i++)
		EXPECT_EQ(vmx_.entered[VMCS_GUEST_PDPTE_0 + 2 * i], 0x30001 + 0x1000 * i);
	// Loaded by the hypervisor, it maps nothing.
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(3), 0x20020));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	for (uint64_t i = 0; i < 4; i++)
		EXPECT_EQ(vmx_.entered[VMCS_GUEST_PDPTE_0 + 2 * i], 0u);
}

// As Intel's CPUs do: by what was loaded, which a bad entry in memory does not become.
class PaeTest : public VmxTest {
    protected:
	static constexpr uint64_t kPdpt = 0x20020;

	// Identity up to 2 MiB, and at 1 GiB a page of 0x5000.
	void StartInPae()
	{
		StartVmx(X86_VCPU_START_PROTECTED);
		Entry(kPdpt) = 0x21001;
		Entry(kPdpt + 8) = 0x22001;
		Entry(0x21000) = 0x87;
		Entry(0x22000) = 0x23007;
		Entry(0x23000) = 0x5007;
		*Ram(0x5000) = 0x5a;
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(4), CR4_PAE));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(3), kPdpt));
		Write(0, CR0_PE | CR0_PG | CR0_ET | CR0_NE);
		EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT] & VMX_EVENT_VALID, 0u);
	}
	uint64_t &Entry(uint64_t gpa) { return *reinterpret_cast<uint64_t *>(Ram(gpa)); }
	// MOV to a control register.
	void Write(uint64_t number, uint64_t value)
	{
		SetGpr(X86_RBX, value);
		ExitHandled(VMX_EXIT_CR_ACCESS, { { VMCS_EXIT_QUALIFICATION, number | X86_RBX << 8 } });
	}
	// OUTSB from 1 GiB.
	const axvcpu_exit *Outs()
	{
		SetGpr(X86_RSI, 0x40000000);
		return Exit(VMX_EXIT_IO, { { VMCS_EXIT_QUALIFICATION, UINT64_C(0x80) << 16 | 1 << 4 },
					   { VMCS_EXIT_INSTRUCTION_INFO, 1 << 7 | 3 << 15 },
					   { VMCS_EXIT_INSTRUCTION_LENGTH, 1 } });
	}
};

TEST_F(PaeTest, TranslatesByWhatWasLoaded)
{
	StartInPae();
	Entry(kPdpt + 8) = 0;
	const axvcpu_exit *exit = Outs();
	ASSERT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_PORT_WRITE });
	EXPECT_EQ(exit->u.port.data, 0x5au);
	// A change of the second stage loads nothing; one of CR4.PSE does.
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_flush_tlb(vcpu_));
	EXPECT_EQ(Outs()->reason, uint32_t{ AXVCPU_EXIT_PORT_WRITE });
	EXPECT_EQ(vmx_.entered[VMCS_GUEST_PDPTE_0 + 2], 0x22001u);
	Write(4, CR4_PAE | CR4_OSFXSR);
	EXPECT_EQ(vmx_.entered[VMCS_GUEST_PDPTE_0 + 2], 0x22001u);
	Write(4, CR4_PAE | CR4_PSE);
	EXPECT_EQ(vmx_.entered[VMCS_GUEST_PDPTE_0 + 2], 0u);
	EXPECT_EQ(Outs()->reason, uint32_t{ AXVCPU_EXIT_EXTERNAL_INTERRUPT });
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, 14) | VMX_EVENT_ERROR_CODE);
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_ERROR_CODE], 0u);
	EXPECT_EQ(Reg(X86_VCPU_REG_CR(2)), 0x40000000u);
}

TEST_F(PaeTest, ABadEntryIsGpAndLoadsNothing)
{
	const uint64_t bad[] = { 0x22003, 0x22005, 0x22021, 0x22101, UINT64_C(1) << 48 | 1 };

	StartInPae();
	for (const uint64_t entry : bad) {
		Entry(kPdpt + 8) = entry;
		for (const uint64_t cr4 : { CR4_PSE, CR4_PGE, CR4_SMEP }) {
			Write(4, CR4_PAE | cr4);
			EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, 13) | VMX_EVENT_ERROR_CODE);
			EXPECT_EQ(vmx_.entered[VMCS_ENTRY_ERROR_CODE], 0u);
			EXPECT_EQ(Reg(X86_VCPU_REG_CR(4)), CR4_PAE);
		}
		Write(0, CR0_PE | CR0_PG | CR0_ET | CR0_NE | CR0_CD);
		EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(3, 13) | VMX_EVENT_ERROR_CODE);
		EXPECT_EQ(vmx_.entered[VMCS_GUEST_PDPTE_0 + 2], 0x22001u);
		EXPECT_EQ(Outs()->reason, uint32_t{ AXVCPU_EXIT_PORT_WRITE });
	}
	// The rest of one that is not present does not count.
	Entry(kPdpt + 8) = UINT64_MAX - 1;
	Write(4, CR4_PAE | CR4_PSE);
	EXPECT_EQ(Reg(X86_VCPU_REG_CR(4)), CR4_PAE | CR4_PSE);
}

TEST_F(PaeTest, LoadedEntriesAreRegisters)
{
	StartInPae();
	EXPECT_EQ(Reg(X86_VCPU_REG_PDPTE(0)), 0x21001u);
	EXPECT_EQ(Reg(X86_VCPU_REG_PDPTE(1)), 0x22001u);
	EXPECT_EQ(Reg(X86_VCPU_REG_PDPTE(3)), 0u);
	EXPECT_EQ(SetReg(X86_VCPU_REG_PDPTE(1), 0x22003), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(SetReg(X86_VCPU_REG_PDPTE(1), UINT64_C(1) << 48 | 1), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(Reg(X86_VCPU_REG_PDPTE(1)), 0x22001u);
	ASSERT_EQ(SetReg(X86_VCPU_REG_PDPTE(1), 0), AXVCPU_OK);
	EXPECT_EQ(Outs()->reason, uint32_t{ AXVCPU_EXIT_EXTERNAL_INTERRUPT }) << "a page fault";
	// Set from outside, another CR3 is loaded by.
	ASSERT_EQ(SetReg(X86_VCPU_REG_CR(3), kPdpt), AXVCPU_OK);
	EXPECT_EQ(Reg(X86_VCPU_REG_PDPTE(0)), 0u);
	EXPECT_EQ(Outs()->reason, uint32_t{ AXVCPU_EXIT_PORT_WRITE });
	EXPECT_EQ(Reg(X86_VCPU_REG_PDPTE(1)), 0x22001u);
}

TEST_F(VmxTest, SegmentsGoInAndComeOutAlike)
{
	StartVmx();
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_CS), 0xa9b));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_DS), 0));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_BASE(X86_VCPU_FS), UINT64_C(0xffff800012345678)));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_GUEST_ES_RIGHTS + 2], 0xa09bu);
	EXPECT_EQ(vmx_.entered[VMCS_GUEST_ES_RIGHTS + 6], uint64_t{ VMX_RIGHTS_UNUSABLE });
	EXPECT_EQ(vmx_.entered[VMCS_GUEST_ES_BASE + 8], UINT64_C(0xffff800012345678));
	EXPECT_EQ(Reg(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_CS)), 0xa9bu);
	EXPECT_EQ(Reg(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_DS)), 0u);
	// A null SS of 64-bit mode keeps the privilege level.
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT, { { VMCS_GUEST_SS_RIGHTS, 0x100f3 } }));
	EXPECT_EQ(Reg(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_SS)), 0x73u);
}

TEST_F(VmxTest, UnbindTakesEverythingOffTheCpu)
{
	const uint64_t lstar = fake_.msrs[MSR_LSTAR], host_dr6 = fake_.regs["dr6"];
	const uint64_t host_gs = fake_.msrs[MSR_KERNEL_GS_BASE];

	StartVmx();
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_MSR(MSR_LSTAR), 0x4444));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT, { { VMCS_GUEST_CR3, 0x10000 },
							       { VMCS_GUEST_RSP, 0x8000 },
							       { VMCS_GUEST_SYSENTER_ESP, 0x9000 } }));
	EXPECT_EQ(fake_.msrs[MSR_LSTAR], 0x4444u) << "the guest's while it is bound";
	fake_.msrs[MSR_KERNEL_GS_BASE] = 0x7777; // SWAPGS
	fake_.regs["dr6"] = 0xffff0ff5; // of which the VMCS has nothing
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(Reg(X86_VCPU_REG_DR(6)), 0xffff0ff5u);
	EXPECT_EQ(fake_.regs["dr6"], host_dr6);
	EXPECT_EQ(fake_.msrs[MSR_LSTAR], lstar);
	EXPECT_EQ(vmx_.current, 0u);
	EXPECT_EQ(vmx_.ldtr, 0x30);
	EXPECT_EQ(vmx_.gdtr.limit, 0x3f);
	EXPECT_EQ(vmx_.idtr.limit, 0xfff);
	EXPECT_EQ(Reg(X86_VCPU_REG_MSR(MSR_LSTAR)), 0x4444u);
	EXPECT_EQ(Reg(X86_VCPU_REG_MSR(MSR_KERNEL_GS_BASE)), 0x7777u);
	EXPECT_EQ(Reg(X86_VCPU_REG_MSR(MSR_SYSENTER_ESP)), 0x9000u);
	EXPECT_EQ(Gpr(X86_RSP), 0x8000u);
	// And back: the same registers, by VMLAUNCH.
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_GUEST_SYSENTER_ESP], 0x9000u);
	EXPECT_EQ(vmx_.entered[VMCS_GUEST_RSP], 0x8000u);
	EXPECT_EQ(fake_.msrs[MSR_KERNEL_GS_BASE], 0x7777u);
	// The host's of now, not the guest's that the second bind put there.
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(fake_.msrs[MSR_KERNEL_GS_BASE], host_gs);
	EXPECT_EQ(fake_.regs["dr6"], host_dr6);
	fake_.msrs[MSR_KERNEL_GS_BASE] = 0x6666;
	fake_.regs["dr6"] = 0xffff0ff2;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(fake_.msrs[MSR_KERNEL_GS_BASE], 0x6666u);
	EXPECT_EQ(fake_.regs["dr6"], 0xffff0ff2u);
}

TEST_F(VmxTest, ASwitchLeavesTheHostsAway)
{
	const uint64_t lstar = fake_.msrs[MSR_LSTAR], host_gs = fake_.msrs[MSR_KERNEL_GS_BASE];
	axvcpu *first, *second;
	x86_vcpu_setup_config setup = {};

	StartVmx();
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT, { { VMCS_GUEST_SYSENTER_ESP, 0x1000 } }));
	first = vcpu_;
	setup.size = sizeof(setup);
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup, 0x2000));
	second = vcpu_;
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_MSR(MSR_LSTAR), 0x2222));
	// Where the other one has not been it comes by bind.
	ASSERT_EQ(AXVCPU_OK, axvcpu_switch(first, second));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT, { { VMCS_GUEST_SYSENTER_ESP, 0x2000 } }));
	EXPECT_EQ(fake_.msrs[MSR_LSTAR], 0x2222u);
	fake_.msrs[MSR_KERNEL_GS_BASE] = 0x2223; // SWAPGS
	fake_.regs["dr6"] = 0xffff0ff2;
	fake_.regs["dr1"] = 0x2224;
	fake_.log.clear();
	ASSERT_EQ(AXVCPU_OK, axvcpu_switch(second, first));
	EXPECT_EQ(fake_.Count("wrmsr " + std::to_string(MSR_KERNEL_GS_BASE)), 1u) << "not the host's";
	EXPECT_EQ(fake_.Count("w dr1"), 1u);
	EXPECT_EQ(fake_.Count("w dr7"), 0u);
	EXPECT_EQ(fake_.Count("xrstor") + fake_.Count("fxrstor"), 1u);
	EXPECT_EQ(Reg(X86_VCPU_REG_MSR(MSR_KERNEL_GS_BASE)), 0x2223u);
	EXPECT_EQ(Reg(X86_VCPU_REG_MSR(MSR_SYSENTER_ESP)), 0x2000u);
	EXPECT_EQ(Reg(X86_VCPU_REG_DR(6)), 0xffff0ff2u);
	EXPECT_EQ(Reg(X86_VCPU_REG_DR(1)), 0x2224u);
	EXPECT_EQ(fake_.regs["dr1"], 0u);
	vcpu_ = first;
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_GUEST_SYSENTER_ESP], 0x1000u);
	EXPECT_EQ(fake_.msrs[MSR_LSTAR], 0u);
	// A CPU that refuses the other one's VMCS has neither.
	vmx_.refuse_load = true;
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_switch(first, second));
	vmx_.refuse_load = false;
	EXPECT_EQ(axvcpu_get_state(first), uint32_t{ AXVCPU_STATE_FREE });
	EXPECT_EQ(fake_.msrs[MSR_LSTAR], lstar);
	EXPECT_EQ(fake_.msrs[MSR_KERNEL_GS_BASE], host_gs);
	EXPECT_EQ(vmx_.ldtr, 0x30);
	ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(second));
}

TEST_F(VmxTest, AGuestThatWaitsInHltStillDoesAfterAMove)
{
	StartVmx(X86_VCPU_START_LONG, X86_VCPU_PASSTHROUGH_HLT);
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT, { { VMCS_GUEST_ACTIVITY, ACTIVITY_HLT } }));
	EXPECT_EQ(vmx_.entered[VMCS_PRIMARY_CONTROLS] & PRIMARY_HLT, 0u);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	const axvcpu_exit *exit = RunQueued();
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_HALT });
	EXPECT_EQ(vmx_.entries, 1u);
}

TEST_F(VmxTest, TranslationsAreDroppedWhenTheyMustBe)
{
	StartVmx();
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.Count("invept"), 1u) << "what an earlier user of the root left";
	EXPECT_EQ(vmx_.entered[VMCS_EPTP] & 0xfff, 0x1eu);
	const uint64_t vpid = vmx_.entered[VMCS_VPID];
	EXPECT_NE(vpid, 0u);
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.Count("invept"), 1u);
	EXPECT_EQ(vmx_.Count("invvpid"), 1u);
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_flush_tlb(vcpu_));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.Count("invept"), 2u);
	EXPECT_EQ(vmx_.entered[VMCS_VPID], vpid);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_VPID], vpid) << "translations survive a bind";
	// From another CPU it gets a new one; after the last all are dropped and it begins again.
	State()->cpu->u.vmx.next_vpid = 0xffff;
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	State()->u.vmx.vpid_cpu = nullptr;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_VPID], 0xffffu);
	EXPECT_EQ(vmx_.Count("invvpid"), 1u);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	State()->u.vmx.vpid_cpu = nullptr;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_VPID], 1u);
	EXPECT_EQ(vmx_.Count("invvpid"), 2u);
	// Off and on again: somebody else may have used the CPU's VPIDs meanwhile.
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
	fake_.tsc += 1000;
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.Count("invvpid"), 3u);
}

TEST_F(VmxTest, ThePreemptionTimerEndsWhenTheGuestsTimerIsDue)
{
	StartVmx(X86_VCPU_START_LONG, X86_VCPU_LOCAL_APIC);
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_PIN_CONTROLS] & PIN_PREEMPTION_TIMER, 0u);
	// x2APIC, on, timer by deadline with vector 0x40.
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, 0x202));
	const struct {
		uint32_t msr;
		uint64_t value;
	} writes[] = {
		{ MSR_APIC_BASE, 0xfee00d00 },
		{ 0x80f, 0x1ff },
		{ 0x832, 0x40040 },
	};
	for (const auto &write : writes) {
		SetGpr(X86_RCX, write.msr);
		SetGpr(X86_RAX, write.value);
		SetGpr(X86_RDX, 0);
		ExitHandled(VMX_EXIT_WRMSR);
	}
	// The hypervisor is told of the deadline, for when the vCPU does not run.
	SetGpr(X86_RCX, MSR_TSC_DEADLINE);
	SetGpr(X86_RAX, 1000 + 320);
	const axvcpu_exit *exit = Exit(VMX_EXIT_WRMSR);
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_NOTHING });
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_NE(vmx_.entered[VMCS_PIN_CONTROLS] & PIN_PREEMPTION_TIMER, 0u);
	EXPECT_EQ(vmx_.entered[VMCS_PREEMPTION_TIMER], 11u) << "in units of 2^5 ticks, over at the end";
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT] & VMX_EVENT_VALID, 0u);
	vmx_.guest.push_back([this](uint64_t *, Vmcs *vmcs) {
		fake_.tsc = 1000 + 320;
		(*vmcs)[VMCS_EXIT_REASON] = VMX_EXIT_PREEMPTION_TIMER;
	});
	exit = RunQueued();
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_NOTHING }) << "the hypervisor may look around";
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT], VmxEvent(0, 0x40));
	EXPECT_EQ(vmx_.entered[VMCS_PIN_CONTROLS] & PIN_PREEMPTION_TIMER, 0u) << "it is disarmed";
}

TEST_F(VmxTest, BreakpointsOnDataOfADevice)
{
	StartVmx();
	Code(kEntry, { 0x8b, 0x03 }); // mov eax, [rbx]
	SetGpr(X86_RBX, 0x600000);
	fake_.regs["dr0"] = 0x600002;
	for (const bool enabled : { false, true }) {
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		const axvcpu_exit *exit =
			Exit(VMX_EXIT_EPT_VIOLATION, { { VMCS_EXIT_QUALIFICATION, 1 | 0x180 },
						       { VMCS_GUEST_DR7, DR7_RESET | 3u << 16 | enabled },
						       { VMCS_GUEST_LINEAR_ADDRESS, 0x600000 },
						       { VMCS_GUEST_PHYSICAL_ADDRESS, 0x600000 } });
		ASSERT_NE(nullptr, exit);
		ASSERT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_MMIO_READ });
		ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0));
		ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
		EXPECT_EQ(vmx_.entered[VMCS_ENTRY_EVENT] & UINT32_MAX, enabled ? VmxEvent(3, 1) : 0u);
		EXPECT_EQ(Reg(X86_VCPU_REG_DR(6)) & DR6_BREAKPOINTS, enabled ? 1u : 0u);
	}
}

TEST_F(VmxTest, DeliveryOntoAMissingStackIsNoOperand)
{
	StartVmx();
	// Also of INTn, which the CPU does not give back as an event.
	for (const uint32_t type : { 0u, 3u, 4u }) {
		const axvcpu_exit *exit = Exit(VMX_EXIT_EPT_VIOLATION,
					       { { VMCS_VECTORING_EVENT, VmxEvent(type, type == 3 ? 6 : 0x81) },
						 { VMCS_EXIT_QUALIFICATION, 2 | 0x180 },
						 { VMCS_GUEST_RFLAGS, 0x202 },
						 { VMCS_GUEST_PHYSICAL_ADDRESS, 0x7000ff8 } });
		ASSERT_NE(nullptr, exit);
		EXPECT_EQ(exit->reason, uint32_t{ AXVCPU_EXIT_NESTED_PAGE_FAULT });
		EXPECT_EQ(exit->u.nested_page_fault.access,
			  uint32_t{ AXVCPU_ACCESS_WRITE | AXVCPU_ACCESS_GVA_VALID });
		EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
		ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	}
}

TEST_F(VmxTest, CreationGivesBackWhatItTookOnFailure)
{
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
	const size_t held = allocated_.size();

	for (int frames = 0; frames < 2; frames++) {
		axvcpu *vcpu = nullptr;
		axvcpu_create_params params = {};
		const size_t size = axvcpu_size(host_);
		void *memory = nullptr;

		frames_left_ = frames;
		params.size = sizeof(params);
		params.preferred_cpu = AXVCPU_CPU_ANY;
		ASSERT_EQ(0, posix_memalign(&memory, 4096, (size + 4095) / 4096 * 4096));
		std::memset(memory, 0, size);
		EXPECT_EQ(AXVCPU_ERR_NO_MEMORY,
			  axvcpu_create(host_, memory, size, &params, nullptr, &vcpu))
			<< frames;
		EXPECT_EQ(allocated_.size(), held) << frames;
		EXPECT_EQ(frames_left_, frames);
		free(memory);
	}
	frames_left_ = 1000;
}

} // namespace
