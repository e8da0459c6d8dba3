/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of this folder. */
#ifndef X86_VCPU_SVM_SVM_H_
#define X86_VCPU_SVM_SVM_H_

#include "../known_code.h"
#include "../vendor.h"
#include "vmcb.h"

/** MSRs of SVM, APM 15.4 and appendix A. */
#define VM_CR_SVMDIS (UINT64_C(1) << 4)
/** CPUID leaves, APM volume 3, appendix E. */
#define CPUID_EXTENDED 0x80000000u
#define CPUID_EXTENDED_FEATURES 0x80000001u
#define CPUID_EXTENDED_FEATURES_ECX_SVM (1u << 2)
#define CPUID_SVM 0x8000000au
#define CPUID_SVM_EDX_NP (1u << 0)
#define CPUID_SVM_EDX_NRIPS (1u << 3)
#define CPUID_SVM_EDX_FLUSH_BY_ASID (1u << 6)
#define CPUID_SVM_EDX_DECODE_ASSISTS (1u << 7)
#define CPUID_SVM_EDX_PAUSE_FILTER (1u << 10)

/**
 * A guest can make the delivery of these two raise them again for ever, which no
 * physical interrupt ends; delivered by us, the loop goes through our code. #MC is
 * the host's.
 */
#define SVM_INTERCEPT_EXCEPTIONS \
	((1u << X86_VECTOR_DB) | (1u << X86_VECTOR_AC) | (1u << X86_VECTOR_MC))
/** What an IRET can raise (APM volume 3), which the step over one has to see. */
#define SVM_INTERCEPT_IRET_FAULTS                                                         \
	((1u << X86_VECTOR_TS) | (1u << X86_VECTOR_NP) | (1u << X86_VECTOR_SS) |          \
	 (1u << X86_VECTOR_GP) | (1u << X86_VECTOR_PF))

/** svm_percpu.c */
bool x86_vcpu_svm_detect(void);
axvcpu_error_t x86_vcpu_svm_percpu_init(struct x86_percpu *cpu);
axvcpu_error_t x86_vcpu_svm_enable(struct x86_percpu *cpu);
axvcpu_error_t x86_vcpu_svm_disable(struct x86_percpu *cpu);

/** svm_maps.c: the CPU's permission maps; false, with nothing taken, if there is no memory. */
bool x86_vcpu_svm_maps_make(struct x86_percpu *cpu);
void x86_vcpu_svm_maps_free(struct x86_percpu *cpu);

/** svm_asid.c: gives the vCPU an ASID of this CPU. */
void x86_vcpu_svm_asid_assign(struct x86_vcpu *vcpu, struct x86_percpu *cpu);
/** Whether it has one of the present generation, which no other vCPU begins while it is bound. */
static inline bool svm_has_asid(const struct x86_vcpu *vcpu, const struct x86_percpu *cpu)
{
	return vcpu->u.svm.asid_cpu == cpu &&
	       vcpu->u.svm.asid_generation == cpu->u.svm.asid_generation;
}
/** Its translations are to be dropped: another ASID at the next entry. */
void x86_vcpu_svm_flush_tlb(struct x86_vcpu *vcpu);

/** svm_registers.c */
void x86_vcpu_svm_fetch(struct x86_vcpu *vcpu, uint32_t groups);
void x86_vcpu_svm_store(struct x86_vcpu *vcpu, uint32_t groups);

/** svm_exits.c: fills in vcpu->hw from the VMCB. */
void x86_vcpu_svm_describe_exit(struct x86_vcpu *vcpu);
/** svm_events.c */
void x86_vcpu_svm_inject(struct x86_vcpu *vcpu);
void x86_vcpu_svm_collect_event(struct x86_vcpu *vcpu);
void x86_vcpu_svm_want_windows(struct x86_vcpu *vcpu, uint32_t windows);

/** svm_npt.c */
uint32_t x86_vcpu_svm_stage2_walk(const struct x86_vcpu *vcpu, uint64_t gpa, uint64_t *hpa);

/**
 * Whether the instruction at `rip`, at which the guest has exited, is among those that
 * known_code.h keeps, and its length. That LMA is set a change of EFER or CR0 would tell.
 */
static inline bool svm_known_length(struct x86_vcpu *vcpu, const struct svm_vmcb *vmcb,
				    uint64_t rip, uint64_t *length)
{
	const struct x86_known_code *known = x86_code_find(vcpu, rip);

	if (known == NULL || (vmcb->save.cs.attributes & SEG_L) == 0u ||
	    !x86_code_holds(known, vmcb->save.cr3)) {
		return false;
	}
	*length = known->length;
	return true;
}

/** Where that instruction, which is not decoded, ends; false if that is not known. */
static inline bool svm_next_rip(struct x86_vcpu *vcpu, const struct svm_vmcb *vmcb,
				const struct x86_percpu *cpu, uint64_t rip, uint64_t *next)
{
	uint64_t length;

	if (cpu->u.svm.next_rip_saved) {
		*next = vmcb->control.next_rip;
		return *next != 0u;
	}
	if (!svm_known_length(vcpu, vmcb, rip, &length)) {
		return false;
	}
	*next = rip + length;
	return true;
}

/** What is changed in the VMCB is to be read again by the CPU. */
static inline void svm_changed(struct x86_vcpu *vcpu, uint32_t clean_bits)
{
	vcpu->u.svm.vmcb->control.clean &= ~(uint64_t)clean_bits;
}

#if !defined(X86_VCPU_FAKE_CPU)
/** VMSAVE: FS, GS, TR, LDTR and the SYSCALL and SYSENTER MSRs into a VMCB. */
static inline void svm_vmsave(uint64_t vmcb_hpa)
{
	__asm__ volatile("vmsave" : : "a"(vmcb_hpa) : "memory");
}

/**
 * enter.S: the world switch. `gpr` is x86_vcpu.gpr; rax and rsp go through the VMCB. Gives
 * `gpr` back: who goes on from there has nothing to load from the stack.
 */
static inline uint64_t *svm_enter_guest(uint64_t *gpr, uint64_t vmcb_hpa, uint64_t host_vmcb_hpa)
{
	uint64_t *same;

	__asm__ volatile("call x86_vcpu_svm_enter_guest"
			 : "=a"(same), "+D"(gpr), "+S"(vmcb_hpa), "+d"(host_vmcb_hpa)
			 :
			 : "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
			   "cc", "memory");
	return same;
}
#else
#ifdef __cplusplus
extern "C" {
#endif
void svm_vmsave(uint64_t vmcb_hpa);
uint64_t *svm_enter_guest(uint64_t *gpr, uint64_t vmcb_hpa, uint64_t host_vmcb_hpa);
#ifdef __cplusplus
}
#endif
#endif


#endif /* X86_VCPU_SVM_SVM_H_ */
