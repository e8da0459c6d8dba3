/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor's own state: what exits load (SDM volume 3, 28.5), and what they do not. */
#include "../cpu.h"
#include "vmx.h"

/** Host selectors have RPL and TI clear (27.2.3). */
#define SELECTOR_INDEX 0xf8u

/** The low and the high part of a 64-bit TSS descriptor (SDM volume 3, figure 8-4). */
struct tss_descriptor {
	uint16_t limit;
	uint16_t base_0;
	uint8_t base_16;
	uint8_t type;
	uint8_t limit_16;
	uint8_t base_24;
	uint32_t base_32;
	uint32_t reserved;
};

static uint64_t tss_base(const struct vmx_table *gdtr, uint16_t selector)
{
	const struct tss_descriptor *descriptor =
		(const struct tss_descriptor *)(uintptr_t)(gdtr->base +
							   (selector & ~UINT64_C(7)));

	return descriptor->base_0 | (uint64_t)descriptor->base_16 << 16 |
	       (uint64_t)descriptor->base_24 << 24 | (uint64_t)descriptor->base_32 << 32;
}

void x86_vcpu_vmx_host_note(struct x86_percpu *cpu)
{
	struct x86_vmx_percpu *vmx = &cpu->u.vmx;

	vmx_read_tables(&vmx->host_gdtr, &vmx->host_idtr);
	vmx->host_ldtr = vmx_read_ldtr();
	vmx->host_star = x86_cpu_rdmsr(MSR_STAR);
	vmx->host_lstar = x86_cpu_rdmsr(MSR_LSTAR);
	vmx->host_cstar = x86_cpu_rdmsr(MSR_CSTAR);
	vmx->host_sfmask = x86_cpu_rdmsr(MSR_SFMASK);
}

void x86_vcpu_vmx_host_write(const struct x86_percpu *cpu)
{
	const struct x86_vmx_percpu *vmx = &cpu->u.vmx;

	vmx_write(VMCS_HOST_CS_SELECTOR, vmx_read_cs());
	vmx_write(VMCS_HOST_SS_SELECTOR, vmx_read_ss());
	vmx_write(VMCS_HOST_TR_SELECTOR, vmx_read_tr());
	vmx_write(VMCS_HOST_GDTR_BASE, vmx->host_gdtr.base);
	vmx_write(VMCS_HOST_IDTR_BASE, vmx->host_idtr.base);
	vmx_write(VMCS_HOST_TR_BASE, tss_base(&vmx->host_gdtr, vmx_read_tr()));
	vmx_write(VMCS_HOST_SYSENTER_CS, x86_cpu_rdmsr(MSR_SYSENTER_CS));
	vmx_write(VMCS_HOST_SYSENTER_ESP, x86_cpu_rdmsr(MSR_SYSENTER_ESP));
	vmx_write(VMCS_HOST_SYSENTER_EIP, x86_cpu_rdmsr(MSR_SYSENTER_EIP));
	vmx_write(VMCS_HOST_PAT, x86_cpu_rdmsr(MSR_PAT));
	vmx_write(VMCS_HOST_EFER, x86_cpu_rdmsr(MSR_EFER));
	vmx_write(VMCS_HOST_RIP, (uintptr_t)x86_vcpu_vmx_guest_exited);
}

void x86_vcpu_vmx_host_update(struct x86_vcpu *vcpu)
{
	vmx_write(VMCS_HOST_ES_SELECTOR, vmx_read_es() & SELECTOR_INDEX);
	vmx_write(VMCS_HOST_DS_SELECTOR, vmx_read_ds() & SELECTOR_INDEX);
	vmx_write(VMCS_HOST_FS_SELECTOR, vmx_read_fs() & SELECTOR_INDEX);
	vmx_write(VMCS_HOST_GS_SELECTOR, vmx_read_gs() & SELECTOR_INDEX);
	vmx_write(VMCS_HOST_FS_BASE, x86_cpu_rdmsr(MSR_FS_BASE));
	vmx_write(VMCS_HOST_GS_BASE, x86_cpu_rdmsr(MSR_GS_BASE));
	vmx_write(VMCS_HOST_CR0, x86_cpu_read_cr0());
	vmx_write(VMCS_HOST_CR4, x86_cpu_read_cr4());
	vcpu->u.vmx.host_cr3 = x86_cpu_read_cr3();
	vmx_write(VMCS_HOST_CR3, vcpu->u.vmx.host_cr3);
}

void x86_vcpu_vmx_host_bind(struct x86_percpu *cpu)
{
	/* Kernels use it for the GS of the program that runs. */
	cpu->u.vmx.host_kernel_gs_base = x86_cpu_rdmsr(MSR_KERNEL_GS_BASE);
}

void x86_vcpu_vmx_host_unbind(const struct x86_percpu *cpu)
{
	const struct x86_vmx_percpu *vmx = &cpu->u.vmx;

	x86_cpu_wrmsr(MSR_STAR, vmx->host_star);
	x86_cpu_wrmsr(MSR_LSTAR, vmx->host_lstar);
	x86_cpu_wrmsr(MSR_CSTAR, vmx->host_cstar);
	x86_cpu_wrmsr(MSR_SFMASK, vmx->host_sfmask);
	x86_cpu_wrmsr(MSR_KERNEL_GS_BASE, vmx->host_kernel_gs_base);
	/* Exits leave limits of 64 KiB in the two tables, and no LDT. */
	vmx_write_tables(&vmx->host_gdtr, &vmx->host_idtr);
	vmx_write_ldtr(vmx->host_ldtr);
}
