/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry a vector, 16 bytes apart: pushes an error code where the CPU pushes none
 * (SDM volume 3, 6.13), and the vector, and goes on in C with the general registers
 * saved.
 */
#define ENTRY_BYTES 16
/* Vectors 8, 10 to 14, 17, 21, 29 and 30 */
#define ERROR_CODE_VECTORS 0x60227d00

	.text
	.balign ENTRY_BYTES
	.global idt_entries
idt_entries:
	.set	vector, 0
	.rept	256
	.balign ENTRY_BYTES
	.if	(vector >= 32) || !((ERROR_CODE_VECTORS >> vector) & 1)
	push	$0
	.endif
	push	$vector
	jmp	idt_common
	.set	vector, vector + 1
	.endr

idt_common:
	cld
	push	%rax
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rdi
	mov	%rsp, %rbp
	and	$-16, %rsp
	call	board_trap
	mov	%rbp, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp
	iretq

	.section .note.GNU-stack, "", @progbits
