/* SPDX-License-Identifier: Apache-2.0 */
/* From 64-bit mode to 32-bit and 16-bit code, to other tasks, and back; results in modes_results. */
#include "modes.h"
#include "switch.h"

#define RESULT(n) modes_results + 4 * (n)

	.text
	.code64
	.global modes_run
modes_run:
	push_preserved
	mov	%rsp, modes_stack
	sidt	modes_old_idt
	lgdt	modes_gdt_pointer
	ljmp	*modes_far_32

	.code32
modes_32:
	load_segments MODES_DATA
	leave_long_mode
	lidt	modes_idt_pointer
	mov	$MODES_TASK_MAIN, %eax
	ltr	%ax

	/* 32-bit code: a base in FS, 16-bit operands and addresses, strings. */
	mov	$MODES_DEVICE, %eax
	mov	%eax, %fs
	mov	%eax, %es
	movl	$0x11223344, %fs:0x10
	movzwl	%fs:0x12, %eax
	mov	%eax, RESULT(0)
	mov	$0xabcd0010, %ebx
	xor	%eax, %eax
	addr16	movb %fs:1(%bx), %al
	mov	%eax, RESULT(1)
	movw	$0x5566, %fs:0x14
	mov	$0x20, %edi
	mov	$3, %ecx
	mov	$0x01020304, %eax
	rep	stosl
	lock	addl $0x10, %fs:0x28
	mov	%fs:0x28, %eax
	mov	%eax, RESULT(2)
	mov	%edi, RESULT(3)
	/* The segment ends at 0xfff; an expand-down one begins behind it. */
	movl	$1f, modes_resume
	mov	%fs:0xffd, %eax
1:	mov	$MODES_DOWN, %eax
	mov	%eax, %gs
	movl	$2f, modes_resume
	mov	%gs:0xffc, %eax
2:	movl	$0x778899aa, %gs:0x1000
	mov	%gs:0x1000, %eax
	mov	%eax, RESULT(4)
	mov	$MODES_DATA, %eax
	mov	%eax, %es

	/* 16-bit code, with the device behind DS. */
	lcall	$MODES_CODE_16, $(modes_16 - MODES_CODE_16_BASE)
	movzwl	%dx, %edx
	mov	%edx, RESULT(6)
	mov	%ebx, RESULT(7)

	/* Other tasks: by JMP and back, by CALL and IRET, by gates with and without an error code. */
	ljmp	$MODES_TASK_JMP, $0
	mov	$0x1234, %ebx
	lcall	$MODES_TASK_CALL, $0
	mov	%ebx, RESULT(9)
	int	$MODES_VECTOR_TASK
	movl	$(MODES_TASK_FAULT << 16), modes_idt + 8 * MODES_VECTOR_GP
	movl	$MODES_TASK_GATE, modes_idt + 8 * MODES_VECTOR_GP + 4
	mov	$0xfff0, %eax
	mov	%eax, %gs
	str	%ax
	movzwl	%ax, %eax
	mov	%eax, RESULT(12)
	pushf
	pop	%eax
	mov	%eax, RESULT(13)

	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME, %eax
	wrmsr
	mov	%cr0, %eax
	or	$CR0_PG, %eax
	mov	%eax, %cr0
	lgdt	guest_gdt_pointer
	ljmp	$0x08, $modes_back
	.code64
modes_back:
	load_segments 0x10
	lidt	modes_old_idt
	mov	modes_stack, %rsp
	return_preserved

	.code32
/* #GP and #SS: they go on at modes_resume. */
	.global modes_fault
modes_fault:
	incl	RESULT(5)
	add	$4, %esp
	push	%eax
	mov	modes_resume, %eax
	mov	%eax, 4(%esp)
	pop	%eax
	iret

	.global modes_task_jmp, modes_task_call, modes_task_fault
modes_task_jmp:
	movl	$0xa5a5, RESULT(8)
	mov	$0x5555, %ebx
	ljmp	$MODES_TASK_MAIN, $0
	jmp	modes_task_jmp
modes_task_call:
	incl	RESULT(10)
	mov	$0x6666, %ebx
	iret
	jmp	modes_task_call
modes_task_fault:
	/* The error code; then the old task is brought behind its MOV. */
	popl	RESULT(11)
	addl	$2, modes_tss + 0x20
	iret
	jmp	modes_task_fault

	.code16
modes_16:
	push	%ds
	mov	$MODES_DEVICE, %ax
	mov	%ax, %ds
	mov	$0x14, %bx
	movw	(%bx), %ax
	movw	%ax, 0x40
	movl	$0x99aabbcc, 0x44
	mov	$0x40, %si
	lodsw
	mov	%ax, %dx
	mov	$0xffff1000, %ecx
	movl	-0xffff0fbc(%ecx), %ebx
	pop	%ds
	data32	lret

	.data
	.balign 8
modes_far_32:
	.long	modes_32
	.word	MODES_CODE_32
	.global modes_gdt, modes_idt, modes_tss, modes_results
modes_gdt_pointer:
	.word	8 * MODES_GDT_ENTRIES - 1
	.quad	modes_gdt
modes_idt_pointer:
	.word	8 * 256 - 1
	.quad	modes_idt
modes_old_idt:
	.skip	10

	.bss
	.balign 4096
modes_gdt:
	.skip	8 * MODES_GDT_ENTRIES
	.balign 4096
modes_idt:
	.skip	8 * 256
	.balign 4096
modes_tss:
	.skip	4 * 128
modes_results:
	.skip	4 * MODES_RESULTS
modes_stack:
	.skip	8
modes_resume:
	.skip	4

	.section .note.GNU-stack, "", @progbits
