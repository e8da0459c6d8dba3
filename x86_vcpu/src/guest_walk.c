/* SPDX-License-Identifier: Apache-2.0 */
#include "guest_walk.h"

#include "regs.h"

/* Bits that all entries share (SDM volume 3, tables 4-5 to 4-20). */
#define ENTRY_P X86_BIT(0)
#define ENTRY_RW X86_BIT(1)
#define ENTRY_US X86_BIT(2)
#define ENTRY_A X86_BIT(5)
#define ENTRY_D X86_BIT(6)
#define ENTRY_PS X86_BIT(7)
#define ENTRY_XD X86_BIT(63)
#define ENTRY_KEY_SHIFT 59u
#define ENTRY_KEY_MASK UINT64_C(0xf)

#define PAGE_SIZE UINT64_C(0x1000)
#define ADDRESS_MASK UINT64_C(0x000ffffffffff000)
/*
 * Of a PDPTE of PAE, which has no rights: 2:1 and 8:5 are reserved (SDM table 4-8), where it
 * is loaded. A CPU that walks it may mark it as accessed, by bit 5 (QEMU 7.2's SVM does).
 */
#define PAE_PDPTE_RESERVED UINT64_C(0x1c6)
#define PAE_CR3 UINT64_C(0xffffffe0)
#define LEGACY_CR3 UINT64_C(0xfffff000)
/* Bits 20:13 of a 4 MiB page's entry are bits 39:32 of its address (PSE-36). */
#define PSE36_SHIFT 13u
#define PSE36_BITS 8u
#define PSE_RESERVED X86_BIT(21)

/* How often an entry that changes under us is read again. */
#define EXCHANGE_TRIES 8u

/* The form that the control registers select. */
struct form {
	uint32_t levels;
	/* Bytes of an entry: 4 or 8. */
	uint32_t entry_size;
	/* Bits of the linear address that index one table. */
	uint32_t index_bits;
	/* The root of PAE has four entries of a kind of their own. */
	bool pae;
};

/* Rights along the walk. */
struct rights {
	bool user;
	bool writable;
	bool no_execute;
	uint32_t key;
};

static struct form paging_form(const struct x86_walk *walk)
{
	if ((walk->cr4 & CR4_PAE) == 0)
		return (struct form){ .levels = 2, .entry_size = 4, .index_bits = 10 };
	if ((walk->efer & EFER_LMA) == 0)
		return (struct form){ .levels = 3, .entry_size = 8, .index_bits = 9, .pae = true };
	return (struct form){ .levels = (walk->cr4 & CR4_LA57) != 0 ? 5 : 4,
			      .entry_size = 8,
			      .index_bits = 9 };
}

static uint64_t root(const struct x86_walk *walk, const struct form *form)
{
	if (form->pae)
		return walk->cr3 & PAE_CR3;
	return walk->cr3 & (form->entry_size == 4 ? LEGACY_CR3 : ADDRESS_MASK);
}

static bool is_user(const struct x86_walk *walk, uint32_t access)
{
	return walk->cpl == 3 && (access & X86_WALK_IMPLICIT) == 0;
}

/* The error code but for the bits that the cause of the fault decides. */
static uint32_t error_code(const struct x86_walk *walk, uint32_t access)
{
	uint32_t code = 0;

	if ((access & X86_WALK_WRITE) != 0)
		code |= X86_PAGE_FAULT_WRITE;
	if (is_user(walk, access))
		code |= X86_PAGE_FAULT_USER;
	if ((access & X86_WALK_FETCH) != 0 &&
	    ((walk->cr4 & CR4_SMEP) != 0 ||
	     ((walk->cr4 & CR4_PAE) != 0 && (walk->efer & EFER_NXE) != 0)))
		code |= X86_PAGE_FAULT_FETCH;
	return code;
}

/* Bits low to high inclusive, none if high < low. */
static uint64_t bit_range(uint32_t low, uint32_t high)
{
	return high < low ? 0 : (UINT64_MAX >> (63u - high)) & (UINT64_MAX << low);
}

