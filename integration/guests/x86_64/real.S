/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real mode: accesses that reach the end of a segment, addresses and strings that wrap
 * there, code that runs over it (SDM volume 3, 21.1; volume 1, 3.3.6). FS and ES keep a
 * base at the scratch device from protected mode, so that it is their last page.
 */
#include "legacy_expect.h"
#include "real.h"
#include "switch.h"

#define CR0_PE 1
#define VECTOR_GP 13
#define ENDING_FLAGS 0x3300
#define RETURNING_VECTORS 0x1e
/* Behind the copied code, which stays below its segment's end. */
#define RESULT(n) %cs:(results - low_start + 4 * (n))

	.text
	.code32
	.global real_code
real_code:
	mov	%esp, real_stack
	lidt	real_ivt_pointer
	mov	$LEGACY_DEVICE_16, %eax
	mov	%eax, %es
	mov	%eax, %fs
	mov	$LEGACY_DATA_16, %eax
	mov	%eax, %ds
	mov	%eax, %gs
	mov	%eax, %ss
	ljmp	$LEGACY_CODE_16, $0
real_back:
	load_segments LEGACY_DATA
	mov	real_stack, %esp
	lidt	legacy_idt_pointer
	mov	$(LEGACY_LOW + results - low_start), %esi
	mov	$real_results, %edi
	mov	$REAL_RESULTS, %ecx
	rep	movsl
	ret

	.code16
	.global low_start, low_end, low_vectors
low_start:
	mov	%cr0, %eax
	and	$~CR0_PE, %al
	mov	%eax, %cr0
	ljmp	$LEGACY_LOW_SEGMENT, $(1f - low_start)
1:	mov	$REAL_STACK_SEGMENT, %ax
	mov	%ax, %ss
	mov	$REAL_STACK, %esp
	mov	$REAL_DATA_SEGMENT, %ax
	mov	%ax, %ds
	cld

	/* Whether this CPU has limits: its #GP is not a part of the log. */
	movl	$(1f - low_start), %ebp
	mov	%ax, 0xffff
1:	mov	$REAL_LOG_SEGMENT, %ax
	mov	%ax, %gs
	mov	%gs:0, %eax
	mov	%eax, RESULT(0)
	movl	$0, %gs:0

	/* A device's last bytes: up to the limit, and over it. */
	.set	expected_flags, 0
	movw	$0x1122, %fs:0xfffe
	movb	%fs:0xffff, %al
	movzbl	%al, %eax
	mov	%eax, RESULT(1)
	faults_16 VECTOR_GP, 0, movw $0x3344, %fs:0xffff
	faults_16 VECTOR_GP, 0, movl %fs:0xfffd, %eax
	faults_16 VECTOR_GP, 0, addw $1, %fs:0xffff
	mov	$0x10000, %ebx
	faults_16 VECTOR_GP, 0, movb %fs:(%ebx), %al
	/* A 16-bit address wraps at the segment's end, a 32-bit one does not. */
	movb	$0x5a, %fs:0xf0ff
	mov	$0xffff, %bx
	mov	$0xf100, %si
	xor	%eax, %eax
	movb	%fs:(%bx, %si), %al
	mov	%eax, RESULT(2)
	mov	$0xffff, %ebx
	mov	$0xf100, %esi
	faults_16 VECTOR_GP, 0, movb %fs:(%ebx, %esi), %al

	/* Strings, whose pointers wrap between two elements; an element does not. */
	mov	$0xa5, %al
	mov	$0xfffe, %edi
	mov	$3, %ecx
	rep	stosb
	mov	%edi, RESULT(3)
	mov	$0xffff, %di
	faults_16 VECTOR_GP, 0, stosw
	mov	$0xffff, %si
	faults_16 VECTOR_GP, 0, lodsw %fs:(%si)
	mov	$0xf010, %di
	movsb	%fs:(%si), %es:(%di)
	mov	%esi, RESULT(4)
	std
	xor	%edi, %edi
	mov	$2, %cx
	rep	stosb
	mov	%edi, RESULT(5)
	cld

	/* String I/O from and to RAM. */
	mov	$REAL_DATA_SEGMENT, %ax
	mov	%ax, %es
	mov	$REAL_PORT, %dx
	movb	$0x77, 0xffff
	movb	$0x88, 0
	mov	$0xffff, %esi
	mov	$2, %ecx
	rep	outsb
	mov	%esi, RESULT(6)
	mov	$0xffff, %si
	faults_16 VECTOR_GP, 0, outsw
	mov	$0xfffd, %si
	faults_16 VECTOR_GP, 0, outsl
	mov	$0xffff, %edi
	mov	$2, %cx
	rep	insb
	mov	%edi, RESULT(7)
	mov	$0xffff, %di
	faults_16 VECTOR_GP, 0, insw
	movb	0xffff, %al
	movb	0, %ah
	movzwl	%ax, %eax
	mov	%eax, RESULT(8)
	std
	xor	%esi, %esi
	outsb
	mov	%esi, RESULT(9)
	cld

	/* An interrupt from SP 0, where the stack wraps, and back. */
	xor	%sp, %sp
	int	$LEGACY_VECTOR_CALL
