/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual-8086 code at IOPL 0 and 3 (SDM volume 3, 21.2 to 21.3). */
#include "legacy_expect.h"
#include "v86.h"

#define CR0_PG 0x80000000
#define CR0_WP 0x10000
#define CR4_PSE 0x10
#define EFLAGS_1 2
#define VECTOR_BP 3
#define VECTOR_OF 4
#define VECTOR_UD 6
#define VECTOR_SS 12
#define VECTOR_GP 13
/* The error code of a gate that CPL 3 may not use: 8 times the vector, and IDT. */
#define GATE(n) (8 * (n) + 2)
#define CLOSED_GATE 0x31
#define MSR_PAT 0x277
/* The results, at the end of the code that is copied. */
#define RESULT(n) %cs:(results - low_start + 4 * (n))

	.text
	.code32
	.global v86_code
v86_code:
	mov	$v86_pd, %eax
	mov	%eax, %cr3
	mov	$CR4_PSE, %eax
	mov	%eax, %cr4
	mov	%cr0, %eax
	or	$(CR0_PG | CR0_WP), %eax
	mov	%eax, %cr0
	mov	$(low_iopl_0 - low_start), %edx
	mov	$(LEGACY_VM | EFLAGS_1), %ebx
	call	enter
	mov	$(low_iopl_3 - low_start), %edx
	mov	$(LEGACY_VM | LEGACY_IOPL_3 | EFLAGS_1), %ebx
	call	enter
	mov	%cr0, %eax
	and	$~(CR0_PG | CR0_WP), %eax
	mov	%eax, %cr0
	mov	$(LEGACY_LOW + results - low_start), %esi
	mov	$v86_results, %edi
	mov	$V86_RESULTS, %ecx
	rep	movsl
	ret

/* edx: IP, ebx: EFLAGS. */
enter:
	mov	%edx, legacy_frame
	movl	$LEGACY_LOW_SEGMENT, legacy_frame + 4
	mov	%ebx, legacy_frame + 8
	movl	$V86_STACK, legacy_frame + 12
	movl	$V86_STACK_SEGMENT, legacy_frame + 16
	movl	$V86_STACK_SEGMENT, legacy_frame + 20	# ES
	movl	$V86_DEVICE_SEGMENT, legacy_frame + 24	# DS
	movl	$V86_DEVICE_SEGMENT, legacy_frame + 28	# FS
	movl	$V86_STACK_SEGMENT, legacy_frame + 32	# GS
	mov	$9, %ecx
	jmp	legacy_enter

	.code16
	.global low_start, low_end
low_start:
	.set	expected_flags, LEGACY_VM
low_iopl_0:
	/* Ports, by the map alone. */
	mov	$V86_PORT, %dx
	mov	$0x5a, %al
	out	%al, %dx
	xor	%eax, %eax
	in	%dx, %al
	mov	%eax, RESULT(0)
	faults_16 VECTOR_GP, 0, out %ax, %dx
	mov	$V86_DENIED, %dx
	faults_16 VECTOR_GP, 0, out %al, %dx
	faults_16 VECTOR_GP, 0, in %dx, %al
	faults_16 VECTOR_GP, 0, in $0x80, %al
	mov	$(LEGACY_PORTS + 0x100), %dx
	faults_16 VECTOR_GP, 0, out %al, %dx
	mov	$V86_PORT, %dx
	movw	$0xbeef, %es:V86_STRING
	mov	$V86_STRING, %si
	mov	$2, %cx
	rep	outsb %es:(%si), %dx
	movzwl	%si, %esi
	mov	%esi, RESULT(3)
	mov	$V86_DENIED, %dx
	faults_16 VECTOR_GP, 0, outsb %es:(%si), %dx
	/* A device behind a page, through segments. */
	movl	$0x11223344, 0x40
	mov	0x40, %eax
	mov	%eax, RESULT(1)
	mov	$0xfff0, %bx
	mov	$0x50, %si
	xor	%eax, %eax
	movw	(%bx, %si), %ax			# 0x10040, which wraps to 0x40
	mov	%eax, RESULT(2)
	/* The end of a segment. */
	faults_16 VECTOR_GP, 0, movw %ax, 0xffff
	faults_16 VECTOR_GP, 0, movl %fs:0xfffd, %eax
	/* What IOPL guards; INT3 and INTO are not among it. */
	faults_16 VECTOR_GP, 0, cli
	faults_16 VECTOR_GP, 0, sti
	faults_16 VECTOR_GP, 0, pushf
	faults_16 VECTOR_GP, 0, popf
	faults_16 VECTOR_GP, 0, iret
	faults_16 VECTOR_GP, 0, int $LEGACY_VECTOR_CALL
	traps_16 VECTOR_BP, int3
	mov	$0x7f, %al
	inc	%al
	traps_16 VECTOR_OF, into
	/* What only CPL 0 may do; and what the mode has not. */
	faults_16 VECTOR_GP, 0, hlt
	faults_16 VECTOR_GP, 0, mov %cr0, %eax
	faults_16 VECTOR_GP, 0, mov %eax, %cr3
	faults_16 VECTOR_GP, 0, lmsw %ax
	faults_16 VECTOR_GP, 0, clts
	mov	$MSR_PAT, %ecx
	faults_16 VECTOR_GP, 0, rdmsr
	faults_16 VECTOR_GP, 0, wrmsr
	faults_16 VECTOR_GP, 0, wbinvd
	faults_16 VECTOR_GP, 0, lgdt 0
	xor	%eax, %eax
	xor	%ecx, %ecx
	cpuid
	faults_16 VECTOR_UD, 0, ud2
	.code32
	.code16

low_iopl_3:
	.set	expected_flags, LEGACY_VM | LEGACY_IOPL_3
	/* Ports have the map still. */
	mov	$V86_DENIED, %dx
	faults_16 VECTOR_GP, 0, out %al, %dx
	mov	$V86_PORT, %dx
	out	%al, %dx
	sti
	pushfl
	popl	%eax
	mov	%eax, RESULT(5)
	.set	expected_flags, LEGACY_VM | LEGACY_IOPL_3 | LEGACY_IF
	traps_16 LEGACY_VECTOR_CALL, int $LEGACY_VECTOR_CALL
	faults_16 VECTOR_GP, GATE(CLOSED_GATE), int $CLOSED_GATE
	cli
	.set	expected_flags, LEGACY_VM | LEGACY_IOPL_3
	pushfl
	popl	%eax
	mov	%eax, RESULT(4)
	pushl	$0
	popf
	pushfl
	popl	%eax
	mov	%eax, RESULT(6)
	add	$2, %sp
	/* IRET within the mode. */
	xor	%eax, %eax
	pushw	$0x3002
	push	%cs
	pushw	$(1f - low_start)
	iret
	mov	$0x1234, %ax
1:	add	$0x5678, %ax
	mov	%eax, RESULT(7)
	traps_16 VECTOR_BP, int3
	faults_16 VECTOR_SS, 0, mov %eax, %ss:0xffff
	faults_16 VECTOR_UD, 0, ud2
	.balign 4
results:
	.skip	4 * V86_RESULTS
low_end:

	.bss
	.balign 4
	.global v86_results
v86_results:
	.skip	4 * V86_RESULTS

	end_of_expected