static uint64_t reserved_bits(const struct x86_walk *walk, const struct form *form, uint32_t level,
			      bool leaf)
{
	uint64_t reserved;

	if (form->entry_size == 4) {
		if (level == 1 || !leaf)
			return 0;
		/* The address bits above what CPUID gives, then bit 21. */
		return PSE_RESERVED |
		       (walk->physical_bits < 32 + PSE36_BITS ?
				bit_range(PSE36_SHIFT + walk->physical_bits - 32u,
					  PSE36_SHIFT + PSE36_BITS - 1) :
				0);
	}
	if (form->pae && level == 3)
		return PAE_PDPTE_RESERVED | bit_range(walk->physical_bits, 63);
	reserved = bit_range(walk->physical_bits, form->pae ? 62 : 51);
	if ((walk->efer & EFER_NXE) == 0)
		reserved |= ENTRY_XD;
	if (level > 3 || (level == 3 && !walk->pages_1g))
		reserved |= ENTRY_PS;
	if (leaf && level > 1)
		/* Bit 12 is PAT; the address begins above the offset. */
		reserved |= bit_range(13, 12 + 9 * (level - 1) - 1);
	return reserved;
}

static bool is_leaf(const struct x86_walk *walk, const struct form *form, uint32_t level,
		    uint64_t entry)
{
	if (level == 1)
		return true;
	if ((entry & ENTRY_PS) == 0 || level > 3 || (form->pae && level == 3))
		return false;
	return form->entry_size == 8 || (walk->cr4 & CR4_PSE) != 0;
}

static uint64_t leaf_address(const struct form *form, uint32_t level, uint64_t entry,
			     uint64_t offset_mask)
{
	uint64_t address = entry & ADDRESS_MASK & ~offset_mask;

	if (form->entry_size == 4 && level == 2)
		address |= ((entry >> PSE36_SHIFT) & ((1u << PSE36_BITS) - 1u)) << 32;
	return address;
}

/* Whether the keys of SDM 4.6.2 forbid a data access to a user page. */
static bool key_forbids(const struct x86_walk *walk, uint32_t access, const struct rights *rights)
{
	const uint32_t two_bits = (walk->pkru >> (2u * rights->key)) & 3u;

	if ((walk->cr4 & CR4_PKE) == 0 || (walk->efer & EFER_LMA) == 0 || !rights->user ||
	    (access & X86_WALK_FETCH) != 0)
		return false;
	if ((two_bits & 1u) != 0)
		return true;
	return (two_bits & 2u) != 0 && (access & X86_WALK_WRITE) != 0 &&
	       (is_user(walk, access) || (walk->cr0 & CR0_WP) != 0);
}

/* SDM volume 3, 4.6.1. */
static bool permitted(const struct x86_walk *walk, uint32_t access, const struct rights *rights)
{
	const bool user = is_user(walk, access);
	const bool fetch = (access & X86_WALK_FETCH) != 0;

	if (user && !rights->user)
		return false;
	if (fetch && rights->no_execute)
		return false;
	if (!user && rights->user) {
		if (fetch && (walk->cr4 & CR4_SMEP) != 0)
			return false;
		if (!fetch && (walk->cr4 & CR4_SMAP) != 0 &&
		    ((walk->rflags & RFLAGS_AC) == 0 || (access & X86_WALK_IMPLICIT) != 0))
			return false;
	}
	return (access & X86_WALK_WRITE) == 0 || rights->writable ||
	       (!user && (walk->cr0 & CR0_WP) == 0);
}

static enum x86_walk_status fault(const struct x86_walk *walk, uint32_t access, uint32_t cause,
				  struct x86_translation *translation)
{
	translation->error_code = error_code(walk, access) | cause;
	return X86_WALK_PAGE_FAULT;
}

/* Sets bits of an entry; false if it changed meanwhile. */
static bool mark(const struct x86_walk *walk, const struct form *form, uint64_t gpa, uint64_t entry,
		 uint64_t bits)
{
	if (walk->exchange == 0 || (entry & bits) == bits)
		return true;
	return walk->exchange(walk->ctx, gpa, entry, entry | bits, form->entry_size);
}

/* The entry at `gpa`, number `index` of its table, that level of the walk goes by. */
static bool read_entry(const struct x86_walk *walk, const struct form *form, uint32_t level,
		       uint64_t index, uint64_t gpa, uint64_t *entry)
{
	if (form->pae && level == 3 && walk->pdptes != 0) {
		*entry = walk->pdptes[index];
		return true;
	}
	*entry = 0;
	return walk->read(walk->ctx, gpa, entry, form->entry_size);
}

/* One walk from the root; `*changed` if an entry was not what it had been. */
static enum x86_walk_status walk_once(const struct x86_walk *walk, const struct form *form,
				      uint64_t linear, uint32_t access,
				      struct x86_translation *translation, bool *changed)
{
	struct rights rights = { .user = true, .writable = true };
	uint64_t table = root(walk, form);
	uint32_t level;

