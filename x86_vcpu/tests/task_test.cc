// SPDX-License-Identifier: Apache-2.0
// Task switches, which VMX leaves to its user.
#include "tests/fake_vmx.h"

namespace {

constexpr uint32_t kGdt = 0x3000, kOld = 0x4000, kNew = 0x5000, kLdt = 0x6000;
constexpr uint16_t kCode = 0x08, kData = 0x10, kOldTss = 0x18, kNewTss = 0x20, kLdtSelector = 0x28,
		   kUserCode = 0x33, kUserData = 0x3b;
constexpr uint64_t kCall = 0, kIret = 1, kJmp = 2, kGate = 3;

class TaskTest : public VmxTest {
    protected:
	void SetUp() override
	{
		StartVmx(X86_VCPU_START_PROTECTED);
		Descriptor(kCode, 0, 0xfffff, 0x9a, 0xc);
		Descriptor(kData, 0, 0xfffff, 0x92, 0xc);
		Descriptor(kOldTss, kOld, 0x67, 0x8b, 0);
		Descriptor(kNewTss, kNew, 0x67, 0x89, 0);
		Descriptor(kLdtSelector, kLdt, 0x17, 0x82, 0);
		Descriptor(kUserCode & ~7, 0, 0xfffff, 0xfa, 0xc);
		Descriptor(kUserData & ~7, 0, 0xfffff, 0xf2, 0xc);
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_BASE(X86_VCPU_GDTR), kGdt));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_LIMIT(X86_VCPU_GDTR), 0x3f));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_SELECTOR(X86_VCPU_TR), kOldTss));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_BASE(X86_VCPU_TR), kOld));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_LIMIT(X86_VCPU_TR), 0x67));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(7), DR7_RESET | 0x1ff));
		for (uint32_t n = 0; n < 8; n++)
			SetGpr(n, 0x1000 + n);
		// ip, flags, the registers, the segments, LDT.
		Word(kNew + 0x20, 0x7000);
		Word(kNew + 0x24, 0x246);
		for (uint32_t n = 0; n < 8; n++)
			Word(kNew + 0x28 + 4 * n, n == 4 ? 0x8000 : 0x2000 + n);
		Selectors(kCode, kData, kData);
	}
	void Selectors(uint16_t cs, uint16_t ss, uint16_t other)
	{
		for (uint32_t n = 0; n < 6; n++)
			Word(kNew + 0x48 + 4 * n, n == 1 ? cs : n == 2 ? ss : other);
		Word(kNew + 0x60, 0);
	}
	void Descriptor(uint16_t selector, uint32_t base, uint32_t limit, uint32_t access,
			uint32_t flags)
	{
		Word(kGdt + selector, (base & 0xffff) << 16 | (limit & 0xffff));
		Word(kGdt + selector + 4, (base & 0xff000000) | flags << 20 | (limit & 0xf0000) |
						  access << 8 | (base >> 16 & 0xff));
	}
	void Word(uint32_t at, uint32_t value) { std::memcpy(Ram(at), &value, 4); }
	uint32_t Word(uint32_t at)
	{
		uint32_t value;

		std::memcpy(&value, Ram(at), 4);
		return value;
	}
	uint8_t Access(uint16_t selector) { return *Ram(kGdt + selector + 5); }
	void Switch(uint64_t source, uint16_t selector = kNewTss, uint64_t event = 0)
	{
		ExitHandled(VMX_EXIT_TASK_SWITCH, { { VMCS_EXIT_QUALIFICATION, source << 30 | selector },
						    { VMCS_EXIT_INSTRUCTION_LENGTH, 7 },
						    { VMCS_VECTORING_EVENT, event },
						    { VMCS_VECTORING_ERROR_CODE, 0xbad } });
	}
	// The exception that the last entry delivered, with its error code.
	uint64_t Delivered()
	{
		const uint64_t event = vmx_.entered[VMCS_ENTRY_EVENT];

		return (event & VMX_EVENT_VALID) == 0 ? 0 : event << 32 | vmx_.entered[VMCS_ENTRY_ERROR_CODE];
	}
	static uint64_t Fault(uint32_t vector, uint32_t code)
	{
		return uint64_t{ VMX_EVENT_VALID | VMX_EVENT_ERROR_CODE | 3 << 8 | vector } << 32 | code;
	}
};

