/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers of nmi.c: of NMIs, the first of which ends with an IRET that faults, and of that #GP. */
#include "nmi.h"

	.text
	.code64
	.global nmi_handler, nmi_fault
nmi_handler:
	incq	nmi_count
	cmpq	$1, nmi_count
	jne	1f
	push	%rax
	push	%rbx
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	cld
	call	nmi_inject			# the next one, which is blocked
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rbx
	pop	%rax
	cmpq	$1, nmi_count
	jne	2f
	movq	$NMI_BAD_SELECTOR, 8(%rsp)
1:	iretq
2:	incq	nmi_early
	iretq

/* The error code, RIP, CS, RFLAGS of the IRET, then its own frame: repaired, it comes again. */
nmi_fault:
	incq	nmi_fault_count
	push	%rax
	mov	8(%rsp), %rax
	mov	%rax, nmi_fault_error
	mov	32(%rsp), %rax
	mov	%rax, nmi_fault_flags
	mov	40(%rsp), %rax			# RSP there: at the bad frame
	movq	$0x08, 8(%rax)
	pop	%rax
	add	$8, %rsp
	iretq

	.bss
	.balign 8
	.global nmi_count, nmi_early, nmi_fault_count, nmi_fault_error, nmi_fault_flags
nmi_count:
	.skip	8
nmi_early:
	.skip	8
nmi_fault_count:
	.skip	8
nmi_fault_error:
	.skip	8
nmi_fault_flags:
	.skip	8

	.section .note.GNU-stack, "", @progbits
