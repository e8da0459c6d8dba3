/* SPDX-License-Identifier: Apache-2.0 */
/* Random instructions, more often ones that mean something. */
#include "guest.h"
#include "hostile.h"

/* Encodings of A64, ARM DDI 0487, C4.1; each a mask and what stands below it. */
#define IS(insn, mask, bits) (((insn) & UINT32_C(mask)) == UINT32_C(bits))

/** MSR (register) of op0 3: op1, CRn, CRm, op2 above Rt. */
#define INSN_MSR3 UINT32_C(0xd5180000)
#define MSR3(op1, crn, crm, op2) (INSN_MSR3 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define RT UINT32_C(0x1f)

/** What would leave no way back: where exceptions go, and the translation there. */
static bool is_vital(uint32_t insn)
{
	switch (insn & ~RT) {
	case MSR3(0u, 12u, 0u, 0u): /* VBAR_EL1 */
	case MSR3(0u, 1u, 0u, 0u):  /* SCTLR_EL1; hostile_next() sets it at random */
	case MSR3(0u, 2u, 0u, 0u):  /* TTBR0_EL1 */
	case MSR3(0u, 2u, 0u, 2u):  /* TCR_EL1 */
		return true;
	default:
		return false;
	}
}

/** Without translation all RAM is open: no address but a register's with a small offset. */
static bool is_unsafe(uint32_t insn)
{
	return IS(insn, 0x3b200c00, 0x38200800) || /* loads and stores, register offset */
	       IS(insn, 0x3b200c00, 0x19000400) || /* memory copy and set */
	       IS(insn, 0x7c000000, 0x14000000);   /* B, BL: 128 MiB around */
}

static uint32_t a64(void)
{
	uint32_t insn = (uint32_t)hostile_random();

	switch (hostile_random() % 8) {
	case 0:
		return insn;
	case 1:
	case 2: /* loads and stores (C4.1.94) */
		return (insn & ~UINT32_C(0x0a000000)) | UINT32_C(0x08000000);
	case 3: /* system registers and instructions (C4.1.93) */
		return UINT32_C(0xd5000000) | (insn & UINT32_C(0x003fffff));
	case 4: /* exceptions: SVC, HVC, SMC, BRK, HLT, DCPS */
		return UINT32_C(0xd4000000) | (insn & UINT32_C(0x00ffffff));
	case 5: /* hints: WFI, WFE, pointer authentication */
		return (insn & 1) != 0 ? UINT32_C(0xd503205f) | (insn & UINT32_C(0x20)) :
					 UINT32_C(0xd503201f) | (insn & UINT32_C(0x0fe0));
	case 6: /* branches */
		return (insn & ~UINT32_C(0x1c000000)) | UINT32_C(0x14000000);
	default: /* EL1's own, and EL0's, of the system registers */
		return UINT32_C(0xd5180000) | (insn & UINT32_C(0x0020ffff)) |
		       ((insn >> 24 & 1) != 0 ? UINT32_C(0x00030000) : 0);
	}
}

/** SIMD two-register miscellaneous (FP16), C4.1.96: QEMU 7.2 ends at some that do not exist. */
static bool ends_the_emulator(uint32_t insn)
{
	return IS(insn, 0x8f7e0c00, 0x0e780800);
}

uint32_t hostile_a64(int translated)
{
	uint32_t insn;

	do {
		insn = a64();
	} while (is_vital(insn) || ends_the_emulator(insn) || (!translated && is_unsafe(insn)));
	return insn;
}

uint32_t hostile_a32(void)
{
	uint32_t insn = (uint32_t)hostile_random();

	/* Always executed, in one half (F1.3.1). */
	return (insn & 1) != 0 ? (insn & UINT32_C(0x0fffffff)) | UINT32_C(0xe0000000) : insn;
}
