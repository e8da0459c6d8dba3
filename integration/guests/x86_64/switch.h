/* SPDX-License-Identifier: Apache-2.0 */
/* What the assembly of several guests does on its ways between modes and privilege levels. */
#ifndef GUESTS_X86_64_SWITCH_H_
#define GUESTS_X86_64_SWITCH_H_

#define CR0_PG 0x80000000
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100

/* What a C function finds as it left it (System V ABI, AMD64 supplement, 3.2.1), and rsp. */
	.macro	push_preserved
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	.endm

/* Ends the function that pushed them. */
	.macro	return_preserved
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.endm

/* All segments but CS; eax is lost. */
	.macro	load_segments selector
	mov	$\selector, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	.endm

/* From compatibility mode to protected mode without paging; eax, ecx and edx are lost. */
	.macro	leave_long_mode
	mov	%cr0, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	mov	$MSR_EFER, %ecx
	rdmsr
	and	$~EFER_LME, %eax
	wrmsr
	.endm

#endif /* GUESTS_X86_64_SWITCH_H_ */
