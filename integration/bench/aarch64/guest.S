/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guests, at EL1 with the MMU off. They run forever; the bench looks at the
 * clock between exits. Instructions other than the one that exits are the
 * `overhead` of bench_programs.
 */
	.arch armv8-a+fp
	/* A vendor-specific hypervisor service call (DEN 0028, table 6-1), PSCI_VERSION */
	.macro function number
	movz	x0, #\number, lsl #16
	.endm

	.text
	.global bench_guest_hypercall
	.global bench_guest_hypercall_at
bench_guest_hypercall:
	function 0xc600
bench_guest_hypercall_at:
	hvc	#0
	b	bench_guest_hypercall

	.global bench_guest_fp
bench_guest_fp:
	mov	x1, #(3 << 20)			// CPACR_EL1.FPEN: no trap to EL1
	msr	cpacr_el1, x1
	isb
1:	function 0xc600
	fadd	d0, d0, d1
	hvc	#0
	b	1b

	.global bench_guest_library_call
	.global bench_guest_library_call_at
bench_guest_library_call:
	function 0x8400				// PSCI_VERSION
bench_guest_library_call_at:
	hvc	#0
	subs	x19, x19, #1
	b.ne	bench_guest_library_call
	function 0xc600
	hvc	#0
	b	bench_guest_library_call

	.global bench_guest_mmio_read
bench_guest_mmio_read:
	movz	x20, #0x0b00, lsl #16
1:	ldr	w1, [x20]
	b	1b

	.global bench_guest_mmio_write
bench_guest_mmio_write:
	movz	x20, #0x0b00, lsl #16
1:	str	w1, [x20]
	b	1b

	.global bench_guest_interrupt
bench_guest_interrupt:
	adrp	x1, guest_vectors
	add	x1, x1, :lo12:guest_vectors
	msr	vbar_el1, x1
	mov	x1, #0xff
	msr	S3_0_C4_C6_0, x1		// ICC_PMR_EL1: every priority
	mov	x1, #1
	msr	S3_0_C12_C12_7, x1		// ICC_IGRPEN1_EL1
	isb
	msr	daifclr, #2
1:	function 0xc600
	hvc	#0
	b	1b

	.balign 0x800
guest_vectors:
	.space	0x280
	mrs	x2, S3_0_C12_C12_0		// ICC_IAR1_EL1
	msr	S3_0_C12_C12_1, x2		// ICC_EOIR1_EL1
	eret
	.balign 0x800

	.section .note.GNU-stack, "", %progbits
