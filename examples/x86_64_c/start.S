/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU enters an ELF with this note in 32-bit protected mode without paging (PVH, Xen's
 * docs/misc/pvh.pandoc): empty .bss, page tables, 64-bit mode, a stack, then C.
 */
	.section .note.pvh, "a", @note
	.balign 4
	.long	4, 4, 18			# XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.long	hypervisor_start

	.section .text.start, "ax"
	.code32
	.global hypervisor_start
hypervisor_start:
	cli					# axvcpu_run() wants interrupts masked
	cld
	mov	$hypervisor_bss_start, %edi
	mov	$hypervisor_bss_end, %ecx
	sub	%edi, %ecx
	xor	%eax, %eax
	rep stosb

	/* One to one: the first GiB in 512 pages of 2 MiB (present, writable, large). */
	mov	$level2, %edi
	mov	$0x83, %eax
	mov	$512, %ecx
1:	mov	%eax, (%edi)
	add	$0x200000, %eax
	add	$8, %edi
	loop	1b
	movl	$level2 + 3, level3		# present, writable
	movl	$level3 + 3, level4

	mov	%cr4, %eax
	or	$0x20, %eax			# PAE
	mov	%eax, %cr4
	mov	$level4, %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx		# EFER
	rdmsr
	or	$0x100, %eax			# LME
	wrmsr
	mov	%cr0, %eax
	or	$0x80010021, %eax		# PG, WP, NE, PE
	mov	%eax, %cr0
	lgdt	gdt_pointer
	ljmp	$0x08, $1f

	.code64
1:	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	mov	$0x18, %eax
	ltr	%ax				# VMX wants a task register
	mov	$hypervisor_stack_top, %esp
	call	hypervisor_main			# does not come back

	.section .rodata
gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt

	.data					# LTR marks its descriptor
	.balign 8
gdt:	.quad	0
	.quad	0x00af9b000000ffff		# 0x08: 64-bit code
	.quad	0x00cf93000000ffff		# 0x10: data
	.quad	0x0000890000000067, 0		# 0x18: a task state of 104 bytes at 0, never used
gdt_end:

	.bss
	.balign 4096
level4:	.skip	4096
level3:	.skip	4096
level2:	.skip	4096

/* The guest, in real mode: prints through a serial port, byte by byte, and halts for good. */
	.section .guest, "ax"
	.balign 4096
	.global guest_page
	.code16
guest_page:
	mov	$text - guest_page, %si
1:	mov	$0x3fd, %dx			# the line status register:
	in	%dx, %al
	test	$0x20, %al			# is there room for a byte?
	jz	1b
	lodsb	%cs:(%si), %al
	test	%al, %al
	jz	2f
	mov	$0x3f8, %dx
	out	%al, %dx
	jmp	1b
2:	hlt					# with interrupts masked
	jmp	2b
text:	.asciz	"guest: hello from real mode\n"
	.balign 4096

	.section .note.GNU-stack, "", @progbits
