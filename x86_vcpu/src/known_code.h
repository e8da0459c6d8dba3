/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions at which the guest has exited, kept for the next time. To find one takes a
 * walk through the guest's page tables and the second stage for each of them, 2,000
 * instructions, and to decode one that accesses memory some hundred more; so what was
 * decoded is kept, with all that it came from: for system instructions their length, where
 * the CPU gives none (QEMU's SVM), for those that access a device all of it.
 *
 * It counts while rip, CR3, the page-table entries on the way and the bytes themselves are
 * what they were, which takes 30 instructions to see. Whether the guest may fetch there the
 * CPU has checked: it has executed the instruction.
 *
 * Where entries and bytes are in the host depends on the second stage alone, of whose
 * changes x86_vcpu_flush_tlb() tells. From then on none of these places is looked at, whether
 * the guest has been entered since or not; a look that another CPU had begun is over when the
 * axvcpu_run() returns in which it is, for which the hypervisor waits (axvcpu/hal.h).
 *
 * Kept is 64-bit code with four levels of tables only: that it is the one is looked at each
 * time, and the other can be had by a change of CR4 alone, which exits. Every change of CR0,
 * CR3, CR4 or EFER that is made here drops all.
 */
#ifndef X86_VCPU_KNOWN_CODE_H_
#define X86_VCPU_KNOWN_CODE_H_

#include "vcpu.h"

/** Drops all; any CPU, any time: rip alone is written. */
void x86_vcpu_code_forget(struct x86_vcpu *vcpu);
/**
 * Keeps the instruction at vcpu->rip, if it is of a form that can be: the bytes that have
 * been decoded, wherever they came from, their number, and what it does to memory, or null.
 */
void x86_vcpu_code_remember(struct x86_vcpu *vcpu, const uint8_t *bytes, uint32_t length,
			    const struct x86_insn *insn);

/** Where instructions at `rip` are kept, the latest first. */
static inline struct x86_known_code *x86_code_set(struct x86_vcpu *vcpu, uint64_t rip)
{
	return vcpu->known_code[(rip >> 4) % X86_KNOWN_SETS];
}

/** What is kept of an instruction at `rip`, or null. */
static inline const struct x86_known_code *x86_code_find(struct x86_vcpu *vcpu, uint64_t rip)
{
	const struct x86_known_code *known = x86_code_set(vcpu, rip);

	if (__builtin_expect(__atomic_load_n(&known->rip, __ATOMIC_RELAXED) == rip, 1)) {
		return known;
	}
	return __atomic_load_n(&known[1].rip, __ATOMIC_RELAXED) == rip ? &known[1] : NULL;
}

/**
 * Whether that is the instruction at which the guest, in 64-bit code, has exited; its bytes
 * up to the eighth.
 */
static inline bool x86_code_holds(const struct x86_known_code *known, uint64_t cr3)
{
	uint64_t bytes;
	uint32_t i;

	if (known->cr3 != cr3) {
		return false;
	}
	for (i = 0; i < X86_KNOWN_LEVELS; i++) {
		if (__atomic_load_n(known->entries[i], __ATOMIC_RELAXED) != known->values[i]) {
			return false;
		}
	}
	__builtin_memcpy(&bytes, known->code, sizeof(bytes));
	return ((bytes ^ known->bytes[0]) & known->mask[0]) == 0u;
}

/** The same for the bytes behind these. */
static inline bool x86_code_end_holds(const struct x86_known_code *known)
{
	uint64_t bytes;

	__builtin_memcpy(&bytes, known->code + sizeof(bytes), sizeof(bytes));
	return ((bytes ^ known->bytes[1]) & known->mask[1]) == 0u;
}

#endif /* X86_VCPU_KNOWN_CODE_H_ */
