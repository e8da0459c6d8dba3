/* SPDX-License-Identifier: Apache-2.0 */
/* Entry in VS mode with translation off, and the trap vector. */
	.section .text.start, "ax"
	.global guest_start
guest_start:
	la	sp, guest_stack_top
	la	t0, guest_vector
	csrw	stvec, t0
	call	guest_run			# a0: hart id, a1: device tree
1:	wfi
	j	1b

/* All that C may change, to the stack of whoever was interrupted, and back. */
	.macro	caller_saved op
	\op	ra, 0(sp)
	\op	t0, 8(sp)
	\op	t1, 16(sp)
	\op	t2, 24(sp)
	\op	a0, 32(sp)
	\op	a1, 40(sp)
	\op	a2, 48(sp)
	\op	a3, 56(sp)
	\op	a4, 64(sp)
	\op	a5, 72(sp)
	\op	a6, 80(sp)
	\op	a7, 88(sp)
	\op	t3, 96(sp)
	\op	t4, 104(sp)
	\op	t5, 112(sp)
	\op	t6, 120(sp)
	.endm

	.text
	.balign	4
	.global	guest_vector
guest_vector:
	addi	sp, sp, -128
	caller_saved sd
	mv	a0, ra
	call	guest_trap
	caller_saved ld
	addi	sp, sp, 128
	sret

/*
 * void sbi_all(uint64_t a[8]): a call with a0 to a7 of the array, where they are
 * put back.
 */
	.global	sbi_all
sbi_all:
	mv	t0, a0
	ld	a0, 0(t0)
	ld	a1, 8(t0)
	ld	a2, 16(t0)
	ld	a3, 24(t0)
	ld	a4, 32(t0)
	ld	a5, 40(t0)
	ld	a6, 48(t0)
	ld	a7, 56(t0)
	ecall
	sd	a0, 0(t0)
	sd	a1, 8(t0)
	sd	a2, 16(t0)
	sd	a3, 24(t0)
	sd	a4, 32(t0)
	sd	a5, 40(t0)
	sd	a6, 48(t0)
	sd	a7, 56(t0)
	ret

	.section .note.GNU-stack, "", %progbits
