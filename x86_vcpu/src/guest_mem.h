/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's physical memory, through the second-stage table and the HAL. */
#ifndef X86_VCPU_GUEST_MEM_H_
#define X86_VCPU_GUEST_MEM_H_

#include "vcpu.h"

/**
 * Copies `size` bytes from or to guest physical memory; they may cross pages.
 * False if a page is not mapped so, or the HAL does not map it for us; a write may
 * then have happened in part.
 */
bool x86_vcpu_gpa_read(struct x86_vcpu *vcpu, uint64_t gpa, void *to, uint32_t size);
bool x86_vcpu_gpa_write(struct x86_vcpu *vcpu, uint64_t gpa, const void *from, uint32_t size);

/**
 * Where the hypervisor has the byte at `gpa`; null if it is no RAM. Good until the second
 * stage changes, of which x86_vcpu_flush_tlb() tells, and as far as its page goes.
 */
const uint8_t *x86_vcpu_gpa_to_host(const struct x86_vcpu *vcpu, uint64_t gpa);

/** Whether the byte at `gpa` is RAM that the guest may write. */
bool x86_vcpu_gpa_is_writable(struct x86_vcpu *vcpu, uint64_t gpa);
/** Replaces `size` (4 or 8) aligned bytes if they are `expected`, in one step. */
bool x86_vcpu_gpa_exchange(struct x86_vcpu *vcpu, uint64_t gpa, uint64_t expected, uint64_t value,
		      uint32_t size);

#endif /* X86_VCPU_GUEST_MEM_H_ */
