/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the two enter.S: the guest's general registers but rax and rsp, in the order of
 * x86_vcpu.gpr. Who calls enter.S keeps no register over it but rsp and rbp, which may be
 * its frame's (svm.h, vmx_insn.h): to save once more what C functions preserve would
 * take 10 instructions.
 */
#define GPR(n) (8 * (n))
#define RAX 0
#define RCX 1
#define RDX 2
#define RBX 3
#define RBP 5
#define RSI 6
#define RDI 7

	/* From the words at rdi, which comes last. */
	.macro	load_guest_gprs
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

	/* To the words at \to, all but the one for \to. */
	.macro	save_guest_gprs to
	mov	%rcx, GPR(RCX)(\to)
	mov	%rdx, GPR(RDX)(\to)
	mov	%rbx, GPR(RBX)(\to)
	mov	%rbp, GPR(RBP)(\to)
	mov	%rsi, GPR(RSI)(\to)
	mov	%r8, GPR(8)(\to)
	mov	%r9, GPR(9)(\to)
	mov	%r10, GPR(10)(\to)
	mov	%r11, GPR(11)(\to)
	mov	%r12, GPR(12)(\to)
	mov	%r13, GPR(13)(\to)
	mov	%r14, GPR(14)(\to)
	mov	%r15, GPR(15)(\to)
	.endm

	/* Values of the guest's choice are not left for what the host speculates on. */
	.macro	clear_guest_gprs
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%ebx, %ebx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	.endm
