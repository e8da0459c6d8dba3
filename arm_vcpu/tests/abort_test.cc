// SPDX-License-Identifier: Apache-2.0
// Stage-2 faults to exits: every form of the syndrome (ARM DDI 0487, D19.2.37).
#include "tests/fake_cpu.h"

namespace {

constexpr uint64_t kDataAbort = 0x24;
constexpr uint64_t kInsnAbort = 0x20;
constexpr uint64_t kTranslation = 0x05; // level 1
constexpr uint64_t kPermission = 0x0f;  // level 3
constexpr uint64_t kFar = 0xffff000012345678;
constexpr uint64_t kGpa = 0x9000678;
// HPFAR_EL2 holds bits 51..12 of the address from bit 4 on.
constexpr uint64_t kHpfar = 0x9000000 >> 12 << 4;

class AbortTest : public ArmTest {};

TEST_F(AbortTest, EveryAccessTheSyndromeDescribes)
{
	Start();
	for (uint64_t sas = 0; sas < 4; sas++) {
		for (uint64_t sse = 0; sse < 2; sse++) {
			for (uint64_t sf = 0; sf < 2; sf++) {
				for (uint64_t srt = 0; srt < 32; srt++) {
					for (uint64_t wnr = 0; wnr < 2; wnr++) {
						uint64_t width = uint64_t{ 1 } << sas;
						uint64_t pattern = 0x8182838485868788;
						uint64_t pc = Pc();
						if (srt < 31) {
							SetX(static_cast<uint32_t>(srt), pattern);
						}
						const axvcpu_exit *exit =
							Run(Esr(kDataAbort,
								uint64_t{ 1 } << 24 | sas << 22 | sse << 21 |
									srt << 16 | sf << 15 | wnr << 6 |
									kTranslation),
							    kFar, kHpfar);
						ASSERT_EQ(wnr ? AXVCPU_EXIT_MMIO_WRITE :
								AXVCPU_EXIT_MMIO_READ,
							  exit->reason);
						ASSERT_EQ(kGpa, exit->u.mmio.gpa);
						ASSERT_EQ(width, exit->u.mmio.width);
						ASSERT_EQ(srt, exit->u.mmio.reg);
						ASSERT_EQ(sf ? 8u : 4u, exit->u.mmio.reg_width);
						ASSERT_EQ(pc, exit->pc);
						ASSERT_EQ(4u, exit->instruction_length);
						ASSERT_EQ(pc, Pc()) << "the pc moves at completion only";
						if (wnr) {
							uint64_t data = srt == 31 ? 0 : pattern;
							if (width < 8) {
								data &= (uint64_t{ 1 } << (8 * width)) - 1;
							}
							ASSERT_EQ(data, exit->u.mmio.data);
							ASSERT_EQ(0u, exit->u.mmio.sign_extend);
							ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
						} else {
							uint64_t result = pattern;
							if (width < 8) {
								result &= (uint64_t{ 1 } << (8 * width)) - 1;
								if (sse) {
									result |= ~uint64_t{ 0 } << (8 * width);
								}
							}
							if (!sf && (sse || width < 8)) {
								result &= UINT32_MAX;
							}
							ASSERT_EQ(sse, exit->u.mmio.sign_extend);
							ASSERT_EQ(0u, exit->u.mmio.data);
							ASSERT_EQ(AXVCPU_OK,
								  axvcpu_complete_read(vcpu_, pattern));
							// LDR Xt with SF = 0 and eight bytes does not exist.
							if (srt < 31 && (sf || width < 8)) {
								ASSERT_EQ(result, X(static_cast<uint32_t>(srt)));
							}
						}
						ASSERT_EQ(pc + 4, Pc());
					}
				}
			}
		}
	}
}

struct FaultCase {
	uint64_t ec, iss;
	uint32_t access;
};

TEST_F(AbortTest, WhatIsNoDecodableAccessIsAPageFault)
{
	constexpr uint64_t kIsv = uint64_t{ 1 } << 24;
	constexpr uint32_t kGva = AXVCPU_ACCESS_GVA_VALID;
	const FaultCase cases[] = {
		{ kDataAbort, kTranslation, AXVCPU_ACCESS_READ | kGva | AXVCPU_ACCESS_NO_SYNDROME },
		{ kDataAbort, kTranslation | 1 << 6,
		  AXVCPU_ACCESS_WRITE | kGva | AXVCPU_ACCESS_NO_SYNDROME },
		{ kDataAbort, 0x09 | 1 << 6 | 1 << 8,
		  AXVCPU_ACCESS_READ | kGva | AXVCPU_ACCESS_NO_SYNDROME }, // cache maintenance
		{ kDataAbort, kTranslation | 1 << 7,
		  AXVCPU_ACCESS_READ | kGva | AXVCPU_ACCESS_PAGE_WALK | AXVCPU_ACCESS_NO_SYNDROME },
		{ kDataAbort, kIsv | 0x09, AXVCPU_ACCESS_READ | kGva }, // access flag
		{ kDataAbort, kIsv | 0x01, AXVCPU_ACCESS_READ | kGva }, // address size
		{ kDataAbort, kTranslation | 1 << 10, AXVCPU_ACCESS_READ | AXVCPU_ACCESS_NO_SYNDROME },
		{ kInsnAbort, kTranslation, AXVCPU_ACCESS_EXECUTE | kGva },
		{ kInsnAbort, kTranslation | 1 << 7,
		  AXVCPU_ACCESS_EXECUTE | kGva | AXVCPU_ACCESS_PAGE_WALK },
	};

	Start();
	for (const FaultCase &c : cases) {
		const axvcpu_exit *exit = Run(Esr(c.ec, c.iss), kFar, kHpfar);

		ASSERT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT, exit->reason) << std::hex << c.iss;
		EXPECT_EQ(c.access, exit->u.nested_page_fault.access) << std::hex << c.iss;
		EXPECT_EQ(c.iss & 3, exit->u.nested_page_fault.level);
		EXPECT_EQ(c.access & kGva ? kFar : 0, exit->u.nested_page_fault.gva);
		// Of a walk, and without FAR_EL2, only the page is known.
		bool whole = (c.iss & (1 << 7 | 1 << 10)) == 0;
		EXPECT_EQ(whole ? kGpa : kGpa & ~uint64_t{ 0xfff }, exit->u.nested_page_fault.gpa);
		EXPECT_TRUE(exit->flags & AXVCPU_EXIT_FLAG_RAW);
		EXPECT_EQ(Esr(c.ec, c.iss), exit->raw.word[0]);
		EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
	}
}

