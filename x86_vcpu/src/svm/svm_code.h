/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lengths of instructions on a CPU that does not save the next rip (QEMU's). To decode
 * one takes a walk through the guest's page tables and the second stage for each of
 * them, 2,000 instructions; so what was decoded is kept, with all that it came from.
 * It counts while the page-table entries on the way and the bytes themselves are what
 * they were, which takes 30 instructions to see.
 *
 * Where entries and bytes are in the host depends on the second stage alone, of whose
 * changes x86_vcpu_flush_tlb() tells. The form of the tables depends on CR0, CR4 and
 * EFER, whose changes exit.
 */
#ifndef X86_VCPU_SVM_CODE_H_
#define X86_VCPU_SVM_CODE_H_

#include "svm.h"

/** Drops all. */
void x86_vcpu_svm_code_forget(struct x86_vcpu *vcpu);
/** Keeps the instruction at vcpu->rip, which has just been decoded, if it is of a form that can be. */
void x86_vcpu_svm_code_remember(struct x86_vcpu *vcpu, uint32_t length);

static inline struct svm_known_code *svm_code_slot(struct x86_svm *svm, uint64_t rip)
{
	return &svm->known[(rip >> 4) % SVM_KNOWN_CODE];
}

/** Whether what is kept there is of the instruction at `rip`, at which the guest has exited. */
static inline bool svm_code_holds(const struct svm_known_code *known, const struct svm_save *save,
				  uint64_t rip)
{
	uint64_t bytes;
	uint32_t i;

	if (known->rip != rip || known->cr3 != save->cr3 || (save->cs.attributes & SEG_L) == 0u) {
		return false;
	}
	for (i = 0; i < SVM_KNOWN_LEVELS; i++) {
		if (__atomic_load_n(known->entries[i], __ATOMIC_RELAXED) != known->values[i]) {
			return false;
		}
	}
	__builtin_memcpy(&bytes, known->code, sizeof(bytes));
	return ((bytes ^ known->bytes) & known->mask) == 0u;
}

/** Its length; 0 if it is not known. */
static inline uint64_t svm_code_length(struct x86_svm *svm, uint64_t rip)
{
	const struct svm_known_code *known = svm_code_slot(svm, rip);

	return svm_code_holds(known, &svm->vmcb->save, rip) ? known->length : 0u;
}

/** Where the instruction at `rip`, which is not decoded, ends; false if that is not known. */
static inline bool svm_next_rip(struct x86_svm *svm, const struct svm_vmcb *vmcb,
				const struct x86_percpu *cpu, uint64_t rip, uint64_t *next)
{
	const struct svm_known_code *known;

	if (cpu->u.svm.next_rip_saved) {
		*next = vmcb->control.next_rip;
		return *next != 0u;
	}
	known = svm_code_slot(svm, rip);
	*next = rip + known->length;
	return svm_code_holds(known, &vmcb->save, rip);
}

#endif /* X86_VCPU_SVM_CODE_H_ */