8:	expect	LEGACY_VECTOR_CALL, 0, 8b - low_start
	movzwl	%sp, %esp
	mov	%esp, RESULT(10)
	mov	$REAL_STACK, %sp

	/* Code up to the end of its segment: the instruction behind it is the fault. */
	movl	$(1f - low_start), %ebp
	xor	%eax, %eax
	xor	%ecx, %ecx
	mov	$REAL_LAST_CPUID, %bx
	jmp	*%bx
1:	expect	VECTOR_GP, 0, 0
	movl	$(1f - low_start), %ebp
	mov	$0x99, %al
	mov	$REAL_PORT, %dx
	movb	$0xee, %cs:REAL_LAST_OUT	# out %al, %dx
	mov	$REAL_LAST_OUT, %bx
	jmp	*%bx
1:	expect	VECTOR_GP, 0, 0

	cli
	mov	%cr0, %eax
	or	$CR0_PE, %al
	mov	%eax, %cr0
	ljmpl	$LEGACY_CODE_32, $real_back

	.balign REAL_STUB_BYTES
low_vectors:
	.set	vector, 0
	.rept	LEGACY_VECTORS
	.balign REAL_STUB_BYTES
	push	$vector
	jmp	low_trap
	.set	vector, vector + 1
	.endr

/* The vector, IP, CS and FLAGS are on the stack. */
low_trap:
	push	%eax
	push	%ebx
	push	%ds
	mov	$REAL_LOG_SEGMENT, %ax
	mov	%ax, %ds
	mov	0, %ebx
	incl	0
	shl	$LEGACY_RECORD_SHIFT, %bx
	add	$(LEGACY_RECORDS - LEGACY_LOG), %bx
	movzwl	%sp, %esp
	movzwl	%ss:10(%esp), %eax
	mov	%eax, LEGACY_RECORD_VECTOR(%bx)
	movl	$0, LEGACY_RECORD_ERROR(%bx)
	movzwl	%ss:12(%esp), %eax
	mov	%eax, LEGACY_RECORD_IP(%bx)
	movzwl	%ss:16(%esp), %eax
	and	$ENDING_FLAGS, %eax
	mov	%eax, LEGACY_RECORD_FLAGS(%bx)
	movl	$0, LEGACY_RECORD_CR2(%bx)
	mov	%ss:10(%esp), %bx
	cmp	$32, %bx
	jae	1f
	mov	$RETURNING_VECTORS, %ax
	bt	%bx, %ax
	jc	1f
	mov	%bp, %ss:12(%esp)
	movw	$LEGACY_LOW_SEGMENT, %ss:14(%esp)
1:	pop	%ds
	pop	%ebx
	pop	%eax
	add	$2, %sp
	iret
	.balign 4
results:
	.skip	4 * REAL_RESULTS
low_end:

	.data
	.balign 8
real_ivt_pointer:
	.word	REAL_IVT_BYTES - 1
	.long	0

	.bss
	.balign 4
	.global real_results
real_results:
	.skip	4 * REAL_RESULTS
real_stack:
	.skip	4

	end_of_expected
