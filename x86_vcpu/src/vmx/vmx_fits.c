/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that VMX does not take, and SVM does: an entry would fail (SDM volume 3, 27.3.1),
 * or WRMSR would fault in the host.
 */
#include "../msr_policy.h"
#include "vmx.h"

/** Bases of ES, CS, SS, DS have 32 bits; the others and the tables' are addresses (27.3.1.2). */
static bool base_fits(const struct x86_vcpu *vcpu, uint32_t segment, uint64_t value)
{
	switch (segment) {
	case X86_VCPU_ES:
	case X86_VCPU_CS:
	case X86_VCPU_SS:
	case X86_VCPU_DS:
		return value <= UINT32_MAX;
	default:
		return x86_vcpu_is_canonical(value, vcpu->limits.linear_bits);
	}
}

bool x86_vcpu_vmx_register_fits(const struct x86_vcpu *vcpu, uint64_t id, uint64_t value)
{
	switch (id) {
	case X86_VCPU_REG_RIP:
		/* The step behind the lower half is a #GP of the guest, and no failure (27.3.1.4). */
		return x86_vcpu_is_canonical(value, vcpu->limits.linear_bits + 1u);
	case X86_VCPU_REG_MSR(MSR_LSTAR):
	case X86_VCPU_REG_MSR(MSR_CSTAR):
	case X86_VCPU_REG_MSR(MSR_KERNEL_GS_BASE):
	case X86_VCPU_REG_MSR(MSR_SYSENTER_ESP):
	case X86_VCPU_REG_MSR(MSR_SYSENTER_EIP):
		return x86_vcpu_is_canonical(value, vcpu->limits.linear_bits);
	case X86_VCPU_REG_MSR(MSR_SFMASK):
	case X86_VCPU_REG_MSR(MSR_SYSENTER_CS):
		return value <= UINT32_MAX;
	default:
		break;
	}
	if (id >= X86_VCPU_REG_BASE(0) && id <= X86_VCPU_REG_BASE(X86_VCPU_IDTR) &&
	    (id - X86_VCPU_REG_BASE(0)) % 4u == 0u) {
		return base_fits(vcpu, (uint32_t)(id - X86_VCPU_REG_BASE(0)) / 4u, value);
	}
	return true;
}
