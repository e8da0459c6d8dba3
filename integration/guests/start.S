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

	.macro entry handler
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
guest_vectors:
	entry	guest_unexpected
	entry	guest_unexpected
	entry	guest_unexpected
	entry	guest_unexpected
	entry	guest_exception
	entry	guest_interrupt
	entry	guest_unexpected
	entry	guest_serror
	entry	guest_lower
	entry	guest_unexpected
	entry	guest_unexpected
	entry	guest_unexpected
	entry	guest_lower
	entry	guest_unexpected
	entry	guest_unexpected
	entry	guest_unexpected

	.section .note.GNU-stack, "", %progbits
