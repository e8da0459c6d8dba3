/* SPDX-License-Identifier: Apache-2.0 */
/*
 * V0 to V31, 512 bytes at x0:
 *
 *   void arm_vcpu_fpsimd_save(uint8_t registers[32][16]);
 *   void arm_vcpu_fpsimd_load(const uint8_t registers[32][16]);
 *
 * FPCR and FPSR are system registers and move with the others.
 */
	.arch armv8-a+fp+simd

	.macro all_pairs instruction
	\instruction	q0, q1, [x0, #0]
	\instruction	q2, q3, [x0, #32]
	\instruction	q4, q5, [x0, #64]
	\instruction	q6, q7, [x0, #96]
	\instruction	q8, q9, [x0, #128]
	\instruction	q10, q11, [x0, #160]
	\instruction	q12, q13, [x0, #192]
	\instruction	q14, q15, [x0, #224]
	\instruction	q16, q17, [x0, #256]
	\instruction	q18, q19, [x0, #288]
	\instruction	q20, q21, [x0, #320]
	\instruction	q22, q23, [x0, #352]
	\instruction	q24, q25, [x0, #384]
	\instruction	q26, q27, [x0, #416]
	\instruction	q28, q29, [x0, #448]
	\instruction	q30, q31, [x0, #480]
	.endm

	.text
	.global arm_vcpu_fpsimd_save
	.type arm_vcpu_fpsimd_save, %function
arm_vcpu_fpsimd_save:
	all_pairs stp
	ret
	.size arm_vcpu_fpsimd_save, . - arm_vcpu_fpsimd_save

	.global arm_vcpu_fpsimd_load
	.type arm_vcpu_fpsimd_load, %function
arm_vcpu_fpsimd_load:
	all_pairs ldp
	ret
	.size arm_vcpu_fpsimd_load, . - arm_vcpu_fpsimd_load

	.section .note.GNU-stack, "", %progbits
