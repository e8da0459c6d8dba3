/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's registers between the VMCS, the CPU and the vCPU. */
#include "../breakpoints.h"
#include "../cpu.h"
#include "../pdpte.h"
#include "vmx.h"

#define SEG_HIGH 0xf00u

/** CR0 bits that the guest changes without an exit; those of the cache the entry ignores. */
#define CR0_OWN (CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_WP | CR0_AM | CR0_PG)

/**
 * The guest may have changed its memory since they were loaded, which changes nothing. A part
 * of its caller, which would save registers for a call, at each exit.
 */
static inline __attribute__((always_inline)) void fetch_pdptes(struct x86_vcpu *vcpu)
{
	uint32_t i;

	for (i = 0; i < X86_PDPTES; i++) {
		vcpu->pdptes[i] = vmx_read(VMCS_GUEST_PDPTE_0 + 2u * i);
	}
}

static void fetch_control(struct x86_vcpu *vcpu)
{
	const struct x86_vmx *vmx = &vcpu->u.vmx;

	vcpu->cr0 = (vmx_read(VMCS_GUEST_CR0) & ~vmx->cr0_mask) |
		    (vmx_read(VMCS_CR0_SHADOW) & vmx->cr0_mask);
	vcpu->cr4 = (vmx_read(VMCS_GUEST_CR4) & ~vmx->cr4_mask) |
		    (vmx_read(VMCS_CR4_SHADOW) & vmx->cr4_mask);
	vcpu->cr3 = vmx_read(VMCS_GUEST_CR3);
	/* cr2 came off the CPU at the exit. */
	if (vmx->virtual_apic != NULL && vcpu->cpu->u.vmx.tpr_shadow) {
		vcpu->cr8 = (uint64_t)vmx->virtual_apic[VIRTUAL_APIC_TPR] >> 4;
	}
	vcpu->efer = vmx_read(VMCS_GUEST_EFER);
	if (__builtin_expect(x86_is_pae(vcpu), 0)) {
		fetch_pdptes(vcpu);
	} else {
		x86_pdptes_forget(vcpu);
	}
}

/** With PAE paging the entry takes the four entries from the VMCS (SDM volume 3, 27.3.2.4). */
static void store_pdptes(struct x86_vcpu *vcpu)
{
	const uint64_t *entries = x86_vcpu_pdptes(vcpu);
	uint32_t i;

	for (i = 0; entries != NULL && i < X86_PDPTES; i++) {
		vmx_write(VMCS_GUEST_PDPTE_0 + 2u * i, entries[i]);
	}
}

static void store_control(struct x86_vcpu *vcpu)
{
	struct x86_vmx *vmx = &vcpu->u.vmx;
	const struct x86_vmx_percpu *percpu = &vcpu->cpu->u.vmx;
	/* An unrestricted guest runs without protection and paging too (SDM 24.8). */
	uint64_t cr0_needed = percpu->cr0_fixed_0 & ~(CR0_PE | CR0_PG);
	uint32_t entry = percpu->controls.entry & ~ENTRY_IA32E;

	vmx->cr0_mask = ~CR0_OWN | cr0_needed;
	vmx->cr4_mask = ~(vcpu->limits.cr4_mask & CR4_PGE);
	vmx_write(VMCS_CR0_MASK, vmx->cr0_mask);
	vmx_write(VMCS_CR4_MASK, vmx->cr4_mask);
	vmx_write(VMCS_CR0_SHADOW, vcpu->cr0);
	vmx_write(VMCS_CR4_SHADOW, vcpu->cr4);
	vmx_write(VMCS_GUEST_CR0,
		  ((vcpu->cr0 & ~(CR0_CD | CR0_NW)) | cr0_needed) & percpu->cr0_fixed_1);
	vmx_write(VMCS_GUEST_CR4, (vcpu->cr4 | percpu->cr4_fixed_0) & percpu->cr4_fixed_1);
	vmx_write(VMCS_GUEST_CR3, vcpu->cr3 & ~CR3_NO_FLUSH);
	if (vmx->virtual_apic != NULL) {
		vmx->virtual_apic[VIRTUAL_APIC_TPR] = (uint8_t)(vcpu->cr8 << 4);
	}
	vmx_write(VMCS_GUEST_EFER, vcpu->efer);
	if ((vcpu->efer & EFER_LMA) != 0u) {
		entry |= ENTRY_IA32E;
	}
	vmx_write(VMCS_ENTRY_CONTROLS, entry);
	store_pdptes(vcpu);
}

/** Bits 11..8 of our attributes are 15..12 of the VMCS. */
static uint16_t attributes_of(uint64_t rights)
{
	uint32_t low = (uint32_t)rights & 0xffu;

	if ((rights & VMX_RIGHTS_UNUSABLE) != 0u) {
		low &= ~SEG_P;
	}
	return (uint16_t)(low | (((uint32_t)rights >> VMX_RIGHTS_HIGH_SHIFT) & SEG_HIGH));
}

