/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor enters in flat 32-bit protected mode. The guest maps the first GiB
 * to itself, goes to 64-bit mode, and calls guest_run(). Exceptions and interrupts go
 * to guest_trap(), which may change where they return to.
 */
#include "switch.h"

#define PTE_P (1 << 0)
#define PTE_W (1 << 1)
#define PTE_U (1 << 2)
#define PTE_PS (1 << 7)
#define CR4_PAE (1 << 5)
#define CR4_OSFXSR (1 << 9)
#define EFER_SCE (1 << 0)
#define EFER_NXE (1 << 11)
#define CR0_PE (1 << 0)
#define CR0_MP (1 << 1)
#define CR0_ET (1 << 4)
#define CR0_NE (1 << 5)
#define ENTRY_BYTES 16
/* Vectors 8, 10 to 14, 17, 21, 29 and 30 push an error code. */
#define ERROR_CODE_VECTORS 0x60227d00

	.section .text.start, "ax"
	.code32
	.global guest_start
guest_start:
	cli
	mov	%eax, guest_boot_eax
	mov	%ebx, guest_boot_ebx
	mov	$guest_stack_top, %esp
	mov	$guest_pd, %edi
	mov	$(PTE_P | PTE_W | PTE_U | PTE_PS), %eax
	mov	$512, %ecx
1:	mov	%eax, (%edi)
	add	$0x200000, %eax
	add	$8, %edi
	loop	1b
	movl	$(guest_pd + PTE_P + PTE_W + PTE_U), guest_pdpt
	movl	$(guest_pdpt + PTE_P + PTE_W + PTE_U), guest_pml4
	mov	$3f, %ebp
	jmp	guest_to_long
	.code64
3:	call	guest_run
4:	hlt
	jmp	4b

/* From flat 32-bit code to 64-bit code at ebp, on the guest's tables, with data segments. */
	.text
	.code32
	.global guest_to_long
guest_to_long:
	mov	$(CR4_PAE | CR4_OSFXSR), %eax
	mov	%eax, %cr4
	mov	$guest_pml4, %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	xor	%edx, %edx
	mov	$(EFER_LME | EFER_NXE | EFER_SCE), %eax
	wrmsr
	mov	$(CR0_PG | CR0_PE | CR0_MP | CR0_ET | CR0_NE), %eax
	mov	%eax, %cr0
	lgdt	guest_gdt_pointer
	ljmp	$0x08, $2f
	.code64
2:	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%ebp, %ebp
	jmp	*%rbp

	.text
	.balign ENTRY_BYTES
	.global guest_vectors
guest_vectors:
	.set	vector, 0
	.rept	256
	.balign ENTRY_BYTES
	.if	(vector >= 32) || !((ERROR_CODE_VECTORS >> vector) & 1)
	push	$0
	.endif
	push	$vector
	jmp	guest_vector
	.set	vector, vector + 1
	.endr

guest_vector:
	push	%rax
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	cld
	mov	%rsp, %rdi
	mov	%rsp, %rbx
	and	$-16, %rsp
	call	guest_trap
	mov	%rbx, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp
	.global guest_iretq
guest_iretq:
	iretq

/* void guest_to_user(void (*code)(void), void *stack, uint64_t rflags): as a program; returns at guest_user_done. */
	.global guest_to_user
guest_to_user:
	push_preserved
	mov	%rsp, guest_kernel_stack
	mov	%rsp, guest_tss + 4
	mov	$0x28, %eax
	ltr	%ax
	movb	$0x89, guest_tss_descriptor + 5	# available again for the next time
	push	$0x23
	push	%rsi
	push	%rdx
	push	$0x1b
	push	%rdi
	iretq
	.global guest_user_done
guest_user_done:
	mov	guest_kernel_stack, %rsp
	return_preserved

	.data
	.global guest_boot_eax, guest_boot_ebx
guest_boot_eax:
	.long	0
guest_boot_ebx:
	.long	0
	.balign 8
	.global guest_gdt, guest_gdt_limit
guest_gdt:
	.quad	0
	.quad	0x00af9b000000ffff		# 08 64-bit code
	.quad	0x00cf93000000ffff		# 10 data
	.quad	0x00affb000000ffff		# 18 user code
	.quad	0x00cff3000000ffff		# 20 user data
	.global guest_tss_descriptor
guest_tss_descriptor:
	.quad	0, 0				# 28, set in C
	.quad	0x00cf9b000000ffff		# 38 32-bit code
	.quad	0x00009b000000ffff		# 40 16-bit code
	.quad	0x000093000000ffff		# 48 16-bit data
	.quad	0x00cffb000000ffff		# 50 32-bit user code
guest_gdt_end:
	.set	guest_gdt_limit, guest_gdt_end - guest_gdt - 1
	.global guest_gdt_pointer
guest_gdt_pointer:
	.word	guest_gdt_limit
	.quad	guest_gdt

	.bss
	.balign 4096
	.global guest_pml4, guest_pdpt, guest_pd
guest_pml4:
	.skip	4096
guest_pdpt:
	.skip	4096
guest_pd:
	.skip	4096
	.global guest_kernel_stack
guest_kernel_stack:
	.skip	8
	.balign 16
	.global guest_tss
guest_tss:
	.skip	104

	.section .note.GNU-stack, "", @progbits
