/* SPDX-License-Identifier: Apache-2.0 */
#include "segment_load.h"

#define SELECTOR_TI 4u
#define SELECTOR_RPL 3u
#define SELECTOR_NULL 4u /* below it */
#define ENTRY_BYTES 8u
/** The byte of a descriptor that has its type. */
#define TYPE_BYTE 5u
#define SEG_TYPE_CONFORMING 0x4u
#define SEG_TYPE_RW 0x2u
#define PAGE_SHIFT 12u
#define REAL_LIMIT 0xffffu
#define REAL_SHIFT 4u
#define V86_ATTRIBUTES (SEG_TYPE_DATA_RW | SEG_S | SEG_DPL | SEG_P)

static bool table_of(const struct x86_vcpu *vcpu, uint16_t selector, uint64_t *base,
		     uint32_t *limit)
{
	const struct x86_segment *ldtr = &vcpu->seg[X86_VCPU_LDTR];

	if ((selector & SELECTOR_TI) == 0u) {
		*base = vcpu->gdtr.base;
		*limit = vcpu->gdtr.limit;
		return true;
	}
	*base = ldtr->base;
	*limit = ldtr->limit;
	return (ldtr->attributes & SEG_P) != 0u;
}

bool x86_vcpu_descriptor_is_there(const struct x86_vcpu *vcpu, uint16_t selector)
{
	uint64_t base;
	uint32_t limit;

	return selector >= SELECTOR_NULL && table_of(vcpu, selector, &base, &limit) &&
	       (selector | (ENTRY_BYTES - 1u)) <= limit;
}

bool x86_vcpu_descriptor_read(struct x86_vcpu *vcpu, uint16_t selector,
			      struct x86_descriptor *descriptor, struct x86_fault *fault)
{
	uint64_t base = 0, raw;
	uint32_t limit;

	(void)table_of(vcpu, selector, &base, &limit);
	descriptor->address = (uint32_t)(base + (selector & ~(ENTRY_BYTES - 1u)));
	if (!x86_vcpu_system_read(vcpu, descriptor->address, &raw, sizeof(raw), fault)) {
		return false;
	}
	/* SDM volume 3, figure 3-8. */
	limit = (uint32_t)((raw & 0xffffu) | (raw >> 32 & 0xf0000u));
	descriptor->segment = (struct x86_segment){
		.base = (raw >> 16 & 0xffffffu) | (raw >> 32 & 0xff000000u),
		.selector = selector,
		.attributes = (uint16_t)((raw >> 40 & 0xffu) | (raw >> 44 & 0xf00u)),
	};
	descriptor->segment.limit = (descriptor->segment.attributes & SEG_G) != 0u ?
					    limit << PAGE_SHIFT | SEG_LIMIT_PAGE :
					    limit;
	return true;
}

bool x86_vcpu_descriptor_mark(struct x86_vcpu *vcpu, const struct x86_descriptor *descriptor,
			      uint32_t type_bit, bool set, struct x86_fault *fault)
{
	uint8_t byte = (uint8_t)descriptor->segment.attributes;

	byte = (uint8_t)(set ? byte | type_bit : byte & ~type_bit);
	return x86_vcpu_system_write(vcpu, descriptor->address + TYPE_BYTE, &byte, sizeof(byte),
				     fault);
}

void x86_vcpu_no_segments(struct x86_vcpu *vcpu)
{
	struct x86_segment *cs = &vcpu->seg[X86_VCPU_CS];
	uint32_t dpl = (cs->selector & SELECTOR_RPL) << SEG_DPL_SHIFT;

	cs->attributes = (uint16_t)(SEG_TYPE_CODE_XR | SEG_S | SEG_P | dpl);
	vcpu->seg[X86_VCPU_SS].attributes = (uint16_t)dpl;
}

static void load_v86(struct x86_vcpu *vcpu)
{
	uint32_t i;

	for (i = 0; i < X86_VCPU_LDTR; i++) {
		vcpu->seg[i].base = (uint64_t)vcpu->seg[i].selector << REAL_SHIFT;
		vcpu->seg[i].limit = REAL_LIMIT;
		vcpu->seg[i].attributes = V86_ATTRIBUTES;
	}
}

static bool is_code(uint32_t attributes)
{
	return (attributes & SEG_TYPE_CODE) != 0u;
}

