// SPDX-License-Identifier: Apache-2.0
// Port I/O with its string forms, and accesses to memory that is not there.
#include "tests/fake_cpu.h"

namespace {

using IoTest = X86Test;

constexpr uint64_t Io(uint32_t port, uint32_t width, bool in, bool string = false, bool rep = false,
		      uint32_t address = 8)
{
	return uint64_t{port} << 16 | uint64_t{address / 2} << 7 | uint64_t{width} << 4 |
	       uint64_t{rep} << 3 | uint64_t{string} << 2 | uint64_t{in};
}

constexpr uint64_t kNowhere = 0x30000000;

TEST_F(IoTest, Out)
{
	Start();
	SetGpr(X86_RAX, 0x1122334455667788);
	for (uint32_t width : { 1u, 2u, 4u }) {
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		const axvcpu_exit *exit = Run(SVM_EXIT_IOIO, Io(0x3f8, width, false), kEntry + 2);
		ASSERT_EQ(uint32_t{AXVCPU_EXIT_PORT_WRITE}, exit->reason);
		EXPECT_EQ(0x3f8u, exit->u.port.port);
		EXPECT_EQ(width, exit->u.port.width);
		EXPECT_EQ(0x55667788u & (width == 4 ? UINT32_MAX : (1u << 8 * width) - 1), exit->u.port.data);
		EXPECT_EQ(1u, exit->u.port.count);
		EXPECT_EQ(kEntry, Rip()) << "not before it is completed";
		ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
		EXPECT_EQ(kEntry + 2, Rip());
	}
}

TEST_F(IoTest, InWritesWhatItsWidthDefines)
{
	const struct {
		uint32_t width;
		uint64_t rax;
	} cases[] = {
		{ 1, 0x11223344556677ff },
		{ 2, 0x112233445566eeff },
		{ 4, 0x00000000ccddeeff },
	};
	Start();
	for (const auto &c : cases) {
		SetGpr(X86_RAX, 0x1122334455667788);
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		const axvcpu_exit *exit = Run(SVM_EXIT_IOIO, Io(0x60, c.width, true), kEntry + 1);
		ASSERT_EQ(uint32_t{AXVCPU_EXIT_PORT_READ}, exit->reason);
		const axvcpu_exit *none;
		EXPECT_EQ(AXVCPU_ERR_INCOMPLETE, axvcpu_run(vcpu_, &none));
		ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0xaabbccddeeff));
		EXPECT_EQ(c.rax, Gpr(X86_RAX));
		EXPECT_EQ(kEntry + 1, Rip());
	}
}

