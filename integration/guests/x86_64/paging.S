/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses through 32-bit and PAE paging, to devices and to RAM: what the CPU walks, and
 * what the library walks for instructions that it does in the guest's place. Error codes
 * are those of SDM volume 3, 4.7.
 */
#include "legacy_expect.h"
#include "paging.h"

#define CR0_PG 0x80000000
#define CR0_WP 0x10000
#define MSR_EFER 0xc0000080
#define EFER_NXE 0x800
#define EFLAGS_1 2
#define VECTOR_UD 6
#define VECTOR_GP 13
#define VECTOR_PF 14
/* Of a page fault's error code; and that it is the CPU's own, without a part of the library's. */
#define BY_CPU PAGING_BY_CPU
#define PRESENT 1
#define WRITE 2
#define USER 4
#define RESERVED 8
#define FETCH 16
#define RESULT(n) paging_results + 4 * (n)

/* The low half of a 4 KiB page's entry: its accessed and dirty bits. */
	.macro	entry_of page, result
	mov	$(((\page) - PAGING_AREA) >> 12), %eax
	mov	paging_input + PAGING_INPUT_PTE_SHIFT, %ecx
	shl	%cl, %eax
	add	paging_input + PAGING_INPUT_PTES, %eax
	mov	(%eax), %eax
	mov	%eax, RESULT(\result)
	.endm

/* The registers of a string instruction. */
	.macro	string from, to
	mov	$(\from), %esi
	mov	$(\to), %edi
	.endm

	.text
	.code32
paging_on:
	mov	paging_input + PAGING_INPUT_CR3, %eax
	mov	%eax, %cr3
	mov	paging_input + PAGING_INPUT_CR4, %eax
	mov	%eax, %cr4
	mov	$MSR_EFER, %ecx
	rdmsr
	mov	paging_input + PAGING_INPUT_EFER, %eax
	wrmsr
	mov	%cr0, %eax
	or	$(CR0_PG | CR0_WP), %eax
	mov	%eax, %cr0
	ret
paging_off:
	mov	%cr0, %eax
	and	$~(CR0_PG | CR0_WP), %eax
	mov	%eax, %cr0
	ret

/* Both forms of paging. */
	.global paging_code
paging_code:
	call	paging_on
	mov	$PAGING_PORT, %edx
	.set	expected_flags, 0

	/* A device's page: accessed by a read, dirty by a write; and a big one. */
	mov	PAGING_DEVICE + 0x40, %eax
	entry_of PAGING_DEVICE, 0
	movl	$0x12345678, PAGING_DEVICE + 0x40
	entry_of PAGING_DEVICE, 1
	movzwl	PAGING_BIG_DEVICE + 0x42, %eax
	mov	%eax, RESULT(2)
	movb	$0x9a, PAGING_BIG_DEVICE + 0x40
	mov	PAGING_DEVICE + 0x40, %eax
	mov	%eax, RESULT(3)

	/* Faults that the CPU finds. */
	faults	VECTOR_PF, PRESENT | WRITE, PAGING_DEVICE_RO + 4, movl %eax, PAGING_DEVICE_RO + 4
	faults	VECTOR_PF, PRESENT | WRITE, PAGING_RAM_RO, movl %eax, PAGING_RAM_RO
	faults	VECTOR_PF, 0, PAGING_NOWHERE + 8, movl PAGING_NOWHERE + 8, %eax
	faults	VECTOR_PF, WRITE, PAGING_NOWHERE + 9, movb %al, PAGING_NOWHERE + 9
	faults	VECTOR_PF, 0, PAGING_NO_TABLE, movl PAGING_NO_TABLE, %eax
	faults	VECTOR_PF, BY_CPU | PRESENT | RESERVED, PAGING_BIG_RESERVED, movl PAGING_BIG_RESERVED, %eax
	faults	VECTOR_PF, BY_CPU | PRESENT | RESERVED | WRITE, PAGING_BIG_RESERVED, movl %eax, PAGING_BIG_RESERVED

	/* An operand of an instruction whose other one is a device. */
	string	PAGING_DEVICE + 0x40, PAGING_RAM_RO
	faults	VECTOR_PF, PRESENT | WRITE, PAGING_RAM_RO, movsl
	string	PAGING_DEVICE + 0x40, PAGING_NOWHERE
	faults	VECTOR_PF, WRITE, PAGING_NOWHERE, movsl
	string	PAGING_DEVICE + 0x40, PAGING_NO_TABLE
	faults	VECTOR_PF, WRITE, PAGING_NO_TABLE, movsl
	string	PAGING_DEVICE + 0x40, PAGING_BIG_RESERVED
	faults	VECTOR_PF, PRESENT | RESERVED | WRITE, PAGING_BIG_RESERVED, movsl
	entry_of PAGING_RAM, 4
	string	PAGING_DEVICE + 0x40, PAGING_RAM
	movsl
	entry_of PAGING_RAM, 5
	mov	PAGING_RAM, %eax
	mov	%eax, RESULT(6)

	/* String I/O, whose operand is RAM. */
	string	PAGING_NOWHERE, PAGING_RAM_RO
	faults	VECTOR_PF, PRESENT | WRITE, PAGING_RAM_RO, insb
	faults	VECTOR_PF, 0, PAGING_NOWHERE, outsb
	string	PAGING_BIG_RESERVED, PAGING_NOWHERE
	faults	VECTOR_PF, WRITE, PAGING_NOWHERE, insb
	faults	VECTOR_PF, PRESENT | RESERVED, PAGING_BIG_RESERVED, outsb
	string	PAGING_RAM_OUTS, PAGING_RAM_INS
	insb
	outsb
	entry_of PAGING_RAM_INS, 7
	entry_of PAGING_RAM_OUTS, 8

	/* Without CR0.WP the kernel writes everywhere. */
	mov	%cr0, %eax
	and	$~CR0_WP, %eax
	mov	%eax, %cr0
	movl	$0x77, PAGING_DEVICE_RO + 0x48
	string	PAGING_DEVICE + 0x48, PAGING_RAM_RO
	movsl
	mov	PAGING_RAM_RO, %eax
	mov	%eax, RESULT(9)

	movl	$user_code, legacy_frame
	movl	$LEGACY_USER_CODE, legacy_frame + 4
	movl	$(LEGACY_IOPL_3 | EFLAGS_1), legacy_frame + 8
	movl	$paging_user_stack, legacy_frame + 12
	movl	$LEGACY_USER_DATA, legacy_frame + 16
	mov	$5, %ecx
	call	legacy_enter
	jmp	paging_off