TEST_F(AbortTest, PermissionFaultsAskStage1AndKeepParOfTheGuest)
{
	Start();
	fake_.regs[ARM_FAKE_PAR_EL1] = 0x1234;
	fake_.at_result = 0x9000000 | 0xff00000000000000; // attributes above the address
	const axvcpu_exit *exit =
		Run(Esr(kDataAbort, uint64_t{ 1 } << 24 | 1 << 6 | kPermission), kFar, 0xdead0);
	ASSERT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT, exit->reason);
	EXPECT_EQ(kGpa, exit->u.nested_page_fault.gpa);
	EXPECT_EQ(static_cast<uint32_t>(AXVCPU_ACCESS_WRITE | AXVCPU_ACCESS_PERMISSION |
					AXVCPU_ACCESS_GVA_VALID),
		  exit->u.nested_page_fault.access);
	EXPECT_EQ(1u, fake_.Count("at write"));
	EXPECT_EQ(0x1234u, fake_.regs[ARM_FAKE_PAR_EL1]);
}

TEST_F(AbortTest, APermissionFaultWhoseMappingIsGoneIsTriedAgain)
{
	Start();
	fake_.at_result = 1; // PAR_EL1.F
	uint64_t pc = Pc();
	Run(Esr(kDataAbort, uint64_t{ 1 } << 24 | kPermission), kFar, kHpfar);
	EXPECT_TRUE(Handled());
	EXPECT_EQ(pc, Pc());
	EXPECT_EQ(2u, fake_.Count("enter"));
}

