// SPDX-License-Identifier: Apache-2.0
// Completion of accesses: every width, extension and register width.
#include "fixture.h"

namespace axvcpu_test {
namespace {

constexpr uint64_t kOld = 0x1122334455667788;
constexpr uint32_t kReg = 5;

class CompleteTest : public MachineTest {
 protected:
	CompleteTest() {
		MakeMachine();
		vcpu_ = MakeReadyVcpu();
	}

	uint64_t Gpr(uint32_t reg) {
		uint64_t value = 0;
		EXPECT_EQ(AXVCPU_OK, axvcpu_get_gpr(vcpu_, reg, &value));
		return value;
	}

	arch_mock_step MmioRead(uint32_t width, uint32_t reg_width, bool sign, uint32_t reg = kReg) {
		arch_mock_step step = Exit(AXVCPU_EXIT_MMIO_READ);
		step.exit.u.mmio.gpa = 0x9000000;
		step.exit.u.mmio.width = width;
		step.exit.u.mmio.reg = reg;
		step.exit.u.mmio.reg_width = reg_width;
		step.exit.u.mmio.sign_extend = sign;
		return step;
	}

	axvcpu *vcpu_;
};

TEST_F(CompleteTest, MmioReads) {
	const struct {
		uint32_t width;
		uint32_t reg_width;
		bool sign;
		uint64_t value;
		uint64_t result;
	} cases[] = {
		// Zero extension; bits beyond the width are dropped.
		{1, 8, false, 0xffffffffffffff80, 0x80},
		{2, 8, false, 0xfffffffffff18001, 0x8001},
		{4, 8, false, 0xf1f1f1f180000001, 0x80000001},
		{8, 8, false, 0x8000000000000001, 0x8000000000000001},
		{1, 4, false, 0x1ff, 0xff},
		{2, 4, false, 0x1ffff, 0xffff},
		{4, 4, false, 0x1ffffffff, 0xffffffff},
		// Sign extension to 64 bits.
		{1, 8, true, 0x80, 0xffffffffffffff80},
		{1, 8, true, 0x17f, 0x7f},
		{2, 8, true, 0x8000, 0xffffffffffff8000},
		{2, 8, true, 0xf7fff, 0x7fff},
		{4, 8, true, 0x80000000, 0xffffffff80000000},
		{4, 8, true, 0x97fffffff, 0x7fffffff},
		{8, 8, true, 0x8000000000000000, 0x8000000000000000},
		// Sign extension to 32 bits: the upper half is zero.
		{1, 4, true, 0x80, 0xffffff80},
		{1, 4, true, 0x7f, 0x7f},
		{2, 4, true, 0x8000, 0xffff8000},
		{2, 4, true, 0x7fff, 0x7fff},
		{4, 4, true, 0x80000000, 0x80000000},
		// Narrow registers (x86) keep what is above.
		{1, 1, false, 0x1fe, 0x11223344556677fe},
		{1, 2, false, 0xfe, 0x11223344556600fe},
		{1, 2, true, 0xfe, 0x112233445566fffe},
		{2, 2, false, 0x1fffe, 0x112233445566fffe},
	};
	for (const auto &c : cases) {
		SCOPED_TRACE(::testing::Message() << c.width << " to " << c.reg_width
						  << (c.sign ? " signed " : " ") << std::hex
						  << c.value);
		ASSERT_EQ(AXVCPU_OK, axvcpu_set_gpr(vcpu_, kReg, kOld));
		uint64_t pc = arch_mock_pc(vcpu_);
		Run(vcpu_, MmioRead(c.width, c.reg_width, c.sign));
		EXPECT_EQ(pc, arch_mock_pc(vcpu_));
		EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, c.value));
		EXPECT_EQ(c.result, Gpr(kReg));
		EXPECT_EQ(pc + 4, arch_mock_pc(vcpu_));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_read(vcpu_, c.value)) << "once";
		EXPECT_EQ(pc + 4, arch_mock_pc(vcpu_));
	}
}

// An arch package gets the final bits of the register, so that none has to extend itself.
TEST_F(CompleteTest, TheArchPackageGetsTheExtendedValue) {
	Run(vcpu_, MmioRead(1, 4, true));
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0xf80));
	EXPECT_EQ(0xffffff80u, hal_mock_find(trace(), ARCH_MOCK_COMPLETE_READ, 0)->args[1]);
	arch_mock_step port = Exit(AXVCPU_EXIT_PORT_READ);
	port.exit.u.port.width = 2;
	Run(vcpu_, port);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0xfffff));
	EXPECT_EQ(0xffffu, hal_mock_find(trace(), ARCH_MOCK_COMPLETE_READ, 1)->args[1]);
}

TEST_F(CompleteTest, ReadsIntoTheZeroRegister) {
	uint64_t pc = arch_mock_pc(vcpu_);
	Run(vcpu_, MmioRead(4, 4, false, ARCH_MOCK_ZERO_REG));
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x1234));
	EXPECT_EQ(0u, Gpr(ARCH_MOCK_ZERO_REG));
	EXPECT_EQ(pc + 4, arch_mock_pc(vcpu_));
}

