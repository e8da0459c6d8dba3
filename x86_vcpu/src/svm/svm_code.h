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

/** The length of the instruction at `rip`, at which the guest has exited; 0 if it is not known. */
static inline uint64_t svm_code_length(struct x86_svm *svm, uint64_t rip)
{
	const struct svm_known_code *known = svm_code_slot(svm, rip);
	const struct svm_save *save = &svm->vmcb->save;
	uint64_t bytes;
	uint32_t i;

	if (known->rip != rip || known->cr3 != save->cr3 || (save->cs.attributes & SEG_L) == 0u) {
		return 0;
	}
	for (i = 0; i < SVM_KNOWN_LEVELS; i++) {
		if (__atomic_load_n(known->entries[i], __ATOMIC_RELAXED) != known->values[i]) {
			return 0;
		}
	}
	__builtin_memcpy(&bytes, known->code, sizeof(bytes));
	return ((bytes ^ known->bytes) & known->mask) == 0u ? known->length : 0u;
}

/** Where the instruction at `rip`, which is not decoded, ends; 0 if it is not known. */
static inline uint64_t svm_next_rip(struct x86_vcpu *vcpu, const struct x86_percpu *cpu,
				    uint64_t rip)
{
	uint64_t length;

	if (cpu->u.svm.next_rip_saved) {
		return vcpu->u.svm.vmcb->control.next_rip;
	}
	length = svm_code_length(&vcpu->u.svm, rip);
	return length != 0u ? rip + length : 0u;
}

#endif /* X86_VCPU_SVM_CODE_H_ */
