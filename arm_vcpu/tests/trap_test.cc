// SPDX-License-Identifier: Apache-2.0
// Exception classes and system registers: exit, answer, or undefined instruction.
#include "tests/fake_cpu.h"

#include <set>

namespace {

class TrapTest : public ArmTest {
    protected:
	static uint64_t Iss(uint32_t op0, uint32_t op1, uint32_t crn, uint32_t crm, uint32_t op2)
	{
		return uint64_t{ op0 } << 20 | uint64_t{ op2 } << 17 | uint64_t{ op1 } << 14 |
		       uint64_t{ crn } << 10 | uint64_t{ crm } << 1;
	}
	// A trapped MRS (read) or MSR of X3.
	const axvcpu_exit *Access(uint64_t iss, bool read)
	{
		SetReg(ARM_VCPU_REG_PC, kEntry);
		SetReg(ARM_VCPU_REG_PSTATE, 0x3c5);
		fake_.regs[ARM_FAKE_VBAR_EL1] = 0x80000;
		fake_.regs[ARM_FAKE_ESR_EL1] = 0;
		return Run(Esr(0x18, iss | 3 << 5 | (read ? 1 : 0)));
	}
	bool Undefined()
	{
		return Handled() && Pc() == 0x80200 && fake_.regs[ARM_FAKE_ESR_EL1] == 1u << 25;
	}
};

TEST_F(TrapTest, EveryExceptionClassHasAnAnswer)
{
	const std::set<uint64_t> undefined = { 0x00, 0x03, 0x04, 0x05, 0x06, 0x08, 0x09,
					       0x0a, 0x0c, 0x14, 0x19, 0x1a, 0x1d };
	const std::set<uint64_t> known = { 0x01, 0x07, 0x16, 0x17, 0x18, 0x20, 0x24 };

	Start();
	fake_.regs[ARM_FAKE_VBAR_EL1] = 0x80000;
	for (uint64_t ec = 0; ec < 64; ec++) {
		if (known.count(ec) != 0) {
			continue;
		}
		SetReg(ARM_VCPU_REG_PC, kEntry);
		SetReg(ARM_VCPU_REG_PSTATE, 0x3c5);
		const axvcpu_exit *exit = Run(Esr(ec, 0x1234), 0x11, 0x22);
		if (undefined.count(ec) != 0) {
			EXPECT_TRUE(Undefined()) << std::hex << ec;
			continue;
		}
		ASSERT_EQ(AXVCPU_EXIT_UNKNOWN, exit->reason) << std::hex << ec;
		EXPECT_TRUE(exit->flags & AXVCPU_EXIT_FLAG_RAW);
		EXPECT_EQ(Esr(ec, 0x1234), exit->raw.word[0]);
		EXPECT_EQ(0x11u, exit->raw.word[1]);
		EXPECT_EQ(0x22u, exit->raw.word[2]);
		EXPECT_EQ(static_cast<uint64_t>(ARM_VCPU_VECTOR_SYNC), exit->raw.word[3]);
		EXPECT_EQ(kEntry, exit->pc);
		EXPECT_EQ(kEntry, Pc()) << "an unknown trap changes nothing";
	}
}

TEST_F(TrapTest, Vectors)
{
	Start();
	const axvcpu_exit *exit = Run(0, 0, 0, ARM_VCPU_VECTOR_IRQ);
	EXPECT_EQ(AXVCPU_EXIT_EXTERNAL_INTERRUPT, exit->reason);
	EXPECT_EQ(77u, exit->u.interrupt.vector) << "what the HAL fetched";
	EXPECT_EQ(0u, exit->instruction_length) << "no instruction exited";
	hal_.irq_fetch = nullptr;
	EXPECT_EQ(AXVCPU_IRQ_NONE, Run(0, 0, 0, ARM_VCPU_VECTOR_IRQ)->u.interrupt.vector);
	EXPECT_EQ(AXVCPU_EXIT_EXTERNAL_INTERRUPT, Run(0, 0, 0, ARM_VCPU_VECTOR_FIQ)->reason);
	exit = Run(0xbe000011, 0, 0, ARM_VCPU_VECTOR_SERROR);
	EXPECT_EQ(AXVCPU_EXIT_UNKNOWN, exit->reason);
	EXPECT_EQ(static_cast<uint64_t>(ARM_VCPU_VECTOR_SERROR), exit->raw.word[3]);
	EXPECT_EQ(0xbe000011u, exit->raw.word[0]);
	EXPECT_EQ(0u, exit->instruction_length);
	// Nor one that the library handled in the same run.
	for (uint64_t vector : { ARM_VCPU_VECTOR_IRQ, ARM_VCPU_VECTOR_SERROR }) {
		SetX(0, 0x84000000); // PSCI_VERSION
		fake_.exits.push_back({ ARM_VCPU_VECTOR_SYNC, Esr(0x16, 0), 0, 0 });
		EXPECT_EQ(0u, Run(0, 0, 0, vector)->instruction_length) << vector;
		EXPECT_EQ(0x10001u, X(0));
	}
	// A vector that there is not is kept for the log, too.
	exit = Run(0xbe000011, 1, 2, 9);
	EXPECT_EQ(AXVCPU_EXIT_UNKNOWN, exit->reason);
	EXPECT_EQ(9u, exit->raw.word[3]);
}

TEST_F(TrapTest, WaitingInstructions)
{
	Start(ARM_VCPU_TRAP_WFI | ARM_VCPU_TRAP_WFE);
	for (uint64_t ti = 0; ti < 4; ti++) {
		uint64_t pc = Pc();

		// WFI alone waits for nothing but an interrupt; WFE, WFIT and WFET may end sooner.
		EXPECT_EQ(ti == 0 ? AXVCPU_EXIT_HALT : AXVCPU_EXIT_NOTHING,
			  Run(Esr(0x01, ti))->reason)
			<< ti;
		EXPECT_EQ(pc + 4, Pc());
		if (axvcpu_get_state(vcpu_) == AXVCPU_STATE_BLOCKED) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
		}
	}
}

