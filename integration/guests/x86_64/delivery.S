/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of delivery.c whose events are interrupted. */
#include "delivery.h"
#include "switch.h"

	.text
	.code64
/*
 * void delivery_to_user(const uint8_t *code, void *stack, uint64_t rflags, uint64_t cs): as
 * guest_to_user(), without loading TR, which would touch the TSS.
 */
	.global delivery_to_user
delivery_to_user:
	push_preserved
	mov	%rsp, guest_kernel_stack
	push	$0x23
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rdi
	mov	$DELIVERY_BAD_SELECTOR, %esi
	iretq

/* void delivery_on_stack(const uint8_t *code, void *stack): runs code that faults, or comes back. */
	.global delivery_on_stack
delivery_on_stack:
	push	%rbx
	mov	%rsp, %rbx
	lea	1f(%rip), %rax
	mov	%rax, guest_resume
	lea	delivery_return(%rip), %r11
	mov	%rsi, %rsp
	mov	$DELIVERY_BAD_SELECTOR, %esi
	jmp	*%rdi
	.global delivery_return
delivery_return:
1:	mov	%rbx, %rsp
	movq	$0, guest_resume
	pop	%rbx
	ret

/* Each makes one event; those that come back from it go to r11, from CPL 3 none does. */
	.macro	piece name, text:vararg
	.global	delivery_\name
delivery_\name:
	\text
	jmp	*%r11
	.endm
	piece	int, int $0x80
	piece	int3, int3
	piece	into, .byte 0xce		# of 32-bit code
	piece	int1, .byte 0xf1
	piece	ud, ud2
	piece	de, div %ah
	piece	gp, mov %esi, %ds
	piece	pf, mov 0x7f123456, %eax
	piece	nothing, nop
	.global	delivery_interrupt
delivery_interrupt:
	sti
	nop
	nop
	cli
	jmp	*%r11

	.section .note.GNU-stack, "", @progbits
