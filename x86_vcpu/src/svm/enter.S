/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world switch of SVM (APM 15.5):
 *
 *   void x86_vcpu_svm_enter_guest(uint64_t *gpr, uint64_t vmcb_hpa, uint64_t host_vmcb_hpa);
 *
 * The global interrupt flag is clear from before the guest's registers are in to
 * after the host's are back, so that neither an interrupt nor an NMI finds a mixture.
 * RFLAGS.IF is set under it: with V_INTR_MASKING it is the host's flag at VMRUN that
 * lets physical interrupts end the guest. rax and rsp are in the VMCB.
 */
#define GPR(n) (8 * (n))
#define RCX 1
#define RDX 2
#define RBX 3
#define RBP 5
#define RSI 6
#define RDI 7

	.text
	.global x86_vcpu_svm_enter_guest
	.type x86_vcpu_svm_enter_guest, @function
	.balign 64
x86_vcpu_svm_enter_guest:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi			# 8(%rsp): gpr
	push	%rdx			# (%rsp): the host's VMCB

	clgi
	mov	%rdx, %rax
	vmsave				# the host's FS, GS, TR, LDTR, SYSCALL and SYSENTER MSRs
	mov	%rsi, %rax
	mov	GPR(RCX)(%rdi), %rcx
	mov	GPR(RDX)(%rdi), %rdx
	mov	GPR(RBX)(%rdi), %rbx
	mov	GPR(RBP)(%rdi), %rbp
	mov	GPR(RSI)(%rdi), %rsi
	mov	GPR(8)(%rdi), %r8
	mov	GPR(9)(%rdi), %r9
	mov	GPR(10)(%rdi), %r10
	mov	GPR(11)(%rdi), %r11
	mov	GPR(12)(%rdi), %r12
	mov	GPR(13)(%rdi), %r13
	mov	GPR(14)(%rdi), %r14
	mov	GPR(15)(%rdi), %r15
	mov	GPR(RDI)(%rdi), %rdi

	vmload				# the guest's
	sti
	vmrun				# rax, rsp and rflags are the host's again behind it
x86_vcpu_svm_guest_exited:
	cli
	vmsave
	mov	(%rsp), %rax
	vmload				# the host's
	mov	8(%rsp), %rax

	mov	%rcx, GPR(RCX)(%rax)
	mov	%rdx, GPR(RDX)(%rax)
	mov	%rbx, GPR(RBX)(%rax)
	mov	%rbp, GPR(RBP)(%rax)
	mov	%rsi, GPR(RSI)(%rax)
	mov	%rdi, GPR(RDI)(%rax)
	mov	%r8, GPR(8)(%rax)
	mov	%r9, GPR(9)(%rax)
	mov	%r10, GPR(10)(%rax)
	mov	%r11, GPR(11)(%rax)
	mov	%r12, GPR(12)(%rax)
	mov	%r13, GPR(13)(%rax)
	mov	%r14, GPR(14)(%rax)
	mov	%r15, GPR(15)(%rax)

	add	$16, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	stgi				# an NMI that ended the guest is taken here
	ret
	.size x86_vcpu_svm_enter_guest, . - x86_vcpu_svm_enter_guest

	.section .note.GNU-stack, "", @progbits