TEST_F(TrapTest, EverySystemRegisterEncodingHasOneAnswer)
{
	Start();
	for (uint32_t op0 = 0; op0 < 4; op0++) {
		for (uint32_t op1 = 0; op1 < 8; op1++) {
			for (uint32_t crn = 0; crn < 16; crn++) {
				for (uint32_t crm = 0; crm < 16; crm++) {
					for (uint32_t op2 = 0; op2 < 8; op2++) {
						for (bool read : { false, true }) {
							uint64_t iss = Iss(op0, op1, crn, crm, op2);
							const axvcpu_exit *exit = Access(iss, read);
							if (Handled()) {
								ASSERT_TRUE(Undefined() || Pc() == kEntry + 4);
								continue;
							}
							ASSERT_EQ(3u, op0);
							if (exit->reason == AXVCPU_EXIT_SEND_IPI) {
								ASSERT_FALSE(read);
								continue;
							}
							ASSERT_EQ(read ? AXVCPU_EXIT_SYSREG_READ :
									 AXVCPU_EXIT_SYSREG_WRITE,
								  exit->reason);
							ASSERT_EQ(iss, exit->u.sysreg.address);
							ASSERT_EQ(3u, exit->u.sysreg.reg);
							ASSERT_EQ(kEntry, Pc());
							ASSERT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
						}
					}
				}
			}
		}
	}
}

TEST_F(TrapTest, HiddenRegistersAreUndefined)
{
	const uint64_t hidden[] = {
		Iss(3, 3, 9, 12, 0),  // PMCR_EL0
		Iss(3, 3, 14, 8, 0),  // PMEVCNTR0_EL0
		Iss(3, 0, 9, 14, 1),  // PMINTENSET_EL1
		Iss(3, 0, 9, 9, 0),   // PMSCR_EL1
		Iss(3, 0, 9, 11, 0),  // TRBLIMITR_EL1
		Iss(3, 0, 1, 2, 0),   // ZCR_EL1
		Iss(3, 0, 1, 2, 1),   // TRFCR_EL1
		Iss(3, 0, 5, 3, 0),   // ERRIDR_EL1
		Iss(3, 0, 5, 6, 0),   // TFSR_EL1
		Iss(3, 0, 10, 4, 3),  // LORC_EL1
		Iss(3, 0, 13, 0, 7),  // SCXTNUM_EL1
		Iss(3, 3, 13, 2, 0),  // AMCR_EL0
		Iss(2, 1, 0, 0, 1),   // TRCTRACEIDR
		Iss(3, 4, 1, 1, 0),   // HCR_EL2
	};

	Start();
	for (uint64_t iss : hidden) {
		for (bool read : { false, true }) {
			Access(iss, read);
			EXPECT_TRUE(Undefined()) << std::hex << iss;
		}
	}
}

