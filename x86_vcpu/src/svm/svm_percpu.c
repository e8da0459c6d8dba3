/* SPDX-License-Identifier: Apache-2.0 */
/* SVM on a physical CPU: finding it, turning it on and off (APM 15.4). */
#include "svm.h"

#include "../cpu.h"
#include "../frames.h"

bool x86_vcpu_svm_detect(void)
{
	if (x86_cpu_cpuid(CPUID_EXTENDED, 0).eax < CPUID_SVM) {
		return false;
	}
	return (x86_cpu_cpuid(CPUID_EXTENDED_FEATURES, 0).ecx & CPUID_EXTENDED_FEATURES_ECX_SVM) !=
	       0u;
}

axvcpu_error_t x86_vcpu_svm_percpu_init(struct x86_percpu *cpu)
{
	struct x86_svm_percpu *svm = &cpu->u.svm;
	struct x86_cpuid features = x86_cpu_cpuid(CPUID_SVM, 0);

	/* Without nested paging guests would need shadow page tables. */
	if ((features.edx & CPUID_SVM_EDX_NP) == 0u || features.ebx < 2u) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	svm->asid_limit = features.ebx;
	svm->next_rip_saved = (features.edx & CPUID_SVM_EDX_NRIPS) != 0u;
	svm->decode_assists = (features.edx & CPUID_SVM_EDX_DECODE_ASSISTS) != 0u;
	svm->flush_by_asid = (features.edx & CPUID_SVM_EDX_FLUSH_BY_ASID) != 0u;
	svm->pause_filter = (features.edx & CPUID_SVM_EDX_PAUSE_FILTER) != 0u;
	return AXVCPU_OK;
}

static bool allocate(struct x86_percpu *cpu, uint64_t *hpa)
{
	void *frame = x86_vcpu_frames_take(cpu->hal, 1, hpa);

	if (frame != NULL) {
		__builtin_memset(frame, 0, AXVCPU_FRAME_SIZE);
	}
	return frame != NULL;
}

static void free_all(struct x86_percpu *cpu)
{
	x86_vcpu_frames_give(cpu->hal, 1, &cpu->u.svm.hsave_hpa);
	x86_vcpu_frames_give(cpu->hal, 1, &cpu->u.svm.host_vmcb_hpa);
	x86_vcpu_svm_maps_free(cpu);
}

axvcpu_error_t x86_vcpu_svm_enable(struct x86_percpu *cpu)
{
	struct x86_svm_percpu *svm = &cpu->u.svm;
	uint64_t efer = x86_cpu_rdmsr(MSR_EFER);

	if ((efer & EFER_SVME) != 0u) {
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	if ((x86_cpu_rdmsr(MSR_VM_CR) & VM_CR_SVMDIS) != 0u) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	if (!allocate(cpu, &svm->hsave_hpa) || !allocate(cpu, &svm->host_vmcb_hpa) ||
	    !x86_vcpu_svm_maps_make(cpu)) {
		free_all(cpu);
		return AXVCPU_ERR_NO_MEMORY;
	}
	x86_cpu_wrmsr(MSR_EFER, efer | EFER_SVME);
	svm->old_hsave = x86_cpu_rdmsr(MSR_VM_HSAVE_PA);
	x86_cpu_wrmsr(MSR_VM_HSAVE_PA, svm->hsave_hpa);
	/*
	 * Nothing is known of the TLB: ASIDs of before count no more, whoever keeps them. The
	 * time is later than any generation so far, of which each took at least an entry.
	 */
	svm->asid_generation = x86_cpu_rdtsc();
	svm->next_asid = svm->asid_limit;
	svm->enabled = true;
	return AXVCPU_OK;
}

axvcpu_error_t x86_vcpu_svm_disable(struct x86_percpu *cpu)
{
	struct x86_svm_percpu *svm = &cpu->u.svm;

	if (!svm->enabled) {
		return AXVCPU_OK;
	}
	x86_cpu_wrmsr(MSR_VM_HSAVE_PA, svm->old_hsave);
	x86_cpu_wrmsr(MSR_EFER, x86_cpu_rdmsr(MSR_EFER) & ~EFER_SVME);
	free_all(cpu);
	svm->enabled = false;
	return AXVCPU_OK;
}
