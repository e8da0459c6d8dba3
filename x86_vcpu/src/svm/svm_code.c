/* SPDX-License-Identifier: Apache-2.0 */
#include "svm_code.h"

#include "../guest_mem.h"

/* Entries of 4-level paging, SDM volume 3, tables 4-15 to 4-20. */
#define ENTRY_P UINT64_C(1)
#define ENTRY_PS (UINT64_C(1) << 7)
#define ENTRY_ADDRESS UINT64_C(0x000ffffffffff000)
#define LEVEL_BITS 9u
#define PAGE_SHIFT 12u
#define PAGE_SIZE (UINT64_C(1) << PAGE_SHIFT)
#define INDEX UINT64_C(0x1ff)
#define BITS_PER_BYTE 8u

void x86_vcpu_svm_code_forget(struct x86_vcpu *vcpu)
{
	uint32_t i;

	for (i = 0; i < SVM_KNOWN_CODE; i++) {
		vcpu->u.svm.known[i].rip = SVM_KNOWN_NOTHING;
	}
}

/** Walks to the page of known->rip and notes the way; false if it ends before. */
static bool note_way(struct x86_vcpu *vcpu, struct svm_known_code *known, uint64_t *gpa)
{
	uint64_t table = known->cr3 & ENTRY_ADDRESS;
	uint64_t entry = 0, offset_mask;
	uint32_t level = SVM_KNOWN_LEVELS;
	uint32_t shift = 0, i;

	for (i = 0; i < SVM_KNOWN_LEVELS; i++) {
		if (level > 0u) {
			level--;
			shift = PAGE_SHIFT + level * LEVEL_BITS;
			known->entries[i] = (const uint64_t *)(const void *)x86_vcpu_gpa_to_host(
				vcpu, table + ((known->rip >> shift) & INDEX) * sizeof(entry));
			if (known->entries[i] == NULL) {
				return false;
			}
			entry = __atomic_load_n(known->entries[i], __ATOMIC_RELAXED);
			known->values[i] = entry;
			if ((entry & ENTRY_P) == 0u) {
				return false;
			}
			table = entry & ENTRY_ADDRESS;
			/* A large page: the rest of the way is this entry again. */
			level = (entry & ENTRY_PS) != 0u ? 0u : level;
		} else {
			known->entries[i] = known->entries[i - 1u];
			known->values[i] = known->values[i - 1u];
		}
	}
	offset_mask = (UINT64_C(1) << shift) - 1u;
	*gpa = (entry & ENTRY_ADDRESS & ~offset_mask) | (known->rip & offset_mask);
	return true;
}

void x86_vcpu_svm_code_remember(struct x86_vcpu *vcpu, uint32_t length)
{
	const struct svm_save *save = &vcpu->u.svm.vmcb->save;
	struct svm_known_code *slot = svm_code_slot(&vcpu->u.svm, vcpu->rip);
	struct svm_known_code known = { .rip = vcpu->rip, .cr3 = save->cr3, .length = length };
	uint64_t gpa;

	/* The bytes are compared by eights, which must not reach into the next page. */
	if (length == 0u || length > sizeof(known.bytes) ||
	    (known.rip & (PAGE_SIZE - 1u)) > PAGE_SIZE - sizeof(known.bytes) ||
	    (save->efer & EFER_LMA) == 0u || (save->cs.attributes & SEG_L) == 0u ||
	    (save->cr4 & CR4_LA57) != 0u || !note_way(vcpu, &known, &gpa)) {
		return;
	}
	known.code = x86_vcpu_gpa_to_host(vcpu, gpa);
	if (known.code == NULL) {
		return;
	}
	known.mask = UINT64_MAX >> (BITS_PER_BYTE * (sizeof(known.mask) - length));
	__builtin_memcpy(&known.bytes, known.code, sizeof(known.bytes));
	*slot = known;
}