TEST_F(TrapTest, IdRegistersHideWhatIsNotIsolated)
{
	Start();
	// A CPU that has everything.
#define FILL(name, op0, op1, crn, crm, op2) fake_.regs[ARM_FAKE_##name] = UINT64_MAX;
	ARM_ID_SYSREGS(FILL)
#undef FILL
	auto field = [this](uint32_t crm, uint32_t op2, uint32_t low) {
		Access(Iss(3, 0, 0, crm, op2), true);
		EXPECT_EQ(kEntry + 4, Pc());
		return X(3) >> low & 0xf;
	};
	for (uint32_t low : { 8, 12, 28, 32, 36, 40, 44, 52 }) {
		EXPECT_EQ(0u, field(4, 0, low)) << "ID_AA64PFR0_EL1 " << low;
	}
	EXPECT_EQ(1u, field(4, 0, 4)) << "EL1 in AArch64 only";
	EXPECT_EQ(1u, field(4, 0, 24)) << "GICv3";
	EXPECT_EQ(1u, field(4, 0, 56)) << "CSV2 without SCXTNUM";
	for (uint32_t low : { 8, 12, 16, 20, 24, 28, 32, 36 }) {
		EXPECT_EQ(0u, field(4, 1, low)) << "ID_AA64PFR1_EL1 " << low;
	}
	EXPECT_EQ(0xau, field(5, 0, 0)) << "no MDSELR_EL1, which comes with 0b1011";
	EXPECT_EQ(2u, field(7, 1, 0)) << "no HAFT and HDBSS";
	for (uint32_t low : { 28, 36 }) {
		EXPECT_EQ(0xfu, field(5, 0, low)) << "debug is there, ID_AA64DFR0_EL1 " << low;
	}
	for (uint32_t low : { 12, 20 }) {
		EXPECT_EQ(0u, field(5, 0, low)) << "one of each, as when it was set up " << low;
	}
	for (uint32_t low : { 4, 8, 16, 32, 40, 52, 56 }) {
		EXPECT_EQ(0u, field(7, 1, low)) << "ID_AA64MMFR1_EL1 " << low;
	}
	for (uint32_t low : { 24, 40, 56 }) {
		EXPECT_EQ(0u, field(7, 2, low)) << "ID_AA64MMFR2_EL1 " << low;
	}
	EXPECT_EQ(0xfu, field(7, 1, 20)) << "PAN stays";
	EXPECT_EQ(0xau, field(1, 2, 0)) << "ID_DFR0_EL1.CopDbg";
	EXPECT_EQ(0u, field(1, 2, 24)) << "ID_DFR0_EL1.PerfMon";
	for (uint32_t low : { 4, 8, 32, 40, 44, 52 }) {
		EXPECT_EQ(0u, field(5, 0, low)) << "ID_AA64DFR0_EL1 " << low;
	}
	EXPECT_EQ(0u, field(6, 1, 60)) << "LS64";
	EXPECT_EQ(0u, field(6, 2, 16)) << "MOPS";
	EXPECT_EQ(0u, field(6, 2, 32)) << "SYSREG_128, which trap";
	EXPECT_EQ(0u, field(6, 2, 36)) << "SYSINSTR_128";
	EXPECT_EQ(0u, field(1, 0, 20)) << "ID_PFR0_EL1.AMU";
	EXPECT_EQ(0u, field(1, 0, 28)) << "ID_PFR0_EL1.RAS";
	EXPECT_EQ(0u, field(1, 1, 4)) << "ID_PFR1_EL1.Security, as EL3";
	EXPECT_EQ(0u, field(1, 1, 12)) << "ID_PFR1_EL1.Virtualization, as EL2";
	EXPECT_EQ(0u, field(1, 1, 24)) << "ID_PFR1_EL1.Virt_frac";
	EXPECT_EQ(0u, field(3, 4, 8)) << "ID_PFR2_EL1.RAS_frac";
	EXPECT_EQ(0u, field(7, 0, 56)) << "FGT";
	EXPECT_EQ(0u, field(7, 0, 60)) << "ECV";
	EXPECT_EQ(0u, field(7, 1, 8)) << "VH";
	EXPECT_EQ(0u, field(7, 1, 16)) << "LO";
	EXPECT_EQ(0u, field(7, 2, 24)) << "NV";
	EXPECT_EQ(0xfu, field(6, 0, 4)) << "AES stays";
	EXPECT_EQ(2u, field(7, 0, 0)) << "PARange is bounded by the 40 bits of the guest";
	for (uint32_t op2 : { 2, 3, 4, 5, 6, 7 }) {
		Access(Iss(3, 0, 0, 4, op2), true);
		EXPECT_EQ(0u, X(3)) << "ID_AA64ZFR0_EL1, ID_AA64SMFR0_EL1 and reserved ones";
	}
	Access(Iss(3, 0, 0, 4, 0), false);
	EXPECT_TRUE(Undefined()) << "ID registers cannot be written";
}