static uint32_t rights_of(uint16_t attributes)
{
	uint32_t rights = (attributes & 0xffu) |
			  (uint32_t)(attributes & SEG_HIGH) << VMX_RIGHTS_HIGH_SHIFT;

	return (attributes & SEG_P) != 0u ? rights : rights | VMX_RIGHTS_UNUSABLE;
}

static void fetch_segments(struct x86_vcpu *vcpu)
{
	uint32_t i, step;

	for (i = 0; i < X86_SEGMENT_COUNT; i++) {
		step = i * VMCS_SEGMENT_STEP;
		vcpu->seg[i].selector = (uint16_t)vmx_read(VMCS_GUEST_ES_SELECTOR + step);
		vcpu->seg[i].base = vmx_read(VMCS_GUEST_ES_BASE + step);
		vcpu->seg[i].limit = (uint32_t)vmx_read(VMCS_GUEST_ES_LIMIT + step);
		vcpu->seg[i].attributes = attributes_of(vmx_read(VMCS_GUEST_ES_RIGHTS + step));
	}
	vcpu->gdtr.base = vmx_read(VMCS_GUEST_GDTR_BASE);
	vcpu->gdtr.limit = (uint32_t)vmx_read(VMCS_GUEST_GDTR_LIMIT);
	vcpu->idtr.base = vmx_read(VMCS_GUEST_IDTR_BASE);
	vcpu->idtr.limit = (uint32_t)vmx_read(VMCS_GUEST_IDTR_LIMIT);
}

static void store_segments(const struct x86_vcpu *vcpu)
{
	uint32_t i, step;

	for (i = 0; i < X86_SEGMENT_COUNT; i++) {
		step = i * VMCS_SEGMENT_STEP;
		vmx_write(VMCS_GUEST_ES_SELECTOR + step, vcpu->seg[i].selector);
		vmx_write(VMCS_GUEST_ES_BASE + step, vcpu->seg[i].base);
		vmx_write(VMCS_GUEST_ES_LIMIT + step, vcpu->seg[i].limit);
		vmx_write(VMCS_GUEST_ES_RIGHTS + step, rights_of(vcpu->seg[i].attributes));
	}
	vmx_write(VMCS_GUEST_GDTR_BASE, vcpu->gdtr.base);
	vmx_write(VMCS_GUEST_GDTR_LIMIT, vcpu->gdtr.limit);
	vmx_write(VMCS_GUEST_IDTR_BASE, vcpu->idtr.base);
	vmx_write(VMCS_GUEST_IDTR_LIMIT, vcpu->idtr.limit);
}

/**
 * In real mode a segment register takes a selector and its base alone, on top of what was
 * in it: after a null selector of protected mode that may be a type which no entry accepts,
 * accessed and writable as real mode has them (SDM volume 3, 27.3.1.2). Bochs 2.7 saves it so.
 */
bool x86_vcpu_vmx_complete_real_segments(void)
{
	static const uint8_t segments[] = { X86_VCPU_ES, X86_VCPU_SS, X86_VCPU_DS, X86_VCPU_FS,
					    X86_VCPU_GS };
	bool changed = false;
	uint64_t rights;
	uint32_t i, field;

	if ((vmx_read(VMCS_GUEST_CR0) & CR0_PE) != 0u) {
		return false;
	}
	for (i = 0; i < sizeof(segments); i++) {
		field = VMCS_GUEST_ES_RIGHTS + segments[i] * VMCS_SEGMENT_STEP;
		rights = vmx_read(field);
		if ((rights & (VMX_RIGHTS_UNUSABLE | SEG_TYPE_CODE)) == 0u &&
		    (rights & SEG_TYPE_DATA_RW) != SEG_TYPE_DATA_RW) {
			vmx_write(field, rights | SEG_TYPE_DATA_RW);
			changed = true;
		}
	}
	return changed;
}

/** What the CPU keeps from bind to unbind, and what the VMCS keeps: one list for both directions. */
#define CPU_REGISTERS(move)                          \
	move(star, MSR_STAR);                        \
	move(lstar, MSR_LSTAR);                      \
	move(cstar, MSR_CSTAR);                      \
	move(sfmask, MSR_SFMASK);                    \
	move(kernel_gs_base, MSR_KERNEL_GS_BASE)
#define VMCS_REGISTERS(move)                         \
	move(sysenter_cs, VMCS_GUEST_SYSENTER_CS);   \
	move(sysenter_esp, VMCS_GUEST_SYSENTER_ESP); \
	move(sysenter_eip, VMCS_GUEST_SYSENTER_EIP); \
	move(pat, VMCS_GUEST_PAT);                   \
	move(dr7, VMCS_GUEST_DR7)

static void fetch_system(struct x86_vcpu *vcpu)
{
#define FETCH_MSR(ours, msr) vcpu->ours = x86_cpu_rdmsr(msr)
#define FETCH(ours, field) vcpu->ours = vmx_read(field)
	CPU_REGISTERS(FETCH_MSR);
	VMCS_REGISTERS(FETCH);
	vcpu->dr6 = x86_cpu_read_dr6();
#undef FETCH
#undef FETCH_MSR
}

