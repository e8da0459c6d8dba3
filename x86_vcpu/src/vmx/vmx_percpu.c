/* SPDX-License-Identifier: Apache-2.0 */
/* VMX on a physical CPU: finding it, turning it on and off (SDM volume 3, 24.6 to 24.8, 32.5). */
#include "../cpu.h"
#include "../frames.h"
#include "../cpuid_bits.h"
#include "vmx.h"

#define CPUID_1C_VMX CPUID_BIT(5)
#define MAX_MESSAGE 96u
#define LIMIT_32_BIT UINT64_C(0x100000000)

bool x86_vcpu_vmx_detect(void)
{
	return (x86_cpu_cpuid(CPUID_FEATURES, 0).ecx & CPUID_1C_VMX) != 0u;
}

static uint32_t append(char *text, uint32_t at, const char *more)
{
	while (*more != '\0' && at < MAX_MESSAGE - 1u) {
		text[at++] = *more++;
	}
	text[at] = '\0';
	return at;
}

static void complain(const struct x86_percpu *cpu, const char *what, const char *name)
{
	char text[MAX_MESSAGE];

	if (cpu->hal->ops->log == NULL) {
		return;
	}
	(void)append(text, append(text, 0, what), name);
	cpu->hal->ops->log(cpu->hal->ctx, AXVCPU_LOG_ERROR, text);
}

axvcpu_error_t x86_vcpu_vmx_percpu_init(struct x86_percpu *cpu)
{
	struct x86_vmx_percpu *vmx = &cpu->u.vmx;
	uint64_t basic = x86_cpu_rdmsr(MSR_VMX_BASIC);
	const char *missing;

	if (((basic >> VMX_BASIC_SIZE_SHIFT) & VMX_BASIC_SIZE) > AXVCPU_FRAME_SIZE) {
		missing = "a VMCS of one frame";
	} else if (((basic >> VMX_BASIC_TYPE_SHIFT) & VMX_BASIC_TYPE) != VMX_BASIC_TYPE_WB) {
		missing = "a VMCS in write-back memory";
	} else {
		missing = x86_vcpu_vmx_find_controls(vmx);
	}
	if (missing != NULL) {
		complain(cpu, "VMX of this CPU lacks ", missing);
		return AXVCPU_ERR_UNSUPPORTED;
	}
	vmx->revision = (uint32_t)(basic & VMX_BASIC_REVISION);
	vmx->io_info = (basic & VMX_BASIC_IO_INFO) != 0u;
	vmx->cr0_fixed_0 = x86_cpu_rdmsr(MSR_VMX_CR0_FIXED_0);
	vmx->cr0_fixed_1 = x86_cpu_rdmsr(MSR_VMX_CR0_FIXED_1);
	vmx->cr4_fixed_0 = x86_cpu_rdmsr(MSR_VMX_CR4_FIXED_0);
	vmx->cr4_fixed_1 = x86_cpu_rdmsr(MSR_VMX_CR4_FIXED_1);
	/* A guest could not use these two instructions. */
	if ((vmx->controls.secondary & SECONDARY_XSAVES) == 0u) {
		cpu->features.xsaves = false;
	}
	if ((vmx->controls.secondary & SECONDARY_RDTSCP) == 0u) {
		cpu->features.rdtscp = false;
	}
	return AXVCPU_OK;
}

/** IA32_FEATURE_CONTROL: locked by firmware, or locked here with VMX allowed. */
static bool unlock(void)
{
	uint64_t control = x86_cpu_rdmsr(MSR_FEATURE_CONTROL);

	if ((control & FEATURE_CONTROL_LOCK) == 0u) {
		x86_cpu_wrmsr(MSR_FEATURE_CONTROL,
			      control | FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
		control = x86_cpu_rdmsr(MSR_FEATURE_CONTROL);
	}
	return (control & FEATURE_CONTROL_VMX) != 0u;
}

static bool fits(uint64_t value, uint64_t fixed_0, uint64_t fixed_1)
{
	return (value & fixed_0) == fixed_0 && (value & ~fixed_1) == 0u;
}

static void free_all(struct x86_percpu *cpu)
{
	x86_vcpu_frames_give(cpu->hal, 1, &cpu->u.vmx.vmxon_hpa);
	x86_vcpu_vmx_maps_free(cpu);
}

static axvcpu_error_t allocate(struct x86_percpu *cpu)
{
	struct x86_vmx_percpu *vmx = &cpu->u.vmx;
	uint32_t *region = (uint32_t *)x86_vcpu_frames_take(cpu->hal, 1, &vmx->vmxon_hpa);

	if (region == NULL || ((x86_cpu_rdmsr(MSR_VMX_BASIC) & VMX_BASIC_32_BIT) != 0u &&
			       vmx->vmxon_hpa >= LIMIT_32_BIT) ||
	    !x86_vcpu_vmx_maps_make(cpu)) {
		free_all(cpu);
		return AXVCPU_ERR_NO_MEMORY;
	}
	__builtin_memset(region, 0, AXVCPU_FRAME_SIZE);
	region[0] = vmx->revision;
	return AXVCPU_OK;
}

axvcpu_error_t x86_vcpu_vmx_enable(struct x86_percpu *cpu)
{
	struct x86_vmx_percpu *vmx = &cpu->u.vmx;
	uint64_t cr4 = x86_cpu_read_cr4();
	axvcpu_error_t error;

	if ((cr4 & CR4_VMXE) != 0u) {
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	if (!fits(x86_cpu_read_cr0(), vmx->cr0_fixed_0, vmx->cr0_fixed_1) ||
	    !fits(cr4 | CR4_VMXE, vmx->cr4_fixed_0, vmx->cr4_fixed_1)) {
		complain(cpu, "VMX needs other bits in the hypervisor's ", "CR0 or CR4");
		return AXVCPU_ERR_UNSUPPORTED;
	}
	if (!unlock()) {
		complain(cpu, "VMX is locked off in ", "IA32_FEATURE_CONTROL");
		return AXVCPU_ERR_UNSUPPORTED;
	}
	error = allocate(cpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	x86_cpu_write_cr4(cr4 | CR4_VMXE);
	if (!vmx_on(vmx->vmxon_hpa)) {
		x86_cpu_write_cr4(cr4);
		free_all(cpu);
		return AXVCPU_ERR_HARDWARE;
	}
	/*
	 * Nothing is known of the TLB: VPIDs of before count no more, whoever keeps them. The
	 * time is later than any generation so far, of which each took at least an entry.
	 */
	vmx->vpid_generation = x86_cpu_rdtsc();
	vmx->next_vpid = 0;
	x86_vcpu_vmx_host_note(cpu);
	vmx->enabled = true;
	return AXVCPU_OK;
}

axvcpu_error_t x86_vcpu_vmx_disable(struct x86_percpu *cpu)
{
	struct x86_vmx_percpu *vmx = &cpu->u.vmx;

	if (!vmx->enabled) {
		return AXVCPU_OK;
	}
	vmx_off();
	x86_cpu_write_cr4(x86_cpu_read_cr4() & ~CR4_VMXE);
	free_all(cpu);
	vmx->enabled = false;
	return AXVCPU_OK;
}
