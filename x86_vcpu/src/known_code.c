/* SPDX-License-Identifier: Apache-2.0 */
#include "known_code.h"

#include "control.h"
#include "decode_cursor.h"
#include "guest_mem.h"

AXVCPU_STATIC_ASSERT(X86_KNOWN_WAYS == 2, "x86_code_find() looks at two");

/* Entries of 4-level paging, SDM volume 3, tables 4-15 to 4-20. */
#define ENTRY_P UINT64_C(1)
#define ENTRY_PS (UINT64_C(1) << 7)
#define ENTRY_ADDRESS UINT64_C(0x000ffffffffff000)
#define LEVEL_BITS 9u
#define PAGE_SHIFT 12u
#define PAGE_SIZE (UINT64_C(1) << PAGE_SHIFT)
#define INDEX UINT64_C(0x1ff)
#define BITS_PER_BYTE 8u
#define WORD 8u
/* An opcode has at most 3 bytes (APM volume 3, 1.1): with more prefixes it may end later. */
#define PREFIXES (WORD - 3u)

void x86_vcpu_code_forget(struct x86_vcpu *vcpu)
{
	uint32_t set, way;

	for (set = 0; set < X86_KNOWN_SETS; set++) {
		for (way = 0; way < X86_KNOWN_WAYS; way++) {
			__atomic_store_n(&vcpu->known_code[set][way].rip, X86_KNOWN_NO_CODE,
					 __ATOMIC_RELAXED);
		}
	}
}

/** Walks to the page of known->rip and notes the way; false if it ends before. */
static bool note_way(const struct x86_vcpu *vcpu, struct x86_known_code *known, uint64_t *gpa)
{
	uint64_t table = known->cr3 & ENTRY_ADDRESS;
	uint64_t entry = 0, offset_mask;
	uint32_t level = X86_KNOWN_LEVELS;
	uint32_t shift = 0, i;

	for (i = 0; i < X86_KNOWN_LEVELS; i++) {
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

/** The bytes of a word that belong to an instruction with `left` more of them. */
static uint64_t mask_of(uint32_t left)
{
	return left >= WORD ? UINT64_MAX : (UINT64_C(1) << (left * BITS_PER_BYTE)) - 1u;
}

/** One memory operand, one access, in no segment with a base: what the short way does. */
static bool is_plain(const struct x86_insn *insn)
{
	return insn->op < X86_OP_MOVS && insn->reads_memory != insn->writes_memory &&
	       insn->address.segment < X86_INSN_FS;
}

/** Whether the first eight bytes tell what it does: who asks for a length looks at no more. */
static bool begins_early(const uint8_t *bytes, uint32_t length)
{
	return x86_vcpu_count_prefixes(bytes, length) <= PREFIXES;
}

void x86_vcpu_code_remember(struct x86_vcpu *vcpu, const uint8_t *bytes, uint32_t length,
			    const struct x86_insn *insn)
{
	struct x86_known_code *set = x86_code_set(vcpu, vcpu->rip);
	struct x86_known_code known = { .rip = vcpu->rip, .length = length };
	uint64_t gpa;

	/*
	 * The bytes are compared by eights, which must not reach into the next page; a length
	 * alone is asked for without a look at the second eight.
	 */
	if (length == 0u || length > (insn != NULL ? 2u * WORD : WORD) ||
	    (known.rip & (PAGE_SIZE - 1u)) > PAGE_SIZE - sizeof(known.bytes) ||
	    (insn != NULL && (!is_plain(insn) || !begins_early(bytes, length))) ||
	    !x86_vcpu_in_64bit_code(vcpu) ||
	    (vcpu->cr4 & CR4_LA57) != 0u) {
		return;
	}
	known.cr3 = vcpu->cr3;
	if (!note_way(vcpu, &known, &gpa)) {
		return;
	}
	known.code = x86_vcpu_gpa_to_host(vcpu, gpa);
	if (known.code == NULL) {
		return;
	}
	known.mask[0] = mask_of(length);
	known.mask[1] = length > WORD ? mask_of(length - WORD) : 0u;
	__builtin_memcpy(known.bytes, bytes, length);
	if (insn != NULL) {
		known.insn = *insn;
	}
	/* What was kept of this instruction goes, else the older of the two. */
	if (set[0].rip != known.rip) {
		set[1] = set[0];
	}
	set[0] = known;
}