	for (level = form->levels;; level--) {
		const uint32_t shift = 12u + form->index_bits * (level - 1u);
		const uint64_t index_mask = (form->pae && level == 3) ?
						    3u :
						    (UINT64_C(1) << form->index_bits) - 1u;
		const uint64_t offset_mask = (UINT64_C(1) << shift) - 1u;
		const uint64_t index = (linear >> shift) & index_mask;
		const bool no_rights = form->pae && level == 3;
		uint32_t cause;
		uint64_t entry;
		bool leaf;

		translation->gpa = table + index * form->entry_size;
		if (!read_entry(walk, form, level, index, translation->gpa, &entry))
			return X86_WALK_NO_MEMORY;
		if ((entry & ENTRY_P) == 0)
			return fault(walk, access, 0, translation);
		leaf = is_leaf(walk, form, level, entry);
		if ((entry & reserved_bits(walk, form, level, leaf)) != 0)
			return fault(walk, access, X86_PAGE_FAULT_PRESENT | X86_PAGE_FAULT_RESERVED,
				     translation);
		if (!no_rights) {
			rights.user = rights.user && (entry & ENTRY_US) != 0;
			rights.writable = rights.writable && (entry & ENTRY_RW) != 0;
			rights.no_execute = rights.no_execute || (entry & ENTRY_XD) != 0;
		}
		if (leaf) {
			rights.key = (uint32_t)((entry >> ENTRY_KEY_SHIFT) & ENTRY_KEY_MASK);
			cause = key_forbids(walk, access, &rights) ? X86_PAGE_FAULT_KEY : 0;
			if (cause != 0 || !permitted(walk, access, &rights))
				return fault(walk, access, X86_PAGE_FAULT_PRESENT | cause,
					     translation);
		}
		if (!no_rights &&
		    !mark(walk, form, translation->gpa, entry,
			  leaf && (access & X86_WALK_WRITE) != 0 ? ENTRY_A | ENTRY_D : ENTRY_A)) {
			*changed = true;
			return X86_WALK_NO_MEMORY;
		}
		if (leaf) {
			translation->page_size = offset_mask + 1u;
			translation->gpa = leaf_address(form, level, entry, offset_mask) |
					   (linear & offset_mask);
			return X86_WALK_OK;
		}
		table = entry & ADDRESS_MASK;
	}
}

static bool is_canonical(const struct x86_walk *walk, uint64_t linear)
{
	const uint32_t bits = (walk->cr4 & CR4_LA57) != 0 ? 57 : 48;
	const uint64_t upper = linear >> (bits - 1u);

	return upper == 0 || upper == UINT64_MAX >> (bits - 1u);
}

enum x86_walk_status x86_vcpu_guest_translate(const struct x86_walk *walk, uint64_t linear,
					 uint32_t access, struct x86_translation *translation)
{
	const struct form form = paging_form(walk);
	enum x86_walk_status status = X86_WALK_NO_MEMORY;
	uint32_t i;

	*translation = (struct x86_translation){ .gpa = linear };
	if ((walk->efer & EFER_LMA) == 0)
		linear &= UINT32_MAX;
	else if (!is_canonical(walk, linear))
		return X86_WALK_NOT_CANONICAL;
	if ((walk->cr0 & CR0_PG) == 0) {
		translation->gpa = linear;
		translation->page_size = PAGE_SIZE;
		return X86_WALK_OK;
	}
	for (i = 0; i < EXCHANGE_TRIES; i++) {
		bool changed = false;

		status = walk_once(walk, &form, linear, access, translation, &changed);
		if (!changed)
			break;
	}
	return status;
}

enum x86_walk_status x86_vcpu_guest_fetch(const struct x86_walk *walk, uint64_t linear,
				     uint8_t *buffer, size_t size, size_t *got,
				     struct x86_translation *translation)
{
	*got = 0;
	*translation = (struct x86_translation){ .gpa = linear };
	while (*got < size) {
		const uint64_t address = linear + *got;
		const uint64_t in_page = PAGE_SIZE - (address & (PAGE_SIZE - 1u));
		const size_t part = size - *got < in_page ? size - *got : (size_t)in_page;
		const enum x86_walk_status status =
			x86_vcpu_guest_translate(walk, address, X86_WALK_FETCH, translation);

		if (status != X86_WALK_OK)
			return status;
		if (!walk->read(walk->ctx, translation->gpa, buffer + *got, part))
			return X86_WALK_NO_MEMORY;
		*got += part;
	}
	return X86_WALK_OK;
}
