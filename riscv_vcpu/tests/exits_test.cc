/* SPDX-License-Identifier: Apache-2.0 */
// From traps to exits and back: MMIO, faults, injected exceptions, CSR accesses, WFI, interrupts.
#include "tests/fake_hart.h"

namespace {

constexpr uint64_t kPc = MachineTest::kEntry, kVector = 0xffffffff80001001;

class Exits : public MachineTest {
protected:
	void SetUp() override
	{
		MachineTest::SetUp();
		make(nullptr, nullptr);
		bind();
		start();
	}

	// From here a guest in VS mode runs on, with its trap vector set.
	void start()
	{
		hart.csr[RV_CSR_vstvec] = kVector;
		hart.csr[RV_CSR_vsstatus] |= SSTATUS_SIE;
		for (unsigned i = 1; i < 32; i++)
			state->gpr[i] = 0x1000 * i;
		state->pc = kPc;
	}

	// The guest stands at its vector with this exception.
	void injected(uint64_t cause, uint64_t tval, uint64_t pc = kPc)
	{
		EXPECT_EQ(state->pc, kVector & ~UINT64_C(3));
		EXPECT_EQ(hart.csr[RV_CSR_vscause], cause);
		EXPECT_EQ(hart.csr[RV_CSR_vstval], tval);
		EXPECT_EQ(hart.csr[RV_CSR_vsepc], pc);
		EXPECT_EQ(hart.csr[RV_CSR_vsstatus] & (SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP),
			  SSTATUS_SPIE | SSTATUS_SPP);
		state->pc = kPc;
		hart.csr[RV_CSR_vsstatus] |= SSTATUS_SIE;
	}
};

// ld a0, 16(a1) and friends, found in memory and described by htinst.
TEST_F(Exits, MmioReads)
{
	const struct {
		uint32_t insn, htinst, width, reg, length;
		uint64_t stval, value, result;
	} cases[] = {
		{ 0x0105b503, 0x00003503, 8, 10, 4, 0xb010, 0x8182838485868788, 0x8182838485868788 },
		{ 0x0105a503, 0x00002503, 4, 10, 4, 0xb010, 0xff80000000, 0xffffffff80000000 },
		{ 0x0105e503, 0x00006503, 4, 10, 4, 0xb010, 0xff80000000, 0x80000000 },
		{ 0x0105c503, 0x00004503, 1, 10, 4, 0xb010, 0x1ff, 0xff },
		{ 0x01058503, 0x00000503, 1, 10, 4, 0xb010, 0x180, 0xffffffffffffff80 },
		{ 0x4188, 0x00002501, 4, 10, 2, 0xb000, 0x80000001, 0xffffffff80000001 },
		{ 0x0105b003, 0x00003003, 8, 0, 4, 0xb010, 5, 0 },
	};
	for (bool with_htinst : { false, true }) {
		for (const auto &c : cases) {
			hart.memory.clear();
			if (!with_htinst)
				code(kPc, c.insn);
			state->pc = kPc;
			state->gpr[11] = 0xb000;
			trap(21, c.stval, (0x10000000 | c.stval) >> 2, with_htinst ? c.htinst : 0);
			ASSERT_EQ(exit.reason, AXVCPU_EXIT_MMIO_READ) << std::hex << c.insn;
			EXPECT_EQ(exit.u.mmio.gpa, 0x10000000 | c.stval);
			EXPECT_EQ(exit.u.mmio.width, c.width);
			EXPECT_EQ(exit.u.mmio.reg, c.reg);
			EXPECT_EQ(exit.u.mmio.reg_width, 8u);
			EXPECT_EQ(exit.instruction_length, c.length);
			EXPECT_EQ(exit.pc, kPc);
			EXPECT_EQ(state->pc, kPc);
			EXPECT_EQ(axvcpu_complete_read(vcpu, c.value), AXVCPU_OK);
			EXPECT_EQ(state->gpr[c.reg], c.result);
			EXPECT_EQ(state->pc, kPc + c.length);
		}
	}
}

TEST_F(Exits, MmioWrites)
{
	const struct {
		uint32_t insn, htinst, width, length;
		uint64_t data;
	} cases[] = {
		{ 0x00a5b023, 0x00a03023, 8, 4, 0x1122334455667788 },
		{ 0x00a5a023, 0x00a02023, 4, 4, 0x55667788 },
		{ 0x00a59023, 0x00a01023, 2, 4, 0x7788 },
		{ 0x00a58023, 0x00a00023, 1, 4, 0x88 },
		{ 0xc188, 0x00a02021, 4, 2, 0x55667788 },
	};
	for (bool with_htinst : { false, true }) {
		for (const auto &c : cases) {
			hart.memory.clear();
			if (!with_htinst)
				code(kPc, c.insn);
			state->pc = kPc;
			state->gpr[10] = 0x1122334455667788;
			state->gpr[11] = 0xb002;
			trap(23, 0xb002, 0x10000000 >> 2, with_htinst ? c.htinst : 0);
			ASSERT_EQ(exit.reason, AXVCPU_EXIT_MMIO_WRITE) << std::hex << c.insn;
			EXPECT_EQ(exit.u.mmio.gpa, 0x10000002u);
			EXPECT_EQ(exit.u.mmio.data, c.data);
			EXPECT_EQ(exit.u.mmio.width, c.width);
			EXPECT_EQ(axvcpu_complete_write(vcpu), AXVCPU_OK);
			EXPECT_EQ(state->pc, kPc + c.length);
		}
	}
}

// What is no whole access of one general register is told as what it is.
TEST_F(Exits, UndecodedAccesses)
{
	const struct {
		uint64_t cause;
		uint32_t insn, htinst;
		uint64_t stval;
		uint32_t access;
	} cases[] = {
		{ 23, 0x00a5a02f, 0, 0xb000, AXVCPU_ACCESS_WRITE }, // amoadd.w
		{ 21, 0x1005a52f, 0, 0xb000, AXVCPU_ACCESS_READ }, // lr.w
		{ 21, 0x0005b507, 0, 0xb000, AXVCPU_ACCESS_READ }, // fld
		{ 23, 0x00a5b027, 0, 0xb000, AXVCPU_ACCESS_WRITE }, // fsd
		{ 21, 0x2188, 0, 0xb000, AXVCPU_ACCESS_READ }, // c.fld
		{ 21, 0x0005b503, 0, 0xb004, AXVCPU_ACCESS_READ }, // second half of a crossing ld
		{ 21, 0x0005b503, 0, 0xbffc, AXVCPU_ACCESS_READ }, // first half
		{ 21, 0, 0x00023503, 0xb004, AXVCPU_ACCESS_READ }, // the same by htinst
		{ 23, 0x0005b503, 0, 0xb000, AXVCPU_ACCESS_WRITE }, // the code changed since
		{ 21, 0x00000013, 0, 0xb000, AXVCPU_ACCESS_READ },
		{ 21, 0, 0xffffffff, 0xb000, AXVCPU_ACCESS_READ },
	};
	for (const auto &c : cases) {
		hart.memory.clear();
		code(kPc, c.insn);
		state->gpr[11] = c.stval == 0xbffc ? 0xbffc : 0xb000;
		trap(c.cause, c.stval, 0x10000000 >> 2 | (c.stval & 0xfff) >> 2, c.htinst);
		ASSERT_EQ(exit.reason, AXVCPU_EXIT_NESTED_PAGE_FAULT) << std::hex << c.insn;
		EXPECT_EQ(exit.u.nested_page_fault.gpa, 0x10000000 | (c.stval & 0xfff));
		EXPECT_EQ(exit.u.nested_page_fault.gva, c.stval);
		EXPECT_EQ(exit.u.nested_page_fault.access,
			  c.access | AXVCPU_ACCESS_GVA_VALID | AXVCPU_ACCESS_NO_SYNDROME);
		EXPECT_EQ(state->pc, kPc);
		EXPECT_EQ(axvcpu_fail_access(vcpu), AXVCPU_OK);
		injected(c.cause == 21 ? 5 : 7, c.stval);
	}
}

TEST_F(Exits, FetchAndPageWalkFaults)
{
	trap(20, 0x40001002, 0x90001000 >> 2);
	ASSERT_EQ(exit.reason, AXVCPU_EXIT_NESTED_PAGE_FAULT);
	EXPECT_EQ(exit.u.nested_page_fault.gpa, 0x90001002u);
	EXPECT_EQ(exit.u.nested_page_fault.gva, 0x40001002u);
	EXPECT_EQ(exit.u.nested_page_fault.access, AXVCPU_ACCESS_EXECUTE | AXVCPU_ACCESS_GVA_VALID);
	EXPECT_EQ(exit.u.nested_page_fault.level, UINT32_MAX);
	EXPECT_EQ(axvcpu_fail_access(vcpu), AXVCPU_OK);
	injected(1, 0x40001002);

	for (uint64_t cause : { 20, 21, 23 }) {
		trap(cause, 0x40001003, 0x90001008 >> 2, HTINST_WALK_READ);
		ASSERT_EQ(exit.reason, AXVCPU_EXIT_NESTED_PAGE_FAULT);
		EXPECT_EQ(exit.u.nested_page_fault.gpa, 0x90001008u);
		EXPECT_NE(exit.u.nested_page_fault.access & AXVCPU_ACCESS_PAGE_WALK, 0u);
		EXPECT_EQ(axvcpu_fail_access(vcpu), AXVCPU_OK);
		injected(cause == 20 ? 1 : cause == 21 ? 5 : 7, 0x40001003);
	}
	trap(21, 0x40001000, 0x90001008 >> 2, HTINST_WALK_WRITE);
	EXPECT_EQ(exit.u.nested_page_fault.access,
		  AXVCPU_ACCESS_READ | AXVCPU_ACCESS_WRITE | AXVCPU_ACCESS_PAGE_WALK |
			  AXVCPU_ACCESS_GVA_VALID);
}

// The instruction itself cannot be read: the guest's fault, or the hypervisor's page.
TEST_F(Exits, UnreadableInstruction)
{
	hart.fault_cause = 13;
	EXPECT_EQ(trap(21, 0xb000, 0x10000000 >> 2).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	injected(12, kPc);
	hart.fault_cause = 5;
	EXPECT_EQ(trap(21, 0xb000, 0x10000000 >> 2).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	injected(1, kPc);
	hart.fault_cause = 21;
	hart.fault_htval = 0x80200000 >> 2;
	// The second half of an instruction that crosses a page.
	state->pc = kPc + 0xffe;
	hart.memory[kPc + 0xffe] = 0xb503;
	trap(21, 0xb000, 0x10000000 >> 2);
	ASSERT_EQ(exit.reason, AXVCPU_EXIT_NESTED_PAGE_FAULT);
	EXPECT_EQ(exit.u.nested_page_fault.access, AXVCPU_ACCESS_EXECUTE | AXVCPU_ACCESS_GVA_VALID);
	EXPECT_EQ(exit.u.nested_page_fault.gva, kPc + 0x1000);
	EXPECT_EQ(exit.u.nested_page_fault.gpa, 0x80200000u);
	hart.fault_htinst = HTINST_WALK_READ;
	hart.memory.clear();
	trap(21, 0xb000, 0x10000000 >> 2);
	EXPECT_EQ(exit.u.nested_page_fault.access,
		  AXVCPU_ACCESS_EXECUTE | AXVCPU_ACCESS_PAGE_WALK | AXVCPU_ACCESS_GVA_VALID);
	// The hypervisor's hstatus is as it was, the read was made in the guest's mode.
	EXPECT_EQ(hart.spvp_seen, HSTATUS_SPVP);
	EXPECT_EQ(hart.csr[RV_CSR_hstatus] & HSTATUS_SPVP, 0u);
	state->hstatus &= ~HSTATUS_SPVP;
	trap(21, 0xb000, 0x10000000 >> 2);
	EXPECT_EQ(hart.spvp_seen, 0u);
}

TEST_F(Exits, FailedMmio)
{
	code(kPc, 0x0005b503);
	state->gpr[11] = 0xb000;
	ASSERT_EQ(trap(21, 0xb000, 0x10000000 >> 2).reason, AXVCPU_EXIT_MMIO_READ);
	EXPECT_EQ(axvcpu_fail_access(vcpu), AXVCPU_OK);
	injected(5, 0xb000);
	code(kPc, 0x00a5b023);
	ASSERT_EQ(trap(23, 0xb000, 0x10000000 >> 2).reason, AXVCPU_EXIT_MMIO_WRITE);
	// Also off the CPU.
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(axvcpu_fail_access(vcpu), AXVCPU_OK);
	EXPECT_EQ(axvcpu_bind(vcpu), AXVCPU_OK);
	injected(7, 0xb000);
}

TEST_F(Exits, InjectionFromUserMode)
{
	state->sstatus &= ~SSTATUS_SPP;
	state->hstatus &= ~HSTATUS_SPVP;
	hart.csr[RV_CSR_vsstatus] &= ~SSTATUS_SIE;
	hart.csr[RV_CSR_vsstatus] |= SSTATUS_SPP | SSTATUS_SPIE;
	trap(2, 0x1234);
	EXPECT_EQ(hart.csr[RV_CSR_vscause], 2u);
	EXPECT_EQ(hart.csr[RV_CSR_vstval], 0x1234u);
	EXPECT_EQ(hart.csr[RV_CSR_vsstatus] & (SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP), 0u);
	EXPECT_NE(state->sstatus & SSTATUS_SPP, 0u);
	EXPECT_NE(state->hstatus & HSTATUS_SPVP, 0u);
}

// Causes that should be delegated but are not on this hart.
TEST_F(Exits, Reflected)
{
	for (uint64_t cause : { 0, 1, 3, 4, 5, 6, 7, 8, 12, 13, 15, 18 }) {
		EXPECT_EQ(trap(cause, 0x777).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
		injected(cause, 0x777);
	}
}

TEST_F(Exits, UnknownCauses)
{
	for (uint64_t cause : { UINT64_C(9), UINT64_C(11), UINT64_C(14), UINT64_C(16), UINT64_C(19),
				UINT64_C(24), UINT64_C(63), UINT64_C(1) << 62 }) {
		EXPECT_EQ(trap(cause, 1, 2, 4).reason, AXVCPU_EXIT_UNKNOWN);
		EXPECT_NE(exit.flags & AXVCPU_EXIT_FLAG_RAW, 0u);
		EXPECT_EQ(exit.raw.word[0], cause);
		EXPECT_EQ(exit.raw.word[1], 1u);
		EXPECT_EQ(exit.raw.word[2], 2u);
		EXPECT_EQ(exit.raw.word[3], 4u);
		EXPECT_EQ(state->pc, kPc);
	}
}

TEST_F(Exits, PhysicalInterrupts)
{
	for (uint64_t code : { 1, 5, 9, 12, 13, 40 }) {
		EXPECT_EQ(trap(SCAUSE_INTERRUPT | code).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
		EXPECT_EQ(exit.u.interrupt.vector, 33u);
		EXPECT_EQ(exit.raw.word[0], SCAUSE_INTERRUPT | code);
	}
}

TEST_F(Exits, WfiWithAnInterruptOfAnyKindPendingDoesNotWait)
{
	for (const uint64_t vsie : { UINT64_C(0x2), UINT64_C(0x20), UINT64_C(0x200) }) {
		hart.csr[RV_CSR_hvip] = vsie << 1;
		hart.csr[RV_CSR_vsie] = vsie;
		EXPECT_EQ(trap(22, 0x10500073).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT)
			<< "the run goes on, to the next trap";
		hart.csr[RV_CSR_vsie] = 0x222 & ~vsie;
		EXPECT_EQ(trap(22, 0x10500073).reason, AXVCPU_EXIT_HALT) << "not enabled";
		EXPECT_EQ(axvcpu_unblock(vcpu), AXVCPU_OK);
	}
}

TEST_F(Exits, Wfi)
{
	hart.csr[RV_CSR_hvip] = HVIP_VSSIP; // pending, not enabled
	EXPECT_EQ(trap(22, 0x10500073).reason, AXVCPU_EXIT_HALT);
	EXPECT_EQ(state->pc, kPc + 4);
	EXPECT_EQ(axvcpu_get_state(vcpu), AXVCPU_STATE_BLOCKED);
	hart.csr[RV_CSR_vsie] = 2;
	EXPECT_EQ(trap(22, 0x10500073).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	EXPECT_EQ(state->pc, kPc + 8);
	// stval may be 0: the instruction is read then.
	hart.csr[RV_CSR_vsie] = 0;
	code(kPc + 8, 0x10500073);
	EXPECT_EQ(trap(22, 0).reason, AXVCPU_EXIT_HALT);
	// The user mode of a guest has no WFI that waits.
	state->pc = kPc;
	state->sstatus &= ~SSTATUS_SPP;
	EXPECT_EQ(trap(22, 0x10500073).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	EXPECT_EQ(hart.csr[RV_CSR_vscause], 2u);
	state->pc = kPc;
	for (uint32_t wrs : { 0x00d00073u, 0x01d00073u })
		EXPECT_EQ(trap(22, wrs).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	EXPECT_EQ(state->pc, kPc + 8);
}

// sfence.vma, hfence.gvma, sret, CSRs of the hypervisor and of others: illegal for this guest.
TEST_F(Exits, VirtualInstructions)
{
	for (uint32_t insn : { 0x12000073u, 0x62000073u, 0x10200073u, 0x60002573u, 0xc0002573u,
			       0x64103573u, 0x6ac5b573u }) {
		EXPECT_EQ(trap(22, insn).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
		injected(2, insn);
	}
}

TEST_F(Exits, InjectAndClear)
{
	for (uint32_t vector : { 1u, 9u })
		EXPECT_EQ(axvcpu_inject_interrupt(vcpu, vector), AXVCPU_OK);
	EXPECT_EQ(axvcpu_inject_interrupt(vcpu, 5), AXVCPU_ERR_UNSUPPORTED);
	for (uint32_t vector : { 0u, 2u, 6u, 10u, 13u, 1023u })
		EXPECT_EQ(axvcpu_inject_interrupt(vcpu, vector), AXVCPU_ERR_INVALID_ARGUMENT);
	trap(SCAUSE_INTERRUPT | 5);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSSIP | HVIP_VSEIP);
	EXPECT_EQ(axvcpu_clear_interrupt(vcpu, 9), AXVCPU_OK);
	trap(SCAUSE_INTERRUPT | 5);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSSIP);
	EXPECT_EQ(axvcpu_clear_interrupt(vcpu, 2), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], 0u);
	EXPECT_EQ(reg(RISCV_VCPU_REG_PENDING), HVIP_VSSIP);
	EXPECT_EQ(axvcpu_clear_interrupt(vcpu, 1), AXVCPU_OK);
	EXPECT_EQ(axvcpu_bind(vcpu), AXVCPU_OK);
	trap(SCAUSE_INTERRUPT | 5);
	EXPECT_EQ(reg(RISCV_VCPU_REG_PENDING), 0u);
}

// An interrupt for a guest that waits makes it runnable.
TEST_F(Exits, WakeUp)
{
	EXPECT_EQ(trap(22, 0x10500073).reason, AXVCPU_EXIT_HALT);
	EXPECT_EQ(axvcpu_inject_interrupt(vcpu, 9), AXVCPU_OK);
	EXPECT_EQ(axvcpu_get_state(vcpu), AXVCPU_STATE_READY);
	trap(SCAUSE_INTERRUPT | 5);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSEIP);
}

TEST_F(Exits, KickAndFences)
{
	hart.log.clear();
	EXPECT_EQ(riscv_vcpu_request_fence(nullptr, 1), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(riscv_vcpu_request_fence(vcpu, 4), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(riscv_vcpu_request_fence(vcpu, RISCV_VCPU_FENCE_I | RISCV_VCPU_FENCE_VMA), AXVCPU_OK);
	EXPECT_EQ(axvcpu_kick(vcpu), AXVCPU_OK);
	const unsigned entries = hart.entries;
	EXPECT_EQ(trap(SCAUSE_INTERRUPT | 5).reason, AXVCPU_EXIT_NOTHING);
	EXPECT_EQ(hart.entries, entries);
	trap(SCAUSE_INTERRUPT | 5);
	EXPECT_EQ(hart.count("hfence.vvma"), 1u);
	EXPECT_EQ(hart.count("fence.i"), 1u);
}

class CsrExits : public Exits {
protected:
	void SetUp() override
	{
		riscv_vcpu_setup_config setup{};

		MachineTest::SetUp();
		setup.size = sizeof(setup);
		setup.flags = RISCV_VCPU_EXIT_CSR;
		make(nullptr, &setup);
		bind();
		start();
	}
};

constexpr uint32_t csr_insn(uint32_t csr, uint32_t rs1, uint32_t funct3, uint32_t rd)
{
	return (csr << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | 0x73;
}

TEST_F(CsrExits, Reads)
{
	for (uint32_t funct3 : { 2u, 3u, 6u, 7u }) {
		state->pc = kPc;
		ASSERT_EQ(trap(22, csr_insn(0xc00, 0, funct3, 10)).reason, AXVCPU_EXIT_SYSREG_READ);
		EXPECT_EQ(exit.u.sysreg.address, 0xc00u);
		EXPECT_EQ(exit.u.sysreg.reg, 10u);
		EXPECT_EQ(exit.u.sysreg.width, 8u);
		EXPECT_EQ(exit.instruction_length, 4u);
		EXPECT_EQ(axvcpu_complete_read(vcpu, 0x1234), AXVCPU_OK);
		EXPECT_EQ(state->gpr[10], 0x1234u);
		EXPECT_EQ(state->pc, kPc + 4);
	}
}

TEST_F(CsrExits, Writes)
{
	ASSERT_EQ(trap(22, csr_insn(0x5c0, 11, 1, 0)).reason, AXVCPU_EXIT_SYSREG_WRITE);
	EXPECT_EQ(exit.u.sysreg.address, 0x5c0u);
	EXPECT_EQ(exit.u.sysreg.value, 0xb000u);
	EXPECT_EQ(exit.u.sysreg.reg, 11u);
	EXPECT_EQ(axvcpu_complete_write(vcpu), AXVCPU_OK);
	EXPECT_EQ(state->pc, kPc + 4);
	ASSERT_EQ(trap(22, csr_insn(0x5c0, 31, 5, 0)).reason, AXVCPU_EXIT_SYSREG_WRITE);
	EXPECT_EQ(exit.u.sysreg.value, 31u);
	EXPECT_EQ(axvcpu_fail_access(vcpu), AXVCPU_OK);
	injected(2, csr_insn(0x5c0, 31, 5, 0), kPc + 4);
}

// Both: the read's exit first, then the write's; rd may be rs1.
TEST_F(CsrExits, ReadModifyWrite)
{
	const struct {
		uint32_t funct3, rs1;
		uint64_t written;
	} cases[] = {
		{ 1, 11, 0xb000 }, { 2, 11, 0xb0f1 }, { 3, 11, 0x40f1 }, { 5, 12, 12 },
		{ 6, 12, 0xf0fd }, { 7, 1, 0xf0f0 }, { 1, 10, 0xa000 },
	};
	for (const auto &c : cases) {
		const uint64_t old = c.funct3 == 2 ? 0x80f1 : 0xf0f1;

		start();
		ASSERT_EQ(trap(22, csr_insn(0x5c0, c.rs1, c.funct3, 10)).reason, AXVCPU_EXIT_SYSREG_READ);
		EXPECT_EQ(axvcpu_complete_read(vcpu, old), AXVCPU_OK);
		EXPECT_EQ(state->pc, kPc);
		EXPECT_EQ(state->gpr[10], 0xa000u); // not before the write is done
		const unsigned entries = hart.entries;
		ASSERT_EQ(trap(0).reason, AXVCPU_EXIT_SYSREG_WRITE);
		EXPECT_EQ(hart.entries, entries);
		EXPECT_EQ(exit.u.sysreg.value, c.written) << c.funct3;
		EXPECT_EQ(axvcpu_complete_write(vcpu), AXVCPU_OK);
		EXPECT_EQ(state->gpr[10], old);
		EXPECT_EQ(state->pc, kPc + 4);
	}
	// What is refused or left at its second half has changed nothing: retried, it begins anew.
	for (auto end : { axvcpu_retry_access, axvcpu_fail_access }) {
		start();
		trap(22, csr_insn(0x5c0, 10, 1, 10));
		EXPECT_EQ(axvcpu_complete_read(vcpu, 1), AXVCPU_OK);
		ASSERT_EQ(trap(0).reason, AXVCPU_EXIT_SYSREG_WRITE);
		const unsigned entries = hart.entries;
		EXPECT_EQ(end(vcpu), AXVCPU_OK);
		EXPECT_EQ(state->gpr[10], 0xa000u);
		EXPECT_EQ(trap(SCAUSE_INTERRUPT | 5).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
		EXPECT_EQ(hart.entries, entries + 1);
	}
	// A new pc takes the second half back.
	start();
	trap(22, csr_insn(0x5c0, 11, 1, 10));
	EXPECT_EQ(axvcpu_complete_read(vcpu, 1), AXVCPU_OK);
	EXPECT_EQ(set(RISCV_VCPU_REG_PC, kPc), AXVCPU_OK);
	EXPECT_EQ(trap(SCAUSE_INTERRUPT | 5).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
}

// Never the hypervisor's affair: CSRs above the guest's mode, writes to read-only ones.
TEST_F(CsrExits, Illegal)
{
	for (uint32_t insn : { csr_insn(0x600, 0, 2, 10), csr_insn(0x300, 0, 2, 10),
			       csr_insn(0xc00, 11, 1, 10), csr_insn(0xc00, 11, 2, 10) }) {
		EXPECT_EQ(trap(22, insn).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
		injected(2, insn);
	}
	state->sstatus &= ~SSTATUS_SPP;
	EXPECT_EQ(trap(22, csr_insn(0x180, 0, 2, 10)).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	EXPECT_EQ(hart.csr[RV_CSR_vscause], 2u);
	state->sstatus &= ~SSTATUS_SPP;
	EXPECT_EQ(trap(22, csr_insn(0xc00, 0, 2, 10)).reason, AXVCPU_EXIT_SYSREG_READ);
	EXPECT_EQ(axvcpu_complete_read(vcpu, 1), AXVCPU_OK);
}

} // namespace
