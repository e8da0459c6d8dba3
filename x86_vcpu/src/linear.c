/* SPDX-License-Identifier: Apache-2.0 */
#include "linear.h"

#include "control.h"
#include "events.h"
#include "fpu.h"
#include "guest_mem.h"
#include "pdpte.h"

#define PAGE_MASK UINT64_C(0xfff)

void x86_vcpu_raise(struct x86_vcpu *vcpu, const struct x86_fault *fault)
{
	if (fault->vector == X86_VECTOR_PF) {
		x86_change(vcpu, X86_GROUP_CONTROL);
		vcpu->cr2 = fault->address;
	}
	x86_vcpu_queue_exception(vcpu, fault->vector, true, fault->error_code);
}

static bool fail(struct x86_fault *fault, uint32_t vector)
{
	*fault = (struct x86_fault){ .vector = vector };
	return false;
}

static bool is_code(uint32_t attributes)
{
	return (attributes & SEG_TYPE_CODE) != 0u;
}

#define SEG_TYPE_RW 0x2u
#define SEG_TYPE_EXPAND_DOWN 0x4u

/** Whether [offset, offset + size) is inside the segment. */
static bool limit_is_kept(const struct x86_segment *seg, uint64_t offset, uint32_t size)
{
	uint64_t last = offset + size - 1u;

	if (!is_code(seg->attributes) && (seg->attributes & SEG_TYPE_EXPAND_DOWN) != 0u) {
		return offset > seg->limit &&
		       last <= ((seg->attributes & SEG_DB) != 0u ? UINT32_MAX : UINT16_MAX);
	}
	return last <= seg->limit;
}

static bool type_permits(const struct x86_segment *seg, bool write)
{
	if (write) {
		return !is_code(seg->attributes) && (seg->attributes & SEG_TYPE_RW) != 0u;
	}
	/* Code that is execute-only cannot be read as data. */
	return !is_code(seg->attributes) || (seg->attributes & SEG_TYPE_RW) != 0u;
}

bool x86_vcpu_logical_to_linear(struct x86_vcpu *vcpu, uint32_t segment, uint64_t offset,
	uint32_t size, bool write, uint64_t *linear, struct x86_fault *fault)
{
	const struct x86_segment *seg = &vcpu->seg[segment];
	uint32_t vector = segment == X86_VCPU_SS ? X86_VECTOR_SS : X86_VECTOR_GP;

	if (x86_vcpu_in_64bit_code(vcpu)) {
		*linear = offset +
			  (segment == X86_VCPU_FS || segment == X86_VCPU_GS ? seg->base : 0u);
		return true;
	}
	/*
	 * Real mode has limits, with #SS for SS and #GP for the others, and no types (SDM volume 3,
	 * 21.1.1 and 21.1.4): code may be written through CS. In virtual-8086 mode all are data.
	 */
	if ((seg->attributes & SEG_P) == 0u || !limit_is_kept(seg, offset, size) ||
	    ((vcpu->cr0 & CR0_PE) != 0u && !type_permits(seg, write))) {
		return fail(fault, vector);
	}
	*linear = (uint32_t)(seg->base + offset);
	return true;
}

static uint64_t cut(uint64_t value, uint32_t bytes)
{
	return bytes >= 8u ? value : value & ((UINT64_C(1) << (8u * bytes)) - 1u);
}

bool x86_vcpu_operand_to_linear(struct x86_vcpu *vcpu, const struct x86_address *address,
			   uint64_t next_rip, uint32_t size, bool write, uint64_t *linear,
			   struct x86_fault *fault)
{
	uint64_t offset = (uint64_t)address->displacement;

	if (address->base == X86_BASE_RIP) {
		offset += next_rip;
	} else if (address->base != X86_NO_REG) {
		offset += vcpu->gpr[address->base];
	}
	if (address->index != X86_NO_REG) {
		offset += vcpu->gpr[address->index] * address->scale;
	}
	return x86_vcpu_logical_to_linear(vcpu, address->segment, cut(offset, address->width), size,
				     write, linear, fault);
}

static bool read_table(void *ctx, uint64_t gpa, void *buffer, size_t size)
{
	return x86_vcpu_gpa_read((struct x86_vcpu *)ctx, gpa, buffer, (uint32_t)size);
}

static bool exchange_entry(void *ctx, uint64_t gpa, uint64_t expected, uint64_t value, size_t size)
{
	return x86_vcpu_gpa_exchange((struct x86_vcpu *)ctx, gpa, expected, value, (uint32_t)size);
}

static uint32_t pkru_of(struct x86_vcpu *vcpu)
{
	if ((vcpu->cr4 & CR4_PKE) == 0u) {
		return 0;
	}
	if (vcpu->cpu != NULL) {
		x86_vcpu_fpu_save(vcpu);
	}
	return x86_vcpu_fpu_pkru(vcpu);
}

static void describe_walk(struct x86_vcpu *vcpu, struct x86_walk *walk)
{
	x86_need(vcpu, X86_GROUP_CONTROL | X86_GROUP_SEGMENTS);
	*walk = (struct x86_walk){
		.cr0 = vcpu->cr0,
		.cr3 = vcpu->cr3,
		.cr4 = vcpu->cr4,
		.efer = vcpu->efer,
		.rflags = vcpu->rflags,
		.cpl = (vcpu->seg[X86_VCPU_SS].attributes & SEG_DPL) >> SEG_DPL_SHIFT,
		.pkru = pkru_of(vcpu),
		.physical_bits = (uint8_t)vcpu->limits.physical_bits,
		.pages_1g = vcpu->limits.pages_1g,
		.pdptes = x86_vcpu_pdptes(vcpu),
		.ctx = vcpu,
		.read = read_table,
		.exchange = exchange_entry,
	};
}