void x86_vcpu_vmx_load_cpu(const struct x86_vcpu *vcpu)
{
#define STORE_MSR(ours, msr) x86_cpu_wrmsr(msr, vcpu->ours)
	CPU_REGISTERS(STORE_MSR);
	x86_cpu_write_dr6(vcpu->dr6);
#undef STORE_MSR
}

static void store_system(const struct x86_vcpu *vcpu)
{
#define STORE(ours, field) vmx_write(field, vcpu->ours)
	x86_vcpu_vmx_load_cpu(vcpu);
	VMCS_REGISTERS(STORE);
#undef STORE
}

static void fetch_interruptibility(struct x86_vcpu *vcpu)
{
	struct x86_vmx *vmx = &vcpu->u.vmx;

	vmx->interruptibility = (uint32_t)vmx_read(VMCS_GUEST_INTERRUPTIBILITY);
	vcpu->interrupt_shadow =
		(vmx->interruptibility & (INTERRUPTIBILITY_STI | INTERRUPTIBILITY_MOV_SS)) != 0u;
	vcpu->nmi_blocked = (vmx->interruptibility & INTERRUPTIBILITY_NMI) != 0u;
}

static void store_interruptibility(struct x86_vcpu *vcpu)
{
	struct x86_vmx *vmx = &vcpu->u.vmx;
	bool by_mov_ss = (vmx->interruptibility & INTERRUPTIBILITY_MOV_SS) != 0u ||
			 (vcpu->rflags & RFLAGS_IF) == 0u;
	uint32_t value = 0;

	if (vcpu->interrupt_shadow) {
		value |= by_mov_ss ? INTERRUPTIBILITY_MOV_SS : INTERRUPTIBILITY_STI;
	}
	/* An NMI that is being injected blocks the next one itself (SDM 27.2.1.3, 27.6.1). */
	if (vcpu->nmi_blocked &&
	    ((vmx->entry_event >> VMX_EVENT_TYPE_SHIFT) & VMX_EVENT_TYPE) != VMX_EVENT_TYPE_NMI) {
		value |= INTERRUPTIBILITY_NMI;
	}
	vmx->interruptibility = value;
	vmx_write(VMCS_GUEST_INTERRUPTIBILITY, value);
	/* A single step that the shadow delays is pending (27.3.1.5). */
	vmx_write(VMCS_GUEST_PENDING_DEBUG,
		  vcpu->interrupt_shadow && (vcpu->rflags & RFLAGS_TF) != 0u ? PENDING_DEBUG_BS :
									       0u);
}

void x86_vcpu_vmx_fetch(struct x86_vcpu *vcpu, uint32_t groups)
{
	if ((groups & X86_GROUP_CONTROL) != 0u) {
		fetch_control(vcpu);
	}
	if ((groups & X86_GROUP_SEGMENTS) != 0u) {
		fetch_segments(vcpu);
	}
	if ((groups & X86_GROUP_SYSTEM) != 0u) {
		fetch_system(vcpu);
	}
	if ((groups & X86_GROUP_INTERRUPTIBILITY) != 0u) {
		fetch_interruptibility(vcpu);
	}
}

void x86_vcpu_vmx_store(struct x86_vcpu *vcpu, uint32_t groups)
{
	if ((groups & X86_GROUP_CONTROL) != 0u) {
		store_control(vcpu);
	}
	if ((groups & X86_GROUP_SEGMENTS) != 0u) {
		store_segments(vcpu);
	}
	if ((groups & X86_GROUP_SYSTEM) != 0u) {
		store_system(vcpu);
	}
	if ((groups & X86_GROUP_SETTINGS) != 0u) {
		vmx_write(VMCS_TSC_OFFSET, vcpu->tsc_offset);
		vmx_write(VMCS_EPTP, x86_vcpu_vmx_eptp(vcpu));
	}
	if ((groups & X86_GROUP_INTERRUPTIBILITY) != 0u) {
		store_interruptibility(vcpu);
	}
}

uint32_t x86_vcpu_vmx_cpl(const struct x86_vcpu *vcpu)
{
	uint32_t rights = (vcpu->valid & X86_GROUP_SEGMENTS) != 0u ?
				  vcpu->seg[X86_VCPU_SS].attributes :
				  (uint32_t)vmx_read(VMCS_GUEST_SS_RIGHTS);

	return (rights & SEG_DPL) >> SEG_DPL_SHIFT;
}

uint64_t x86_vcpu_vmx_dr7(const struct x86_vcpu *vcpu)
{
	(void)vcpu;
	return vmx_read(VMCS_GUEST_DR7);
}

bool x86_vcpu_vmx_is_plain_64(const struct x86_vcpu *vcpu, uint64_t *cr3)
{
	(void)vcpu;
	*cr3 = vmx_read(VMCS_GUEST_CR3);
	return (vmx_read(VMCS_GUEST_EFER) & EFER_LMA) != 0u &&
	       (attributes_of(vmx_read(VMCS_GUEST_CS_RIGHTS)) & SEG_L) != 0u &&
	       (vmx_read(VMCS_GUEST_DR7) & DR7_ENABLED) == 0u;
}
