/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's memory as its instructions see it: segments, then page tables (guest_walk.h). */
#ifndef X86_VCPU_LINEAR_H_
#define X86_VCPU_LINEAR_H_

#include "decode.h"
#include "guest_walk.h"
#include "vcpu.h"

/** An exception that an access raises. */
struct x86_fault {
	/** #PF, #GP or #SS; 0, which is none, if the access is not RAM: `address` is its GPA then. */
	uint32_t vector;
	uint32_t error_code;
	/** For CR2. */
	uint64_t address;
};

/** Queues the exception; not for vector 0. */
void x86_vcpu_raise(struct x86_vcpu *vcpu, const struct x86_fault *fault);

/**
 * Segment base plus offset, with the checks of the segment's limit and type (SDM
 * volume 3, 5.3 and 5.5; in real mode of the limit). `write` is for `size` bytes that are
 * written.
 */
bool x86_vcpu_logical_to_linear(struct x86_vcpu *vcpu, uint32_t segment, uint64_t offset,
	uint32_t size, bool write, uint64_t *linear, struct x86_fault *fault);
/** Where a decoded operand is: effective address and segment. `next_rip` is for rIP-relative ones. */
bool x86_vcpu_operand_to_linear(struct x86_vcpu *vcpu, const struct x86_address *address,
			   uint64_t next_rip, uint32_t size, bool write, uint64_t *linear,
			   struct x86_fault *fault);

/** Translates for X86_WALK_* bits at the guest's privilege level. */
bool x86_vcpu_translate(struct x86_vcpu *vcpu, uint64_t linear, uint32_t access, uint64_t *gpa,
		   struct x86_fault *fault);
/** Copies up to 16 bytes of RAM, both pages checked before the first byte moves. */
bool x86_vcpu_linear_read(struct x86_vcpu *vcpu, uint64_t linear, void *to, uint32_t size,
		     struct x86_fault *fault);
bool x86_vcpu_linear_write(struct x86_vcpu *vcpu, uint64_t linear, const void *from, uint32_t size,
		      struct x86_fault *fault);

/** As these, of what the CPU accesses for itself: tables and tasks; up to a page. */
bool x86_vcpu_system_read(struct x86_vcpu *vcpu, uint64_t linear, void *to, uint32_t size,
			  struct x86_fault *fault);
bool x86_vcpu_system_write(struct x86_vcpu *vcpu, uint64_t linear, const void *from, uint32_t size,
			   struct x86_fault *fault);

/** The bytes at CS:rIP that can be read, at most X86_INSN_MAX; gives how many. */
uint32_t x86_vcpu_fetch(struct x86_vcpu *vcpu, uint8_t bytes[X86_INSN_MAX]);

#endif /* X86_VCPU_LINEAR_H_ */