TEST_F(TaskTest, CallNests)
{
	Switch(kCall);
	EXPECT_EQ(0u, Delivered());
	EXPECT_EQ(0x7000u, Rip());
	EXPECT_EQ(0x246u | RFLAGS_NT, Reg(X86_VCPU_REG_RFLAGS));
	EXPECT_EQ(0x2003u, Gpr(X86_RBX));
	EXPECT_EQ(0x8000u, Gpr(X86_RSP));
	EXPECT_EQ(kNewTss, Reg(X86_VCPU_REG_SELECTOR(X86_VCPU_TR)));
	EXPECT_EQ(kNew, Reg(X86_VCPU_REG_BASE(X86_VCPU_TR)));
	EXPECT_EQ(kCode, Reg(X86_VCPU_REG_SELECTOR(X86_VCPU_CS)));
	EXPECT_EQ(0xc9bu, Reg(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_CS)));
	EXPECT_EQ(0xffffffffu, Reg(X86_VCPU_REG_LIMIT(X86_VCPU_DS)));
	EXPECT_TRUE(Reg(X86_VCPU_REG_CR(0)) & CR0_TS);
	EXPECT_EQ(DR7_RESET | 0xaa, Reg(X86_VCPU_REG_DR(7)) & ~UINT64_C(0x300));
	EXPECT_EQ(kOldTss, Word(kNew)) << "the way back";
	EXPECT_EQ(0x8b, Access(kOldTss));
	EXPECT_EQ(0x8b, Access(kNewTss));
	// The old one's registers, behind the instruction.
	EXPECT_EQ(kEntry + 7, Word(kOld + 0x20));
	EXPECT_EQ(0x1003u, Word(kOld + 0x28 + 12));
	EXPECT_EQ(0x08u, Word(kOld + 0x4c));
}

TEST_F(TaskTest, JmpLeavesAndIretReturns)
{
	Switch(kJmp);
	EXPECT_EQ(0x246u, Reg(X86_VCPU_REG_RFLAGS));
	EXPECT_EQ(0x89, Access(kOldTss));
	EXPECT_EQ(0x8b, Access(kNewTss));
	// Back to one that is busy.
	Descriptor(kOldTss, kOld, 0x67, 0x8b, 0);
	Word(kOld + 0x50, 0x10);
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, 0x4002));
	Switch(kIret, kOldTss);
	EXPECT_EQ(kEntry + 7, Rip());
	EXPECT_EQ(0x1000u, Gpr(X86_RAX));
	EXPECT_EQ(0x89, Access(kNewTss));
	EXPECT_EQ(0x8b, Access(kOldTss));
	EXPECT_EQ(0x2u, Word(kNew + 0x24)) << "NT is not saved";
}

TEST_F(TaskTest, GateTakesTheEventWithItsErrorCode)
{
	Switch(kGate, kNewTss, VMX_EVENT_VALID | VMX_EVENT_ERROR_CODE | 3 << 8 | 8);
	EXPECT_EQ(0u, Delivered()) << "delivered by the switch";
	EXPECT_EQ(0x7ffcu, Gpr(X86_RSP));
	EXPECT_EQ(0xbadu, Word(0x7ffc));
	EXPECT_EQ(kEntry, Word(kOld + 0x20)) << "it did not come of an instruction";
	EXPECT_TRUE(Reg(X86_VCPU_REG_RFLAGS) & RFLAGS_NT);
}

TEST_F(TaskTest, InterruptsWithoutCode)
{
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, 0x202));
	Switch(kGate, kNewTss, VMX_EVENT_VALID | 0x44);
	EXPECT_EQ(0u, Delivered());
	EXPECT_EQ(0x8000u, Gpr(X86_RSP));
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_EVENT));
}

TEST_F(TaskTest, SixteenBits)
{
	Descriptor(kNewTss, kNew, 0x2b, 0x81, 0);
	const uint16_t words[] = { 0, 0, 0, 0, 0, 0, 0, 0x7000, 0x3046, 1, 2, 3, 4, 0x8000, 6, 7, 8,
				   kData, kCode, kData, kData, 0 };
	std::memcpy(Ram(kNew), words, sizeof(words));
	Switch(kJmp);
	EXPECT_EQ(0u, Delivered());
	EXPECT_EQ(0x7000u, Rip());
	EXPECT_EQ(0x3046u, Reg(X86_VCPU_REG_RFLAGS));
	EXPECT_EQ(0xffff0001u, Gpr(X86_RAX));
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_FS)));
	EXPECT_EQ(0x83, Access(kNewTss));
}