static bool translate(const struct x86_walk *walk, uint64_t linear, uint32_t access, uint64_t *gpa,
		      struct x86_fault *fault)
{
	struct x86_translation translation;

	switch (x86_vcpu_guest_translate(walk, linear, access, &translation)) {
	case X86_WALK_OK:
		*gpa = translation.gpa;
		return true;
	case X86_WALK_PAGE_FAULT:
		*fault = (struct x86_fault){
			.vector = X86_VECTOR_PF,
			.error_code = translation.error_code,
			.address = linear,
		};
		return false;
	case X86_WALK_NOT_CANONICAL:
		return fail(fault, X86_VECTOR_GP);
	default:
		*fault = (struct x86_fault){ .address = translation.gpa };
		return false;
	}
}

bool x86_vcpu_translate(struct x86_vcpu *vcpu, uint64_t linear, uint32_t access, uint64_t *gpa,
		   struct x86_fault *fault)
{
	struct x86_walk walk;

	describe_walk(vcpu, &walk);
	return translate(&walk, linear, access, gpa, fault);
}

/** Translates both pages of an access; `*first` is how many bytes lie in the first one. */
static bool translate_range(struct x86_vcpu *vcpu, uint64_t linear, uint32_t size, uint32_t access,
			    uint64_t gpa[2], uint32_t *first, struct x86_fault *fault)
{
	uint64_t room = PAGE_MASK + 1u - (linear & PAGE_MASK);
	struct x86_walk walk;

	describe_walk(vcpu, &walk);
	*first = size < room ? size : (uint32_t)room;
	return translate(&walk, linear, access, &gpa[0], fault) &&
	       (*first == size || translate(&walk, linear + *first, access, &gpa[1], fault));
}

static bool not_ram(struct x86_fault *fault, uint64_t gpa)
{
	*fault = (struct x86_fault){ .address = gpa };
	return false;
}

static bool read_as(struct x86_vcpu *vcpu, uint64_t linear, void *to, uint32_t size,
		    uint32_t access, struct x86_fault *fault)
{
	uint64_t gpa[2] = { 0, 0 };
	uint32_t first;

	if (!translate_range(vcpu, linear, size, X86_WALK_READ | access, gpa, &first, fault)) {
		return false;
	}
	if (!x86_vcpu_gpa_read(vcpu, gpa[0], to, first)) {
		return not_ram(fault, gpa[0]);
	}
	if (first < size && !x86_vcpu_gpa_read(vcpu, gpa[1], (uint8_t *)to + first, size - first)) {
		return not_ram(fault, gpa[1]);
	}
	return true;
}

static bool write_as(struct x86_vcpu *vcpu, uint64_t linear, const void *from, uint32_t size,
		     uint32_t access, struct x86_fault *fault)
{
	uint64_t gpa[2] = { 0, 0 };
	uint32_t first;

	if (!translate_range(vcpu, linear, size, X86_WALK_WRITE | access, gpa, &first, fault)) {
		return false;
	}
	if (!x86_vcpu_gpa_is_writable(vcpu, gpa[0]) ||
	    (first < size && !x86_vcpu_gpa_is_writable(vcpu, gpa[1]))) {
		return not_ram(fault, x86_vcpu_gpa_is_writable(vcpu, gpa[0]) ? gpa[1] : gpa[0]);
	}
	(void)x86_vcpu_gpa_write(vcpu, gpa[0], from, first);
	if (first < size) {
		(void)x86_vcpu_gpa_write(vcpu, gpa[1], (const uint8_t *)from + first, size - first);
	}
	return true;
}

bool x86_vcpu_linear_read(struct x86_vcpu *vcpu, uint64_t linear, void *to, uint32_t size,
			  struct x86_fault *fault)
{
	return read_as(vcpu, linear, to, size, 0, fault);
}

bool x86_vcpu_linear_write(struct x86_vcpu *vcpu, uint64_t linear, const void *from, uint32_t size,
			   struct x86_fault *fault)
{
	return write_as(vcpu, linear, from, size, 0, fault);
}

bool x86_vcpu_system_read(struct x86_vcpu *vcpu, uint64_t linear, void *to, uint32_t size,
			  struct x86_fault *fault)
{
	return read_as(vcpu, linear, to, size, X86_WALK_IMPLICIT, fault);
}

bool x86_vcpu_system_write(struct x86_vcpu *vcpu, uint64_t linear, const void *from, uint32_t size,
			   struct x86_fault *fault)
{
	return write_as(vcpu, linear, from, size, X86_WALK_IMPLICIT, fault);
}

uint32_t x86_vcpu_fetch(struct x86_vcpu *vcpu, uint8_t bytes[X86_INSN_MAX])
{
	struct x86_translation translation;
	struct x86_walk walk;
	uint32_t size = X86_INSN_MAX;
	uint64_t linear;
	size_t got = 0;

	describe_walk(vcpu, &walk);
	if (x86_vcpu_in_64bit_code(vcpu)) {
		linear = vcpu->rip;
	} else {
		const struct x86_segment *cs = &vcpu->seg[X86_VCPU_CS];

		if (vcpu->rip > cs->limit) {
			return 0;
		}
		/* Fewer bytes may be left below the segment's limit. */
		if (cs->limit - vcpu->rip < size) {
			size = (uint32_t)(cs->limit - vcpu->rip) + 1u;
		}
		if (size > X86_INSN_MAX) {
			size = X86_INSN_MAX;
		}
		linear = (uint32_t)(cs->base + vcpu->rip);
	}
	(void)x86_vcpu_guest_fetch(&walk, linear, bytes, size, &got, &translation);
	return (uint32_t)got;
}
