/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSBI enters here in HS mode without paging: a stack, empty .bss, a trap vector, then C++. */
	.section .text.start, "ax"
	.global hypervisor_start
hypervisor_start:
	csrw	sie, zero
	csrci	sstatus, 2			# SIE: axvcpu_run() wants interrupts masked
	la	sp, hypervisor_stack_top
	la	t0, hypervisor_bss_start	# both ends are pages
	la	t1, hypervisor_bss_end
1:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	la	t0, hypervisor_trap
	csrw	stvec, t0
	call	hypervisor_main

	/* Traps of the hypervisor; while a guest runs, riscv_vcpu has its own vector. */
	.balign 4
hypervisor_trap:
	j	hypervisor_failed

/* The guest, in VS mode without paging: prints by SBI DBCN, powers off by SRST (SBI 2.0, 12 and 10). */
	.section .guest, "ax"
	.balign 4096
	.global guest_page
guest_page:
	lla	s0, text
	lla	s1, text_end
1:	sub	a0, s1, s0			# how many bytes
	mv	a1, s0				# where; a2 has the upper bits
	li	a2, 0
	li	a6, 0				# console_write
	li	a7, 0x4442434e			# DBCN
	ecall
	bnez	a0, 2f
	add	s0, s0, a1			# as many as it took
	bne	s0, s1, 1b
2:	li	a0, 0				# shutdown
	li	a1, 0				# no reason
	li	a6, 0				# system_reset
	li	a7, 0x53525354			# SRST
	ecall
	j	2b				# it does not come back
text:	.ascii	"guest: hello from VS mode\n"
text_end:
	.balign 4096
