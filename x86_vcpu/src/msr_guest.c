/* SPDX-License-Identifier: Apache-2.0 */
/* RDMSR and WRMSR on a vCPU's registers. */
#include "control.h"
#include "cpu.h"
#include "cpuid_policy.h"
#include "guest_apic.h"
#include "msr_policy.h"
#include "vendor.h"

/* Where a register of the groups SEGMENTS and SYSTEM is; `*group` says which. */
static uint64_t *place_of(struct x86_vcpu *vcpu, uint32_t msr, uint32_t *group)
{
	*group = X86_GROUP_SYSTEM;
	switch (msr) {
	case MSR_SYSENTER_CS:
		return &vcpu->sysenter_cs;
	case MSR_SYSENTER_ESP:
		return &vcpu->sysenter_esp;
	case MSR_SYSENTER_EIP:
		return &vcpu->sysenter_eip;
	case MSR_PAT:
		return &vcpu->pat;
	case MSR_STAR:
		return &vcpu->star;
	case MSR_LSTAR:
		return &vcpu->lstar;
	case MSR_CSTAR:
		return &vcpu->cstar;
	case MSR_SFMASK:
		return &vcpu->sfmask;
	case MSR_KERNEL_GS_BASE:
		return &vcpu->kernel_gs_base;
	case MSR_FS_BASE:
		*group = X86_GROUP_SEGMENTS;
		return &vcpu->seg[X86_VCPU_FS].base;
	case MSR_GS_BASE:
		*group = X86_GROUP_SEGMENTS;
		return &vcpu->seg[X86_VCPU_GS].base;
	default:
		return 0;
	}
}

static bool value_is_good(const struct x86_vcpu *vcpu, uint32_t msr, uint64_t value)
{
	switch (msr) {
	case MSR_PAT:
		return x86_vcpu_pat_is_valid(value);
	case MSR_SYSENTER_CS:
	case MSR_STAR:
	case MSR_SFMASK:
		return true;
	default:
		return x86_vcpu_is_canonical(value, x86_vcpu_cpuid_linear_bits(vcpu));
	}
}

static enum x86_msr_result read_register(struct x86_vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	uint32_t group;
	const uint64_t *place;

	switch (msr) {
	case MSR_TSC:
		*value = x86_cpu_rdtsc() + vcpu->tsc_offset;
		return X86_MSR_OK;
	case MSR_EFER:
		x86_need(vcpu, X86_GROUP_CONTROL);
		*value = vcpu->efer;
		return X86_MSR_OK;
	case MSR_XSS:
		if (!x86_vcpu_cpuid_has_xss(vcpu))
			return X86_MSR_GP;
		*value = vcpu->xss;
		return X86_MSR_OK;
	case MSR_TSC_AUX:
		if (!x86_vcpu_cpuid_has_tsc_aux(vcpu))
			return X86_MSR_GP;
		*value = vcpu->tsc_aux;
		return X86_MSR_OK;
	default:
		place = place_of(vcpu, msr, &group);
		if (place == 0)
			return X86_MSR_GP;
		x86_need(vcpu, group);
		*value = *place;
		return X86_MSR_OK;
	}
}

static enum x86_msr_result write_register(struct x86_vcpu *vcpu, uint32_t msr, uint64_t value)
{
	uint32_t group;
	uint64_t *place;
	uint64_t ticks;

	switch (msr) {
	case MSR_TSC:
		ticks = value - (x86_cpu_rdtsc() + vcpu->tsc_offset);
		vcpu->tsc_offset += ticks;
		x86_change(vcpu, X86_GROUP_SETTINGS);
		x86_vcpu_apic_tsc_moved(vcpu, ticks);
		return X86_MSR_OK;
	case MSR_EFER:
		return x86_vcpu_set_efer(vcpu, value) ? X86_MSR_OK : X86_MSR_GP;
	case MSR_XSS:
		/* No supervisor state component is offered. */
		return x86_vcpu_cpuid_has_xss(vcpu) && value == 0 ? X86_MSR_OK : X86_MSR_GP;
	case MSR_TSC_AUX:
		if (!x86_vcpu_cpuid_has_tsc_aux(vcpu) || value > UINT32_MAX)
			return X86_MSR_GP;
		vcpu->tsc_aux = value;
		if (vcpu->cpu != 0)
			x86_cpu_wrmsr(MSR_TSC_AUX, value);
		return X86_MSR_OK;
	default:
		place = place_of(vcpu, msr, &group);
		if (place == 0 || !value_is_good(vcpu, msr, value))
			return X86_MSR_GP;
		x86_change(vcpu, group);
		*place = value;
		return X86_MSR_OK;
	}
}

enum x86_msr_result x86_vcpu_msr_read(struct x86_vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	switch (x86_vcpu_msr_classify(msr, value)) {
	case X86_MSR_CLASS_PASS:
	case X86_MSR_CLASS_REGISTER:
		return read_register(vcpu, msr, value);
	case X86_MSR_CLASS_IGNORED:
	case X86_MSR_CLASS_CONSTANT:
		return X86_MSR_OK;
	case X86_MSR_CLASS_LOCAL_APIC:
		return x86_vcpu_apic_msr_read(vcpu, msr, value);
	case X86_MSR_CLASS_EXIT:
		return X86_MSR_EXIT;
	default:
		return X86_MSR_GP;
	}
}

enum x86_msr_result x86_vcpu_msr_write(struct x86_vcpu *vcpu, uint32_t msr, uint64_t value)
{
	uint64_t constant;

	switch (x86_vcpu_msr_classify(msr, &constant)) {
	case X86_MSR_CLASS_PASS:
	case X86_MSR_CLASS_REGISTER:
		return write_register(vcpu, msr, value);
	case X86_MSR_CLASS_IGNORED:
		return X86_MSR_OK;
	case X86_MSR_CLASS_LOCAL_APIC:
		return x86_vcpu_apic_msr_write(vcpu, msr, value);
	case X86_MSR_CLASS_EXIT:
		return X86_MSR_EXIT;
	default:
		return X86_MSR_GP;
	}
}
