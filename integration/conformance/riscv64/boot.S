/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSBI enters here in HS mode, paging off, a0 the hart: a stack, empty .bss, a
 * trap vector that tells of a trap of our own, and then C.
 */
	.section .text.start, "ax"
	.global kernel_start
kernel_start:
	csrw	sie, zero
	csrci	sstatus, 2			// SIE
	mv	s0, a0
	la	sp, kernel_stack_top
	la	t0, kernel_bss_start
	la	t1, kernel_bss_end
1:	sd	zero, 0(t0)			// both ends are 16-aligned
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	la	t0, kernel_trap
	csrw	stvec, t0
	mv	a0, s0
	call	board_start

	.text
	.balign	4
kernel_trap:
	csrr	a0, scause
	csrr	a1, sepc
	csrr	a2, stval
	la	sp, kernel_stack_top
	call	board_fatal

/*
 * The guest program of axvcpu/conformance.h, in VS mode without paging. The numbers are
 * those of board.c: the SBI extension for the hypervisor, and a device.
 */
	.section .rodata.guest, "a"
	.balign	4096
	.global guest_program
guest_program:
	li	a7, 0x485643			// RISCV_VCPU_SBI_HVC
	ecall
	li	t0, 0x10000000
	lw	t1, 0(t0)
	add	t1, t1, a0
	sw	t1, 4(t0)
	wfi
	j	guest_program
	.org	guest_program + 0x800		// GUEST_CALLS_OFFSET
	li	a7, 0x485643
1:	ecall
	j	1b
	.balign	4096

	.section .note.GNU-stack, "", %progbits
