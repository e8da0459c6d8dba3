/* SPDX-License-Identifier: Apache-2.0 */
	.arch armv8-a+fp+simd
	.text
/*
 * void differ_run(struct registers *registers, const void *code, uint64_t sctlr);
 *
 * Calls code that consists of one instruction and a return, with x0 to x28 and V0 to
 * V31 of the struct, which it puts back there, and with SCTLR_EL1 set to `sctlr`: no
 * memory is accessed in between but by that instruction.
 */
	.macro	all_vectors instruction
	\instruction	q0, q1, [x30, #0]
	\instruction	q2, q3, [x30, #32]
	\instruction	q4, q5, [x30, #64]
	\instruction	q6, q7, [x30, #96]
	\instruction	q8, q9, [x30, #128]
	\instruction	q10, q11, [x30, #160]
	\instruction	q12, q13, [x30, #192]
	\instruction	q14, q15, [x30, #224]
	\instruction	q16, q17, [x30, #256]
	\instruction	q18, q19, [x30, #288]
	\instruction	q20, q21, [x30, #320]
	\instruction	q22, q23, [x30, #352]
	\instruction	q24, q25, [x30, #384]
	\instruction	q26, q27, [x30, #416]
	\instruction	q28, q29, [x30, #448]
	\instruction	q30, q31, [x30, #480]
	.endm
	.macro	all_general instruction
	\instruction\()p	x0, x1, [x29, #0]
	\instruction\()p	x2, x3, [x29, #16]
	\instruction\()p	x4, x5, [x29, #32]
	\instruction\()p	x6, x7, [x29, #48]
	\instruction\()p	x8, x9, [x29, #64]
	\instruction\()p	x10, x11, [x29, #80]
	\instruction\()p	x12, x13, [x29, #96]
	\instruction\()p	x14, x15, [x29, #112]
	\instruction\()p	x16, x17, [x29, #128]
	\instruction\()p	x18, x19, [x29, #144]
	\instruction\()p	x20, x21, [x29, #160]
	\instruction\()p	x22, x23, [x29, #176]
	\instruction\()p	x24, x25, [x29, #192]
	\instruction\()p	x26, x27, [x29, #208]
	\instruction\()r	x28, [x29, #224]
	.endm

	.global differ_run
differ_run:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x29, x0
	msr	tpidrro_el0, x1
	msr	tpidr_el0, x2
	mrs	x3, sctlr_el1
	msr	tpidr_el1, x3
	add	x30, x29, #240
	all_vectors ldp
	all_general ld
	mrs	x30, tpidr_el0
	msr	sctlr_el1, x30
	isb
	mrs	x30, tpidrro_el0
	blr	x30
	mrs	x30, tpidr_el1
	msr	sctlr_el1, x30
	isb
	all_general st
	add	x30, x29, #240
	all_vectors stp
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

	.section .note.GNU-stack, "", %progbits