TEST_F(TaskTest, ToAProgramAndToVirtual8086)
{
	Selectors(kUserCode, kUserData, kUserData);
	Word(kNew + 0x60, kLdtSelector);
	Switch(kCall);
	EXPECT_EQ(0u, Delivered());
	EXPECT_EQ(3u, Reg(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_SS)) >> 5 & 3);
	EXPECT_EQ(kLdt, Reg(X86_VCPU_REG_BASE(X86_VCPU_LDTR)));

	Descriptor(kNewTss, kNew, 0x67, 0x89, 0);
	Word(kNew + 0x24, 0x20246);
	Selectors(0x1234, 0x2000, 0x3000);
	Switch(kJmp);
	EXPECT_EQ(0u, Delivered());
	EXPECT_EQ(0x12340u, Reg(X86_VCPU_REG_BASE(X86_VCPU_CS)));
	EXPECT_EQ(0xf3u, Reg(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_GS)));
}

TEST_F(TaskTest, PagingChangesWithTheTask)
{
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(4), CR4_PSE));
	for (uint32_t table : { 0x20000u, 0x21000u })
		Word(table, 0x87);
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(3), 0x20000));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(0), CR0_PE | CR0_PG | CR0_NE | CR0_ET));
	Word(kNew + 0x1c, 0x21000);
	Switch(kCall);
	EXPECT_EQ(0u, Delivered());
	EXPECT_EQ(0x21000u, Reg(X86_VCPU_REG_CR(3)));
}

// Before the switch: the old task has the exception, and nothing has changed.
TEST_F(TaskTest, RefusedInTheOldTask)
{
	const struct {
		uint64_t source;
		uint16_t selector;
		uint32_t access, limit, vector;
	} cases[] = {
		{ kCall, 0x48, 0x89, 0x67, 13 },	 // behind the table
		{ kIret, 0x48, 0x8b, 0x67, 10 },
		{ kCall, kNewTss | 4, 0x89, 0x67, 13 }, // in an LDT
		{ kCall, kNewTss, 0x8b, 0x67, 13 },	// busy
		{ kIret, kNewTss, 0x89, 0x67, 10 },	// not busy
		{ kJmp, kNewTss, 0x09, 0x67, 11 },	// not present
		{ kJmp, kNewTss, 0x89, 0x66, 10 },
		{ kJmp, kNewTss, 0x81, 0x2a, 10 },
		{ kJmp, kNewTss, 0x92, 0x67, 13 },	// data
	};
	for (const auto &c : cases) {
		Descriptor(kNewTss, kNew, c.limit, c.access, 0);
		Switch(c.source, c.selector);
		EXPECT_EQ(Fault(c.vector, c.selector & 0xfffcu), Delivered()) << c.vector;
		EXPECT_EQ(kEntry, Rip());
		EXPECT_EQ(kOldTss, Reg(X86_VCPU_REG_SELECTOR(X86_VCPU_TR)));
		EXPECT_EQ(0u, Word(kOld + 0x20));
	}
}

// Behind it: the new task has the exception, in a state that an entry takes.
TEST_F(TaskTest, RefusedInTheNewTask)
{
	const struct {
		uint16_t cs, ss, other, ldt;
		uint32_t vector, code;
	} cases[] = {
		{ 0, kData, kData, 0, 10, 0 },
		{ kData, kData, kData, 0, 10, kData },
		{ kCode, kCode, kData, 0, 10, kCode },
		{ kCode, 0, kData, 0, 10, 0 },
		{ kCode, kData | 3, kData, 0, 10, kData },
		{ kCode, kData, 0x48, 0, 10, 0x48 },
		{ kCode, kData, kOldTss, 0, 10, kOldTss },
		{ kCode, kData, kData, kData, 10, kData },
		{ kUserCode, kUserData, kData, 0, 10, kData },
	};
	for (const auto &c : cases) {
		Descriptor(kNewTss, kNew, 0x67, 0x89, 0);
		Selectors(c.cs, c.ss, c.other);
		Word(kNew + 0x60, c.ldt);
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_SELECTOR(X86_VCPU_TR), kOldTss));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_BASE(X86_VCPU_TR), kOld));
		Switch(kCall);
		EXPECT_EQ(Fault(c.vector, c.code), Delivered()) << std::hex << c.cs << " " << c.ss;
		EXPECT_EQ(0x7000u, Rip());
		EXPECT_EQ(kNewTss, Reg(X86_VCPU_REG_SELECTOR(X86_VCPU_TR)));
	}
}

TEST_F(TaskTest, TheTrapBitStopsAtTheFirstInstruction)
{
	Word(kNew + 0x64, 1);
	Switch(kCall);
	EXPECT_EQ(VMX_EVENT_VALID | 3u << 8 | 1u, vmx_.entered[VMCS_ENTRY_EVENT]);
	EXPECT_TRUE(Reg(X86_VCPU_REG_DR(6)) & UINT64_C(1) << 15);
}

} // namespace
