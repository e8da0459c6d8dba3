/* SPDX-License-Identifier: Apache-2.0 */
/* Code for user mode; what each piece does ends in an exception, which returns to its caller. */
	.text

/* void user_run(void (*code)(void), uint64_t argument): runs it in user mode, a0 as argument. */
	.global	user_run
user_run:
	addi	sp, sp, -128
	sd	ra, 0(sp)
	sd	s0, 8(sp)
	sd	s1, 16(sp)
	csrw	sepc, a0
	li	t0, 0x120			# SPP, SPIE: to user mode, without interrupts
	csrc	sstatus, t0
	mv	a0, a1
	la	ra, 1f
	sret
1:	ld	s1, 16(sp)
	ld	s0, 8(sp)
	ld	ra, 0(sp)
	addi	sp, sp, 128
	ret

	.macro	piece name, instructions:vararg
	.global	\name
\name:
	\instructions
	ecall
	.endm
	piece	user_call, nop
	piece	user_load, ld a0, 0(a0)
	piece	user_store, sw a0, 0(a0)
	piece	user_wfi, wfi
	piece	user_sfence, sfence.vma
	piece	user_sret, sret
	piece	user_csr, csrr a0, sscratch
	piece	user_hypervisor_csr, csrr a0, 0x680
	piece	user_time, rdtime a0
	piece	user_cycle, rdcycle a0
	piece	user_break, ebreak
	piece	user_illegal, .word 0

	.section .note.GNU-stack, "", %progbits