TEST_F(AbortTest, CacheMaintenanceOnAReadOnlyPageIsFound)
{
	Start();
	fake_.at_result = 0x9000000;
	fake_.stage1_read_only = true;
	// DC CVAC: reported as a write, but stage 1 asks for read access only.
	const axvcpu_exit *exit = Run(Esr(kDataAbort, 1 << 8 | 1 << 6 | kPermission), kFar, kHpfar);
	ASSERT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT, exit->reason) << "not tried again for ever";
	EXPECT_EQ(kGpa, exit->u.nested_page_fault.gpa);
	EXPECT_EQ(0u, exit->u.nested_page_fault.access & AXVCPU_ACCESS_WRITE);
}

// In one run: an abort that the library deals with, and then an exit that says nothing of it.
TEST_F(AbortTest, WhatIsHandledLeavesNothingInTheNextExit)
{
	const uint64_t translation = 0x05;

	Start();
	// DC CVAC of an address that is not mapped; PC is gone from stage 1, so tried again.
	for (uint64_t iss : { uint64_t{ 1 << 8 | 1 << 6 }, uint64_t{ 0 } }) {
		fake_.s12_results[Pc() & ~uint64_t{ 0xfff }] = 1;
		fake_.exits.push_back({ ARM_VCPU_VECTOR_SYNC, Esr(kDataAbort, iss | translation), kFar, kHpfar });
		fake_.exits.push_back({ ARM_VCPU_VECTOR_SYNC, Esr(0x16, 1), 0, 0 });
		const axvcpu_exit *exit = nullptr;
		ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
		ASSERT_EQ(AXVCPU_EXIT_HYPERCALL, exit->reason);
		EXPECT_EQ(0u, exit->flags & AXVCPU_EXIT_FLAG_RAW) << iss;
		EXPECT_EQ(AXVCPU_OK, axvcpu_set_return_value(vcpu_, 0));
	}
}

TEST_F(AbortTest, ExternalAbortsGoBackToTheGuest)
{
	for (uint64_t fsc : { 0x10, 0x14, 0x17, 0x18, 0x1c }) {
		SCOPED_TRACE(fsc);
		if (vcpu_ == nullptr) {
			Start();
		}
		fake_.regs[ARM_FAKE_VBAR_EL1] = 0x80000;
		SetReg(ARM_VCPU_REG_PC, kEntry);
		SetReg(ARM_VCPU_REG_PSTATE, 0x3c5);
		Run(Esr(kDataAbort, fsc), kFar, kHpfar);
		EXPECT_TRUE(Handled());
		EXPECT_EQ(0x80200u, Pc());
		EXPECT_EQ(kFar, fake_.regs[ARM_FAKE_FAR_EL1]);
		EXPECT_EQ(kEntry, fake_.regs[ARM_FAKE_ELR_EL1]);
	}
}

TEST_F(AbortTest, UnknownFaultStatusIsAnUnknownExit)
{
	Start();
	for (uint64_t fsc : { 0x20, 0x21, 0x30, 0x31, 0x34, 0x3f }) {
		const axvcpu_exit *exit = Run(Esr(kDataAbort, fsc), kFar, kHpfar);

		ASSERT_EQ(AXVCPU_EXIT_UNKNOWN, exit->reason) << fsc;
		EXPECT_EQ(Esr(kDataAbort, fsc), exit->raw.word[0]);
		EXPECT_EQ(kFar, exit->raw.word[1]);
		EXPECT_EQ(kHpfar, exit->raw.word[2]);
	}
}

TEST_F(AbortTest, EveryFaultStatusHasOneAnswer)
{
	enum { kFault, kGuests, kUnknown };
	Start();
	fake_.at_result = 0x9000000;
	for (uint64_t ec : { kDataAbort, kInsnAbort }) {
		for (uint64_t fsc = 0; fsc < 64; fsc++) {
			// D19.2.37: size, translation, access flag, permission; external, parity; others.
			int expected = fsc < 0x10 ? kFault : fsc < 0x20 ? kGuests : kUnknown;
			SetReg(ARM_VCPU_REG_PC, kEntry);
			SetReg(ARM_VCPU_REG_PSTATE, 0x3c5);
			fake_.regs[ARM_FAKE_VBAR_EL1] = 0x80000;
			const axvcpu_exit *exit = Run(Esr(ec, fsc), kFar, kHpfar);
			switch (expected) {
			case kFault:
				ASSERT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT, exit->reason) << fsc;
				EXPECT_EQ(kGpa, exit->u.nested_page_fault.gpa) << fsc;
				EXPECT_EQ(fsc >= 0xc, (exit->u.nested_page_fault.access &
						       AXVCPU_ACCESS_PERMISSION) != 0)
					<< fsc;
				EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
				break;
			case kGuests:
				EXPECT_TRUE(Handled()) << fsc;
				EXPECT_EQ(0x80200u, Pc()) << fsc;
				EXPECT_EQ(ec + 1, fake_.regs[ARM_FAKE_ESR_EL1] >> 26) << fsc;
				break;
			default:
				ASSERT_EQ(AXVCPU_EXIT_UNKNOWN, exit->reason) << fsc;
				EXPECT_EQ(kEntry, Pc());
			}
		}
	}
}