// Breakpoints of the guest's own on ports, by DR7's R/W and LEN (SDM volume 3, 18.2.4).
TEST_F(IoTest, BreakpointsOnPorts)
{
	constexpr uint64_t kIo = 2, kOne = 0, kTwo = 1, kFour = 3;
	auto dr7 = [](uint32_t n, uint64_t enable, uint64_t read_write, uint64_t length) {
		return DR7_RESET | enable << (2 * n) | (length << 2 | read_write) << (16 + 4 * n);
	};
	const struct {
		uint32_t n;
		uint64_t address, dr7, cr4;
		uint32_t port, width;
		bool met;
	} cases[] = {
		{ 0, 0x80, dr7(0, 1, kIo, kOne), CR4_DE, 0x80, 1, true },
		{ 3, 0x80, dr7(3, 2, kIo, kOne), CR4_DE, 0x80, 1, true },
		{ 0, 0x80, dr7(0, 1, kIo, kOne), 0, 0x80, 1, false },
		{ 0, 0x80, dr7(0, 0, kIo, kOne), CR4_DE, 0x80, 1, false },
		{ 0, 0x80, dr7(1, 1, kIo, kOne), CR4_DE, 0x80, 1, false },
		{ 0, 0x80, dr7(0, 1, 1, kOne), CR4_DE, 0x80, 1, false },
		{ 0, 0x80, dr7(0, 1, kIo, kOne), CR4_DE, 0x81, 1, false },
		{ 0, 0x80, dr7(0, 1, kIo, kOne), CR4_DE, 0x7f, 1, false },
		{ 0, 0x80, dr7(0, 1, kIo, kOne), CR4_DE, 0x7f, 2, true },
		{ 2, 0x80, dr7(2, 1, kIo, kTwo), CR4_DE, 0x81, 1, true },
		{ 2, 0x81, dr7(2, 1, kIo, kTwo), CR4_DE, 0x80, 1, true },
		{ 2, 0x80, dr7(2, 1, kIo, kTwo), CR4_DE, 0x82, 4, false },
		{ 1, 0x80, dr7(1, 1, kIo, kFour), CR4_DE, 0x83, 1, true },
		{ 1, 0x80, dr7(1, 1, kIo, kFour), CR4_DE, 0x84, 1, false },
		{ 1, UINT64_C(0x100000080), dr7(1, 1, kIo, kOne), CR4_DE, 0x80, 1, false },
	};

	Start();
	for (const auto &c : cases) {
		for (const bool in : { false, true }) {
			ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
			ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(4), CR4_PAE | c.cr4));
			for (uint32_t n = 0; n < 4; n++) {
				ASSERT_EQ(AXVCPU_OK,
					  SetReg(X86_VCPU_REG_DR(n), n == c.n ? c.address : 0x9999));
			}
			ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(6), DR6_RESET));
			ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(7), c.dr7));
			Run(SVM_EXIT_IOIO, Io(c.port, c.width, in), kEntry + 2);
			EXPECT_EQ(0u, injected_) << "not before it is completed";
			if (in) {
				ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0));
			} else {
				ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
			}
			EXPECT_EQ(kEntry + 2, Rip());
			const std::string where = "port " + std::to_string(c.port) + " breakpoint " +
						  std::to_string(c.n) + " at " + std::to_string(c.address);
			EXPECT_EQ(c.met ? Exception(X86_VECTOR_DB) : 0, NextEvent()) << where;
			EXPECT_EQ(DR6_RESET | (c.met ? 1u << c.n : 0u), Reg(X86_VCPU_REG_DR(6))) << where;
		}
	}
}

// Each element of a string form traps, as a single step does; both together are one exception.
TEST_F(IoTest, BreakpointsOnPortsOfStrings)
{
	Start();
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(4), CR4_PAE | CR4_DE));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(0), 0x80));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(7), DR7_RESET | 1 | 2u << 16));
	Code(kEntry, { 0xf3, 0x6e });
	SetGpr(X86_RCX, 2);
	SetGpr(X86_RSI, 0x4000);
	for (uint64_t element = 0; element < 2; element++) {
		if (element == 1) {
			ASSERT_EQ(AXVCPU_OK,
				  SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_RESERVED_1 | RFLAGS_TF));
		}
		const axvcpu_exit *exit = Run(SVM_EXIT_IOIO, Io(0x80, 1, false, true, true), kEntry + 2);
		ASSERT_EQ(uint32_t{AXVCPU_EXIT_PORT_WRITE}, exit->reason);
		ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
		EXPECT_EQ(element == 0 ? kEntry : kEntry + 2, Rip());
		EXPECT_EQ(Exception(X86_VECTOR_DB), NextEvent());
		EXPECT_EQ(DR6_RESET | 1 | (element == 1 ? DR6_BS : 0), Reg(X86_VCPU_REG_DR(6)));
		EXPECT_EQ(0u, NextEvent());
	}
}

// Their memory operand, whatever CR4.DE says.
TEST_F(IoTest, BreakpointsOnDataOfStrings)
{
	const struct {
		uint64_t read_write, address;
		bool in, met;
	} cases[] = {
		{ 1, 0x4001, true, true },    { 1, 0x4001, false, false }, { 3, 0x4001, true, true },
		{ 3, 0x4001, false, true },   { 3, 0x4002, true, false },  { 2, 0x4001, true, false },
	};

	Start();
	SetGpr(X86_RSI, 0x4000);
	SetGpr(X86_RDI, 0x4000);
	for (const auto &c : cases) {
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(6), DR6_RESET));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(3), c.address));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(7), DR7_RESET | 1u << 6 | c.read_write << 28));
		SetGpr(X86_RSI, 0x4000);
		SetGpr(X86_RDI, 0x4000);
		Code(kEntry, { 0x66, uint8_t(c.in ? 0x6d : 0x6f) });
		Run(SVM_EXIT_IOIO, Io(0x80, 2, c.in, true), kEntry + 2);
		if (c.in) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0));
		} else {
			ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
		}
		EXPECT_EQ(c.met ? Exception(X86_VECTOR_DB) : 0, NextEvent()) << c.address;
		EXPECT_EQ(DR6_RESET | (c.met ? 8 : 0), Reg(X86_VCPU_REG_DR(6)));
	}
}

