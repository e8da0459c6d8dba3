/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uint64_t fpsimd_survives(uint64_t rounds): fills V0 to V31 with distinct values,
 * makes hypercalls and MMIO accesses, and returns how many registers changed.
 */
	.arch armv8-a+fp+simd
	.text
	.global fpsimd_survives
fpsimd_survives:
	stp	x29, x30, [sp, #-48]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	mov	x19, x0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	mov	x1, #(0x5a00 + \n)
	dup	v\n\().2d, x1
	.endr
	mov	x2, #0x8000			// FPSR.QC is bit 27; FPCR.FZ bit 24
	lsl	x2, x2, #9
	msr	fpcr, x2
	mov	x20, x2
1:	movz	x0, #0x8400, lsl #16		// PSCI_VERSION: answered in the library
	hvc	#0
	movz	x0, #0xc600, lsl #16		// echo: answered by the hypervisor
	hvc	#0
	movz	x1, #0x0b00, lsl #16		// MMIO
	str	x19, [x1]
	ldr	x2, [x1]
	subs	x19, x19, #1
	b.ne	1b
	mov	x0, #0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	mov	x1, #(0x5a00 + \n)
	umov	x2, v\n\().d[0]
	umov	x3, v\n\().d[1]
	cmp	x1, x2
	cinc	x0, x0, ne
	cmp	x1, x3
	cinc	x0, x0, ne
	.endr
	mrs	x2, fpcr
	cmp	x2, x20
	cinc	x0, x0, ne
	msr	fpcr, xzr
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #48
	ret

	.section .note.GNU-stack, "", %progbits
