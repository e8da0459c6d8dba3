/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guests, in VS mode with translation off. They run forever; the bench looks at
 * the clock between exits. Instructions other than the one that exits are the
 * `overhead` of bench_programs.
 */
	.option	arch, +d
	.option	norelax
	/* The SBI extension that riscv_vcpu hands to the hypervisor: "HVC". */
	.equ	EXTENSION_HVC, 0x485643
	/* The base extension (SBI 2.0, 4); function 0 is get_spec_version. */
	.equ	EXTENSION_BASE, 0x10
	/* A device of the bench's own: nothing is mapped there. */
	.equ	DEVICE, 0x0b000000
	.equ	SSTATUS_SIE, 2
	.equ	SSTATUS_FS_INITIAL, 0x2000
	.equ	SIP_SSIP, 2

	.text
	.global bench_guest_hypercall
	.global bench_guest_hypercall_at
bench_guest_hypercall:
	li	a7, EXTENSION_HVC
bench_guest_hypercall_loop:
	nop
bench_guest_hypercall_at:
	ecall
	j	bench_guest_hypercall_loop

	.global bench_guest_fp
bench_guest_fp:
	li	t0, SSTATUS_FS_INITIAL
	csrs	sstatus, t0
	li	a7, EXTENSION_HVC
1:	nop
	fadd.d	fa0, fa0, fa1
	ecall
	j	1b

	.global bench_guest_library_call
	.global bench_guest_library_call_at
bench_guest_library_call:
	li	a7, EXTENSION_BASE
	li	a6, 0
bench_guest_library_call_at:
	ecall
	addi	s1, s1, -1
	bnez	s1, bench_guest_library_call
	li	a7, EXTENSION_HVC
	ecall
	j	bench_guest_library_call

	.global bench_guest_mmio_read
bench_guest_mmio_read:
	li	s2, DEVICE
1:	lw	a1, 0(s2)
	j	1b

	.global bench_guest_mmio_write
bench_guest_mmio_write:
	li	s2, DEVICE
1:	sw	a1, 0(s2)
	j	1b

	.global bench_guest_interrupt
bench_guest_interrupt:
	la	t0, guest_vector
	csrw	stvec, t0
	csrsi	sie, SIP_SSIP
	csrsi	sstatus, SSTATUS_SIE
	li	a7, EXTENSION_HVC
1:	nop
	ecall
	j	1b

	.balign	4
guest_vector:
	csrci	sip, SIP_SSIP
	sret

	.section .note.GNU-stack, "", %progbits