// Breakpoints of the guest's own on data that a device has: behind the instruction.
class DataBreakpointTest : public IoTest {
    protected:
	static constexpr uint64_t kWrites = 1, kBoth = 3;
	// DR1 with this condition; LEN 0, 1, 3, 2 is 1, 2, 4, 8 bytes.
	void Break(uint64_t address, uint64_t read_write, uint64_t length)
	{
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(6), DR6_RESET));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(1), address));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(7), DR7_RESET | 4 | (length << 2 | read_write) << 20));
	}
	// The code at kEntry accesses rbx; all its accesses are completed.
	void Access(uint64_t gpa, bool write)
	{
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		SetGpr(X86_RBX, gpa);
		const axvcpu_exit *exit = Run(SVM_EXIT_NPF, write ? 4 | SVM_NPF_WRITE : 4, gpa);

		for (; exit->reason == AXVCPU_EXIT_MMIO_READ || exit->reason == AXVCPU_EXIT_MMIO_WRITE;
		     exit = RunQueued()) {
			EXPECT_EQ(kEntry, Rip());
			injected_ = 0;
			if (exit->reason == AXVCPU_EXIT_MMIO_READ) {
				ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0));
			} else {
				ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
			}
			fake_.guest.push_back([this](uint64_t *, svm_vmcb *vmcb) {
				injected_ = vmcb->control.event_inj;
				vmcb->control.exit_code = SVM_EXIT_INTR;
			});
		}
		fake_.guest.clear();
		EXPECT_NE(kEntry, Rip());
	}
	void ExpectMet(bool met, const std::string &where)
	{
		EXPECT_EQ(met ? Exception(X86_VECTOR_DB) : 0, injected_) << where;
		EXPECT_EQ(DR6_RESET | (met ? 2 : 0), Reg(X86_VCPU_REG_DR(6))) << where;
	}
};

TEST_F(DataBreakpointTest, MetByABytesInCommon)
{
	const struct {
		uint64_t address, read_write, length, gpa;
		bool on_write, on_read;
	} cases[] = {
		{ kNowhere, kWrites, 0, kNowhere, true, false },
		{ kNowhere, kBoth, 0, kNowhere, true, true },
		{ kNowhere, 0, 0, kNowhere, false, false }, // execution
		{ kNowhere, 2, 0, kNowhere, false, false }, // ports
		{ kNowhere + 3, kBoth, 0, kNowhere, true, true },
		{ kNowhere + 4, kBoth, 0, kNowhere, false, false },
		{ kNowhere + 7, kBoth, 3, kNowhere + 4, true, true },
		{ kNowhere + 7, kBoth, 3, kNowhere, false, false },
		{ kNowhere + 7, kBoth, 2, kNowhere, true, true },
		{ kNowhere + 5, kBoth, 1, kNowhere + 1, true, true },
		{ kNowhere + 6, kBoth, 1, kNowhere + 1, false, false },
		{ kNowhere + (UINT64_C(1) << 32), kBoth, 0, kNowhere, false, false },
	};

	Start();
	for (const auto &c : cases) {
		const std::string where = std::to_string(&c - cases);

		for (int again = 0; again < 2; again++) {
			Code(kEntry, { 0x89, 0x03 }); // mov [rbx], eax
			Break(c.address, c.read_write, c.length);
			Access(c.gpa, true);
			ExpectMet(c.on_write, where + " write");
			Code(kEntry, { 0x8b, 0x03 }); // mov eax, [rbx]
			Break(c.address, c.read_write, c.length);
			Access(c.gpa, false);
			ExpectMet(c.on_read, where + " read");
			Code(kEntry, { 0x01, 0x03 }); // add [rbx], eax
			Break(c.address, c.read_write, c.length);
			Access(c.gpa, false);
			ExpectMet(c.on_write, where + " read and write");
		}
	}
	// Without enable bits there is none, and what was met before is not met again.
	Break(kNowhere, kBoth, 0);
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_DR(7), DR7_RESET | kBoth << 20));
	Access(kNowhere, false);
	ExpectMet(false, "disabled");
}

