/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that no C code here may touch: void f(void *), 32 (16) bytes each of 16, 8 of 8. */
	.text
	.macro	vectors name, insn, register, size, to_memory
	.global	\name
\name:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.if	\to_memory
	\insn	%\register\n, \size*\n(%rdi)
	.else
	\insn	\size*\n(%rdi), %\register\n
	.endif
	.endr
	ret
	.endm
	vectors	avx_load, vmovdqu, ymm, 32, 0
	vectors	avx_store, vmovdqu, ymm, 32, 1
	vectors	sse_load, movdqu, xmm, 16, 0
	vectors	sse_store, movdqu, xmm, 16, 1

	.global	x87_load
x87_load:
	fninit
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	fldl	8*\n(%rdi)
	.endr
	ret

	.global	x87_store
x87_store:
	.irp	n, 7, 6, 5, 4, 3, 2, 1, 0
	fstpl	8*\n(%rdi)
	.endr
	ret

	.section .note.GNU-stack, "", @progbits
