/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU enters here at EL2 with the MMU off and interrupts masked: a stack, empty
 * .bss, our vectors, an identity map, and then C.
 */
	.section .text.start, "ax"
	.global hypervisor_start
hypervisor_start:
	msr	daifset, #0xf
	msr	spsel, #1
	adrp	x0, hypervisor_stack_top
	add	x0, x0, :lo12:hypervisor_stack_top
	mov	sp, x0

	adrp	x0, hypervisor_bss_start
	add	x0, x0, :lo12:hypervisor_bss_start
	adrp	x1, hypervisor_end
	add	x1, x1, :lo12:hypervisor_end
1:	stp	xzr, xzr, [x0], #16		// both ends are 16-aligned
	cmp	x0, x1
	b.lo	1b

	bl	use_vectors
	mov	x29, xzr
	mov	x30, xzr
	bl	board_start
2:	wfi
	b	2b

/*
 * PSCI CPU_ON brings another CPU here, at EL2 with the MMU off (DEN 0022, 6.4);
 * x0 is the top of its stack, below which its number stands.
 */
	.global hypervisor_secondary_start
hypervisor_secondary_start:
	msr	daifset, #0xf
	msr	spsel, #1
	mov	sp, x0
	bl	use_vectors
	ldr	x0, [sp, #-8]
	mov	x29, xzr
	mov	x30, xzr
	bl	board_secondary_start
3:	wfi
	b	3b

use_vectors:
	adrp	x9, hypervisor_vectors
	add	x9, x9, :lo12:hypervisor_vectors
	msr	vbar_el2, x9
	ret

/* An exception of the hypervisor itself is fatal, but says what it was. */
	.macro fatal number
	.balign 0x80
	mov	x0, #\number
	mrs	x1, esr_el2
	mrs	x2, elr_el2
	mrs	x3, far_el2
	b	board_fatal
	.endm

	.text
	.balign 0x800
hypervisor_vectors:
	fatal	0
	fatal	1
	fatal	2
	fatal	3
	fatal	4
	fatal	5
	fatal	6
	fatal	7
	fatal	8
	fatal	9
	fatal	10
	fatal	11
	fatal	12
	fatal	13
	fatal	14
	fatal	15

	.section .note.GNU-stack, "", %progbits
