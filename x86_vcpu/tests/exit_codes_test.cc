// SPDX-License-Identifier: Apache-2.0
// Every exit code of SVM (APM volume 2, appendix C) and every basic exit reason of VMX (SDM
// volume 3, appendix C): what comes of it. What can occur with the controls that the library
// sets has a row; the rest is UNKNOWN with the hardware's words, and so are numbers to come.
#include "tests/fake_vmx.h"

namespace {

enum Result {
	kExits, // with the reason `value`
	kRaises, // the exception `value` in the guest, at the instruction
	kSteps, // the guest goes on `value` bytes further
	kGoesOn, // where it was
};

struct Row {
	uint64_t first, last;
	Result result;
	uint32_t value;
	std::vector<uint8_t> code;
};

const Row *FindRow(const std::vector<Row> &rows, uint64_t code)
{
	for (const Row &row : rows) {
		if (code >= row.first && code <= row.last) {
			return &row;
		}
	}
	return nullptr;
}

constexpr uint64_t kDevice = 0x40000000;

// What both vendors' tests have in common.
template <class Test> class Codes : public Test {
    protected:
	// The code of a row at kEntry, and a device at rbx that the guest's tables map.
	void Prepare(const Row *row, bool xsetbv)
	{
		if (row != nullptr) {
			std::copy(row->code.begin(), row->code.end(), this->Ram(kEntry));
		}
		this->SetGpr(X86_RBX, kDevice);
		// 2 MiB to 1 GiB are the same in the guest's tables; and one that faults there.
		reinterpret_cast<uint64_t *>(this->Ram(0x11000))[1] = kDevice | 0x87;
		if (xsetbv) {
			ASSERT_EQ(AXVCPU_OK,
				  this->SetReg(X86_VCPU_REG_CR(4), CR4_PAE | CR4_OSXSAVE));
		}
	}
	// `words` are the hardware's, `injected` is the event of the last entry without its error.
	void ExpectResult(const Row *row, const axvcpu_exit *exit, const std::vector<uint64_t> &words,
			  uint64_t injected)
	{
		ASSERT_NE(nullptr, exit);
		if (row == nullptr) {
			EXPECT_EQ(uint32_t{AXVCPU_EXIT_UNKNOWN}, exit->reason);
			ASSERT_TRUE(exit->flags & AXVCPU_EXIT_FLAG_RAW);
			for (size_t i = 0; i < words.size(); i++) {
				EXPECT_EQ(words[i], exit->raw.word[i]) << i;
			}
		} else if (row->result == kExits) {
			EXPECT_EQ(row->value, exit->reason);
		} else {
			EXPECT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, exit->reason);
			EXPECT_EQ(row->result == kSteps ? kEntry + row->value : kEntry, this->Rip());
			EXPECT_EQ(row->result == kRaises ? Exception(row->value) : 0, injected);
		}
		if (exit->reason == AXVCPU_EXIT_SYSREG_READ || exit->reason == AXVCPU_EXIT_MMIO_READ) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(this->vcpu_, 0));
		}
	}
};

