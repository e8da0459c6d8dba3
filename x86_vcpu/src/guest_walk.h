/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest virtual to guest physical addresses through the guest's own page tables: none,
 * two-level 32-bit with PSE, PAE, four and five levels. SDM volume 3, chapter 4;
 * APM volume 2, chapter 5.
 */
#ifndef X86_VCPU_GUEST_WALK_H_
#define X86_VCPU_GUEST_WALK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What an access wants, and who makes it. */
enum x86_walk_access {
	/* Data is read; nothing else given means this. */
	X86_WALK_READ = 0,
	X86_WALK_WRITE = 1u << 0,
	X86_WALK_FETCH = 1u << 1,
	/* By the CPU for itself (descriptor tables, TSS): supervisor at any CPL (SDM 4.6.1). */
	X86_WALK_IMPLICIT = 1u << 2,
};

/* Bits of a page fault's error code (SDM volume 3, 4.7). */
enum x86_page_fault {
	X86_PAGE_FAULT_PRESENT = 1u << 0,
	X86_PAGE_FAULT_WRITE = 1u << 1,
	X86_PAGE_FAULT_USER = 1u << 2,
	X86_PAGE_FAULT_RESERVED = 1u << 3,
	X86_PAGE_FAULT_FETCH = 1u << 4,
	X86_PAGE_FAULT_KEY = 1u << 5,
};

enum x86_walk_status {
	X86_WALK_OK = 0,
	/* The guest is to get #PF with `error_code`, and CR2 = the address. */
	X86_WALK_PAGE_FAULT = 1,
	/* #GP(0), or #SS(0) through the stack segment. */
	X86_WALK_NOT_CANONICAL = 2,
	/* The entry at guest physical address `gpa` is not to be read or written. */
	X86_WALK_NO_MEMORY = 3,
};

/* The guest's registers that translation depends on, and its memory. */
struct x86_walk {
	uint64_t cr0;
	uint64_t cr3;
	uint64_t cr4;
	uint64_t efer;
	uint64_t rflags;
	uint32_t cpl;
	/* Counts with CR4.PKE. */
	uint32_t pkru;
	/* Bits of physical addresses as CPUID tells the guest: 32 to 52. */
	uint8_t physical_bits;
	/* Pages of 1 GiB exist. */
	bool pages_1g;
	/*
	 * PAE: the four PDPTEs that the CPU has loaded, and checked. Null: it reads them from
	 * memory as other entries, and may have set the accessed bit, which is reserved there.
	 */
	const uint64_t *pdptes;
	void *ctx;
	/* Reads `size` bytes, which lie in one page; false if they cannot be read. */
	bool (*read)(void *ctx, uint64_t gpa, void *buffer, size_t size);
	/*
	 * Replaces the `size` (4 or 8) bytes of an entry by `value` if they are `expected`,
	 * in one step; false if they are not, or cannot be written. May be null: then the
	 * walk leaves the accessed and dirty bits as they are.
	 */
	bool (*exchange)(void *ctx, uint64_t gpa, uint64_t expected, uint64_t value, size_t size);
};

struct x86_translation {
	/* Of the byte asked for; of the entry with X86_WALK_NO_MEMORY. */
	uint64_t gpa;
	/* Bytes of the page: 4 KiB, 2 MiB, 4 MiB or 1 GiB; without paging 4 KiB. */
	uint64_t page_size;
	/* X86_PAGE_FAULT_* bits. */
	uint32_t error_code;
};

/* Translates a linear address for an access of X86_WALK_* bits. */
enum x86_walk_status x86_vcpu_guest_translate(const struct x86_walk *walk, uint64_t linear,
					 uint32_t access, struct x86_translation *translation);

/*
 * Copies code from a linear address, in one or two pages. `*got` says how many bytes
 * came before what `status` and `*translation` tell of; X86_WALK_OK if all came.
 */
enum x86_walk_status x86_vcpu_guest_fetch(const struct x86_walk *walk, uint64_t linear,
				     uint8_t *buffer, size_t size, size_t *got,
				     struct x86_translation *translation);

#ifdef __cplusplus
}
#endif

#endif /* X86_VCPU_GUEST_WALK_H_ */
