// SPDX-License-Identifier: Apache-2.0
// The INIT signal: what it resets, and what it leaves (SDM volume 3, table 10-1).
#include <map>
#include <vector>

#include "tests/fake_cpu.h"

namespace {

constexpr uint64_t kX2Apic = 0xfee00d00; // and the boot CPU

class InitTest : public X86Test {
    protected:
	// Every register that the library lists, by id.
	std::map<uint64_t, std::vector<uint8_t>> All()
	{
		size_t count = 0;
		EXPECT_NE(AXVCPU_OK, axvcpu_list_regs(vcpu_, nullptr, &count));
		std::vector<uint64_t> ids(count);
		EXPECT_EQ(AXVCPU_OK, axvcpu_list_regs(vcpu_, ids.data(), &count));
		std::map<uint64_t, std::vector<uint8_t>> all;
		for (uint64_t id : ids) {
			all[id].resize(AXVCPU_REG_SIZE(id));
			EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, id, all[id].data(), all[id].size()));
		}
		return all;
	}
	void Set(uint64_t id, uint64_t value) { ASSERT_EQ(AXVCPU_OK, SetReg(id, value)) << id; }
};

TEST_F(InitTest, KeepsWhatTheManualSays)
{
	Start(X86_VCPU_START_LONG, X86_VCPU_LOCAL_APIC);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	const std::vector<uint64_t> kept = {
		X86_VCPU_REG_MSR(MSR_LSTAR), X86_VCPU_REG_MSR(MSR_KERNEL_GS_BASE),
		X86_VCPU_REG_MSR(MSR_PAT), X86_VCPU_REG_TSC_OFFSET, X86_VCPU_REG_XCR0,
	};
	Set(X86_VCPU_REG_MSR(MSR_LSTAR), 0x1234567890);
	Set(X86_VCPU_REG_MSR(MSR_KERNEL_GS_BASE), 0x2345678901);
	Set(X86_VCPU_REG_MSR(MSR_PAT), 0x0606060606060606);
	Set(X86_VCPU_REG_TSC_OFFSET, 0x3456789012);
	Set(X86_VCPU_REG_XCR0, 3);
	for (uint32_t n = 0; n < 16; n++) {
		Set(X86_VCPU_REG_GPR(n), 0x1111 * (n + 1));
	}
	for (uint32_t n = 0; n < 4; n++) {
		Set(X86_VCPU_REG_DR(n), 0x1000 * (n + 1));
	}
	Set(X86_VCPU_REG_DR(7), 0x401);
	Set(X86_VCPU_REG_CR(2), 0x5678);
	Set(X86_VCPU_REG_CR(0), Reg(X86_VCPU_REG_CR(0)) | CR0_CD);
	std::vector<uint8_t> xmm(64, 0xa5);
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, X86_VCPU_REG_XSAVE(3), xmm.data(), xmm.size()));
	const auto before = All();

	ASSERT_EQ(AXVCPU_OK, x86_vcpu_signal_init(vcpu_));
	const auto after = All();
	for (uint64_t id : kept) {
		EXPECT_EQ(before.at(id), after.at(id)) << std::hex << id;
	}
	for (const auto &entry : after) {
		if ((entry.first & ~UINT64_C(0xff)) == (X86_VCPU_REG_XSAVE(0) & ~UINT64_C(0xff))) {
			EXPECT_EQ(before.at(entry.first), entry.second) << std::hex << entry.first;
		}
	}
	EXPECT_EQ(xmm, after.at(X86_VCPU_REG_XSAVE(3)));
	for (uint32_t n = 0; n < 16; n++) {
		if (n != X86_RDX) {
			EXPECT_EQ(0u, Gpr(n)) << n;
		}
	}
	EXPECT_NE(0u, Gpr(X86_RDX)) << "the CPU's signature";
	EXPECT_EQ(CR0_ET | CR0_CD, Reg(X86_VCPU_REG_CR(0)));
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_CR(2)));
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_CR(3)));
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_CR(4)));
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_MSR(MSR_EFER)));
	EXPECT_EQ(RFLAGS_RESERVED_1, Reg(X86_VCPU_REG_RFLAGS));
	for (uint32_t n = 0; n < 4; n++) {
		EXPECT_EQ(0u, Reg(X86_VCPU_REG_DR(n))) << n;
	}
	EXPECT_EQ(DR6_RESET, Reg(X86_VCPU_REG_DR(6)));
	EXPECT_EQ(DR7_RESET, Reg(X86_VCPU_REG_DR(7)));
	EXPECT_EQ(0xfff0u, Rip());
	EXPECT_EQ(0xffff0000u, Reg(X86_VCPU_REG_BASE(X86_VCPU_CS)));
	EXPECT_EQ(0xffffu, Reg(X86_VCPU_REG_LIMIT(X86_VCPU_SS)));
}

TEST_F(InitTest, BeginsAtTheStartUpPage)
{
	Start(X86_VCPU_START_PROTECTED, X86_VCPU_LOCAL_APIC);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_signal_init(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_entry(vcpu_, 0x100000)) << "real mode";
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_entry(vcpu_, 0x8000));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	Run(kInterrupt);
	EXPECT_EQ(0x8000u, Vmcb()->save.cs.base);
	EXPECT_EQ(0u, Vmcb()->save.rip);
	EXPECT_EQ(0u, Vmcb()->save.cr0 & CR0_PE);
}

TEST_F(InitTest, DropsWhatWaits)
{
	Start(X86_VCPU_START_LONG, X86_VCPU_LOCAL_APIC);
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_NMI));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_EXTINT + 0x30));
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_inject_exception(vcpu_, X86_VECTOR_UD, 0));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_signal_init(vcpu_));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_RESERVED_1 | RFLAGS_IF));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(0u, NextEvent());
	EXPECT_EQ(0u, NextEvent());
	// What comes afterwards does come.
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, X86_VCPU_INJECT_NMI));
	EXPECT_EQ(Event(X86_EVENT_NMI, 2), NextEvent());
}

TEST_F(InitTest, LeavesTheApicItsForm)
{
	Start(X86_VCPU_START_LONG, X86_VCPU_LOCAL_APIC);
	const axvcpu_exit_cpu_up start = { 0, 0, X86_VCPU_IPI_X2APIC };
	Code(Rip(), { 0x0f, 0x30 }); // WRMSR
	SetGpr(X86_RCX, MSR_APIC_BASE);
	SetGpr(X86_RAX, kX2Apic);
	SetGpr(X86_RDX, 0);
	RunHandled(SVM_EXIT_MSR, 1);
	EXPECT_EQ(kX2Apic, State()->lapic.base);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, x86_vcpu_signal_init(vcpu_));
	EXPECT_EQ(kX2Apic, State()->lapic.base);
	EXPECT_TRUE(x86_vcpu_is_startup_target(vcpu_, &start));
}

TEST_F(InitTest, OnlyWhereItCanBe)
{
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, x86_vcpu_signal_init(nullptr));
	Start();
	const auto before = All();
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, x86_vcpu_signal_init(vcpu_)) << "it is bound";
	EXPECT_EQ(before, All());
}

} // namespace
