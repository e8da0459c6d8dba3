/* SPDX-License-Identifier: Apache-2.0 */
	.arch armv8-a+fp+simd
	.text

/* uint64_t vectors_or(void): the inclusive or of all halves of V0 to V31. */
	.global vectors_or
vectors_or:
	mov	x0, #0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	umov	x1, v\n\().d[0]
	umov	x2, v\n\().d[1]
	orr	x0, x0, x1
	orr	x0, x0, x2
	.endr
	ret

/* void vectors_fill(uint64_t pattern) */
	.global vectors_fill
vectors_fill:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	dup	v\n\().2d, x0
	.endr
	ret

/* uint64_t vectors_differ(uint64_t pattern): how many halves of V0 to V31 are something else. */
	.global vectors_differ
vectors_differ:
	mov	x3, #0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	umov	x1, v\n\().d[0]
	umov	x2, v\n\().d[1]
	cmp	x1, x0
	cinc	x3, x3, ne
	cmp	x2, x0
	cinc	x3, x3, ne
	.endr
	mov	x0, x3
	ret

/*
 * void dirty_until_killed(uint64_t pattern): what is left, and then calls only. It
 * needs no stack and no vectors any more.
 */
	.global dirty_until_killed
dirty_until_killed:
	msr	vbar_el1, x0
	msr	elr_el1, x0
	msr	spsr_el1, x0
	msr	far_el1, x0
	msr	esr_el1, x0
	mrs	x1, sctlr_el1
	movz	x2, #0xc400, lsl #0		// UCT, DZE, nTWI, without a meaning at EL1
	movk	x2, #0x0404, lsl #16		// UCI, nTWE
	orr	x1, x1, x2
	msr	sctlr_el1, x1
	isb
	mov	sp, x0
	.irp	n, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, x0
	.endr
	movz	x8, #0xc600, lsl #16		// echo: an exit
1:	mov	x0, x8
	hvc	#0
	b	1b

	.section .note.GNU-stack, "", %progbits