TEST_F(DataBreakpointTest, OfTheOtherOperandToo)
{
	Start();
	Code(kEntry, { 0xa4, 0x90 }); // movsb, from the device to RAM
	for (const bool met : { true, false }) {
		SetGpr(X86_RSI, kNowhere);
		SetGpr(X86_RDI, 0x5000);
		Break(met ? 0x5000 : 0x5001, kWrites, 0);
		Access(kNowhere, false);
		ExpectMet(met, "the store");
	}
}

TEST_F(DataBreakpointTest, WithASingleStepItIsOneException)
{
	Start();
	Code(kEntry, { 0x8b, 0x03 });
	Break(kNowhere, kBoth, 0);
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_RESERVED_1 | RFLAGS_TF));
	Access(kNowhere, false);
	EXPECT_EQ(Exception(X86_VECTOR_DB), injected_);
	EXPECT_EQ(DR6_RESET | DR6_BS | 2, Reg(X86_VCPU_REG_DR(6)));
	EXPECT_EQ(0u, NextEvent());
}

TEST_F(IoTest, NobodyAtThePort)
{
	Start();
	SetGpr(X86_RAX, 0);
	Run(SVM_EXIT_IOIO, Io(0x60, 2, true), kEntry + 1);
	ASSERT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(0xffffu, Gpr(X86_RAX));
	EXPECT_EQ(kEntry + 1, Rip());
}

TEST_F(IoTest, RepOutsb)
{
	Start();
	Code(kEntry, { 0xf3, 0x6e, 0xf3, 0x6e });
	std::memcpy(Ram(0x5000), "abc", 3);
	SetGpr(X86_RSI, 0x5000);
	SetGpr(X86_RCX, 3);
	for (uint32_t i = 0; i < 3; i++) {
		const axvcpu_exit *exit =
			Run(SVM_EXIT_IOIO, Io(0x3f8, 1, false, true, true), kEntry + 2);
		ASSERT_EQ(uint32_t{AXVCPU_EXIT_PORT_WRITE}, exit->reason);
		EXPECT_EQ(uint64_t("abc"[i]), exit->u.port.data);
		EXPECT_EQ(3u - i, exit->u.port.count);
		EXPECT_EQ(kEntry, Rip());
		ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
		EXPECT_EQ(0x5001u + i, Gpr(X86_RSI));
		EXPECT_EQ(2u - i, Gpr(X86_RCX));
	}
	EXPECT_EQ(kEntry + 2, Rip());
	RunHandled(SVM_EXIT_IOIO, Io(0x3f8, 1, false, true, true), Rip() + 2);
	EXPECT_EQ(kEntry + 4, Rip()) << "count 0: nothing but a step";
}

TEST_F(IoTest, SingleStepsStopBehindEachElement)
{
	Start();
	Code(kEntry, { 0xf3, 0x6e });
	SetGpr(X86_RSI, 0x5000);
	SetGpr(X86_RCX, 2);
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_TF | RFLAGS_RESERVED_1));
	Run(SVM_EXIT_IOIO, Io(0x3f8, 1, false, true, true), kEntry + 2);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(kEntry, Rip());
	EXPECT_EQ(Exception(X86_VECTOR_DB), NextEvent());
	EXPECT_TRUE(Reg(X86_VCPU_REG_DR(6)) & UINT64_C(1) << 14);
}

