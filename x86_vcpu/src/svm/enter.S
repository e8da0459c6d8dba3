/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world switch of SVM (APM 15.5). rdi: gpr, rsi: the guest's VMCB, rdx: the host's;
 * gives gpr in rax. No register but rsp and rbp is preserved (svm_enter_guest()).
 *
 * The global interrupt flag is clear from before the guest's registers are in to
 * after the host's are back, so that neither an interrupt nor an NMI finds a mixture.
 * RFLAGS.IF is set under it: with V_INTR_MASKING it is the host's flag at VMRUN that
 * lets physical interrupts end the guest. rax and rsp are in the VMCB.
 */
#include "../switch_gpr.h"

	.text
	.global x86_vcpu_svm_enter_guest
	.type x86_vcpu_svm_enter_guest, @function
	.balign 64
x86_vcpu_svm_enter_guest:
	push	%rbp
	push	%rdi
	push	%rdx
	clgi
	mov	%rdx, %rax
	vmsave				# the host's FS, GS, TR, LDTR, SYSCALL and SYSENTER MSRs
	mov	%rsi, %rax
	load_guest_gprs
	vmload				# the guest's
	sti
	vmrun				# rax, rsp and rflags are the host's again behind it
x86_vcpu_svm_guest_exited:
	cli
	vmsave
	pop	%rax
	vmload				# the host's
	pop	%rax
	save_guest_gprs %rax
	mov	%rdi, GPR(RDI)(%rax)
	clear_guest_gprs
	pop	%rbp
	stgi				# an NMI that ended the guest is taken here
	ret
	.size x86_vcpu_svm_enter_guest, . - x86_vcpu_svm_enter_guest

	.section .note.GNU-stack, "", @progbits
