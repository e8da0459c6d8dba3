/* SPDX-License-Identifier: Apache-2.0 */
/* RDMSR and WRMSR: the policy answers, refuses, or leaves it to the hypervisor. */
#include "events.h"
#include "exits.h"
#include "msr_policy.h"

#define MSR_BYTES 8u

static void exit_for(struct x86_vcpu *vcpu, uint32_t msr, uint64_t value, uint32_t reason,
		     struct axvcpu_exit *exit)
{
	exit->reason = reason;
	exit->instruction_length = x86_vcpu_instruction_length(vcpu);
	exit->u.sysreg.address = msr;
	exit->u.sysreg.value = value;
	exit->u.sysreg.reg = X86_RAX;
	exit->u.sysreg.width = MSR_BYTES;
}

static void put_result(struct x86_vcpu *vcpu, uint64_t value)
{
	vcpu->gpr[X86_RAX] = (uint32_t)value;
	vcpu->gpr[X86_RDX] = value >> 32;
}

enum x86_action x86_vcpu_handle_msr(struct x86_vcpu *vcpu, bool write, struct axvcpu_exit *exit)
{
	uint32_t msr = (uint32_t)vcpu->gpr[X86_RCX];
	uint64_t value = 0;
	enum x86_msr_result result;

	if (write) {
		value = (vcpu->gpr[X86_RDX] << 32) | (uint32_t)vcpu->gpr[X86_RAX];
		result = x86_vcpu_msr_write(vcpu, msr, value);
	} else {
		result = x86_vcpu_msr_read(vcpu, msr, &value);
	}
	switch (result) {
	case X86_MSR_OK:
		if (!write) {
			put_result(vcpu, value);
		}
		x86_vcpu_step(vcpu);
		return X86_ACTION_HANDLED;
	case X86_MSR_EXIT:
		exit_for(vcpu, msr, value,
			 write ? AXVCPU_EXIT_SYSREG_WRITE : AXVCPU_EXIT_SYSREG_READ, exit);
		return X86_ACTION_EXIT;
	default:
		x86_vcpu_queue_gp(vcpu);
		return X86_ACTION_HANDLED;
	}
}

void x86_vcpu_complete_msr_read(
	struct x86_vcpu *vcpu, const struct axvcpu_exit *exit, uint64_t value)
{
	(void)exit;
	put_result(vcpu, value);
	x86_vcpu_step(vcpu);
}