TEST_F(TrapTest, IdRegistersShowNothingThatTheCpuHasNot)
{
	Start();
	// A bare CPU: nothing may appear.
	for (uint32_t crm = 1; crm < 16; crm++) {
		for (uint32_t op2 = 0; op2 < 8; op2++) {
#define CLEAR(name, op0, op1, crn, crm, op2) fake_.regs[ARM_FAKE_##name] = 0;
			ARM_ID_SYSREGS(CLEAR)
#undef CLEAR
			SetX(3, UINT64_MAX);
			Access(Iss(3, 0, 0, crm, op2), true);
			EXPECT_EQ(kEntry + 4, Pc());
			// But that there is no double lock, which its field says by all ones.
			EXPECT_EQ(crm == 5 && op2 == 0 ? uint64_t{ 0xf } << 36 : 0, X(3)) << crm << " " << op2;
		}
	}
	// What describes instructions alone is shown as it is.
	uint64_t value = 0x1111;
#define FILL(name, op0, op1, crn, crm, op2) fake_.regs[ARM_FAKE_##name] = value++;
	ARM_ID_SYSREGS(FILL)
#undef FILL
#define SHOWN(name, op0, op1, crn, crm, op2)                                     	if ((crm) == 2 || ((crm) == 3 && (op2) < 3) || ((crm) == 1 && (op2) > 3)) { 		Access(Iss(op0, op1, crn, crm, op2), true);                      		EXPECT_EQ(fake_.regs[ARM_FAKE_##name], X(3)) << #name;           	}
	ARM_ID_SYSREGS(SHOWN)
#undef SHOWN
	// XZR takes it.
	SetReg(ARM_VCPU_REG_PC, kEntry);
	Run(Esr(0x18, Iss(3, 0, 0, 2, 0) | 31 << 5 | 1));
	EXPECT_EQ(kEntry + 4, Pc());
}

TEST_F(TrapTest, ActlrIsAConstant)
{
	Start();
	SetX(3, 0x55);
	Access(Iss(3, 0, 1, 0, 1), true);
	EXPECT_EQ(0u, X(3));
	EXPECT_EQ(kEntry + 4, Pc());
	SetX(3, 0x55);
	Access(Iss(3, 0, 1, 0, 1), false);
	EXPECT_EQ(0x55u, X(3)) << "a write changes nothing";
	EXPECT_EQ(kEntry + 4, Pc());
}