TEST_F(AbortTest, AWalkThatStage2ForbidsIsAtTheTable)
{
	Start();
	// A permission fault, but on the walk: HPFAR_EL2 holds the table's page, AT is not asked.
	const axvcpu_exit *exit = Run(Esr(kDataAbort, 1 << 7 | 1 << 6 | kPermission), kFar, kHpfar);
	ASSERT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT, exit->reason);
	EXPECT_EQ(kGpa & ~uint64_t{ 0xfff }, exit->u.nested_page_fault.gpa);
	EXPECT_EQ(static_cast<uint32_t>(AXVCPU_ACCESS_WRITE | AXVCPU_ACCESS_PERMISSION |
					AXVCPU_ACCESS_PAGE_WALK | AXVCPU_ACCESS_GVA_VALID |
					AXVCPU_ACCESS_NO_SYNDROME),
		  exit->u.nested_page_fault.access);
	EXPECT_EQ(0u, fake_.Count("at read") + fake_.Count("at write"));
}

TEST_F(AbortTest, OnlyATranslationFaultOfOneAccessIsMmio)
{
	constexpr uint64_t kIsv = uint64_t{ 1 } << 24;

	Start();
	for (uint64_t iss : { kIsv | kTranslation | 1 << 7, kIsv | 0x0d, kIsv | 0x09,
			      uint64_t{ kTranslation } }) {
		fake_.at_result = 0x9000000;
		EXPECT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT, Run(Esr(kDataAbort, iss), kFar, kHpfar)->reason)
			<< std::hex << iss;
	}
	// The same bits of an instruction abort mean nothing.
	EXPECT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT,
		  Run(Esr(kInsnAbort, kIsv | kTranslation), kFar, kHpfar)->reason);
}

TEST_F(AbortTest, AnAbortWithoutAddressSaysSoToTheGuestToo)
{
	Start();
	Run(Esr(kDataAbort, 1 << 10 | 0x10), kFar, kHpfar);
	EXPECT_TRUE(Handled());
	EXPECT_TRUE(fake_.regs[ARM_FAKE_ESR_EL1] & 1 << 10);
}

struct InjectCase {
	uint64_t pstate, vector, ec;
};

