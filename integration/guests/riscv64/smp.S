/* SPDX-License-Identifier: Apache-2.0 */
/* Where the other harts start: a1 points at the top of their stack. */
	.text
	.global	smp_start
	.balign	4
smp_start:
	mv	sp, a1
	la	t0, smp_vector
	csrw	stvec, t0
	call	smp_main			# a0: hart id, a1: as given
1:	wfi
	j	1b

/* Only page faults of smp_main()'s loads, which are to be over one day: again. */
	.balign	4
smp_vector:
	sret

	.section .note.GNU-stack, "", %progbits
