/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU enters here at EL2 with the MMU off: a stack, empty .bss, vectors, then C. */
	.section .text.start, "ax"
	.global hypervisor_start
hypervisor_start:
	msr	daifset, #0xf			// axvcpu_run() wants interrupts masked
	msr	spsel, #1
	adrp	x0, hypervisor_stack_top
	mov	sp, x0
	adrp	x0, hypervisor_bss_start	// both ends are pages
	adrp	x1, hypervisor_bss_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b
	adrp	x0, hypervisor_vectors
	add	x0, x0, :lo12:hypervisor_vectors
	msr	vbar_el2, x0
	bl	hypervisor_main

	/* Exceptions of the hypervisor; while a guest runs, arm_vcpu has its own vectors. */
	.balign 0x800
hypervisor_vectors:
	.rept	16
	.balign 0x80
	b	hypervisor_failed
	.endr

/* The guest, at EL1 with the MMU off: prints by hypercalls, powers off through PSCI. */
	.section .guest, "ax"
	.balign 4096
	.global guest_page
guest_page:
	adr	x19, text
1:	ldrb	w1, [x19], #1
	cbz	w1, 2f
	mov	x0, #0xc6000000			// CALL_PUT of hypervisor.c
	add	x0, x0, #1
	hvc	#0
	cbz	x0, 1b				// CALL_SUCCESS
2:	mov	x0, #0x84000000			// PSCI SYSTEM_OFF (ARM DEN 0022, 5.1.10)
	add	x0, x0, #8
	hvc	#0
	b	2b				// it does not come back
text:	.asciz	"guest: hello from EL1\n"
	.balign 4096
