/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FP and vector registers. The library itself is built without either; the
 * callers know from detection that the instructions exist.
 */
#include "offsets.h"

	.section .text.riscv_vcpu_fp, "ax", @progbits

	.macro	function name
	.globl	\name
	.type	\name, @function
	.balign	4
\name:
	.endm

	.option	push
	.option	arch, +d

	.macro	fp_registers op
	\op	f0, FP_F(0)(a0)
	\op	f1, FP_F(1)(a0)
	\op	f2, FP_F(2)(a0)
	\op	f3, FP_F(3)(a0)
	\op	f4, FP_F(4)(a0)
	\op	f5, FP_F(5)(a0)
	\op	f6, FP_F(6)(a0)
	\op	f7, FP_F(7)(a0)
	\op	f8, FP_F(8)(a0)
	\op	f9, FP_F(9)(a0)
	\op	f10, FP_F(10)(a0)
	\op	f11, FP_F(11)(a0)
	\op	f12, FP_F(12)(a0)
	\op	f13, FP_F(13)(a0)
	\op	f14, FP_F(14)(a0)
	\op	f15, FP_F(15)(a0)
	\op	f16, FP_F(16)(a0)
	\op	f17, FP_F(17)(a0)
	\op	f18, FP_F(18)(a0)
	\op	f19, FP_F(19)(a0)
	\op	f20, FP_F(20)(a0)
	\op	f21, FP_F(21)(a0)
	\op	f22, FP_F(22)(a0)
	\op	f23, FP_F(23)(a0)
	\op	f24, FP_F(24)(a0)
	\op	f25, FP_F(25)(a0)
	\op	f26, FP_F(26)(a0)
	\op	f27, FP_F(27)(a0)
	\op	f28, FP_F(28)(a0)
	\op	f29, FP_F(29)(a0)
	\op	f30, FP_F(30)(a0)
	\op	f31, FP_F(31)(a0)
	.endm

function riscv_vcpu_fp_save
	fp_registers fsd
	frcsr	t0
	sd	t0, FP_FCSR(a0)
	ret
	.size	riscv_vcpu_fp_save, . - riscv_vcpu_fp_save

function riscv_vcpu_fp_load
	ld	t0, FP_FCSR(a0)
	fscsr	t0
	fp_registers fld
	ret
	.size	riscv_vcpu_fp_load, . - riscv_vcpu_fp_load
	.option	pop

	.option	push
	.option	arch, +v

/*
 * (csrs in a0, registers in a1). Whole-register moves do not depend on vl and
 * vtype, but start at vstart, so that is cleared first (V 1.0, 7.9).
 */
function riscv_vcpu_vector_save
	csrr	t0, vstart
	csrr	t1, vl
	csrr	t2, vtype
	csrr	t3, vcsr
	sd	t0, VECTOR_VSTART(a0)
	sd	t1, VECTOR_VL(a0)
	sd	t2, VECTOR_VTYPE(a0)
	sd	t3, VECTOR_VCSR(a0)
	csrw	vstart, zero
	csrr	t0, vlenb
	slli	t0, t0, 3			/* eight registers at a time */
	vs8r.v	v0, (a1)
	add	a1, a1, t0
	vs8r.v	v8, (a1)
	add	a1, a1, t0
	vs8r.v	v16, (a1)
	add	a1, a1, t0
	vs8r.v	v24, (a1)
	ld	t0, VECTOR_VSTART(a0)		/* they stay in use after a read of the state */
	csrw	vstart, t0
	ret
	.size	riscv_vcpu_vector_save, . - riscv_vcpu_vector_save

function riscv_vcpu_vector_load
	csrw	vstart, zero
	csrr	t0, vlenb
	slli	t0, t0, 3
	vl8re8.v v0, (a1)
	add	a1, a1, t0
	vl8re8.v v8, (a1)
	add	a1, a1, t0
	vl8re8.v v16, (a1)
	add	a1, a1, t0
	vl8re8.v v24, (a1)
	ld	t1, VECTOR_VL(a0)
	ld	t2, VECTOR_VTYPE(a0)
	ld	t3, VECTOR_VCSR(a0)
	ld	t0, VECTOR_VSTART(a0)
	vsetvl	zero, t1, t2			/* an illegal vtype sets vill and vl = 0, as saved */
	csrw	vcsr, t3
	csrw	vstart, t0			/* vsetvl cleared it */
	ret
	.size	riscv_vcpu_vector_load, . - riscv_vcpu_vector_load
	.option	pop
	.section .note.GNU-stack, "", @progbits
