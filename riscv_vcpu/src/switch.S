/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world switch: general registers, sepc, sstatus, hstatus; while the guest
 * runs, stvec points below and sscratch at the vCPU. Everything else moves at
 * bind and unbind.
 *
 * uint64_t riscv_vcpu_enter(struct riscv_vcpu *vcpu): returns scause.
 */
#include "csr.h"
#include "offsets.h"

	.section .text.riscv_vcpu_switch, "ax", @progbits
	.option	push
	.option	arch, +h
	.option	norelax

/* All of the guest's but a0. */
	.macro	guest_registers op
	\op	x1, VCPU_GPR(1)(a0)
	\op	x2, VCPU_GPR(2)(a0)
	\op	x3, VCPU_GPR(3)(a0)
	\op	x4, VCPU_GPR(4)(a0)
	\op	x5, VCPU_GPR(5)(a0)
	\op	x6, VCPU_GPR(6)(a0)
	\op	x7, VCPU_GPR(7)(a0)
	\op	x8, VCPU_GPR(8)(a0)
	\op	x9, VCPU_GPR(9)(a0)
	\op	x11, VCPU_GPR(11)(a0)
	\op	x12, VCPU_GPR(12)(a0)
	\op	x13, VCPU_GPR(13)(a0)
	\op	x14, VCPU_GPR(14)(a0)
	\op	x15, VCPU_GPR(15)(a0)
	\op	x16, VCPU_GPR(16)(a0)
	\op	x17, VCPU_GPR(17)(a0)
	\op	x18, VCPU_GPR(18)(a0)
	\op	x19, VCPU_GPR(19)(a0)
	\op	x20, VCPU_GPR(20)(a0)
	\op	x21, VCPU_GPR(21)(a0)
	\op	x22, VCPU_GPR(22)(a0)
	\op	x23, VCPU_GPR(23)(a0)
	\op	x24, VCPU_GPR(24)(a0)
	\op	x25, VCPU_GPR(25)(a0)
	\op	x26, VCPU_GPR(26)(a0)
	\op	x27, VCPU_GPR(27)(a0)
	\op	x28, VCPU_GPR(28)(a0)
	\op	x29, VCPU_GPR(29)(a0)
	\op	x30, VCPU_GPR(30)(a0)
	\op	x31, VCPU_GPR(31)(a0)
	.endm

/* What the C ABI wants kept. */
	.macro	host_registers op
	\op	ra, 0(sp)
	\op	gp, 8(sp)
	\op	tp, 16(sp)
	\op	s0, 24(sp)
	\op	s1, 32(sp)
	\op	s2, 40(sp)
	\op	s3, 48(sp)
	\op	s4, 56(sp)
	\op	s5, 64(sp)
	\op	s6, 72(sp)
	\op	s7, 80(sp)
	\op	s8, 88(sp)
	\op	s9, 96(sp)
	\op	s10, 104(sp)
	\op	s11, 112(sp)
	.endm

	.globl	riscv_vcpu_enter
	.type	riscv_vcpu_enter, @function
	.balign	4
riscv_vcpu_enter:
	addi	sp, sp, -128
	host_registers sd
	sd	sp, VCPU_HOST_SP(a0)

	ld	t0, VCPU_SSTATUS(a0)
	ld	t1, VCPU_HSTATUS(a0)
	ld	t2, VCPU_PC(a0)
	la	t3, guest_trap
	csrrw	t0, sstatus, t0			/* first: clears SIE, in case it was set */
	csrrw	t1, hstatus, t1			/* SPV: sret goes to V=1 */
	csrw	sepc, t2
	csrrw	t3, stvec, t3
	csrrw	t4, sscratch, a0
	sd	t0, VCPU_HOST_SSTATUS(a0)
	sd	t1, VCPU_HOST_HSTATUS(a0)
	sd	t3, VCPU_HOST_STVEC(a0)
	sd	t4, VCPU_HOST_SSCRATCH(a0)

	guest_registers ld
	ld	a0, VCPU_GPR(10)(a0)
	sret

	.balign	4				/* stvec.BASE */
guest_trap:
	csrrw	a0, sscratch, a0		/* a0: vCPU, sscratch: the guest's a0 */
	guest_registers sd

	ld	t0, VCPU_HOST_SSCRATCH(a0)
	ld	t1, VCPU_HOST_STVEC(a0)
	ld	t2, VCPU_HOST_HSTATUS(a0)
	ld	t3, VCPU_HOST_SSTATUS(a0)
	csrr	t4, sepc
	csrrw	t0, sscratch, t0
	csrw	stvec, t1
	csrrw	t2, hstatus, t2
	csrrw	t3, sstatus, t3			/* last: may set SIE */
	sd	t0, VCPU_GPR(10)(a0)
	sd	t4, VCPU_PC(a0)
	sd	t2, VCPU_HSTATUS(a0)
	sd	t3, VCPU_SSTATUS(a0)

	ld	sp, VCPU_HOST_SP(a0)
	csrr	a0, scause
	host_registers ld
	addi	sp, sp, 128
	ret
	.size	riscv_vcpu_enter, . - riscv_vcpu_enter
	.option	pop
	.section .note.GNU-stack, "", @progbits
