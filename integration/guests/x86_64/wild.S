/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From 64-bit mode to the mode that wild_mode describes; there, one piece of random code
 * after the other. Whatever exception or interrupt comes ends a piece.
 */
#include "wild.h"
#include "switch.h"

#define CR0_PE 1
#define RESET_PORT 0xcf9
#define RESET_CPU 6
#define PIC_COMMAND 0x20
#define PIC_EOI 0x20

	.text
	.code64
/* void wild_enter_64(void): pieces in 64-bit or compatibility mode. */
	.global wild_enter_64
wild_enter_64:
	cli
	lgdt	wild_gdt_pointer
	lidt	wild_idt_pointer
	mov	wild_mode + WILD_MODE_CR3, %eax
	mov	%rax, %cr3
	mov	wild_mode + WILD_MODE_CR4, %eax
	mov	%rax, %cr4
	mov	$WILD_TSS, %eax
	ltr	%ax
	mov	$WILD_LDT, %eax
	lldt	%ax
	push	$WILD_CODE_64
	push	$wild_next_64
	lretq

/* Where all vectors lead in long mode, on a stack of their own (IST). */
	.global wild_next_64
wild_next_64:
	cld
	mov	$wild_stack_top, %esp
	mov	$WILD_DATA_32, %eax
	mov	%eax, %ds
	mov	%eax, %es
	/* By a register: as a displacement it would be extended with ones. */
	mov	$WILD_APIC_EOI, %eax
	movl	$0, (%rax)
	mov	wild_mode + WILD_MODE_INDEX, %eax
	inc	%eax
	mov	%eax, wild_mode + WILD_MODE_INDEX
	cmp	$WILD_PIECES, %eax
	jae	wild_end_64
	mov	%eax, %ebx
	shl	$WILD_REGISTERS_SHIFT, %ebx
	add	$WILD_REGISTERS, %ebx
	shl	$WILD_PIECE_SHIFT, %eax
	add	wild_mode + WILD_MODE_IP, %eax
	mov	wild_mode + WILD_MODE_SS, %ecx
	push	%rcx
	mov	wild_mode + WILD_MODE_SP, %ecx
	push	%rcx
	push	15*8(%rbx)
	mov	wild_mode + WILD_MODE_CS, %ecx
	push	%rcx
	push	%rax
	mov	0*8(%rbx), %rax
	mov	1*8(%rbx), %rcx
	mov	2*8(%rbx), %rdx
	mov	4*8(%rbx), %rbp
	mov	5*8(%rbx), %rsi
	mov	6*8(%rbx), %rdi
	mov	7*8(%rbx), %r8
	mov	8*8(%rbx), %r9
	mov	9*8(%rbx), %r10
	mov	10*8(%rbx), %r11
	mov	11*8(%rbx), %r12
	mov	12*8(%rbx), %r13
	mov	13*8(%rbx), %r14
	mov	14*8(%rbx), %r15
	mov	3*8(%rbx), %rbx
	iretq
wild_end_64:
	mov	$RESET_PORT, %edx
	mov	$RESET_CPU, %al
	out	%al, %dx
	jmp	wild_end_64

/* void wild_enter_32(void): to the protected mode of wild_mode; wild_enter_16: to real mode. */
	.global wild_enter_32, wild_enter_16
wild_enter_16:
	lea	wild_real_protected, %eax
	jmp	1f
wild_enter_32:
	lea	wild_protected, %eax
1:	cli
	mov	%eax, wild_target
	lgdt	wild_gdt_pointer
	ljmp	*wild_far

	.code32
wild_compatibility:
	load_segments WILD_DATA_32
	mov	$wild_stack_top, %esp
	mov	%cr0, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	mov	$MSR_EFER, %ecx
	xor	%edx, %edx
	mov	wild_mode + WILD_MODE_EFER, %eax
	wrmsr
	mov	wild_mode + WILD_MODE_CR4, %eax
	mov	%eax, %cr4
	mov	wild_mode + WILD_MODE_CR3, %eax
	mov	%eax, %cr3
	mov	wild_target, %eax
	jmp	*%eax

wild_protected:
	mov	wild_mode + WILD_MODE_CR0, %eax
	mov	%eax, %cr0
	jmp	1f
1:	lidt	wild_idt_pointer
	mov	$WILD_TSS, %eax
	ltr	%ax
	mov	$WILD_LDT, %eax
	lldt	%ax
	jmp	wild_next_32

wild_real_protected:
	lidt	wild_ivt_pointer
	load_segments WILD_DATA_16
	ljmp	$WILD_CODE_16, $WILD_REAL