// The device's page says nothing about the segment of the other operand.
TEST_F(IoTest, SegmentsOfMmioAreChecked)
{
	const struct {
		uint64_t limit, attributes, edi;
		bool permitted;
	} cases[] = {
		{ 0x5003, 0x493, 0x5000, true },
		{ 0x5002, 0x493, 0x5000, false },
		{ 0xffffffff, 0xc91, 0x5000, false }, // read-only
		{ 0xfff, 0x497, 0x5000, true }, // expand-down
		{ 0x5000, 0x497, 0x5000, false },
		{ 0xffff, 0x413, 0x5000, false }, // not present
	};
	for (const auto &c : cases) {
		if (vcpu_ == nullptr) {
			Start(X86_VCPU_START_PROTECTED);
		}
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		Code(kEntry, { 0xa5 });
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_LIMIT(X86_VCPU_ES), c.limit));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_ES), c.attributes));
		SetGpr(X86_RSI, 0x600000);
		SetGpr(X86_RDI, c.edi);
		fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
			vmcb->control.exit_code = SVM_EXIT_NPF;
			vmcb->control.exit_info_1 = 4;
			vmcb->control.exit_info_2 = 0x600000;
		});
		if (!c.permitted) {
			EXPECT_EQ(ExceptionWithCode(X86_VECTOR_GP, 0), NextEvent());
			continue;
		}
		ASSERT_EQ(uint32_t{AXVCPU_EXIT_MMIO_READ}, RunQueued()->reason);
		ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x11));
		EXPECT_EQ(c.edi + 4, Gpr(X86_RDI));
	}
}

// In real mode the limit counts, of SS with #SS, and the type does not.
TEST_F(IoTest, SegmentsOfMmioInRealMode)
{
	const struct {
		std::vector<uint8_t> code;
		uint64_t offset, event;
	} cases[] = {
		{ { 0x2e, 0x89, 0x07 }, 0x8000, 0 }, // mov cs:[bx], ax
		{ { 0x2e, 0x89, 0x07 }, 0xfffe, 0 },
		{ { 0x2e, 0x89, 0x07 }, 0xffff, Exception(X86_VECTOR_GP) },
		{ { 0x89, 0x07 }, 0xfffe, 0 }, // mov [bx], ax
		{ { 0x89, 0x07 }, 0xffff, Exception(X86_VECTOR_GP) },
		{ { 0x89, 0x46, 0x00 }, 0xfffe, 0 }, // mov [bp], ax
		{ { 0x89, 0x46, 0x00 }, 0xffff, Exception(X86_VECTOR_SS) },
		{ { 0x36, 0x89, 0x07 }, 0xffff, Exception(X86_VECTOR_SS) }, // mov ss:[bx], ax
		{ { 0x3e, 0x89, 0x46, 0x00 }, 0xffff, Exception(X86_VECTOR_GP) }, // mov ds:[bp], ax
	};

	Start(X86_VCPU_START_REAL);
	uint64_t *pages = reinterpret_cast<uint64_t *>(State()->stage2_root) + 3 * 512;
	pages[0xb8] = pages[0xbf] = 0;
	for (const uint32_t segment : { X86_VCPU_CS, X86_VCPU_SS, X86_VCPU_DS }) {
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_BASE(segment), 0xb0000));
	}
	for (const auto &c : cases) {
		const uint64_t gpa = 0xb0000 + c.offset;

		std::copy(c.code.begin(), c.code.end(), Ram(0xb0100));
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, 0x100));
		SetGpr(X86_RBX, c.offset);
		SetGpr(X86_RBP, c.offset);
		fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
			vmcb->control.exit_code = SVM_EXIT_NPF;
			vmcb->control.exit_info_1 = 4 | SVM_NPF_WRITE;
			vmcb->control.exit_info_2 = gpa;
		});
		if (c.event != 0) {
			EXPECT_EQ(c.event, NextEvent()) << gpa;
			continue;
		}
		const axvcpu_exit *exit = RunQueued();
		ASSERT_EQ(uint32_t{AXVCPU_EXIT_MMIO_WRITE}, exit->reason) << gpa;
		EXPECT_EQ(gpa, exit->u.mmio.gpa);
		ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	}
}

TEST_F(IoTest, InsBackwardsIn32BitRegisters)
{
	Start();
	Code(kEntry, { 0x67, 0xf3, 0x66, 0x6d });
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RFLAGS, RFLAGS_RESERVED_1 | RFLAGS_DF));
	SetGpr(X86_RDI, 0x6002);
	SetGpr(X86_RCX, 2);
	for (uint64_t value : { 0x1111u, 0x2222u }) {
		const axvcpu_exit *exit =
			Run(SVM_EXIT_IOIO, Io(0x1f0, 2, true, true, true, 4), kEntry + 4);
		ASSERT_EQ(uint32_t{AXVCPU_EXIT_PORT_READ}, exit->reason);
		ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, value));
	}
	EXPECT_EQ(0x11, *Ram(0x6002));
	EXPECT_EQ(0x22, *Ram(0x6000));
	EXPECT_EQ(0x5ffeu, Gpr(X86_RDI));
	EXPECT_EQ(0u, Gpr(X86_RCX));
	EXPECT_EQ(kEntry + 4, Rip());
}

