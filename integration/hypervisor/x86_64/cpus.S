/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a start-up IPI brings a CPU: real mode, in a copy of this in the first MiB. To
 * 64-bit mode as the boot CPU (boot.S), a number, the stack of that number, and C. Who
 * comes when all numbers are given, or too late, stays here.
 */
#define CR0_PE (1 << 0)
#define CR0_NW (1 << 29)
#define CR0_CD (1 << 30)
#define SELECTOR_DATA 0x10
#define SELECTOR_CODE_32 0x28

	.section .rodata
	.code16
	.balign 16
	.global cpus_trampoline, cpus_trampoline_end
cpus_trampoline:
	cli
	lgdtl	%cs:(gdt_pointer - cpus_trampoline)
	mov	%cr0, %eax
	or	$CR0_PE, %eax
	and	$~(CR0_CD | CR0_NW), %eax	# INIT leaves caches off
	mov	%eax, %cr0
	ljmpl	$SELECTOR_CODE_32, $start_32
	.balign 8
gdt_pointer:
	.word	boot_gdt_limit
	.long	boot_gdt
cpus_trampoline_end:

	.text
	.code32
start_32:
	mov	$SELECTOR_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$1, %edi
	lock xadd %edi, cpus_next
	cmp	cpus_limit, %edi
	jae	1f
	mov	cpus_stacks(, %edi, 8), %esp
	call	enter_long_mode
	.code64
	mov	%esp, %esp
	xor	%ebp, %ebp
	call	cpus_start
	.code32
1:	cli
	hlt
	jmp	1b

	.section .note.GNU-stack, "", @progbits