static uint32_t dpl_of(uint32_t attributes)
{
	return (attributes & SEG_DPL) >> SEG_DPL_SHIFT;
}

/** Whether a segment may stand in a register, at CPL `cpl`. */
static bool is_right(uint32_t number, uint16_t selector, uint32_t attributes, uint32_t cpl)
{
	uint32_t rpl = selector & SELECTOR_RPL, dpl = dpl_of(attributes);

	if (number == X86_VCPU_LDTR) {
		return (attributes & (SEG_S | SEG_TYPE)) == SEG_TYPE_LDT;
	}
	if ((attributes & SEG_S) == 0u) {
		return false;
	}
	switch (number) {
	case X86_VCPU_CS:
		return is_code(attributes) &&
		       ((attributes & SEG_TYPE_CONFORMING) != 0u ? dpl <= rpl : dpl == rpl);
	case X86_VCPU_SS:
		return !is_code(attributes) && (attributes & SEG_TYPE_RW) != 0u && rpl == cpl &&
		       dpl == cpl;
	default:
		if (is_code(attributes) && (attributes & SEG_TYPE_RW) == 0u) {
			return false;
		}
		return (is_code(attributes) && (attributes & SEG_TYPE_CONFORMING) != 0u) ||
		       (dpl >= cpl && dpl >= rpl);
	}
}

static bool fail(struct x86_segment_fault *fault, uint32_t vector, uint16_t selector)
{
	fault->vector = vector;
	fault->selector = selector;
	return false;
}

static bool load(struct x86_vcpu *vcpu, uint32_t number, uint32_t cpl,
		 struct x86_segment_fault *fault)
{
	uint16_t selector = vcpu->seg[number].selector;
	struct x86_descriptor descriptor;

	if (selector < SELECTOR_NULL && number != X86_VCPU_CS && number != X86_VCPU_SS) {
		return true; /* null: unusable */
	}
	if (!x86_vcpu_descriptor_is_there(vcpu, selector) ||
	    (number == X86_VCPU_LDTR && (selector & SELECTOR_TI) != 0u)) {
		return fail(fault, X86_VECTOR_TS, selector);
	}
	if (!x86_vcpu_descriptor_read(vcpu, selector, &descriptor, &fault->memory)) {
		fault->memory.vector = fault->memory.vector == 0u ? (uint32_t)X86_VECTOR_GP :
								    fault->memory.vector;
		return false;
	}
	if (!is_right(number, selector, descriptor.segment.attributes, cpl)) {
		return fail(fault, X86_VECTOR_TS, selector);
	}
	if ((descriptor.segment.attributes & SEG_P) == 0u) {
		return fail(fault,
			    number == X86_VCPU_SS   ? X86_VECTOR_SS :
			    number == X86_VCPU_LDTR ? X86_VECTOR_TS :
						      X86_VECTOR_NP,
			    selector);
	}
	if (number != X86_VCPU_LDTR) {
		(void)x86_vcpu_descriptor_mark(vcpu, &descriptor, SEG_TYPE_ACCESSED, true,
					       &fault->memory);
		fault->memory.vector = 0;
		descriptor.segment.attributes |= SEG_TYPE_ACCESSED;
	}
	vcpu->seg[number] = descriptor.segment;
	return true;
}

bool x86_vcpu_load_segments(struct x86_vcpu *vcpu, struct x86_segment_fault *fault)
{
	/* CS and SS first: the others are checked against the privilege level. */
	static const uint8_t order[] = { X86_VCPU_LDTR, X86_VCPU_CS, X86_VCPU_SS, X86_VCPU_DS,
					 X86_VCPU_ES,	X86_VCPU_FS, X86_VCPU_GS };
	bool v86 = (vcpu->rflags & RFLAGS_VM) != 0u;
	uint32_t cpl = vcpu->seg[X86_VCPU_CS].selector & SELECTOR_RPL, i;

	*fault = (struct x86_segment_fault){ .vector = 0 };
	if (v86) {
		load_v86(vcpu);
	} else {
		x86_vcpu_no_segments(vcpu);
	}
	for (i = 0; i < (v86 ? 1u : sizeof(order)); i++) {
		if (!load(vcpu, order[i], cpl, fault)) {
			return false;
		}
	}
	return true;
}