TEST_F(IoTest, StringFaultsBeforeThePortIsTouched)
{
	Start();
	uint64_t none = 0;
	std::memcpy(Ram(0x12000 + 8 * 5), &none, sizeof(none)); // 10 MiB is not mapped
	SetGpr(X86_RDI, 0xa00000);
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_IOIO;
		vmcb->control.exit_info_1 = Io(0x60, 1, true, true);
		vmcb->control.exit_info_2 = kEntry + 1;
	});
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_PF, 2), NextEvent());
	EXPECT_EQ(0xa00000u, Reg(X86_VCPU_REG_CR(2)));
	EXPECT_EQ(kEntry, Rip());
}

TEST_F(IoTest, OutsOfDeviceMemory)
{
	Start();
	Code(kEntry, { 0x6e });
	SetGpr(X86_RSI, 0x600000); // mapped by the guest, not by the NPT
	const axvcpu_exit *exit = Run(SVM_EXIT_IOIO, Io(0x60, 1, false, true), kEntry + 1);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_NESTED_PAGE_FAULT}, exit->reason);
	EXPECT_EQ(0x600000u, exit->u.nested_page_fault.gpa);
	EXPECT_TRUE(exit->u.nested_page_fault.access & AXVCPU_ACCESS_NO_SYNDROME);
}

TEST_F(IoTest, OutsWithSegmentPrefix)
{
	Start();
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_BASE(X86_VCPU_GS), 0x7000));
	Code(kEntry, { 0x65, 0x6e });
	*Ram(0x7010) = 0x5a;
	SetGpr(X86_RSI, 0x10);
	EXPECT_EQ(0x5au, Run(SVM_EXIT_IOIO, Io(0x60, 1, false, true), kEntry + 2)->u.port.data);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	// 64-bit code ignores a prefix of ES behind it.
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
	Code(kEntry, { 0x65, 0x26, 0x6e });
	SetGpr(X86_RSI, 0x10);
	EXPECT_EQ(0x5au, Run(SVM_EXIT_IOIO, Io(0x60, 1, false, true), kEntry + 3)->u.port.data);
}

// QEMU 7.2 leaves the address size out.
TEST_F(IoTest, StringWithoutAddressSize)
{
	Start();
	Code(kEntry, { 0x67, 0xf3, 0x6e });
	*Ram(0x5000) = 0x33;
	SetGpr(X86_RSI, 0x1100005000);
	SetGpr(X86_RCX, 0x1100000001);
	EXPECT_EQ(0x33u, Run(SVM_EXIT_IOIO, Io(0x60, 1, false, true, true, 0), kEntry + 3)->u.port.data);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(0x5001u, Gpr(X86_RSI));
	EXPECT_EQ(0u, Gpr(X86_RCX));
	EXPECT_EQ(kEntry + 3, Rip());
}

TEST_F(IoTest, MmioRead)
{
	Start();
	Code(kEntry, { 0x48, 0x0f, 0xbe, 0x18 }); // movsx rbx, byte [rax]
	SetGpr(X86_RAX, kNowhere);
	SetGpr(X86_RBX, 0x1122334455667788);
	const axvcpu_exit *exit = Run(SVM_EXIT_NPF, UINT64_C(1) << 32 | 4, kNowhere);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_MMIO_READ}, exit->reason);
	EXPECT_EQ(kNowhere, exit->u.mmio.gpa);
	EXPECT_EQ(1u, exit->u.mmio.width);
	EXPECT_EQ(uint32_t{X86_RBX}, exit->u.mmio.reg);
	EXPECT_EQ(8u, exit->u.mmio.reg_width);
	EXPECT_EQ(1u, exit->u.mmio.sign_extend);
	EXPECT_EQ(4u, exit->instruction_length);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x80));
	EXPECT_EQ(UINT64_C(0xffffffffffffff80), Gpr(X86_RBX));
	EXPECT_EQ(kEntry + 4, Rip());
}

