/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For assembly: instructions that fault or trap, and what is to be in the log of legacy.h
 * for each. `expected_flags` is what EFLAGS has of LEGACY_FLAGS there; a file that has such
 * instructions ends with end_of_expected.
 */
#ifndef X86_64_LEGACY_EXPECT_H_
#define X86_64_LEGACY_EXPECT_H_

#include "legacy.h"

.set	expected_flags, 0
	.section .data.expect, "aw"
	.balign	4
	.global	legacy_expected
legacy_expected:
	.text

/* The next record of the log. */
	.macro	expect vector, error, ip, cr2=0
	.pushsection .data.expect, "aw"
	.long	\vector, \error, \ip, expected_flags, \cr2
	.popsection
	.endm

/* An instruction of flat code that faults, behind which it goes on. */
	.macro	faults vector, error, cr2, insn:vararg
	movl	$8f, %ebp
7:	\insn
8:
	expect	\vector, \error, 7b, \cr2
	.endm

/* The same in code that is copied to LEGACY_LOW. */
	.macro	faults_16 vector, error, insn:vararg
	movl	$(8f - low_start), %ebp
7:	\insn
8:
	expect	\vector, \error, 7b - low_start
	.endm

/* An instruction there that traps behind itself. */
	.macro	traps_16 vector, insn:vararg
	\insn
8:
	expect	\vector, 0, 8b - low_start
	.endm

	.macro	end_of_expected
	.section .data.expect, "aw"
	.global	legacy_expected_end
legacy_expected_end:
	.section .note.GNU-stack, "", @progbits
	.endm

#endif /* X86_64_LEGACY_EXPECT_H_ */
