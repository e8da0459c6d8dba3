/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's registers between the VMCB and the vCPU. */
#include "svm.h"

/** Where the VMCB has each segment, in the order of enum x86_vcpu_segment. */
static const uint16_t segment_offsets[X86_SEGMENT_COUNT] = {
	offsetof(struct svm_save, es), offsetof(struct svm_save, cs),
	offsetof(struct svm_save, ss), offsetof(struct svm_save, ds),
	offsetof(struct svm_save, fs), offsetof(struct svm_save, gs),
	offsetof(struct svm_save, ldtr), offsetof(struct svm_save, tr),
};

static struct svm_segment *segment_of(struct svm_save *save, uint32_t number)
{
	return (struct svm_segment *)(void *)((uint8_t *)save + segment_offsets[number]);
}

static void fetch_control(struct x86_vcpu *vcpu, const struct svm_vmcb *vmcb)
{
	vcpu->cr0 = vmcb->save.cr0;
	vcpu->cr2 = vmcb->save.cr2;
	vcpu->cr3 = vmcb->save.cr3;
	vcpu->cr4 = vmcb->save.cr4;
	vcpu->cr8 = vmcb->control.interrupt_control & SVM_V_TPR;
	/*
	 * The guest has no SVM; VMRUN insists on the bit (APM 15.5.1). LMA follows from two others
	 * there; Bochs changes it before a MOV to CR0 exits.
	 */
	vcpu->efer = vmcb->save.efer & ~(EFER_SVME | EFER_LMA);
	if ((vcpu->efer & EFER_LME) != 0u && (vmcb->save.cr0 & CR0_PG) != 0u) {
		vcpu->efer |= EFER_LMA;
	}
}

static void store_control(const struct x86_vcpu *vcpu, struct svm_vmcb *vmcb)
{
	vmcb->save.cr0 = vcpu->cr0;
	vmcb->save.cr2 = vcpu->cr2;
	vmcb->save.cr3 = vcpu->cr3;
	vmcb->save.cr4 = vcpu->cr4;
	vmcb->control.interrupt_control =
		(vmcb->control.interrupt_control & ~SVM_V_TPR) | (vcpu->cr8 & SVM_V_TPR);
	vmcb->save.efer = vcpu->efer | EFER_SVME;
}

/**
 * What AMD's CPUs leave as it comes and VMX insists on (SDM volume 3, 27.3.1.2): the
 * accessed bit of what is in a segment register, the busy bit of what is in TR, and
 * granularity by the limit.
 */
static uint16_t normal_attributes(uint32_t number, uint32_t limit, uint32_t attributes)
{
	attributes &= SEG_DEFINED;
	if ((attributes & SEG_P) == 0u) {
		return (uint16_t)attributes;
	}
	if ((attributes & SEG_S) != 0u) {
		attributes |= SEG_TYPE_ACCESSED;
	} else if (number == X86_VCPU_TR) {
		attributes |= SEG_TYPE_BUSY;
	}
	if (limit > SEG_LIMIT_BYTES) {
		attributes |= SEG_G;
	} else if ((limit & SEG_LIMIT_PAGE) != SEG_LIMIT_PAGE) {
		attributes &= ~SEG_G;
	}
	return (uint16_t)attributes;
}

static void fetch_segments(struct x86_vcpu *vcpu, struct svm_vmcb *vmcb)
{
	uint32_t i;

	for (i = 0; i < X86_SEGMENT_COUNT; i++) {
		const struct svm_segment *from = segment_of(&vmcb->save, i);

		vcpu->seg[i].base = from->base;
		vcpu->seg[i].limit = from->limit;
		vcpu->seg[i].selector = from->selector;
		vcpu->seg[i].attributes =
			normal_attributes(i, from->limit, from->attributes);
	}
	/* CPL has a place of its own, which counts (APM 15.5.1); VMX has it in SS alone. */
	vcpu->seg[X86_VCPU_SS].attributes =
		(uint16_t)((vcpu->seg[X86_VCPU_SS].attributes & ~SEG_DPL) |
			   (uint32_t)vmcb->save.cpl << SEG_DPL_SHIFT);
	vcpu->gdtr.base = vmcb->save.gdtr.base;
	vcpu->gdtr.limit = vmcb->save.gdtr.limit & UINT16_MAX;
	vcpu->idtr.base = vmcb->save.idtr.base;
	vcpu->idtr.limit = vmcb->save.idtr.limit & UINT16_MAX;
}

