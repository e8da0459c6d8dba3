/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world switch: into the guest, and back through the vectors.
 *
 *   uint64_t arm_vcpu_enter(struct arm_context *context);
 *   uint64_t arm_vcpu_enter_vhe(struct arm_context *context);
 *
 * return the vector through which the guest exited (enum arm_vcpu_vector).
 * While the guest runs SP_EL2 points at its context, so that the vectors can
 * save x0 and x1 without a scratch register. VBAR_EL2 is ours only in between;
 * no other system register is written: those move at bind and unbind. But a host
 * with E2H needs TGE for itself, so for it HCR_EL2 changes here, too. The second
 * form is the first one with that added, vectors included.
 */
#include "context.h"

/* Callee-saved registers of the host, on its own stack (AAPCS64, 6.1.1). */
#define HOST_FRAME 96

/* An exception from EL1 or EL0: the guest exits. */
	.macro from_guest vector, suffix
	.balign 0x80
	stp	x0, x1, [sp, #0]
	mov	x0, #\vector
	b	arm_vcpu_leave\suffix
	.endm

/*
 * An exception at EL2 between the two moves of VBAR_EL2: nothing there can raise
 * one but broken memory or a broken context. It belongs to the host: its own
 * vector at the same offset gets it, on its own stack; only x30 is lost.
 */
	.macro from_host offset, vhe
	.balign 0x80
	.if \vhe
	ldr	x30, [sp, #ARM_CONTEXT_HOST_HCR]
	msr	hcr_el2, x30
	.endif
	ldr	x30, [sp, #ARM_CONTEXT_HOST_VBAR]
	msr	vbar_el2, x30
	ldr	x30, [sp, #ARM_CONTEXT_HOST_SP]
	mov	sp, x30
	mrs	x30, vbar_el2
	isb
	add	x30, x30, #\offset
	br	x30
	.endm

	.macro world_switch suffix, vhe
	.global arm_vcpu_enter\suffix
	.type arm_vcpu_enter\suffix, %function
	.balign 64
arm_vcpu_enter\suffix:
	stp	x19, x20, [sp, #-HOST_FRAME]!
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]

	mov	x9, sp
	mrs	x10, vbar_el2
	stp	x9, x10, [x0, #ARM_CONTEXT_HOST_SP]
	mov	sp, x0				// before our vectors can be taken

	adr	x11, arm_vcpu_vectors\suffix	// in this section, so near enough
	msr	vbar_el2, x11

	ldp	x12, x13, [sp, #ARM_CONTEXT_PC]
	msr	elr_el2, x12
	msr	spsr_el2, x13
	.if \vhe
	ldr	x14, [sp, #ARM_CONTEXT_HCR]
	msr	hcr_el2, x14			// TGE off; in force with the eret
	.endif

	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp, #0]
	eret
	dsb	nsh				// no speculation past the eret
	isb
	.size arm_vcpu_enter\suffix, . - arm_vcpu_enter\suffix

/* x0 = vector; the guest's x0 and x1 are saved. */
	.type arm_vcpu_leave\suffix, %function
	.balign 64
arm_vcpu_leave\suffix:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x1, elr_el2
	stp	x30, x1, [sp, #ARM_CONTEXT_X30]	// and ARM_CONTEXT_PC
	mrs	x2, spsr_el2
	mrs	x3, esr_el2
	stp	x2, x3, [sp, #ARM_CONTEXT_PSTATE]	// and ARM_CONTEXT_ESR

	.if \vhe
	mrs	x6, hcr_el2			// the CPU clears VSE with the guest's SError
	ldr	x7, [sp, #ARM_CONTEXT_HOST_HCR]
	str	x6, [sp, #ARM_CONTEXT_HCR]
	msr	hcr_el2, x7
	.endif
	ldp	x4, x5, [sp, #ARM_CONTEXT_HOST_SP]
	msr	vbar_el2, x5
	isb					// the host's vectors are in force
	mov	sp, x4

	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	ldp	x19, x20, [sp], #HOST_FRAME
	ret
	.size arm_vcpu_leave\suffix, . - arm_vcpu_leave\suffix

/* Vector table, D1.3.1.4: 2 KiB aligned, 16 entries of 0x80 bytes. */
	.global arm_vcpu_vectors\suffix
	.balign 0x800
arm_vcpu_vectors\suffix:
	from_host	0x000, \vhe			// EL2 with SP_EL0
	from_host	0x080, \vhe
	from_host	0x100, \vhe
	from_host	0x180, \vhe
	from_host	0x200, \vhe			// EL2 with SP_EL2
	from_host	0x280, \vhe
	from_host	0x300, \vhe
	from_host	0x380, \vhe
	from_guest	0, \suffix			// lower EL in AArch64: synchronous
	from_guest	1, \suffix			// IRQ
	from_guest	2, \suffix			// FIQ
	from_guest	3, \suffix			// SError
	from_guest	0, \suffix			// lower EL in AArch32
	from_guest	1, \suffix
	from_guest	2, \suffix
	from_guest	3, \suffix
	.endm

	.text
	world_switch	, 0
	world_switch	_vhe, 1

	.section .note.GNU-stack, "", %progbits
