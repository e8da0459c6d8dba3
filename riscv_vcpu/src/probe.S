/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uint64_t riscv_vcpu_probe_illegal(void): executes an illegal instruction in VS mode,
 * which hedeleg keeps here, and returns scause of the trap that came of it. Firmware
 * takes illegal instructions first and passes them on by clearing mstatus.MPV.
 * QEMU 10 and 11.1 ignore that write: such a guest goes on at stvec, still in VS mode,
 * and the ECALL that it finds there tells: 10 instead of 2.
 *
 * VS mode has no second stage and the first stage of the caller here, so that both
 * modes execute the same code. On a CPU that has no vCPU, SIE clear.
 */
#include "csr.h"

	.section .text.riscv_vcpu_probe, "ax", @progbits
	.option	push
	.option	arch, +h
	.option	norelax

	.globl	riscv_vcpu_probe_illegal
	.type	riscv_vcpu_probe_illegal, @function
	.balign	4
riscv_vcpu_probe_illegal:
	/* HS interrupts are on in VS mode whatever SIE says. */
	csrrw	a1, sie, zero
	csrrw	a2, hedeleg, zero
	csrrw	a3, hgatp, zero
	csrr	a4, satp
	csrrw	a4, vsatp, a4
	csrrw	a5, vsstatus, zero
	csrrw	a6, vscause, zero
	li	t0, HSTATUS_SPV | HSTATUS_SPVP
	csrrs	a7, hstatus, t0
	li	t0, SSTATUS_SPP
	csrrs	t2, sstatus, t0
	la	t0, 1f
	csrrw	t3, stvec, t0
	la	t0, 2f
	csrrw	t4, sepc, t0
	hfence.gvma
	hfence.vvma
	sret

	.balign	4
2:	.word	0xffffffff			/* never an instruction (unprivileged, 1.5.1) */

	.balign	4				/* stvec.BASE */
1:	csrr	a0, scause			/* in VS mode vscause, which is 0 */
	bnez	a0, 3f
	ecall

3:	csrw	sepc, t4
	csrw	stvec, t3
	csrw	sstatus, t2
	csrw	hstatus, a7
	csrw	vscause, a6
	csrw	vsstatus, a5
	csrw	vsatp, a4
	csrw	hgatp, a3
	csrw	hedeleg, a2
	hfence.gvma
	hfence.vvma
	csrw	sie, a1
	ret
	.size	riscv_vcpu_probe_illegal, . - riscv_vcpu_probe_illegal
	.option	pop
	.section .note.GNU-stack, "", @progbits
