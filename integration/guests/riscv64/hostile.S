/* SPDX-License-Identifier: Apache-2.0 */
/*
 * void hostile_enter(const uint64_t x[32], uint64_t satp): translation on, all
 * registers from the array, which both translations have at the same address, then
 * to sepc with sstatus. It comes back through the vector, to hostile_next().
 */
	.text
	.balign	4096				# a page of its own, in both translations
	.global	hostile_page
hostile_page:
	.global	hostile_enter
hostile_enter:
	csrw	satp, a1
	sfence.vma
	fence.i
	.irp	n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	ld	x\n, 8 * \n(a0)
	.endr
	ld	x10, 80(a0)
	sret

	.global	hostile_vector
	.balign	4
hostile_vector:
	csrw	satp, zero			# nothing of what was before is needed
	sfence.vma
	la	sp, guest_stack_top
	call	hostile_next
	.balign	4096

	.section .note.GNU-stack, "", %progbits