const std::vector<Row> kSvm = {
	// MOV to CR4 with PAE clear, in 64-bit mode; CR8 takes 4 bits.
	{ 0x10, 0x10, kRaises, X86_VECTOR_GP, { 0x0f, 0x22, 0xc0 } },
	{ 0x14, 0x14, kRaises, X86_VECTOR_GP, { 0x0f, 0x22, 0xe0 } },
	{ 0x18, 0x18, kSteps, 4, { 0x44, 0x0f, 0x22, 0xc0 } },
	{ 0x41, 0x41, kRaises, X86_VECTOR_DB, {} },
	{ 0x51, 0x51, kRaises, X86_VECTOR_AC, {} },
	{ 0x52, 0x52, kExits, AXVCPU_EXIT_NOTHING, {} },
	{ 0x60, 0x60, kExits, AXVCPU_EXIT_EXTERNAL_INTERRUPT, {} },
	{ 0x61, 0x61, kExits, AXVCPU_EXIT_NOTHING, {} },
	{ 0x63, 0x64, kGoesOn, 0, {} },
	{ 0x65, 0x65, kRaises, X86_VECTOR_GP, { 0x0f, 0x22, 0xc0 } },
	{ 0x6f, 0x6f, kRaises, X86_VECTOR_GP, { 0x0f, 0x33 } },
	{ 0x72, 0x72, kSteps, 2, { 0x0f, 0xa2 } },
	{ 0x74, 0x74, kGoesOn, 0, { 0x48, 0xcf } },
	{ 0x76, 0x76, kSteps, 2, { 0x0f, 0x08 } },
	{ 0x77, 0x77, kExits, AXVCPU_EXIT_NOTHING, { 0xf3, 0x90 } },
	{ 0x78, 0x78, kExits, AXVCPU_EXIT_HALT, { 0xf4 } },
	{ 0x7a, 0x7a, kRaises, X86_VECTOR_UD, { 0x0f, 0x01, 0xdf } },
	{ 0x7b, 0x7b, kExits, AXVCPU_EXIT_PORT_WRITE, { 0xee } },
	{ 0x7c, 0x7c, kExits, AXVCPU_EXIT_SYSREG_READ, { 0x0f, 0x32 } },
	{ 0x7e, 0x7e, kRaises, X86_VECTOR_MF, {} },
	{ 0x7f, 0x7f, kExits, AXVCPU_EXIT_SYSTEM_DOWN, {} },
	{ 0x80, 0x80, kRaises, X86_VECTOR_UD, { 0x0f, 0x01, 0xd8 } },
	{ 0x81, 0x81, kExits, AXVCPU_EXIT_HYPERCALL, { 0x0f, 0x01, 0xd9 } },
	{ 0x82, 0x86, kRaises, X86_VECTOR_UD, {} },
	{ 0x89, 0x89, kSteps, 2, { 0x0f, 0x09 } },
	{ 0x8a, 0x8c, kRaises, X86_VECTOR_UD, {} },
	// XCR0 with x87 off.
	{ 0x8d, 0x8d, kRaises, X86_VECTOR_GP, { 0x0f, 0x01, 0xd1 } },
	{ 0x8e, 0x8e, kRaises, X86_VECTOR_UD, { 0x0f, 0x01, 0xfd } },
	{ 0xa0, 0xa0, kRaises, X86_VECTOR_UD, { 0x0f, 0x01, 0xfe } },
	{ 0xa3, 0xa4, kRaises, X86_VECTOR_UD, {} },
	{ 0x400, 0x400, kExits, AXVCPU_EXIT_MMIO_READ, { 0x8b, 0x03 } },
	{ UINT32_MAX, UINT32_MAX, kExits, AXVCPU_EXIT_FAIL_ENTRY, {} },
	{ UINT64_MAX, UINT64_MAX, kExits, AXVCPU_EXIT_FAIL_ENTRY, {} },
};

class SvmCodes : public Codes<X86Test>, public ::testing::WithParamInterface<uint64_t> {};

TEST_P(SvmCodes, HasItsResult)
{
	const uint64_t code = GetParam();
	const Row *row = FindRow(kSvm, code);
	uint64_t info_1 = 0, info_2 = 0;

	if (code == SVM_EXIT_IOIO) {
		info_1 = UINT64_C(0x80) << 16 | 1 << 4; // one byte to port 0x80
		info_2 = kEntry + 1;
	} else if (code == SVM_EXIT_NPF) {
		info_1 = 4;
		info_2 = kDevice;
	} else if (row == nullptr) {
		info_1 = 0x1111;
		info_2 = 0x2222;
	}
	Start();
	Prepare(row, code == SVM_EXIT_XSETBV);
	fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = code;
		vmcb->control.exit_info_1 = info_1;
		vmcb->control.exit_info_2 = info_2;
	});
	const axvcpu_exit *exit = Run(kInterrupt);

	EXPECT_EQ(code == SVM_EXIT_EXCEPTION_0 + X86_VECTOR_MC ? 1u : 0u, fake_.host_machine_checks);
	ExpectResult(row, exit, { code, info_1, info_2 },
		     injected_ & UINT32_MAX & ~SVM_EVENT_ERROR_VALID);
}

std::vector<uint64_t> SvmNumbers()
{
	std::vector<uint64_t> numbers = { 0x3ff,	       0x400,		 0x401, 0x402,
					  0x403,	       0x404,		 0xffff, UINT32_MAX,
					  UINT64_MAX,	       UINT64_MAX - 1, UINT64_MAX - 2,
					  UINT64_C(0xf0000000) };

	for (uint64_t code = 0; code <= 0xb0; code++) {
		numbers.push_back(code);
	}
	return numbers;
}

INSTANTIATE_TEST_SUITE_P(All, SvmCodes, ::testing::ValuesIn(SvmNumbers()));

