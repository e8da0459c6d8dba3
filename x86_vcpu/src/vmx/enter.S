/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world switch of VMX (SDM volume 3, 27 and 28):
 *
 *   uint32_t x86_vcpu_vmx_enter_guest(uint64_t *gpr, uint32_t launched);
 *
 * rsp, rip, rflags, segments and control registers are in the VMCS. Gives enum vmx_entry.
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
#define VMX_ENTRY_FAIL_INVALID 1
#define VMX_ENTRY_FAIL_VALID 2

	.text
	.global x86_vcpu_vmx_enter_guest
	.type x86_vcpu_vmx_enter_guest, @function
	.balign 64
x86_vcpu_vmx_enter_guest:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi			# (%rsp) after an exit: gpr
	mov	$VMCS_HOST_RSP, %eax
	vmwrite	%rsp, %rax
	test	%esi, %esi		# no instruction up to the jump changes ZF
	mov	GPR(RAX)(%rdi), %rax
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
	jnz	1f
	vmlaunch
	jmp	2f
1:	vmresume
2:	mov	$VMX_ENTRY_FAIL_INVALID, %eax	# still here: it failed; MOV keeps CF
	mov	$VMX_ENTRY_FAIL_VALID, %ecx
	cmovnc	%ecx, %eax
	pop	%rdi
	jmp	3f

	.global x86_vcpu_vmx_guest_exited
	.type x86_vcpu_vmx_guest_exited, @function
	.balign 16
x86_vcpu_vmx_guest_exited:
	push	%rdi
	mov	8(%rsp), %rdi
	mov	%rax, GPR(RAX)(%rdi)
	mov	%rcx, GPR(RCX)(%rdi)
	mov	%rdx, GPR(RDX)(%rdi)
	mov	%rbx, GPR(RBX)(%rdi)
	mov	%rbp, GPR(RBP)(%rdi)
	mov	%rsi, GPR(RSI)(%rdi)
	mov	%r8, GPR(8)(%rdi)
	mov	%r9, GPR(9)(%rdi)
	mov	%r10, GPR(10)(%rdi)
	mov	%r11, GPR(11)(%rdi)
	mov	%r12, GPR(12)(%rdi)
	mov	%r13, GPR(13)(%rdi)
	mov	%r14, GPR(14)(%rdi)
	mov	%r15, GPR(15)(%rdi)
	pop	%rax
	mov	%rax, GPR(RDI)(%rdi)
	pop	%rdi
	xor	%eax, %eax
	/* Values of the guest's choice are not left for what the host speculates on. */
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
3:	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.size x86_vcpu_vmx_enter_guest, . - x86_vcpu_vmx_enter_guest

	.section .note.GNU-stack, "", @progbits
