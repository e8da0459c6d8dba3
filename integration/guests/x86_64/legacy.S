/* SPDX-License-Identifier: Apache-2.0 */
/* From 64-bit mode to flat 32-bit code and back, and its exceptions. */
#include "legacy.h"
#include "switch.h"

#define CR0_PE 1
#define RESET_PORT 0xcf9
#define RESET_CPU 6
#define STUB_BYTES 16
/* Vectors 8, 10 to 14 and 17 push an error code. */
#define ERROR_CODE_VECTORS 0x27d00
#define VECTOR_PF 14
/* Vectors that return where they came: 1 to 4. */
#define RETURNING_VECTORS 0x1e

	.text
	.code64
/* void legacy_run(const uint8_t *code) */
	.global legacy_run
legacy_run:
	push_preserved
	mov	%rsp, legacy_long_stack
	mov	%edi, %esi
	sidt	legacy_long_idt
	lgdt	legacy_gdt_pointer
	ljmp	*legacy_far

	.code32
legacy_32:
	load_segments LEGACY_DATA
	leave_long_mode
	xor	%eax, %eax
	mov	%eax, %cr4
	lidt	legacy_idt_pointer
	movb	$0x89, legacy_gdt + LEGACY_TSS + 5	# available, if it was used before
	mov	$LEGACY_TSS, %eax
	ltr	%ax
	call	*%esi
	mov	$legacy_64, %ebp
	jmp	guest_to_long
	.code64
legacy_64:
	lidt	legacy_long_idt
	mov	legacy_long_stack, %rsp
	return_preserved

	.code32
/*
 * For 32-bit code: pops into another privilege level or into virtual-8086 mode what the
 * caller has prepared for IRET at legacy_frame, ecx doublewords of it. Returns at a UD2 there.
 */
	.global legacy_enter
legacy_enter:
	pusha
	mov	%esp, legacy_stack
	mov	%esp, legacy_tss + 4
1:	pushl	legacy_frame - 4(, %ecx, 4)
	loop	1b
	xor	%ebp, %ebp
	iret

	.balign STUB_BYTES
	.global legacy_vectors
legacy_vectors:
	.set	vector, 0
	.rept	LEGACY_VECTORS
	.balign STUB_BYTES
	.if	(vector >= 32) || !((ERROR_CODE_VECTORS >> vector) & 1)
	push	$0
	.endif
	push	$vector
	jmp	legacy_trap
	.set	vector, vector + 1
	.endr

legacy_trap:
	push	%eax
	push	%ebx
	push	%ds
	mov	$LEGACY_DATA, %eax
	mov	%eax, %ds
	mov	LEGACY_LOG, %ebx
	cmp	$LEGACY_LOG_MAX, %ebx
	jae	legacy_lost
	shl	$LEGACY_RECORD_SHIFT, %ebx
	mov	12(%esp), %eax
	mov	%eax, LEGACY_RECORDS + LEGACY_RECORD_VECTOR(%ebx)
	mov	16(%esp), %eax
	mov	%eax, LEGACY_RECORDS + LEGACY_RECORD_ERROR(%ebx)
	mov	20(%esp), %eax
	mov	%eax, LEGACY_RECORDS + LEGACY_RECORD_IP(%ebx)
	mov	28(%esp), %eax
	and	$LEGACY_FLAGS, %eax
	mov	%eax, LEGACY_RECORDS + LEGACY_RECORD_FLAGS(%ebx)
	xor	%eax, %eax
	cmpl	$VECTOR_PF, 12(%esp)
	jne	1f
	mov	%cr2, %eax
1:	mov	%eax, LEGACY_RECORDS + LEGACY_RECORD_CR2(%ebx)
	incl	LEGACY_LOG
	mov	12(%esp), %ebx
	cmp	$LEGACY_VECTOR_END, %ebx
	je	legacy_end
	cmp	$32, %ebx
	jae	2f
	mov	$RETURNING_VECTORS, %eax
	bt	%ebx, %eax
	jc	2f
	mov	%ebp, 20(%esp)
2:	pop	%ds
	pop	%ebx
	pop	%eax
	add	$8, %esp
	iret
legacy_end:
	mov	%ds, %eax
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	legacy_stack, %esp
	push	$2				# IOPL 0 again
	popf
	popa
	ret
legacy_lost:
	mov	$RESET_PORT, %edx
	mov	$RESET_CPU, %al
	out	%al, %dx
	jmp	legacy_lost

	.data
	.balign 8
legacy_far:
	.long	legacy_32
	.word	LEGACY_CODE_32
legacy_gdt_pointer:
	.word	8 * LEGACY_GDT_ENTRIES - 1
	.quad	legacy_gdt
	.global legacy_idt_pointer
legacy_idt_pointer:
	.word	8 * LEGACY_VECTORS - 1
	.quad	legacy_idt
legacy_long_idt:
	.skip	10

	.bss
	.balign 16
	.global legacy_gdt, legacy_idt, legacy_tss, legacy_tss_end, legacy_frame
legacy_gdt:
	.skip	8 * LEGACY_GDT_ENTRIES
	.balign 16
legacy_idt:
	.skip	8 * LEGACY_VECTORS
	.balign 16
/* With a map of the first ports, and a byte of ones behind it. */
legacy_tss:
	.skip	104 + LEGACY_PORTS / 8 + 1
legacy_tss_end:
	.balign 8
legacy_frame:
	.skip	4 * 16
legacy_long_stack:
	.skip	8
legacy_stack:
	.skip	4

	.section .note.GNU-stack, "", @progbits