TEST_F(IoTest, MmioWriteOfAnImmediate)
{
	Start();
	Code(kEntry, { 0xc7, 0x40, 0x10, 0x78, 0x56, 0x34, 0x12 }); // mov dword [rax+16], imm
	SetGpr(X86_RAX, kNowhere);
	const axvcpu_exit *exit = Run(SVM_EXIT_NPF, UINT64_C(1) << 32 | 6, kNowhere + 16);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_MMIO_WRITE}, exit->reason);
	EXPECT_EQ(kNowhere + 16, exit->u.mmio.gpa);
	EXPECT_EQ(0x12345678u, exit->u.mmio.data);
	EXPECT_EQ(4u, exit->u.mmio.width);
	EXPECT_EQ(kEntry, Rip());
	RunHandled(kInterrupt); // completes it
	EXPECT_EQ(kEntry + 7, Rip());
}

TEST_F(IoTest, ReadModifyWriteIsTwoExits)
{
	Start();
	Code(kEntry, { 0x83, 0x08, 0x01 }); // or dword [rax], 1
	SetGpr(X86_RAX, kNowhere);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_MMIO_READ}, Run(SVM_EXIT_NPF, 6, kNowhere)->reason);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0xf0));
	EXPECT_EQ(kEntry, Rip());
	size_t entered = fake_.Count("enter");
	const axvcpu_exit *exit = RunQueued();
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_MMIO_WRITE}, exit->reason);
	EXPECT_EQ(entered, fake_.Count("enter"));
	EXPECT_EQ(0xf1u, exit->u.mmio.data);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(kEntry + 3, Rip());
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_RFLAGS) & (RFLAGS_ZF | RFLAGS_CF));
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, Run(kInterrupt)->reason);
}

// Saved between the two, it does not read the device again.
TEST_F(IoTest, ReadModifyWriteGoesOnInAnotherVcpu)
{
	Start();
	Code(kEntry, { 0x83, 0x08, 0x01 }); // or dword [rax], 1
	SetGpr(X86_RAX, kNowhere);
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_ACCESS));
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_MMIO_READ}, Run(SVM_EXIT_NPF, 6, kNowhere)->reason);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0xf0));
	EXPECT_EQ(1u, Reg(X86_VCPU_REG_ACCESS));
	EXPECT_EQ(0xf0u, Reg(X86_VCPU_REG_ACCESS_VALUE));
	std::vector<uint8_t> saved(axvcpu_save_size(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_save(vcpu_, saved.data(), saved.size(), nullptr));

	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
	Start();
	Code(kEntry, { 0x83, 0x08, 0x01 });
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	std::vector<uint8_t> again(saved.size());
	ASSERT_EQ(AXVCPU_OK, axvcpu_save(vcpu_, again.data(), again.size(), nullptr));
	EXPECT_EQ(saved, again) << "also before it has run";
	size_t entered = fake_.Count("enter");
	const axvcpu_exit *exit = RunQueued();
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_MMIO_WRITE}, exit->reason);
	EXPECT_EQ(entered, fake_.Count("enter"));
	EXPECT_EQ(kNowhere, exit->u.mmio.gpa);
	EXPECT_EQ(0xf1u, exit->u.mmio.data);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(kEntry + 3, Rip());
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_ACCESS));

	// Another instruction is there now: that is executed.
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
	Start();
	Code(kEntry, { 0x90 });
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, Run(kInterrupt)->reason);
	EXPECT_EQ(kEntry, Rip());
}

