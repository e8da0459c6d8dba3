/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSBI enters here in HS mode with translation off and interrupts masked: a0
 * has the hart's id, which may be any, and a1 the device tree. A stack, empty
 * .bss, our trap vector, and then C.
 */
#include "starts.h"

	.section .text.start, "ax"
	.global hypervisor_start
hypervisor_start:
	csrw	sie, zero
	csrw	satp, zero
	la	t0, hypervisor_trap
	csrw	stvec, t0
	la	t0, entered
	li	t1, 1
	amoswap.w.aqrl t1, t1, (t0)
	bnez	t1, misled
	la	sp, hypervisor_stack_top

	la	t0, hypervisor_bss_start
	la	t1, hypervisor_end
1:	sd	zero, 0(t0)			# both ends are 8-aligned
	addi	t0, t0, 8
	bltu	t0, t1, 1b

	mv	s0, zero
	mv	ra, zero
	call	board_start			# a0, a1 as they came
2:	wfi
	j	2b

/*
 * HSM hart_start brings another hart here in the same way (SBI 1.0, 9); a1 is the
 * top of its stack, below which its number stands.
 */
	.global hypervisor_secondary_start
hypervisor_secondary_start:
	csrw	sie, zero
	csrw	satp, zero
	la	t0, hypervisor_trap
	csrw	stvec, t0
	mv	sp, a1
	ld	a0, -8(sp)
	mv	s0, zero
	mv	ra, zero
	call	hypervisor_secondary
3:	wfi
	j	3b

/*
 * OpenSBI 1.1 (sbi_hsm_hart_start()) lets a hart go before it has noted where to: one that
 * looks just then comes here, as the first did. Its stack is in the table all the same.
 */
misled:
	la	t0, hypervisor_starts
	li	t1, HYPERVISOR_STARTS
4:	fence	r, r
	ld	a1, 0(t0)
	beqz	a1, 5f
	ld	t2, 8(t0)
	beq	t2, a0, hypervisor_secondary_start
5:	addi	t0, t0, 16
	addi	t1, t1, -1
	bnez	t1, 4b
	j	misled

/* A trap of the hypervisor itself is fatal, but says what it was. */
	.text
	.balign	4				# stvec.BASE
hypervisor_trap:
	csrr	a0, scause
	csrr	a1, sepc
	csrr	a2, stval
	la	sp, hypervisor_fatal_stack_top	# the one in use may be what failed
	j	board_fatal

	.data					# what is in .bss is emptied behind this
	.balign	4
entered:
	.word	0

	.bss
	.balign	8
	.global hypervisor_starts
hypervisor_starts:
	.zero	16 * HYPERVISOR_STARTS

	.section .note.GNU-stack, "", %progbits
