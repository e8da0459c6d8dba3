/* SPDX-License-Identifier: Apache-2.0 */
	.arch armv8-a
	.text
/*
 * void el0_run(const void *code, uint64_t pstate, uint64_t argument,
 *              struct el0_registers *result);
 *
 * x30 survives EL0 also in AArch32, where nothing can reach it; guest_lower()
 * returns to it. The code may use x0 to x3.
 */
	.global el0_run
el0_run:
	stp	x29, x30, [sp, #-32]!
	str	x3, [sp, #16]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	isb
	adr	x30, 1f
	mov	x0, x2
	mov	x1, #0
	mov	x2, #0
	mov	x3, #5
	eret
1:	ldr	x9, [sp, #16]
	stp	x1, x2, [x9, #0]
	str	x3, [x9, #16]
	ldp	x29, x30, [sp], #32
	ret

	.macro code name
	.balign 4
	.global el0_\name
el0_\name:
	.endm

	code	a64_svc
	svc	#0
	code	a64_load
	ldr	x1, [x0]
	svc	#0
	code	a64_store
	str	w0, [x0]
	svc	#0
	code	a64_pair
	ldp	x1, x2, [x0]
	svc	#0
	code	a64_exclusive
	ldxr	x1, [x0]
	svc	#0
	code	a64_jump
	br	x0
	code	a64_hvc
	.inst	0xd4000002			// hvc #0
	svc	#0
	code	a64_smc
	.inst	0xd4000003			// smc #0
	svc	#0
	code	a64_undefined
	.inst	0
	svc	#0
	code	a64_sve
	.inst	0x04bf5021			// rdvl x1, #1
	svc	#0
	code	a64_hcr
	mrs	x1, hcr_el2
	svc	#0
	code	a64_midr
	mrs	x1, midr_el1
	svc	#0
	code	a64_pmccntr
	mrs	x1, pmccntr_el0
	svc	#0
	code	a64_wfi
	wfi
	svc	#0
	code	a64_wfe
	sevl
	wfe
	svc	#0
	code	a64_cntpct
	mrs	x1, cntpct_el0
	svc	#0

	/* A32 */
	code	a32_svc
	.word	0xef000000			// svc #0
	code	a32_loads
	.word	0xe5901000			// ldr r1, [r0]
	.word	0xe1d020f0			// ldrsh r2, [r0]
	.word	0xe5d03000			// ldrb r3, [r0]
	.word	0xef000000
	code	a32_store
	.word	0xe5800000			// str r0, [r0]
	.word	0xef000000
	code	a32_load
	.word	0xe5901000			// ldr r1, [r0]
	.word	0xef000000
	code	a32_dual
	.word	0xe1c020d0			// ldrd r2, r3, [r0]
	.word	0xef000000
	code	a32_multiple
	.word	0xe8b00006			// ldm r0!, {r1, r2}
	.word	0xe1a03000			// mov r3, r0
	.word	0xef000000
	code	a32_exclusive
	.word	0xe1901f9f			// ldrex r1, [r0]
	.word	0xef000000
	code	a32_jump
	.word	0xe12fff10			// bx r0
	code	a32_hvc
	.word	0xe1400070			// hvc #0
	.word	0xef000000
	code	a32_smc
	.word	0xe1600070			// smc #0
	.word	0xef000000
	code	a32_undefined
	.word	0xe7f000f0			// udf #0
	.word	0xef000000
	code	a32_midr
	.word	0xee101f10			// mrc p15, 0, r1, c0, c0, 0
	.word	0xef000000
	code	a32_pmccntr
	.word	0xee191f1d			// mrc p15, 0, r1, c9, c13, 0
	.word	0xef000000
	code	a32_dbgdidr
	.word	0xee101e10			// mrc p14, 0, r1, c0, c0, 0
	.word	0xef000000
	code	a32_wfi
	.word	0xe320f003			// wfi
	.word	0xef000000
	code	a32_skipped
	.word	0xe1500000			// cmp r0, r0
	.word	0x15901000			// ldrne r1, [r0]
	.word	0x1320f003			// wfine
	.word	0xef000000

	/* T32 */
	code	t32_it
	.hword	0x4280				// cmp r0, r0
	.hword	0xbf06				// itte eq
	.hword	0x6801				// ldreq r1, [r0]
	.hword	0x6842				// ldreq r2, [r0, #4]
	.hword	0x2301				// movne r3, #1
	.hword	0xdf00				// svc #0
	code	t32_multiple
	.hword	0xc806				// ldm r0!, {r1, r2}
	.hword	0x0003				// movs r3, r0
	.hword	0xdf00
	code	t32_load
	.hword	0x6801				// ldr r1, [r0]
	.hword	0xdf00
	code	t32_wide
	.hword	0xf8d0, 0x1000			// ldr.w r1, [r0]
	.hword	0xdf00

	.section .note.GNU-stack, "", %progbits
