/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guests, in 64-bit mode on the kernel's own page tables. They run forever; the
 * bench looks at the clock between exits. Instructions other than the one that exits
 * are the `overhead` of bench_programs.
 */
	/* Port and memory of devices of the bench's own: nothing is there. */
	.equ	DEVICE, 0xd0000000
	.equ	PORT, 0x50
	.equ	CPUID_LEAF, 1
	.equ	CR4_OSFXSR, 1 << 9
	.equ	MSR_APIC_BASE, 0x1b
	.equ	APIC_BASE_X2APIC, 1 << 10
	.equ	MSR_X2APIC_EOI, 0x80b

	/* VMMCALL; arch.c makes VMCALLs of them on VMX, by the list in .data. */
	.macro	hypercall
	.pushsection .data
	.quad	7f
	.popsection
7:	vmmcall
	.endm

	.data
	.balign 8
	.global bench_guest_calls
bench_guest_calls:

	.text
	.global bench_guest_hypercall
	.global bench_guest_hypercall_at
bench_guest_hypercall:
	sti				# Bochs ends no guest by a physical interrupt that it masks itself
bench_guest_hypercall_loop:
	nop
bench_guest_hypercall_at:
	hypercall
	jmp	bench_guest_hypercall_loop

	.global bench_guest_fp
bench_guest_fp:
	mov	%cr4, %rax
	or	$CR4_OSFXSR, %rax
	mov	%rax, %cr4
1:	nop
	addsd	%xmm1, %xmm0
	hypercall
	jmp	1b

	/* CPUID changes rax to rdx; rsi counts. */
	.global bench_guest_library_call
	.global bench_guest_library_call_at
bench_guest_library_call:
	mov	$CPUID_LEAF, %eax
	xor	%ecx, %ecx
bench_guest_library_call_at:
	cpuid
	dec	%rsi
	jnz	bench_guest_library_call
	hypercall
	jmp	bench_guest_library_call

	.global bench_guest_mmio_read
bench_guest_mmio_read:
	mov	$DEVICE, %edi
1:	mov	(%rdi), %eax
	jmp	1b

	.global bench_guest_mmio_write
bench_guest_mmio_write:
	mov	$DEVICE, %edi
1:	mov	%eax, (%rdi)
	jmp	1b

	.global bench_guest_port_read
bench_guest_port_read:
	in	$PORT, %al
	jmp	bench_guest_port_read

	.global bench_guest_interrupt
bench_guest_interrupt:
	mov	$bench_guest_stack, %esp
	lgdt	bench_gdt_pointer	# with the selectors that setup gives
	lidt	bench_idt_pointer
	mov	$MSR_APIC_BASE, %ecx
	rdmsr
	or	$APIC_BASE_X2APIC, %eax
	wrmsr
	mov	$MSR_X2APIC_EOI, %ecx	# for the handler
	xor	%edx, %edx
	sti
1:	nop
	hypercall
	jmp	1b

	.global bench_guest_handler
	.balign 16
bench_guest_handler:
	xor	%eax, %eax
	wrmsr
	iretq

	/* Physical interrupts of the hypervisor: arch_interrupt_end() does all there is. */
	.global bench_host_handler
	.balign 16
bench_host_handler:
	iretq

	/* An exception of the bench itself: the report lacks its end, which the launcher notices. */
	.global bench_trap
	.balign 16
bench_trap:
	mov	$hypervisor_stack_top, %rsp
	call	arch_power_off

	.data
	.global bench_guest_calls_end
bench_guest_calls_end:
	.balign 8
bench_gdt_pointer:
	.word	3 * 8 - 1
	.quad	boot_gdt

	.bss
	.balign 16
	.skip	4096
bench_guest_stack:

	.section .note.GNU-stack, "", @progbits