TEST_F(AbortTest, AFailedAccessIsAnExternalAbortThroughTheRightVector)
{
	const InjectCase cases[] = {
		{ 0x3c5, 0x200, 0x25 }, // EL1h
		{ 0x004, 0x000, 0x25 }, // EL1t
		{ 0x000, 0x400, 0x24 }, // EL0
		{ 0x010, 0x600, 0x24 }, // EL0, AArch32
	};

	fake_.regs[ARM_FAKE_ID_AA64MMFR1_EL1] |= 1u << 20; // PAN
	fake_.regs[ARM_FAKE_ID_AA64PFR1_EL1] = 1u << 4;    // SSBS
	Start();
	fake_.regs[ARM_FAKE_VBAR_EL1] = 0xffff800000000000;
	for (const InjectCase &c : cases) {
		for (bool span : { false, true }) {
			for (bool dssbs : { false, true }) {
				fake_.regs[ARM_FAKE_SCTLR_EL1] =
					(span ? SCTLR_EL1_SPAN : 0) | (dssbs ? SCTLR_EL1_DSSBS : 0);
				bool pan = c.ec == 0x25 && dssbs;
				uint64_t pstate = c.pstate | SPSR_NZCV | SPSR_SS | SPSR_DIT |
						  SPSR_SSBS | (pan ? SPSR_PAN : 0);
				SetReg(ARM_VCPU_REG_PSTATE, pstate);
				SetReg(ARM_VCPU_REG_PC, kEntry + 8);
				Run(Esr(kDataAbort, uint64_t{ 1 } << 24 | 1 << 6 | kTranslation), kFar,
				    kHpfar);
				ASSERT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
				EXPECT_EQ(0xffff800000000000 + c.vector, Pc());
				EXPECT_EQ(kEntry + 8, fake_.regs[ARM_FAKE_ELR_EL1]);
				EXPECT_EQ(pstate, fake_.regs[ARM_FAKE_SPSR_EL1]);
				EXPECT_EQ(kFar, fake_.regs[ARM_FAKE_FAR_EL1]);
				uint64_t esr = fake_.regs[ARM_FAKE_ESR_EL1];
				EXPECT_EQ(c.ec, esr >> 26);
				EXPECT_EQ(0x10u, esr & 0x3f);
				EXPECT_TRUE(esr & (1 << 6)) << "a write";
				EXPECT_FALSE(esr & (1 << 24)) << "without ISV";
				uint64_t now = Reg(ARM_VCPU_REG_PSTATE);
				EXPECT_EQ(5u, now & 0x1f) << "EL1h";
				EXPECT_EQ(0x3c0u, now & 0x3c0) << "all masked";
				EXPECT_EQ(SPSR_NZCV, now & SPSR_NZCV);
				EXPECT_EQ(SPSR_DIT, now & SPSR_DIT);
				EXPECT_EQ(!span || pan, (now & SPSR_PAN) != 0);
				EXPECT_EQ(dssbs, (now & SPSR_SSBS) != 0);
				EXPECT_EQ(0u, now & (SPSR_SS | SPSR_IL));
			}
		}
	}
	SetReg(ARM_VCPU_REG_PSTATE, 0x3c5);
	Run(Esr(kInsnAbort, kTranslation), kFar, kHpfar);
	ASSERT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(0x21u, fake_.regs[ARM_FAKE_ESR_EL1] >> 26);
	Run(Esr(kDataAbort, 1 << 7 | 0x06), kFar, kHpfar);
	ASSERT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(0x10u, fake_.regs[ARM_FAKE_ESR_EL1] & 0x3f) << "not with the level of stage 2";
}

TEST_F(AbortTest, StepsOverInstructionsOfEveryKind)
{
	constexpr uint64_t kIsvRead = uint64_t{ 1 } << 24 | kTranslation;
	constexpr uint64_t kIl = uint64_t{ 1 } << 25;

	Start();
	// AArch64: BTYPE and a pending software step end.
	SetReg(ARM_VCPU_REG_PSTATE, 0x3c5 | SPSR_BTYPE | SPSR_SS);
	Run(Esr(kDataAbort, kIsvRead), kFar, kHpfar);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0));
	EXPECT_EQ(0x3c5u, Reg(ARM_VCPU_REG_PSTATE));

	// T32 at EL0, a 16-bit instruction in an IT block: ITTT, then three, two, one, none left.
	uint64_t it = 0x0f; // condition 0000, mask 1111: four instructions
	for (unsigned left = 4; left > 0; left--) {
		uint64_t pstate = 0x30 | (it & 3) << 25 | (it >> 2) << 10;
		uint64_t pc = Pc();
		SetReg(ARM_VCPU_REG_PSTATE, pstate);
		const axvcpu_exit *exit = Run(Esr(kDataAbort, kIsvRead) & ~kIl, kFar, kHpfar);
		EXPECT_EQ(2u, exit->instruction_length);
		ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0));
		EXPECT_EQ(pc + 2, Pc());
		it = left == 1 ? 0 : ((it << 1) & 0x1f) | (it & 0xe0);
		pstate = Reg(ARM_VCPU_REG_PSTATE);
		EXPECT_EQ(it, (pstate >> 25 & 3) | (pstate >> 10 & 0x3f) << 2) << left;
	}
}

} // namespace