TEST_F(IoTest, MovsBetweenMemoryAndDevice)
{
	Start();
	Code(kEntry, { 0xf3, 0xa4 }); // rep movsb
	std::memcpy(Ram(0x5000), "xy", 2);
	SetGpr(X86_RSI, 0x5000);
	SetGpr(X86_RDI, kNowhere);
	SetGpr(X86_RCX, 2);
	for (uint32_t i = 0; i < 2; i++) {
		const axvcpu_exit *exit = Run(SVM_EXIT_NPF, 6, kNowhere + i);
		ASSERT_EQ(uint32_t{AXVCPU_EXIT_MMIO_WRITE}, exit->reason);
		EXPECT_EQ(kNowhere + i, exit->u.mmio.gpa);
		EXPECT_EQ(uint64_t("xy"[i]), exit->u.mmio.data);
		ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	}
	EXPECT_EQ(kEntry + 2, Rip());
	// And back: the value goes to RAM by itself.
	Code(kEntry, { 0xa4 });
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
	SetGpr(X86_RSI, kNowhere);
	SetGpr(X86_RDI, 0x5100);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_MMIO_READ}, Run(SVM_EXIT_NPF, 4, kNowhere)->reason);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x99));
	EXPECT_EQ(0x99, *Ram(0x5100));
	EXPECT_EQ(kEntry + 1, Rip());
}

TEST_F(IoTest, RetryLeavesEverything)
{
	Start();
	Code(kEntry, { 0x8b, 0x18 });
	SetGpr(X86_RAX, kNowhere);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_MMIO_READ}, Run(SVM_EXIT_NPF, 4, kNowhere)->reason);
	ASSERT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
	EXPECT_EQ(kEntry, Rip());
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, Run(kInterrupt)->reason);
}

TEST_F(IoTest, RetriedStoreIsNotDoneTwice)
{
	Start();
	Code(kEntry, { 0x89, 0x18 });
	SetGpr(X86_RAX, kNowhere);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_MMIO_WRITE}, Run(SVM_EXIT_NPF, 6, kNowhere)->reason);
	ASSERT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, Run(kInterrupt)->reason);
	EXPECT_EQ(kEntry, Rip());
}

TEST_F(IoTest, FailedAccessesGiveAllOnes)
{
	Start();
	Code(kEntry, { 0x8b, 0x18 });
	SetGpr(X86_RAX, kNowhere);
	Run(SVM_EXIT_NPF, 4, kNowhere);
	ASSERT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(UINT32_MAX, Gpr(X86_RBX));
	EXPECT_EQ(kEntry + 2, Rip());
}

TEST_F(IoTest, FaultsThatAreNoOperand)
{
	Start();
	Code(kEntry, { 0x8b, 0x18 });
	SetGpr(X86_RAX, kNowhere);
	const axvcpu_exit *exit = Run(SVM_EXIT_NPF, UINT64_C(1) << 33 | 6, 0x7ffff000);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_NESTED_PAGE_FAULT}, exit->reason);
	EXPECT_EQ(uint32_t{AXVCPU_ACCESS_WRITE | AXVCPU_ACCESS_PAGE_WALK}, exit->u.nested_page_fault.access);
	EXPECT_EQ(0x7ffff000u, exit->u.nested_page_fault.gpa);
	exit = Run(SVM_EXIT_NPF, 0x14, 0x7ffff000);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_NESTED_PAGE_FAULT}, exit->reason);
	EXPECT_EQ(uint32_t{AXVCPU_ACCESS_EXECUTE}, exit->u.nested_page_fault.access);
	ASSERT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_GP, 0), NextEvent());
	Code(kEntry, { 0x0f, 0x28, 0x00 }); // movaps: not decoded
	exit = Run(SVM_EXIT_NPF, 5, kNowhere);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_NESTED_PAGE_FAULT}, exit->reason);
	EXPECT_EQ(uint32_t{AXVCPU_ACCESS_READ | AXVCPU_ACCESS_PERMISSION | AXVCPU_ACCESS_NO_SYNDROME},
		  exit->u.nested_page_fault.access);
}

TEST_F(IoTest, OperandAcrossPagesIsLeftToTheHypervisor)
{
	Start();
	Code(kEntry, { 0x8b, 0x18 });
	SetGpr(X86_RAX, kNowhere + 0xffe);
	const axvcpu_exit *exit = Run(SVM_EXIT_NPF, 4, kNowhere + 0xffe);
	ASSERT_EQ(uint32_t{AXVCPU_EXIT_NESTED_PAGE_FAULT}, exit->reason);
	EXPECT_TRUE(exit->u.nested_page_fault.access & AXVCPU_ACCESS_NO_SYNDROME);
}

} // namespace
