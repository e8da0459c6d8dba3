/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address space identifiers (APM 15.16). Each CPU hands out its own, in rising
 * order; when none is left it flushes its TLB and begins a new generation, so that
 * ASIDs of earlier ones count no more. A vCPU keeps its ASID while it stays on its
 * CPU, and its translations survive exits, unbind and bind.
 */
#include "svm.h"

void x86_vcpu_svm_asid_assign(struct x86_vcpu *vcpu, struct x86_percpu *cpu)
{
	struct x86_svm_percpu *percpu = &cpu->u.svm;
	struct svm_control *control = &vcpu->u.svm.vmcb->control;

	if (percpu->next_asid >= percpu->asid_limit) {
		/* 0 is the host's, and no generation. */
		percpu->next_asid = 1;
		percpu->asid_generation++;
		control->tlb_control = SVM_TLB_FLUSH_ALL;
	}
	control->guest_asid = percpu->next_asid++;
	vcpu->u.svm.asid_cpu = cpu;
	vcpu->u.svm.asid_generation = percpu->asid_generation;
	svm_changed(vcpu, SVM_CLEAN_ASID);
}

void x86_vcpu_svm_flush_tlb(struct x86_vcpu *vcpu)
{
	/* Under another ASID nothing is left of it. */
	vcpu->u.svm.asid_cpu = NULL;
	vcpu->tlb_due = true;
}
