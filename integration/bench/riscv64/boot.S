/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSBI enters here in HS mode with translation off and interrupts masked. */
	.section .text.start, "ax"
	.global bench_start
bench_start:
	csrw	sie, zero
	la	t0, bench_trap
	csrw	stvec, t0
	la	sp, bench_stack_top
	la	t0, bench_bss_start
	la	t1, bench_end
1:	sd	zero, 0(t0)			# both ends are 8-aligned
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	call	board_start
2:	wfi
	j	2b

/* A trap of the bench itself: the report lacks its end, which the launcher notices. */
	.text
	.balign	4				# stvec.BASE
bench_trap:
	la	sp, bench_stack_top
	call	arch_power_off

	.section .note.GNU-stack, "", %progbits