static void store_segments(const struct x86_vcpu *vcpu, struct svm_vmcb *vmcb)
{
	uint32_t i;

	for (i = 0; i < X86_SEGMENT_COUNT; i++) {
		struct svm_segment *to = segment_of(&vmcb->save, i);

		to->base = vcpu->seg[i].base;
		to->limit = vcpu->seg[i].limit;
		to->selector = vcpu->seg[i].selector;
		to->attributes = vcpu->seg[i].attributes;
	}
	vmcb->save.cpl =
		(uint8_t)((vcpu->seg[X86_VCPU_SS].attributes & SEG_DPL) >> SEG_DPL_SHIFT);
	vmcb->save.gdtr.base = vcpu->gdtr.base;
	vmcb->save.gdtr.limit = vcpu->gdtr.limit;
	vmcb->save.idtr.base = vcpu->idtr.base;
	vmcb->save.idtr.limit = vcpu->idtr.limit;
}

/** One list for both directions. */
#define SYSTEM_REGISTERS(move)                       \
	move(star, star);                            \
	move(lstar, lstar);                          \
	move(cstar, cstar);                          \
	move(sfmask, sfmask);                        \
	move(kernel_gs_base, kernel_gs_base);        \
	move(sysenter_cs, sysenter_cs);              \
	move(sysenter_esp, sysenter_esp);            \
	move(sysenter_eip, sysenter_eip);            \
	move(pat, g_pat);                            \
	move(dr6, dr6);                              \
	move(dr7, dr7)

static void fetch_system(struct x86_vcpu *vcpu, const struct svm_vmcb *vmcb)
{
#define FETCH(ours, theirs) vcpu->ours = vmcb->save.theirs
	SYSTEM_REGISTERS(FETCH);
#undef FETCH
}

static void store_system(const struct x86_vcpu *vcpu, struct svm_vmcb *vmcb)
{
#define STORE(ours, theirs) vmcb->save.theirs = vcpu->ours
	SYSTEM_REGISTERS(STORE);
#undef STORE
}

void x86_vcpu_svm_fetch(struct x86_vcpu *vcpu, uint32_t groups)
{
	struct svm_vmcb *vmcb = vcpu->u.svm.vmcb;

	if ((groups & X86_GROUP_CONTROL) != 0u) {
		fetch_control(vcpu, vmcb);
	}
	if ((groups & X86_GROUP_SEGMENTS) != 0u) {
		fetch_segments(vcpu, vmcb);
	}
	if ((groups & X86_GROUP_SYSTEM) != 0u) {
		fetch_system(vcpu, vmcb);
	}
	if ((groups & X86_GROUP_INTERRUPTIBILITY) != 0u) {
		vcpu->interrupt_shadow =
			(vmcb->control.interrupt_shadow & SVM_INTERRUPT_SHADOW) != 0u;
	}
}

void x86_vcpu_svm_store(struct x86_vcpu *vcpu, uint32_t groups)
{
	struct svm_vmcb *vmcb = vcpu->u.svm.vmcb;

	if ((groups & X86_GROUP_CONTROL) != 0u) {
		store_control(vcpu, vmcb);
		svm_changed(vcpu, SVM_CLEAN_CONTROL_REGISTERS | SVM_CLEAN_CR2 | SVM_CLEAN_INTERRUPT);
	}
	if ((groups & X86_GROUP_SEGMENTS) != 0u) {
		store_segments(vcpu, vmcb);
		svm_changed(vcpu, SVM_CLEAN_SEGMENTS | SVM_CLEAN_TABLES);
	}
	if ((groups & X86_GROUP_SYSTEM) != 0u) {
		store_system(vcpu, vmcb);
		svm_changed(vcpu, SVM_CLEAN_DEBUG_REGISTERS | SVM_CLEAN_NESTED_PAGING);
	}
	if ((groups & X86_GROUP_SETTINGS) != 0u) {
		vmcb->control.tsc_offset = vcpu->tsc_offset;
		vmcb->control.n_cr3 = vcpu->stage2_root;
		svm_changed(vcpu, SVM_CLEAN_INTERCEPTS | SVM_CLEAN_NESTED_PAGING);
	}
	if ((groups & X86_GROUP_INTERRUPTIBILITY) != 0u) {
		vmcb->control.interrupt_shadow = vcpu->interrupt_shadow ? SVM_INTERRUPT_SHADOW : 0u;
	}
}