TEST_F(CompleteTest, SysregReads) {
	for (uint32_t width : {4u, 8u}) {
		arch_mock_step step = Exit(AXVCPU_EXIT_SYSREG_READ);
		step.exit.u.sysreg.address = 0x300000;
		step.exit.u.sysreg.reg = kReg;
		step.exit.u.sysreg.width = width;
		ASSERT_EQ(AXVCPU_OK, axvcpu_set_gpr(vcpu_, kReg, kOld));
		Run(vcpu_, step);
		EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0xfedcba9876543210));
		EXPECT_EQ(width == 4 ? 0x76543210 : 0xfedcba9876543210, Gpr(kReg));
	}
}

TEST_F(CompleteTest, PortReads) {
	const struct {
		uint32_t width;
		uint64_t result;
	} cases[] = {{1, 0x11223344556677ee}, {2, 0x112233445566ddee}, {4, 0xbbccddee}};
	for (const auto &c : cases) {
		arch_mock_step step = Exit(AXVCPU_EXIT_PORT_READ);
		step.exit.u.port.port = 0x3f8;
		step.exit.u.port.width = c.width;
		ASSERT_EQ(AXVCPU_OK, axvcpu_set_gpr(vcpu_, ARCH_MOCK_ACCUMULATOR, kOld));
		Run(vcpu_, step);
		EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0xaabbccddee));
		EXPECT_EQ(c.result, Gpr(ARCH_MOCK_ACCUMULATOR));
	}
}

// Widths that no instruction has must not make the library shift beyond 64 bits.
TEST_F(CompleteTest, MalformedWidthsAreHarmless) {
	for (uint32_t width : {0u, 9u, 64u, 0x20000000u, UINT32_MAX}) {
		Run(vcpu_, MmioRead(width, width, true));
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_complete_read(vcpu_, kOld));
		EXPECT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	}
}

TEST_F(CompleteTest, OnlyTheRightKind) {
	Run(vcpu_, MmioRead(4, 4, false));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_fail_access(vcpu_));
	for (uint32_t reason :
	     {AXVCPU_EXIT_MMIO_WRITE, AXVCPU_EXIT_SYSREG_WRITE, AXVCPU_EXIT_PORT_WRITE}) {
		uint64_t pc = arch_mock_pc(vcpu_);
		Run(vcpu_, Exit(reason));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_read(vcpu_, 0));
		EXPECT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
		EXPECT_EQ(pc + 4, arch_mock_pc(vcpu_));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_write(vcpu_)) << "once";
	}
	Run(vcpu_, Exit(AXVCPU_EXIT_HYPERCALL));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_read(vcpu_, 0));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_fail_access(vcpu_));
}

TEST_F(CompleteTest, RetryLeavesTheInstructionToItsNextExecution) {
	for (uint32_t reason :
	     {AXVCPU_EXIT_MMIO_READ, AXVCPU_EXIT_MMIO_WRITE, AXVCPU_EXIT_SYSREG_READ,
	      AXVCPU_EXIT_SYSREG_WRITE, AXVCPU_EXIT_PORT_READ, AXVCPU_EXIT_PORT_WRITE,
	      AXVCPU_EXIT_NESTED_PAGE_FAULT}) {
		uint64_t pc = arch_mock_pc(vcpu_);
		Run(vcpu_, Exit(reason));
		EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_retry_access(vcpu_)) << "once";
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_read(vcpu_, 0));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_write(vcpu_));
		Run(vcpu_, Exit(AXVCPU_EXIT_NOTHING));
		EXPECT_EQ(pc, arch_mock_pc(vcpu_)) << "stepped over after reason " << reason;
	}
	Run(vcpu_, Exit(AXVCPU_EXIT_HYPERCALL));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_retry_access(vcpu_));
}

TEST_F(CompleteTest, ArchErrorsLeaveItOpen) {
	Run(vcpu_, MmioRead(4, 4, false));
	FailNext(ARCH_MOCK_COMPLETE_READ, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_complete_read(vcpu_, 3));
	FailNext(ARCH_MOCK_FAIL_ACCESS, AXVCPU_ERR_UNSUPPORTED);
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 3));
	EXPECT_EQ(3u, Gpr(kReg));
	Run(vcpu_, Exit(AXVCPU_EXIT_MMIO_WRITE));
	FailNext(ARCH_MOCK_COMPLETE_WRITE, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
}

TEST_F(CompleteTest, AlsoWhenFreeOrBlocked) {
	Run(vcpu_, MmioRead(4, 4, false));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 9));
	EXPECT_EQ(9u, Gpr(kReg));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	Run(vcpu_, MmioRead(4, 4, false));
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_BLOCKED));
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 10));
}

TEST_F(CompleteTest, FailAccessNeedsTheCpuOfABoundOne) {
	Run(vcpu_, MmioRead(4, 4, false));
	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_fail_access(vcpu_));
	mock_->cpu = 0;
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(AXVCPU_EXIT_MMIO_READ, hal_mock_find(trace(), ARCH_MOCK_FAIL_ACCESS, 0)->args[0]);
}

TEST_F(CompleteTest, ReturnValue) {
	Run(vcpu_, Exit(AXVCPU_EXIT_HYPERCALL));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_return_value(vcpu_, UINT64_MAX - 1));
	EXPECT_EQ(UINT64_MAX - 1, Gpr(ARCH_MOCK_ACCUMULATOR));
}

}  // namespace
}  // namespace axvcpu_test
