/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that a hypervisor in C can do: save the host's callee-saved registers,
 * load the guest's, and back. `gpr` has 16 words in the order of the instructions'
 * encoding; rsp, and with SVM rax, are in the hardware's structure.
 *
 *   void floor_enter_svm(uint64_t gpr[16], uint64_t vmcb);
 *   void floor_enter_vmx(uint64_t gpr[16]);
 */
#define GPR(n) (8 * (n))
#define RAX 0
#define RCX 1
#define RDX 2
#define RBX 3
#define RBP 5
#define RSI 6
#define RDI 7

#define VMCS_HOST_RSP 0x6c14

	/* Those that both keep in `gpr`; \base itself comes last, or is no guest's yet. */
	.macro	load_registers
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
	.endm

	.macro	save_registers base
	mov	%rcx, GPR(RCX)(\base)
	mov	%rdx, GPR(RDX)(\base)
	mov	%rbx, GPR(RBX)(\base)
	mov	%rbp, GPR(RBP)(\base)
	mov	%rsi, GPR(RSI)(\base)
	mov	%r8, GPR(8)(\base)
	mov	%r9, GPR(9)(\base)
	mov	%r10, GPR(10)(\base)
	mov	%r11, GPR(11)(\base)
	mov	%r12, GPR(12)(\base)
	mov	%r13, GPR(13)(\base)
	mov	%r14, GPR(14)(\base)
	mov	%r15, GPR(15)(\base)
	.endm

	.macro	push_host
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	.endm

	.macro	pop_host
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	.endm

	.text
	.global floor_enter_svm
	.balign 64
floor_enter_svm:
	push_host
	mov	%rsi, %rax
	load_registers
	vmrun
	pop	%rax
	save_registers %rax
	mov	%rdi, GPR(RDI)(%rax)
	pop_host
	ret

	.global floor_enter_vmx
	.global floor_exited_vmx
	.balign 64
floor_enter_vmx:
	push_host
	mov	$VMCS_HOST_RSP, %eax
	vmwrite	%rsp, %rax
	mov	GPR(RAX)(%rdi), %rax
	load_registers
	vmresume
	ud2				# it failed
	.balign 16
floor_exited_vmx:
	push	%rdi
	mov	8(%rsp), %rdi
	mov	%rax, GPR(RAX)(%rdi)
	save_registers %rdi
	pop	GPR(RDI)(%rdi)
	pop	%rdi
	pop_host
	ret

	.section .note.GNU-stack, "", @progbits
