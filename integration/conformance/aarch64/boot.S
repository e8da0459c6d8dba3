/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU enters here at EL2 with the MMU off and interrupts masked: a stack, empty
 * .bss, vectors that tell of an exception of our own, and then C.
 */
	.section .text.start, "ax"
	.global kernel_start
kernel_start:
	msr	daifset, #0xf
	msr	spsel, #1
	adrp	x0, kernel_stack_top
	add	x0, x0, :lo12:kernel_stack_top
	mov	sp, x0
	adrp	x0, kernel_bss_start
	add	x0, x0, :lo12:kernel_bss_start
	adrp	x1, kernel_bss_end
	add	x1, x1, :lo12:kernel_bss_end
1:	stp	xzr, xzr, [x0], #16		// both ends are 16-aligned
	cmp	x0, x1
	b.lo	1b
	adrp	x0, kernel_vectors
	add	x0, x0, :lo12:kernel_vectors
	msr	vbar_el2, x0
	mov	x29, xzr
	mov	x30, xzr
	bl	kernel_main

/* Sixteen entries of 128 bytes (ARM DDI 0487, D1.3.1.4); none is expected. */
	.text
	.balign 0x800
kernel_vectors:
	.rept	16
	.balign	0x80
	mrs	x0, esr_el2
	mrs	x1, elr_el2
	mrs	x2, far_el2
	b	board_fatal
	.endr

/*
 * The guest program of axvcpu/conformance.h, at EL1 with the MMU off. The numbers are
 * those of board.c: a vendor-specific hypervisor call (DEN 0028, 6.1) and a device.
 */
	.section .rodata.guest, "a"
	.balign	4096
	.global guest_program
guest_program:
	movz	x0, #0xc600, lsl #16
	movk	x0, #0x0077
	hvc	#0
	movz	x9, #0x0900, lsl #16
	ldr	w3, [x9]
	add	w3, w3, w0
	str	w3, [x9, #4]
	wfi
	b	guest_program
	.org	guest_program + 0x800		// GUEST_CALLS_OFFSET
	movz	x0, #0xc600, lsl #16
	movk	x0, #0x0077
1:	hvc	#0
	b	1b
	.balign	4096

	.section .note.GNU-stack, "", %progbits
