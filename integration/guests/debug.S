/* SPDX-License-Identifier: Apache-2.0 */
	.arch armv8-a
	.text

/* uint64_t debug_target(uint64_t x): x + 1, behind an instruction that does nothing. */
	.global debug_target
debug_target:
	nop
	add	x0, x0, #1
	ret

/*
 * uint64_t debug_step(uint64_t x0, const void *code): calls code with x0 and with
 * software step on (MDSCR_EL1.SS is set): PSTATE.D is clear there, A, I and F are set.
 */
	.global debug_step
debug_step:
	movz	x2, #0x01c5
	movk	x2, #0x0020, lsl #16		// SPSR_EL1: EL1h, A, I, F, SS
	msr	elr_el1, x1
	msr	spsr_el1, x2
	isb
	eret

/* What is stepped over: the second instruction is the first one after the step. */
	.global debug_nop, debug_trapped, debug_mmio, debug_pair, debug_call, debug_undefined
debug_nop:
	nop
	ret
debug_trapped:
	mrs	x0, id_aa64dfr0_el1
	ret
debug_mmio:
	ldr	x0, [x0]
	ret
debug_pair:
	ldp	x0, x3, [x0]
	ret
debug_call:
	hvc	#0
	ret
debug_undefined:
	mrs	x0, S3_0_C12_C0_7		// of no register
	ret
