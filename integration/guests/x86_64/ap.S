/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a start-up IPI brings another CPU: real mode, at a copy of this in the first
 * MiB. From there to 64-bit mode by the boot CPU's tables, a stack by its APIC id, and C.
 */
#define CR0_PE (1 << 0)
#define SELECTOR_DATA 0x10
#define SELECTOR_CODE_32 0x38
#define CPUID_FEATURES 1
#define APIC_ID_SHIFT 24
#define AP_STACK 8192

	.section .rodata
	.code16
	.balign 16
	.global ap_trampoline, ap_trampoline_end
ap_trampoline:
	cli
	lgdtl	%cs:(gdt_pointer - ap_trampoline)
	mov	%cr0, %eax
	or	$CR0_PE, %eax
	mov	%eax, %cr0
	ljmpl	$SELECTOR_CODE_32, $ap_start_32
	.balign 8
gdt_pointer:
	.word	guest_gdt_limit
	.long	guest_gdt
ap_trampoline_end:

	.text
	.code32
ap_start_32:
	mov	$SELECTOR_DATA, %eax
	mov	%eax, %ds
	mov	$ap_start_64, %ebp
	jmp	guest_to_long
	.code64
ap_start_64:
	mov	$CPUID_FEATURES, %eax
	xor	%ecx, %ecx
	cpuid
	shr	$APIC_ID_SHIFT, %ebx
	inc	%ebx
	imul	$AP_STACK, %rbx, %rbx
	lea	ap_stacks(%rbx), %rsp
	xor	%ebp, %ebp
	call	ap_enter
1:	hlt
	jmp	1b

	.section .note.GNU-stack, "", @progbits
