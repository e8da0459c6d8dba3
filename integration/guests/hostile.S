/* SPDX-License-Identifier: Apache-2.0 */
/*
 * void hostile_enter(const struct hostile_world *world): system registers, translation
 * and all general registers from there, then to ELR_EL1 with SPSR_EL1. It comes back
 * through a vector, to hostile_next(), which gets the vector's number.
 *
 * The first of these pages is executed with translation on and off, at the same address;
 * the array of registers is in a page that random code can write.
 */
#include "hostile.h"

	.arch	armv8-a+fp+simd
	.text
	.balign	4096
	.global	hostile_page
hostile_page:
	.macro	vector number
	.balign	0x80
	mov	x0, #\number
	b	come_back
	.endm

	/* VBAR_EL1: 16 entries of 128 bytes, aligned to 2 KiB */
	.irp	number, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	vector	\number
	.endr

	/* Nothing of what was before is needed, and memory is what random code made of it. */
come_back:
	movz	x1, #(HOSTILE_SCTLR_OFF & 0xffff)
	movk	x1, #(HOSTILE_SCTLR_OFF >> 16), lsl #16
	msr	sctlr_el1, x1
	isb
	msr	spsel, #1
	msr	daifset, #15
	adrp	x1, guest_stack_top
	add	x1, x1, :lo12:guest_stack_top
	mov	sp, x1
	b	hostile_next

	.global	hostile_enter
hostile_enter:
	ldp	x1, x2, [x0, #HOSTILE_TTBR0]	// and TTBR1
	msr	ttbr0_el1, x1
	msr	ttbr1_el1, x2
	ldp	x1, x2, [x0, #HOSTILE_TCR]	// and MAIR
	msr	tcr_el1, x1
	msr	mair_el1, x2
	ldp	x1, x2, [x0, #HOSTILE_ELR]	// and SPSR
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x1, x0, [x0, #HOSTILE_SCTLR]	// and the array
	tlbi	vmalle1
	dsb	sy
	ic	iallu
	dsb	sy
	isb
	msr	sctlr_el1, x1
	isb
	ldr	x1, [x0, #248]
	mov	sp, x1
	msr	sp_el0, x1
	.irp	n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	ldr	x\n, [x0, #8 * \n]
	.endr
	ldr	x0, [x0]
	eret
	.balign	4096

	.section .note.GNU-stack, "", %progbits
