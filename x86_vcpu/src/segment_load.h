/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors in the guest's tables, and what loading them checks (SDM volume 3, 3.4.5 and 8.3). */
#ifndef X86_VCPU_SEGMENT_LOAD_H_
#define X86_VCPU_SEGMENT_LOAD_H_

#include "linear.h"

/** A descriptor and its linear address. */
struct x86_descriptor {
	struct x86_segment segment;
	uint64_t address;
};

/** Why a segment cannot be loaded: an access to the table, or else what is there. */
struct x86_segment_fault {
	struct x86_fault memory;
	uint32_t vector;
	uint16_t selector;
};

/** Whether the table has this entry, and it is not the null one. */
bool x86_vcpu_descriptor_is_there(const struct x86_vcpu *vcpu, uint16_t selector);
/** Reads one that is there; false with the fault. */
bool x86_vcpu_descriptor_read(struct x86_vcpu *vcpu, uint16_t selector,
			      struct x86_descriptor *descriptor, struct x86_fault *fault);
/** Sets or clears a bit of its type in memory. */
bool x86_vcpu_descriptor_mark(struct x86_vcpu *vcpu, const struct x86_descriptor *descriptor,
			      uint32_t type_bit, bool set, struct x86_fault *fault);

/** Without descriptors: what an entry takes, at the privilege level of CS. */
void x86_vcpu_no_segments(struct x86_vcpu *vcpu);
/**
 * Loads LDTR and all segments by the selectors in vcpu->seg, as a task switch does;
 * false with the fault, and the segments that were not loaded are unusable.
 */
bool x86_vcpu_load_segments(struct x86_vcpu *vcpu, struct x86_segment_fault *fault);

#endif /* X86_VCPU_SEGMENT_LOAD_H_ */
