/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions made at run time: system registers and operations by their number, of
 * which the assembler wants to know the name.
 */
#ifndef MADE_INSN_H_
#define MADE_INSN_H_

#include <stdint.h>

/* ARM DDI 0487, C4.1.66: MSR (register), and SYS with op0 = 1; bit 21 makes MRS and SYSL of them. */
#define INSN_MSR UINT32_C(0xd5000000)
#define INSN_READ (UINT32_C(1) << 21)
#define INSN_RET UINT32_C(0xd65f03c0)
#define OP0_SHIFT 19u
/** op1, CRn, CRm, op2, which stand side by side above Rt. */
#define ENCODINGS (1u << 14)
#define ENCODING_SHIFT 5u
#define ENCODING(op0, op1, crn, crm, op2) \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

/** The MSR or SYS, of x0, with this ENCODING(). */
static inline uint32_t insn_of(uint32_t encoding)
{
	return INSN_MSR | encoding / ENCODINGS << OP0_SHIFT | encoding % ENCODINGS << ENCODING_SHIFT;
}

/**
 * Executes one instruction with `value` in x0, and returns x0. `code` is room for it and a
 * return, which the caller alone uses.
 */
static inline uint64_t run_insn(volatile uint32_t code[2], uint32_t instruction, uint64_t value)
{
	register uint64_t x0 __asm__("x0") = value;
	register uint64_t x1 __asm__("x1") = (uintptr_t)code;

	code[0] = instruction;
	code[1] = INSN_RET;
	__asm__ volatile("dc cvau, %1\n\t"
			 "dsb ish\n\t"
			 "ic ivau, %1\n\t"
			 "dsb ish\n\t"
			 "isb\n\t"
			 "blr %1\n\t"
			 "isb"
			 : "+r"(x0), "+r"(x1)
			 :
			 : "x2", "x3", "x30", "cc", "memory");
	return x0;
}

#endif /* MADE_INSN_H_ */
