/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest program of axvcpu/conformance.h, in 64-bit mode on the kernel's own page tables,
 * interrupts off. The numbers are those of board.c.
 */
	.equ	CALL, 0x485643
	.equ	DEVICE, 0xd0000000

	/* VMMCALL; board.c makes VMCALLs of them on VMX, by the list in .data. */
	.macro	hypercall
	.pushsection .data
	.quad	7f
	.popsection
7:	vmmcall
	.endm

	.data
	.balign	8
	.global guest_calls
guest_calls:

	.text
	.balign	4096
	.global guest_program
guest_program:
	mov	$CALL, %eax
	hypercall
	mov	$DEVICE, %edx
	mov	(%rdx), %ecx
	add	%eax, %ecx
	mov	%ecx, 4(%rdx)
	hlt
	jmp	guest_program
	.org	guest_program + 0x800		# GUEST_CALLS_OFFSET
	mov	$CALL, %eax
1:	hypercall
	jmp	1b
	.balign	4096

	.data
	.global guest_calls_end
guest_calls_end:

	.section .note.GNU-stack, "", @progbits
