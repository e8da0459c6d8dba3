/* SPDX-License-Identifier: Apache-2.0 */
/* SVE registers as struct sve_registers (sve.h) has them: places of the longest there may be. */
	.arch armv8-a+fp+simd+sve
	.text

	.macro each_z instruction
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\instruction	z\n, [x0]
	add	x0, x0, #256
	.endr
	.endm

	.macro each_p instruction
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\instruction	p\n, [x0]
	add	x0, x0, #32
	.endr
	.endm

/* uint64_t sve_vector_bytes(void) */
	.global sve_vector_bytes
sve_vector_bytes:
	rdvl	x0, #1
	ret

/* void sve_write(const struct sve_registers *from) */
	.global sve_write
sve_write:
	add	x1, x0, #(32 * 256 / 4096), lsl #12
	add	x1, x1, #(16 * 32)
	ldr	p0, [x1]
	wrffr	p0.b
	each_z	ldr
	each_p	ldr
	ret

/* void sve_read(struct sve_registers *to) */
	.global sve_read
sve_read:
	each_z	str
	each_p	str
	rdffr	p0.b
	str	p0, [x0]
	sub	x0, x0, #(16 * 32)
	ldr	p0, [x0]
	ret

	.section .note.GNU-stack, "", %progbits
