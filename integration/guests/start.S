/* SPDX-License-Identifier: Apache-2.0 */
/* Entry at EL1 with the MMU off, and the exception vectors. */
	.arch armv8-a+fp+simd
	.section .text.start, "ax"
	.global guest_start
guest_start:
	adrp	x1, guest_stack_top
	add	sp, x1, :lo12:guest_stack_top
	adrp	x1, guest_vectors
	add	x1, x1, :lo12:guest_vectors
	msr	vbar_el1, x1
	movz	x1, #0x0333, lsl #16		// CPACR_EL1.FPEN, ZEN, SMEN: no traps to EL1
	msr	cpacr_el1, x1
	isb
	bl	guest_run
1:	wfi
	b	1b

	.macro entry handler, vector
	.balign 0x80
	sub	sp, sp, #256
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x30, [sp, #144]
	mov	x0, x30
	mov	x1, #\vector
	bl	\handler
	b	leave
	.endm

	.text
leave:
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x30, [sp, #144]
	add	sp, sp, #256
	eret

	.balign 0x800
	.global guest_vectors
guest_vectors:
	entry	guest_exception, 0		// EL1 with SP_EL0
	entry	guest_unexpected, 1
	entry	guest_unexpected, 2
	entry	guest_serror, 3
	entry	guest_exception, 4		// EL1 with SP_EL1
	entry	guest_interrupt, 5
	entry	guest_unexpected, 6
	entry	guest_serror, 7
	entry	guest_lower, 8			// EL0 in AArch64
	entry	guest_unexpected, 9
	entry	guest_unexpected, 10
	entry	guest_unexpected, 11
	entry	guest_lower, 12			// EL0 in AArch32
	entry	guest_unexpected, 13
	entry	guest_unexpected, 14
	entry	guest_unexpected, 15

/*
 * void hvc_all(uint64_t x[9]): a call with x0 to x8 of the array, where they are
 * put back; the others as they happen to be. smc_all() likewise, and
 * hvc_immediate() with an immediate of 0x1234.
 */
	.macro caller name, instruction:vararg
	.global \name
\name:
	str	x0, [sp, #-16]!
	mov	x9, x0
	ldp	x0, x1, [x9, #0]
	ldp	x2, x3, [x9, #16]
	ldp	x4, x5, [x9, #32]
	ldp	x6, x7, [x9, #48]
	ldr	x8, [x9, #64]
	\instruction
	ldr	x9, [sp], #16
	stp	x0, x1, [x9, #0]
	stp	x2, x3, [x9, #16]
	stp	x4, x5, [x9, #32]
	stp	x6, x7, [x9, #48]
	str	x8, [x9, #64]
	ret
	.endm
	caller	hvc_all, hvc #0
	caller	smc_all, .inst 0xd4000003	// smc #0
	caller	hvc_immediate, hvc #0x1234

	.section .note.GNU-stack, "", %progbits
