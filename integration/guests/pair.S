/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the other CPUs, x0 = number: a stack of 4 KiB each, below CPU 0's; FP and SIMD on. */
	.text
	.global pair_start
pair_start:
	adrp	x1, guest_stack_top
	add	x1, x1, :lo12:guest_stack_top
	sub	x1, x1, x0, lsl #12
	mov	sp, x1
	adrp	x1, guest_vectors
	add	x1, x1, :lo12:guest_vectors
	msr	vbar_el1, x1
	movz	x1, #0x0030, lsl #16		// CPACR_EL1.FPEN
	msr	cpacr_el1, x1
	isb
	b	pair_main

	.section .note.GNU-stack, "", %progbits
