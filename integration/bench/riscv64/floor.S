/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that a hypervisor in C can do: save the host's callee-saved registers,
 * load the guest's, and back; step over the ecall. stvec and sscratch stay.
 *
 *   void floor_enter(uint64_t context[33]);    x0 to x31, then the host's stack pointer
 */
#define HOST_SP 256

	.option	norelax
	.macro	guest_registers op
	.irp	n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	x\n, (8 * \n)(a0)
	.endr
	.endm

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

	.text
	.global floor_enter
floor_enter:
	addi	sp, sp, -128
	host_registers sd
	sd	sp, HOST_SP(a0)
	csrw	sscratch, a0
	guest_registers ld
	ld	a0, 80(a0)
	sret

	.global floor_vector
	.balign	4
floor_vector:
	csrrw	a0, sscratch, a0
	guest_registers sd
	csrr	t0, sscratch
	sd	t0, 80(a0)
	csrr	t1, sepc
	addi	t1, t1, 4
	csrw	sepc, t1
	ld	sp, HOST_SP(a0)
	host_registers ld
	addi	sp, sp, 128
	ret

	.section .note.GNU-stack, "", %progbits