/* A program, with all ports. */
user_code:
	.set	expected_flags, LEGACY_IOPL_3
	mov	$LEGACY_USER_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	$PAGING_PORT, %edx
	movl	$0x11, PAGING_DEVICE + 0x50
	mov	PAGING_DEVICE + 0x50, %eax
	faults	VECTOR_PF, USER | PRESENT, PAGING_DEVICE_SUPERVISOR, movl PAGING_DEVICE_SUPERVISOR, %eax
	faults	VECTOR_PF, USER | PRESENT | WRITE, PAGING_DEVICE_SUPERVISOR, movl %eax, PAGING_DEVICE_SUPERVISOR
	/* Here CR0.WP is clear. */
	faults	VECTOR_PF, USER | PRESENT | WRITE, PAGING_DEVICE_RO, movl %eax, PAGING_DEVICE_RO
	faults	VECTOR_PF, USER, PAGING_NOWHERE, movl PAGING_NOWHERE, %eax
	faults	VECTOR_PF, USER | WRITE, PAGING_NO_TABLE, movl %eax, PAGING_NO_TABLE
	faults	VECTOR_PF, USER | BY_CPU | PRESENT | RESERVED, PAGING_BIG_RESERVED, movl PAGING_BIG_RESERVED, %eax
	string	PAGING_DEVICE + 0x50, PAGING_RAM_SUPERVISOR
	faults	VECTOR_PF, USER | PRESENT | WRITE, PAGING_RAM_SUPERVISOR, movsl
	string	PAGING_DEVICE + 0x50, PAGING_NOWHERE
	faults	VECTOR_PF, USER | WRITE, PAGING_NOWHERE, movsl
	string	PAGING_RAM_SUPERVISOR, PAGING_RAM_SUPERVISOR
	faults	VECTOR_PF, USER | PRESENT | WRITE, PAGING_RAM_SUPERVISOR, insb
	faults	VECTOR_PF, USER | PRESENT, PAGING_RAM_SUPERVISOR, outsb
	string	PAGING_NOWHERE, PAGING_RAM_RO
	faults	VECTOR_PF, USER | PRESENT | WRITE, PAGING_RAM_RO, insb
	faults	VECTOR_PF, USER, PAGING_NOWHERE, outsb
	faults	VECTOR_UD, 0, 0, ud2
	.global paging_expected_pae
	.pushsection .data.expect, "aw"
paging_expected_pae:
	.popsection

/* PAE alone. */
	.global paging_pae_code
paging_pae_code:
	call	paging_on
	.set	expected_flags, 0
	movb	$0xc3, PAGING_RAM_NX		# RET
	mov	$PAGING_RAM_NX, %eax
	call	expect_at_target
	expect	VECTOR_PF, PRESENT | FETCH, PAGING_RAM_NX, PAGING_RAM_NX
	mov	$PAGING_NOWHERE, %eax
	call	expect_at_target
	expect	VECTOR_PF, FETCH, PAGING_NOWHERE, PAGING_NOWHERE
	.global paging_expected_reserved
	.pushsection .data.expect, "aw"
paging_expected_reserved:
	.popsection
	faults	VECTOR_PF, BY_CPU | PRESENT | RESERVED, PAGING_RESERVED, movl PAGING_RESERVED, %eax
	string	PAGING_DEVICE + 0x40, PAGING_RESERVED
	faults	VECTOR_PF, PRESENT | RESERVED | WRITE, PAGING_RESERVED, movsl
	/* Without EFER.NXE the bit is reserved. */
	mov	$MSR_EFER, %ecx
	rdmsr
	and	$~EFER_NXE, %eax
	wrmsr
	faults	VECTOR_PF, BY_CPU | PRESENT | RESERVED, PAGING_RAM_NX, movl PAGING_RAM_NX, %eax
	string	PAGING_DEVICE + 0x40, PAGING_RAM_NX
	faults	VECTOR_PF, PRESENT | RESERVED | WRITE, PAGING_RAM_NX, movsl
	/* MOV to CR3 loads the PDPTEs, or the CPU reads them when it needs them. */
	mov	$paging_bad_pdpt, %eax
	faults	VECTOR_GP, 0, 0, mov %eax, %cr3
	faults	VECTOR_PF, 0, PAGING_BAD_PDPTE, movl PAGING_BAD_PDPTE, %eax
	jmp	paging_off

/* Jumps to eax, which faults there; goes on behind the call. */
expect_at_target:
	pop	%ebp
	jmp	*%eax

/* Above 4 GiB, with either form. */
	.global paging_high_code
paging_high_code:
	call	paging_on
	mov	PAGING_BIG_HIGH + 0x123454, %eax
	jmp	paging_off

	.bss
	.balign 16
	.global paging_results, paging_input
paging_results:
	.skip	4 * PAGING_RESULTS
paging_input:
	.skip	32
	.skip	256
paging_user_stack:

	end_of_expected
