/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's SMC handed on to the firmware:
 *
 *   void arm_vcpu_forward_smc(uint64_t registers[18]);
 *
 * x0 to x17 are arguments and results (SMCCC 1.2, 2.7); x18 to x30 and SP are
 * preserved by the firmware.
 */
	.text
	.global arm_vcpu_forward_smc
	.type arm_vcpu_forward_smc, %function
arm_vcpu_forward_smc:
	stp	x29, x30, [sp, #-32]!
	str	x19, [sp, #16]
	mov	x19, x0
	ldp	x2, x3, [x19, #16]
	ldp	x4, x5, [x19, #32]
	ldp	x6, x7, [x19, #48]
	ldp	x8, x9, [x19, #64]
	ldp	x10, x11, [x19, #80]
	ldp	x12, x13, [x19, #96]
	ldp	x14, x15, [x19, #112]
	ldp	x16, x17, [x19, #128]
	ldp	x0, x1, [x19, #0]
	.inst	0xd4000003			// smc #0: needs no EL3 of the assembler
	stp	x0, x1, [x19, #0]
	stp	x2, x3, [x19, #16]
	stp	x4, x5, [x19, #32]
	stp	x6, x7, [x19, #48]
	stp	x8, x9, [x19, #64]
	stp	x10, x11, [x19, #80]
	stp	x12, x13, [x19, #96]
	stp	x14, x15, [x19, #112]
	stp	x16, x17, [x19, #128]
	ldr	x19, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret
	.size arm_vcpu_forward_smc, . - arm_vcpu_forward_smc

	.section .note.GNU-stack, "", %progbits
