/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SVE registers at x0, of the length that ZCR_EL2 gives: Z0 to Z31, P0 to P15 and FFR, each
 * behind the other. A P register and FFR have a bit for each byte of a Z register.
 *
 *   void arm_vcpu_sve_registers_save(uint8_t *state);
 *   void arm_vcpu_sve_registers_load(const uint8_t *state);
 *   uint64_t arm_vcpu_sve_vector_bytes(void);
 *
 * In memory they are rows of bytes, the least significant one first, whatever SCTLR_EL2.EE
 * says (LDR and STR of a vector and of a predicate, C8.2).
 */
	.arch armv8-a+fp+simd+sve

	.macro all_z instruction
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\instruction	z\n, [x0, #\n, mul vl]
	.endr
	/* P0 is 8 x 32 predicates behind Z0: more than an offset reaches. */
	addvl	x1, x0, #31
	addvl	x1, x1, #1
	.endm

	.macro all_p instruction
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\instruction	p\n, [x1, #\n, mul vl]
	.endr
	.endm

	.text
	.global arm_vcpu_sve_registers_save
	.type arm_vcpu_sve_registers_save, %function
arm_vcpu_sve_registers_save:
	all_z	str
	all_p	str
	rdffr	p0.b
	str	p0, [x1, #16, mul vl]
	/* The guest's go on being on the CPU. */
	ldr	p0, [x1]
	ret
	.size arm_vcpu_sve_registers_save, . - arm_vcpu_sve_registers_save

	.global arm_vcpu_sve_registers_load
	.type arm_vcpu_sve_registers_load, %function
arm_vcpu_sve_registers_load:
	all_z	ldr
	ldr	p0, [x1, #16, mul vl]
	wrffr	p0.b
	all_p	ldr
	ret
	.size arm_vcpu_sve_registers_load, . - arm_vcpu_sve_registers_load

	.global arm_vcpu_sve_vector_bytes
	.type arm_vcpu_sve_vector_bytes, %function
arm_vcpu_sve_vector_bytes:
	rdvl	x0, #1
	ret
	.size arm_vcpu_sve_vector_bytes, . - arm_vcpu_sve_vector_bytes

	.section .note.GNU-stack, "", %progbits
