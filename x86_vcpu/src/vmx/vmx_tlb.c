/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EPT pointer, VPIDs, and what drops translations (SDM volume 3, 29.3 and 29.4).
 *
 * Combined translations are tagged with VPID and EPT root, guest-physical ones with the
 * root alone. A vCPU keeps its VPID while it stays on its CPU, in its VMCS, also from
 * unbind to bind, and its translations with it; when a CPU has none left
 * it drops all of them and begins a new generation. INVEPT drops what a changed second
 * stage leaves, on the CPU where the vCPU runs next and on each to which it moves.
 */
#include "vmx.h"

#define VPID_LIMIT 0x10000u
#define LEVELS 4u
#define LEVEL_BITS 9u
#define PAGE_SHIFT 12u
#define INDEX UINT64_C(0x1ff)
#define GPA_BITS 48u

/* EPT entries, 29.3.2. */
#define EPT_READ (UINT64_C(1) << 0)
#define EPT_WRITE (UINT64_C(1) << 1)
#define EPT_EXECUTE (UINT64_C(1) << 2)
#define EPT_PERMISSIONS (EPT_READ | EPT_WRITE | EPT_EXECUTE)
#define EPT_LARGE (UINT64_C(1) << 7)
#define EPT_ADDRESS UINT64_C(0x000ffffffffff000)

uint64_t x86_vcpu_vmx_eptp(const struct x86_vcpu *vcpu)
{
	return vcpu->stage2_root | EPTP_WB | EPTP_LEVELS_4;
}

void x86_vcpu_vmx_flush_tlb(struct x86_vcpu *vcpu)
{
	vcpu->u.vmx.flush = true;
	vcpu->tlb_due = true;
}

static void assign_vpid(struct x86_vcpu *vcpu, struct x86_percpu *cpu)
{
	struct x86_vmx *vmx = &vcpu->u.vmx;
	struct x86_vmx_percpu *percpu = &cpu->u.vmx;

	if (percpu->next_vpid == 0u || percpu->next_vpid >= VPID_LIMIT) {
		/* 0 is the host's, and no generation. */
		percpu->next_vpid = 1;
		percpu->vpid_generation++;
		(void)vmx_invvpid(INVVPID_ALL, 0);
	}
	vmx_write(VMCS_VPID, percpu->next_vpid++);
	vmx->vpid_cpu = cpu;
	vmx->vpid_generation = percpu->vpid_generation;
}

void x86_vcpu_vmx_tlb_before_entry(struct x86_vcpu *vcpu, struct x86_percpu *cpu)
{
	struct x86_vmx *vmx = &vcpu->u.vmx;

	if (cpu->u.vmx.vpid && !vmx_has_vpid(vcpu, cpu)) {
		assign_vpid(vcpu, cpu);
	}
	if (vmx->flush || vmx->last_cpu != cpu) {
		if ((cpu->u.vmx.ept_vpid & EPT_VPID_INVEPT_SINGLE) != 0u) {
			(void)vmx_invept(INVEPT_SINGLE, x86_vcpu_vmx_eptp(vcpu));
		} else {
			(void)vmx_invept(INVEPT_ALL, 0);
		}
		vmx->flush = false;
		vmx->last_cpu = cpu;
	}
}

uint32_t x86_vcpu_vmx_stage2_walk(const struct x86_vcpu *vcpu, uint64_t gpa, uint64_t *hpa)
{
	const struct axvcpu_hal *hal = vcpu->hal;
	uint64_t table = vcpu->stage2_root, permissions = EPT_PERMISSIONS;
	uint32_t level = LEVELS, shift;
	const uint64_t *entries;
	uint64_t entry, offset_mask;

	if (gpa >> GPA_BITS != 0u) {
		return 0;
	}
	while (level-- > 0u) {
		shift = PAGE_SHIFT + level * LEVEL_BITS;
		entries = (const uint64_t *)hal->ops->phys_to_virt(hal->ctx, table);
		if (entries == NULL) {
			return 0;
		}
		entry = __atomic_load_n(&entries[(gpa >> shift) & INDEX], __ATOMIC_RELAXED);
		permissions &= entry;
		if ((permissions & EPT_PERMISSIONS) == 0u) {
			return 0;
		}
		table = entry & EPT_ADDRESS;
		if (level == 0u || (entry & EPT_LARGE) != 0u) {
			offset_mask = (UINT64_C(1) << shift) - 1u;
			*hpa = (table & ~offset_mask) | (gpa & offset_mask);
			return ((permissions & EPT_READ) != 0u ? AXVCPU_ACCESS_READ : 0u) |
			       ((permissions & EPT_WRITE) != 0u ? AXVCPU_ACCESS_WRITE : 0u) |
			       ((permissions & EPT_EXECUTE) != 0u ? AXVCPU_ACCESS_EXECUTE : 0u);
		}
	}
	return 0;
}