/* Where all vectors lead in protected mode. */
	.global wild_next_32
wild_next_32:
	cld
	mov	$WILD_DATA_32, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$wild_stack_top, %esp
	movl	$0, WILD_APIC_EOI
	mov	wild_mode + WILD_MODE_INDEX, %eax
	inc	%eax
	mov	%eax, wild_mode + WILD_MODE_INDEX
	cmp	$WILD_PIECES, %eax
	jae	wild_end_32
	mov	%eax, %ebx
	shl	$WILD_REGISTERS_SHIFT, %ebx
	add	$WILD_REGISTERS, %ebx
	shl	$WILD_PIECE_SHIFT, %eax
	add	wild_mode + WILD_MODE_IP, %eax
	cmpl	$0, wild_mode + WILD_MODE_V86
	je	1f
	pushl	12*8(%ebx)
	pushl	11*8(%ebx)
	pushl	10*8(%ebx)
	pushl	9*8(%ebx)
1:	cmpl	$0, wild_mode + WILD_MODE_CPL
	je	2f
	pushl	wild_mode + WILD_MODE_SS
	pushl	wild_mode + WILD_MODE_SP
2:	pushl	15*8(%ebx)
	pushl	wild_mode + WILD_MODE_CS
	pushl	%eax
	mov	0*8(%ebx), %eax
	mov	1*8(%ebx), %ecx
	mov	2*8(%ebx), %edx
	mov	4*8(%ebx), %ebp
	mov	5*8(%ebx), %esi
	mov	6*8(%ebx), %edi
	mov	3*8(%ebx), %ebx
	cmpl	$0, wild_mode + WILD_MODE_V86
	jne	3f
	mov	wild_mode + WILD_MODE_DS, %es
	mov	wild_mode + WILD_MODE_DS, %fs
	mov	wild_mode + WILD_MODE_DS, %ds
3:	iret
wild_end_32:
	mov	$RESET_PORT, %edx
	mov	$RESET_CPU, %al
	out	%al, %dx
	jmp	wild_end_32

/* Copied to WILD_REAL: where all vectors lead in real mode. */
	.code16
	.global wild_real_start, wild_real_end
wild_real_start:
	mov	%cr0, %eax
	and	$~CR0_PE, %al
	mov	%eax, %cr0
	ljmp	$0, $(WILD_REAL + wild_next_16 - wild_real_start)
	.global wild_next_16
wild_next_16:
	cli
	cld
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$WILD_REAL_STACK, %sp
	mov	$PIC_EOI, %al
	out	%al, $PIC_COMMAND
	mov	WILD_REAL_INDEX, %ax
	inc	%ax
	mov	%ax, WILD_REAL_INDEX
	cmp	$WILD_PIECES, %ax
	jae	wild_end_16
	mov	%ax, %bx
	shl	$(WILD_REGISTERS_SHIFT - 4), %bx
	add	$WILD_REGISTERS_SEGMENT, %bx
	mov	%bx, %ds
	shl	$WILD_PIECE_SHIFT, %ax
	pushw	15*8
	push	$WILD_CODE_SEGMENT
	push	%ax
	mov	0*8, %eax
	mov	1*8, %ecx
	mov	2*8, %edx
	mov	3*8, %ebx
	mov	4*8, %ebp
	mov	5*8, %esi
	mov	6*8, %edi
	mov	10*8, %es
	mov	11*8, %fs
	mov	9*8, %ds
	iretw
wild_end_16:
	mov	$RESET_PORT, %dx
	mov	$RESET_CPU, %al
	out	%al, %dx
	jmp	wild_end_16
wild_real_end:

	.data
	.balign 8
wild_far:
	.long	wild_compatibility
	.word	WILD_CODE_32
	.balign 4
wild_target:
	.long	0
	.global wild_gdt_pointer, wild_idt_pointer, wild_gdt, wild_idt
wild_gdt_pointer:
	.word	8 * WILD_GDT_ENTRIES - 1
	.quad	wild_gdt
wild_idt_pointer:
	.word	16 * 256 - 1
	.quad	wild_idt
wild_ivt_pointer:
	.word	0x3ff
	.quad	0

	.bss
	.balign 4096
wild_gdt:
	.skip	8 * WILD_GDT_ENTRIES
	.balign 4096
wild_idt:
	.skip	16 * 256
	.balign 4096
	.skip	4096
	.global wild_stack_top
wild_stack_top:

	.section .note.GNU-stack, "", @progbits
