/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entered through PVH (Xen's docs/misc/pvh.pandoc; QEMU's -kernel of an ELF with its
 * note): 32-bit protected mode without paging, ebx = struct hvm_start_info. An identity
 * map of the first 4 GiB, 64-bit mode, a stack, and then C.
 */
#define XEN_ELFNOTE_PHYS32_ENTRY 18

#define CR0_PE (1 << 0)
#define CR0_MP (1 << 1)
#define CR0_NE (1 << 5)
#define CR0_WP (1 << 16)
#define CR0_PG (1 << 31)
#define CR4_PAE (1 << 5)
#define MSR_EFER 0xc0000080
#define EFER_LME (1 << 8)
#define EFER_NXE (1 << 11)

#define PTE_P (1 << 0)
#define PTE_W (1 << 1)
#define PTE_PS (1 << 7)
#define MIB_2_SHIFT 21
/* 4 GiB in pages of 2 MiB */
#define PD_ENTRIES 2048

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10

	.section .note.pvh, "a", @note
	.balign 4
	.long	4, 4, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.long	hypervisor_start

	.section .text.start, "ax"
	.code32
	.global hypervisor_start
hypervisor_start:
	cli
	cld
	mov	$hypervisor_bss_start, %edi
	mov	$hypervisor_end, %ecx
	sub	%edi, %ecx
	shr	$2, %ecx
	xor	%eax, %eax
	rep stosl

	/* Page tables: one level 4 entry, four level 3 entries, 2048 pages of 2 MiB. */
	mov	$boot_pd, %edi
	mov	$(PTE_P | PTE_W | PTE_PS), %eax
	mov	$PD_ENTRIES, %ecx
1:	mov	%eax, (%edi)
	add	$(1 << MIB_2_SHIFT), %eax
	add	$8, %edi
	loop	1b
	mov	$boot_pdpt, %edi
	mov	$(boot_pd + PTE_P + PTE_W), %eax
	mov	$4, %ecx
2:	mov	%eax, (%edi)
	add	$4096, %eax
	add	$8, %edi
	loop	2b
	movl	$(boot_pdpt + PTE_P + PTE_W), boot_pml4

	mov	%ebx, %esi
	call	enter_long_mode
	.code64
	mov	$hypervisor_stack_top, %rsp
	mov	%esi, %edi
	xor	%ebp, %ebp
	call	board_start
3:	hlt
	jmp	3b

/* From 32-bit to 64-bit code at the return address, on the boot page tables; keeps esi. */
	.code32
	.global enter_long_mode
enter_long_mode:
	pop	%ebp
	mov	%cr4, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$boot_pml4, %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$(EFER_LME | EFER_NXE), %eax
	wrmsr
	mov	%cr0, %eax
	or	$(CR0_PG | CR0_PE | CR0_MP | CR0_NE | CR0_WP), %eax
	mov	%eax, %cr0
	lgdt	boot_gdt_pointer
	ljmp	$SELECTOR_CODE, $1f
	.code64
1:	mov	$SELECTOR_DATA, %ecx
	mov	%ecx, %ds
	mov	%ecx, %es
	mov	%ecx, %ss
	xor	%ecx, %ecx
	mov	%ecx, %fs
	mov	%ecx, %gs
	mov	%ebp, %ebp
	jmp	*%rbp

	.section .rodata
	.balign 8
boot_gdt_pointer:
	.word	boot_gdt_limit
	.quad	boot_gdt

	.data
	.balign 16
	.global boot_gdt
boot_gdt:
	.quad	0
	.quad	0x00af9b000000ffff		# 64-bit code
	.quad	0x00cf93000000ffff		# data
	.quad	0, 0				# a task state: trap.c has one for each CPU
	.quad	0x00cf9b000000ffff		# 32-bit code
boot_gdt_end:
	.global boot_gdt_limit
	.set	boot_gdt_limit, boot_gdt_end - boot_gdt - 1

	.bss
	.balign 4096
	.global boot_pml4
boot_pml4:
	.skip	4096
boot_pdpt:
	.skip	4096
boot_pd:
	.skip	4096 * 4

	.section .note.GNU-stack, "", @progbits