TEST_F(TrapTest, SendIpiInEveryForm)
{
	Start();
	for (uint32_t op2 : { 5, 6, 7 }) {
		uint64_t value = uint64_t{ 0x8001 } | uint64_t{ 0x12 } << 16 | uint64_t{ 9 } << 24 |
				 uint64_t{ 0x34 } << 32 | uint64_t{ 0xa } << 44 | uint64_t{ 0x56 } << 48;
		SetX(3, value);
		const axvcpu_exit *exit = Access(Iss(3, 0, 12, 11, op2), false);
		ASSERT_EQ(AXVCPU_EXIT_SEND_IPI, exit->reason);
		EXPECT_EQ(9u, exit->u.send_ipi.vector);
		EXPECT_EQ(0x5600341200u, exit->u.send_ipi.target_cpu);
		EXPECT_EQ(0x8001u, exit->u.send_ipi.target_mask);
		EXPECT_EQ(10u, exit->u.send_ipi.range_selector);
		EXPECT_EQ(0u, exit->u.send_ipi.flags);
		EXPECT_EQ(kEntry + 4, Pc());

		SetX(3, value | uint64_t{ 1 } << 40);
		exit = Access(Iss(3, 0, 12, 11, op2), false);
		ASSERT_EQ(AXVCPU_EXIT_SEND_IPI, exit->reason);
		EXPECT_EQ(static_cast<uint32_t>(AXVCPU_SEND_IPI_ALL_BUT_SELF), exit->u.send_ipi.flags);
		EXPECT_EQ(0u, exit->u.send_ipi.target_mask);
		EXPECT_EQ(0u, exit->u.send_ipi.target_cpu);
		EXPECT_EQ(0u, exit->u.send_ipi.range_selector);

		Access(Iss(3, 0, 12, 11, op2), true);
		EXPECT_TRUE(Undefined()) << "they cannot be read";
	}
}

TEST_F(TrapTest, TheInterruptControllerIsTheHypervisors)
{
	Start();
	for (uint64_t iss : { Iss(3, 0, 12, 12, 5), Iss(3, 0, 12, 11, 3), Iss(3, 0, 4, 6, 0) }) {
		for (bool read : { false, true }) {
			EXPECT_EQ(read ? AXVCPU_EXIT_SYSREG_READ : AXVCPU_EXIT_SYSREG_WRITE,
				  Access(iss, read)->reason)
				<< std::hex << iss;
			EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
		}
	}
}

TEST_F(TrapTest, SysregExitsAreCompleted)
{
	Start();
	uint64_t cntp_ctl = Iss(3, 3, 14, 2, 1);
	SetX(3, 0xabc);
	const axvcpu_exit *exit = Access(cntp_ctl, false);
	ASSERT_EQ(AXVCPU_EXIT_SYSREG_WRITE, exit->reason);
	EXPECT_EQ(0xabcu, exit->u.sysreg.value);
	EXPECT_EQ(8u, exit->u.sysreg.width);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(kEntry + 4, Pc());
	exit = Access(cntp_ctl, true);
	EXPECT_EQ(0u, exit->u.sysreg.value);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x123456789abcdef0));
	EXPECT_EQ(0x123456789abcdef0u, X(3));
	EXPECT_EQ(kEntry + 4, Pc());
	Access(cntp_ctl, true);
	EXPECT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(0x80200u, Pc()) << "undefined";
}

TEST_F(TrapTest, AttentionEndsARunThatTheLibraryAnswers)
{
	Start();
	EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu_));
	const axvcpu_exit *exit = nullptr;
	EXPECT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
	EXPECT_EQ(AXVCPU_EXIT_NOTHING, exit->reason);
	EXPECT_EQ(0u, fake_.Count("enter"));

	// One that comes while the guest runs: its call is answered, then the run ends.
	fake_.on_enter = [this] { EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu_)); };
	hal_.kick_cpu = [](void *, uint64_t) {};
	SetX(0, 0x84000000); // PSCI_VERSION
	SetReg(ARM_VCPU_REG_PC, kEntry);
	exit = Run(Esr(0x17, 0)); // SMC, whose own address is reported
	fake_.on_enter = nullptr;
	EXPECT_EQ(AXVCPU_EXIT_NOTHING, exit->reason);
	EXPECT_EQ(1u, fake_.Count("enter"));
	EXPECT_EQ(0x10001u, X(0));
	EXPECT_EQ(kEntry + 4, exit->pc) << "where the guest goes on";
	EXPECT_EQ(0u, exit->instruction_length);
	EXPECT_EQ(0u, exit->flags & AXVCPU_EXIT_FLAG_RAW);
}

} // namespace
