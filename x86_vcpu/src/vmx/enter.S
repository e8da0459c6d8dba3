/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world switch of VMX (SDM volume 3, 27 and 28):
 *
 * rdi: gpr, esi: not 0 to resume; gives enum vmx_entry in eax. rsp, rip, rflags, segments
 * and control registers are in the VMCS. No register but rsp and rbp is preserved
 * (vmx_enter_guest()).
 */
#include "../switch_gpr.h"

#define VMCS_HOST_RSP 0x6c14
#define VMX_ENTRY_FAIL_INVALID 1
#define VMX_ENTRY_FAIL_VALID 2

	.text
	.global x86_vcpu_vmx_enter_guest
	.type x86_vcpu_vmx_enter_guest, @function
	.balign 64
x86_vcpu_vmx_enter_guest:
	push	%rbp
	push	%rdi			# (%rsp) after an exit: gpr
	mov	$VMCS_HOST_RSP, %eax
	vmwrite	%rsp, %rax
	test	%esi, %esi		# no instruction up to the jump changes ZF
	mov	GPR(RAX)(%rdi), %rax
	load_guest_gprs
	jnz	1f
	vmlaunch
	jmp	2f
1:	vmresume
2:	mov	$VMX_ENTRY_FAIL_INVALID, %eax	# still here: it failed; MOV keeps CF
	mov	$VMX_ENTRY_FAIL_VALID, %ecx
	cmovnc	%ecx, %eax
	pop	%rdi
	pop	%rbp
	ret

	.global x86_vcpu_vmx_guest_exited
	.type x86_vcpu_vmx_guest_exited, @function
	.balign 16
x86_vcpu_vmx_guest_exited:
	push	%rdi
	mov	8(%rsp), %rdi
	mov	%rax, GPR(RAX)(%rdi)
	save_guest_gprs %rdi
	pop	GPR(RDI)(%rdi)
	pop	%rdi
	xor	%eax, %eax
	clear_guest_gprs
	pop	%rbp
	ret
	.size x86_vcpu_vmx_enter_guest, . - x86_vcpu_vmx_enter_guest

	.section .note.GNU-stack, "", @progbits