const std::vector<Row> kVmx = {
	// 0 has tests of its own: the interruption information says what it is.
	{ 1, 1, kExits, AXVCPU_EXIT_EXTERNAL_INTERRUPT, {} },
	{ 2, 2, kExits, AXVCPU_EXIT_SYSTEM_DOWN, {} },
	{ 3, 3, kGoesOn, 0, {} },
	{ 7, 8, kGoesOn, 0, {} },
	// JMP to the null selector.
	{ 9, 9, kRaises, X86_VECTOR_GP, {} },
	{ 10, 10, kSteps, 3, {} },
	{ 11, 11, kRaises, X86_VECTOR_UD, {} },
	{ 12, 12, kExits, AXVCPU_EXIT_HALT, {} },
	{ 13, 13, kSteps, 3, {} },
	{ 15, 15, kRaises, X86_VECTOR_GP, {} },
	{ 18, 18, kExits, AXVCPU_EXIT_HYPERCALL, {} },
	{ 19, 27, kRaises, X86_VECTOR_UD, {} },
	// MOV of 0 to CR4, in 64-bit mode.
	{ 28, 28, kRaises, X86_VECTOR_GP, {} },
	{ 30, 30, kExits, AXVCPU_EXIT_PORT_WRITE, {} },
	{ 31, 31, kExits, AXVCPU_EXIT_SYSREG_READ, {} },
	{ 32, 32, kExits, AXVCPU_EXIT_SYSREG_WRITE, {} },
	{ 36, 36, kRaises, X86_VECTOR_UD, {} },
	{ 39, 39, kRaises, X86_VECTOR_UD, {} },
	{ 40, 40, kExits, AXVCPU_EXIT_NOTHING, {} },
	{ 43, 43, kGoesOn, 0, {} },
	{ 48, 48, kExits, AXVCPU_EXIT_MMIO_READ, { 0x8b, 0x03 } },
	{ 50, 50, kRaises, X86_VECTOR_UD, {} },
	{ 52, 52, kExits, AXVCPU_EXIT_NOTHING, {} },
	{ 53, 53, kRaises, X86_VECTOR_UD, {} },
	{ 54, 54, kSteps, 3, {} },
	{ 55, 55, kRaises, X86_VECTOR_GP, {} },
	{ 76, 77, kRaises, X86_VECTOR_UD, {} },
};

class VmxReasons : public Codes<VmxTest>, public ::testing::WithParamInterface<uint32_t> {
    protected:
	// JMP as the source of a task switch; CR4; one byte to port 0x80; a read.
	static uint64_t Qualification(uint32_t reason)
	{
		switch (reason) {
		case VMX_EXIT_TASK_SWITCH:
			return UINT64_C(2) << 30;
		case VMX_EXIT_CR_ACCESS:
			return 4;
		case VMX_EXIT_IO:
			return UINT64_C(0x80) << 16;
		case VMX_EXIT_EPT_VIOLATION:
			return EPT_QUALIFICATION_READ | EPT_QUALIFICATION_GLA_VALID |
			       EPT_QUALIFICATION_GLA_ITSELF;
		default:
			return FindRow(kVmx, reason) == nullptr ? 0x1111 : 0;
		}
	}
};

TEST_P(VmxReasons, HasItsResult)
{
	const uint32_t reason = GetParam();
	const Row *row = FindRow(kVmx, reason);

	StartVmx();
	Prepare(row, reason == VMX_EXIT_XSETBV);
	vmx_.guest.push_back([=](uint64_t *, Vmcs *vmcs) {
		(*vmcs)[VMCS_EXIT_REASON] = reason;
		(*vmcs)[VMCS_EXIT_QUALIFICATION] = Qualification(reason);
		(*vmcs)[VMCS_EXIT_INSTRUCTION_LENGTH] = 3;
		(*vmcs)[VMCS_GUEST_LINEAR_ADDRESS] = kDevice;
		(*vmcs)[VMCS_GUEST_PHYSICAL_ADDRESS] = kDevice;
	});
	const axvcpu_exit *exit = RunQueued();
	const uint64_t event = vmx_.entered[VMCS_ENTRY_EVENT];

	ExpectResult(row, exit, { reason, Qualification(reason) },
		     (event & VMX_EVENT_VALID) != 0 ? event & ~uint64_t{VMX_EVENT_ERROR_CODE} : 0);
}

INSTANTIATE_TEST_SUITE_P(All, VmxReasons, ::testing::Range(1u, 96u));

using VmxMachineCheck = VmxTest;

TEST_F(VmxMachineCheck, InTheGuestIsTheHosts)
{
	const uint64_t word = VMX_EVENT_VALID | 3u << 8 | X86_VECTOR_MC;

	StartVmx();
	const axvcpu_exit *exit = Exit(VMX_EXIT_EXCEPTION_OR_NMI, { { VMCS_EXIT_EVENT, word } });
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_NOTHING}, exit->reason);
	EXPECT_EQ(word, exit->raw.word[2]);
	EXPECT_EQ(1u, fake_.host_machine_checks);
	ASSERT_NE(nullptr, Exit(VMX_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(0u, vmx_.entered[VMCS_ENTRY_EVENT] & VMX_EVENT_VALID) << "not the guest's";
	EXPECT_EQ(kEntry, Rip());
}

TEST_F(VmxMachineCheck, OfAnEntryIsTheHostsToo)
{
	const uint32_t reason = VMX_EXIT_MACHINE_CHECK | EXIT_REASON_ENTRY_FAILED;

	StartVmx();
	const axvcpu_exit *exit = Exit(reason);
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_FAIL_ENTRY}, exit->reason);
	EXPECT_EQ(reason, exit->u.fail_entry.hardware_reason);
	EXPECT_EQ(1u, fake_.host_machine_checks);
}

} // namespace
