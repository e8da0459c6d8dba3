/* SPDX-License-Identifier: Apache-2.0 */
#include "reg_access.h"

#include "control.h"
#include "cpu.h"
#include "events.h"
#include "fpu.h"
#include "guest_apic.h"
#include "msr_policy.h"
#include "pdpte.h"

/** A register with storage of its own in struct x86_vcpu, 8 bytes. */
struct plain {
	uint64_t id;
	/** enum x86_group; 0 if it is there always. */
	uint32_t group;
	uint32_t offset;
	/** Bits that may be 1, and bits that must be. */
	uint64_t allowed;
	uint64_t required;
};

#define ANY UINT64_MAX
#define AT(member) (uint32_t)offsetof(struct x86_vcpu, member)

/** In the order in which they are listed, and so written back: modes before what they permit. */
static const struct plain plain[] = {
	{ X86_VCPU_REG_RIP, 0, AT(rip), ANY, 0 },
	{ X86_VCPU_REG_RFLAGS, 0, AT(rflags), RFLAGS_DEFINED, RFLAGS_RESERVED_1 },
	{ X86_VCPU_REG_CR(0), X86_GROUP_CONTROL, AT(cr0), CR0_DEFINED, 0 },
	{ X86_VCPU_REG_CR(2), X86_GROUP_CONTROL, AT(cr2), ANY, 0 },
	{ X86_VCPU_REG_CR(3), X86_GROUP_CONTROL, AT(cr3), UINT64_C(0x000fffffffffffff), 0 },
	{ X86_VCPU_REG_CR(4), X86_GROUP_CONTROL, AT(cr4), ANY, 0 },
	{ X86_VCPU_REG_CR(8), X86_GROUP_CONTROL, AT(cr8), UINT64_C(0xf), 0 },
	{ X86_VCPU_REG_XCR0, 0, AT(xcr0), ANY, XCR0_X87 },
	{ X86_VCPU_REG_TSC_OFFSET, X86_GROUP_SETTINGS, AT(tsc_offset), ANY, 0 },
	{ X86_VCPU_REG_DR(0), 0, AT(dr[0]), ANY, 0 },
	{ X86_VCPU_REG_DR(1), 0, AT(dr[1]), ANY, 0 },
	{ X86_VCPU_REG_DR(2), 0, AT(dr[2]), ANY, 0 },
	{ X86_VCPU_REG_DR(3), 0, AT(dr[3]), ANY, 0 },
	{ X86_VCPU_REG_DR(6), X86_GROUP_SYSTEM, AT(dr6), UINT32_MAX, 0 },
	{ X86_VCPU_REG_DR(7), X86_GROUP_SYSTEM, AT(dr7), UINT32_MAX, 0 },
	{ X86_VCPU_REG_MSR(MSR_EFER), X86_GROUP_CONTROL, AT(efer), ANY, 0 },
	{ X86_VCPU_REG_PDPTE(0), X86_GROUP_CONTROL, AT(pdptes[0]), ANY, 0 },
	{ X86_VCPU_REG_PDPTE(1), X86_GROUP_CONTROL, AT(pdptes[1]), ANY, 0 },
	{ X86_VCPU_REG_PDPTE(2), X86_GROUP_CONTROL, AT(pdptes[2]), ANY, 0 },
	{ X86_VCPU_REG_PDPTE(3), X86_GROUP_CONTROL, AT(pdptes[3]), ANY, 0 },
	{ X86_VCPU_REG_MSR(MSR_STAR), X86_GROUP_SYSTEM, AT(star), ANY, 0 },
	{ X86_VCPU_REG_MSR(MSR_LSTAR), X86_GROUP_SYSTEM, AT(lstar), ANY, 0 },
	{ X86_VCPU_REG_MSR(MSR_CSTAR), X86_GROUP_SYSTEM, AT(cstar), ANY, 0 },
	{ X86_VCPU_REG_MSR(MSR_SFMASK), X86_GROUP_SYSTEM, AT(sfmask), ANY, 0 },
	{ X86_VCPU_REG_MSR(MSR_KERNEL_GS_BASE), X86_GROUP_SYSTEM, AT(kernel_gs_base), ANY, 0 },
	{ X86_VCPU_REG_MSR(MSR_SYSENTER_CS), X86_GROUP_SYSTEM, AT(sysenter_cs), ANY, 0 },
	{ X86_VCPU_REG_MSR(MSR_SYSENTER_ESP), X86_GROUP_SYSTEM, AT(sysenter_esp), ANY, 0 },
	{ X86_VCPU_REG_MSR(MSR_SYSENTER_EIP), X86_GROUP_SYSTEM, AT(sysenter_eip), ANY, 0 },
	{ X86_VCPU_REG_MSR(MSR_PAT), X86_GROUP_SYSTEM, AT(pat), ANY, 0 },
	{ X86_VCPU_REG_MSR(MSR_TSC_AUX), 0, AT(tsc_aux), UINT32_MAX, 0 },
	{ X86_VCPU_REG_MSR(MSR_XSS), 0, AT(xss), 0, 0 },
	{ X86_VCPU_REG_INTERRUPTS(0), 0, AT(interrupts[0]), ANY, 0 },
	{ X86_VCPU_REG_INTERRUPTS(1), 0, AT(interrupts[1]), ANY, 0 },
	{ X86_VCPU_REG_INTERRUPTS(2), 0, AT(interrupts[2]), ANY, 0 },
	{ X86_VCPU_REG_INTERRUPTS(3), 0, AT(interrupts[3]), ANY, 0 },
};
#define PLAIN_COUNT (sizeof(plain) / sizeof(plain[0]))

/** Ids that need code: see get_special(). */
static const uint64_t special[] = {
	X86_VCPU_REG_EVENT,
	X86_VCPU_REG_EVENT_ERROR,
	X86_VCPU_REG_INTERRUPTIBILITY,
	X86_VCPU_REG_IPI,
	X86_VCPU_REG_ACCESS_VALUE,
	X86_VCPU_REG_ACCESS,
};
#define SPECIAL_COUNT (sizeof(special) / sizeof(special[0]))

/* Parts of a segment register, as X86_VCPU_REG_BASE() and the others number them. */
enum segment_part { PART_BASE, PART_LIMIT, PART_SELECTOR, PART_ATTRIBUTES, PART_COUNT };
#define TABLES 2u
#define TABLE_PARTS 2u

/* X86_VCPU_REG_EVENT and X86_VCPU_REG_INTERRUPTIBILITY. */
#define EVENT_VECTOR UINT64_C(0xff)
#define EVENT_TYPE_SHIFT 8u
#define EVENT_TYPE UINT64_C(7)
#define EVENT_ERROR_VALID X86_BIT(11)
#define EVENT_VALID X86_BIT(31)
#define EVENT_DEFINED                                                                           \
	(EVENT_VECTOR | EVENT_TYPE << EVENT_TYPE_SHIFT | EVENT_ERROR_VALID | EVENT_VALID)
#define INTERRUPTIBILITY_SHADOW X86_BIT(0)
#define INTERRUPTIBILITY_NMI_BLOCKED X86_BIT(1)
#define INTERRUPTIBILITY_NMI_PENDING X86_BIT(2)
#define INTERRUPTIBILITY_HALTED X86_BIT(3)
#define INTERRUPTIBILITY_TRIPLE_FAULT X86_BIT(4)
#define INTERRUPTIBILITY_DEFINED UINT64_C(0x1f)

/* X86_VCPU_REG_IPI. */
#define IPI_VECTOR UINT64_C(0xff)
#define IPI_DELIVERY_SHIFT 8u
#define IPI_DELIVERY UINT64_C(7)
#define IPI_LOGICAL X86_BIT(11)
#define IPI_X2APIC X86_BIT(12)
#define IPI_SHORTHAND_SHIFT 18u
#define IPI_SHORTHAND UINT64_C(3)
#define IPI_DUE X86_BIT(31)
#define IPI_DESTINATION_SHIFT 32u
#define IPI_DEFINED                                                                             \
	(IPI_VECTOR | IPI_DELIVERY << IPI_DELIVERY_SHIFT | IPI_LOGICAL | IPI_X2APIC |           \
	 IPI_SHORTHAND << IPI_SHORTHAND_SHIFT | IPI_DUE | UINT64_MAX << IPI_DESTINATION_SHIFT)

static const struct plain *find_plain(uint64_t id)
{
	size_t i;

	for (i = 0; i < PLAIN_COUNT; i++) {
		if (plain[i].id == id) {
			return &plain[i];
		}
	}
	return NULL;
}

static uint64_t *storage(struct x86_vcpu *vcpu, const struct plain *reg)
{
	return (uint64_t *)(void *)((uint8_t *)vcpu + reg->offset);
}

static bool is_breakpoint(uint64_t id)
{
	return id >= X86_VCPU_REG_DR(0) && id <= X86_VCPU_REG_DR(3);
}

static bool is_pdpte(uint64_t id)
{
	return id >= X86_VCPU_REG_PDPTE(0) && id <= X86_VCPU_REG_PDPTE(X86_PDPTES - 1u);
}

/** Those by which the CPU finds its page tables. */
static bool selects_paging(uint64_t id)
{
	return id == X86_VCPU_REG_CR(0) || id == X86_VCPU_REG_CR(3) || id == X86_VCPU_REG_CR(4) ||
	       id == X86_VCPU_REG_MSR(MSR_EFER);
}

static bool is_segment(uint64_t id)
{
	uint64_t index = id - X86_VCPU_REG_BASE(0);

	return index < X86_SEGMENT_COUNT * PART_COUNT ||
	       (id >= X86_VCPU_REG_BASE(0) && id < X86_VCPU_REG_BASE(X86_VCPU_IDTR + 1u) &&
		index % PART_COUNT < TABLE_PARTS);
}

static bool is_xsave(uint64_t id)
{
	return id >= X86_VCPU_REG_XSAVE(0) && id < X86_VCPU_REG_XSAVE(X86_XSAVE_CHUNKS);
}

static bool is_apic(const struct x86_vcpu *vcpu, uint64_t id)
{
	return x86_has_apic(vcpu) && id >= X86_VCPU_REG_APIC(0) &&
	       id < X86_VCPU_REG_APIC(X86_LAPIC_STATE_WORDS);
}

static bool is_gpr(uint64_t id)
{
	return id >= X86_VCPU_REG_GPR(0) && id < X86_VCPU_REG_GPR(X86_GPR_COUNT);
}

static uint64_t get_segment(const struct x86_vcpu *vcpu, uint64_t id)
{
	uint32_t number = AXVCPU_REG_INDEX(id) / PART_COUNT;
	const struct x86_table *table;

	if (number >= X86_SEGMENT_COUNT) {
		table = number == X86_VCPU_GDTR ? &vcpu->gdtr : &vcpu->idtr;
		return AXVCPU_REG_INDEX(id) % PART_COUNT == PART_BASE ? table->base : table->limit;
	}
	switch (AXVCPU_REG_INDEX(id) % PART_COUNT) {
	case PART_BASE:
		return vcpu->seg[number].base;
	case PART_LIMIT:
		return vcpu->seg[number].limit;
	case PART_SELECTOR:
		return vcpu->seg[number].selector;
	default:
		return vcpu->seg[number].attributes;
	}
}

static axvcpu_error_t set_table(struct x86_table *table, uint32_t part, uint64_t value)
{
	if (part == PART_BASE) {
		table->base = value;
	} else if (value <= UINT16_MAX) {
		table->limit = (uint32_t)value;
	} else {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	return AXVCPU_OK;
}

static axvcpu_error_t set_segment(struct x86_vcpu *vcpu, uint64_t id, uint64_t value)
{
	static const uint64_t most[PART_COUNT] = { ANY, UINT32_MAX, UINT16_MAX, SEG_DEFINED };
	uint32_t number = AXVCPU_REG_INDEX(id) / PART_COUNT;
	uint32_t part = AXVCPU_REG_INDEX(id) % PART_COUNT;

	x86_change(vcpu, X86_GROUP_SEGMENTS);
	if (number >= X86_SEGMENT_COUNT) {
		return set_table(number == X86_VCPU_GDTR ? &vcpu->gdtr : &vcpu->idtr, part, value);
	}
	if (value > most[part]) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	switch (part) {
	case PART_BASE:
		vcpu->seg[number].base = value;
		break;
	case PART_LIMIT:
		vcpu->seg[number].limit = (uint32_t)value;
		break;
	case PART_SELECTOR:
		vcpu->seg[number].selector = (uint16_t)value;
		break;
	default:
		vcpu->seg[number].attributes = (uint16_t)value;
		break;
	}
	return AXVCPU_OK;
}

static uint64_t get_ipi(const struct x86_vcpu *vcpu)
{
	const struct x86_ipi *ipi = &vcpu->ipi;

	return !vcpu->ipi_is_due ?
		       0u :
		       IPI_DUE | ipi->vector | (uint64_t)ipi->delivery << IPI_DELIVERY_SHIFT |
			       (ipi->logical ? IPI_LOGICAL : 0u) |
			       (ipi->x2apic ? IPI_X2APIC : 0u) |
			       (uint64_t)ipi->shorthand << IPI_SHORTHAND_SHIFT |
			       (uint64_t)ipi->destination << IPI_DESTINATION_SHIFT;
}

static axvcpu_error_t set_ipi(struct x86_vcpu *vcpu, uint64_t value)
{
	bool due = (value & IPI_DUE) != 0u;

	if ((value & ~IPI_DEFINED) != 0u || (!due && value != 0u) || (due && !x86_has_apic(vcpu))) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	vcpu->ipi_is_due = due;
	vcpu->ipi = (struct x86_ipi){
		.destination = (uint32_t)(value >> IPI_DESTINATION_SHIFT),
		.vector = (uint8_t)(value & IPI_VECTOR),
		.delivery = (uint8_t)((value >> IPI_DELIVERY_SHIFT) & IPI_DELIVERY),
		.shorthand = (uint8_t)((value >> IPI_SHORTHAND_SHIFT) & IPI_SHORTHAND),
		.logical = (value & IPI_LOGICAL) != 0u,
		.x2apic = (value & IPI_X2APIC) != 0u,
	};
	return AXVCPU_OK;
}

static bool get_special(struct x86_vcpu *vcpu, uint64_t id, uint64_t *value)
{
	const struct x86_event *event = &vcpu->event;

	switch (id) {
	case X86_VCPU_REG_EVENT:
		*value = !event->valid ?
				 0u :
				 EVENT_VALID | event->vector |
					 (uint64_t)event->type << EVENT_TYPE_SHIFT |
					 (event->has_error_code ? EVENT_ERROR_VALID : 0u);
		return true;
	case X86_VCPU_REG_EVENT_ERROR:
		*value = event->valid ? event->error_code : 0u;
		return true;
	case X86_VCPU_REG_INTERRUPTIBILITY:
		x86_need(vcpu, X86_GROUP_INTERRUPTIBILITY);
		*value = (vcpu->interrupt_shadow ? INTERRUPTIBILITY_SHADOW : 0u) |
			 (vcpu->nmi_blocked ? INTERRUPTIBILITY_NMI_BLOCKED : 0u) |
			 (vcpu->nmi_pending ? INTERRUPTIBILITY_NMI_PENDING : 0u) |
			 (vcpu->halted ? INTERRUPTIBILITY_HALTED : 0u) |
			 (vcpu->triple_fault ? INTERRUPTIBILITY_TRIPLE_FAULT : 0u);
		return true;
	case X86_VCPU_REG_IPI:
		*value = get_ipi(vcpu);
		return true;
	case X86_VCPU_REG_ACCESS:
		*value = vcpu->store_is_due ? 1u : 0u;
		return true;
	case X86_VCPU_REG_ACCESS_VALUE:
		*value = vcpu->store_is_due ? vcpu->mmio.loaded : 0u;
		return true;
	default:
		return false;
	}
}

static bool event_is_good(uint64_t value)
{
	uint64_t type = (value >> EVENT_TYPE_SHIFT) & EVENT_TYPE;
	uint64_t vector = value & EVENT_VECTOR;

	if ((value & EVENT_VALID) == 0u) {
		return value == 0u;
	}
	switch (type) {
	case X86_EVENT_INTERRUPT:
		return (value & ~EVENT_DEFINED) == 0u && (value & EVENT_ERROR_VALID) == 0u;
	case X86_EVENT_NMI:
		return (value & ~EVENT_DEFINED) == 0u && vector == X86_VECTOR_NMI &&
		       (value & EVENT_ERROR_VALID) == 0u;
	case X86_EVENT_EXCEPTION:
		return (value & ~EVENT_DEFINED) == 0u && vector < X86_EXCEPTION_COUNT &&
		       vector != X86_VECTOR_NMI;
	default:
		return false;
	}
}

static axvcpu_error_t set_special(struct x86_vcpu *vcpu, uint64_t id, uint64_t value)
{
	switch (id) {
	case X86_VCPU_REG_EVENT:
		if (!event_is_good(value)) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		vcpu->event.valid = (value & EVENT_VALID) != 0u;
		vcpu->event.vector = (uint8_t)(value & EVENT_VECTOR);
		vcpu->event.type = (uint8_t)((value >> EVENT_TYPE_SHIFT) & EVENT_TYPE);
		vcpu->event.has_error_code = (value & EVENT_ERROR_VALID) != 0u;
		vcpu->event.error_code = 0;
		return AXVCPU_OK;
	case X86_VCPU_REG_EVENT_ERROR:
		if (value > UINT32_MAX ||
		    (value != 0u && !(vcpu->event.valid && vcpu->event.has_error_code))) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		vcpu->event.error_code = (uint32_t)value;
		return AXVCPU_OK;
	case X86_VCPU_REG_IPI:
		return set_ipi(vcpu, value);
	case X86_VCPU_REG_ACCESS:
		if (value > 1u) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		vcpu->store_is_due = value == 1u;
		vcpu->mmio.is_restored = value == 1u;
		return AXVCPU_OK;
	case X86_VCPU_REG_ACCESS_VALUE:
		vcpu->mmio.loaded = value;
		return AXVCPU_OK;
	default:
		if ((value & ~INTERRUPTIBILITY_DEFINED) != 0u) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		x86_change(vcpu, X86_GROUP_INTERRUPTIBILITY);
		vcpu->interrupt_shadow = (value & INTERRUPTIBILITY_SHADOW) != 0u;
		vcpu->nmi_blocked = (value & INTERRUPTIBILITY_NMI_BLOCKED) != 0u;
		vcpu->nmi_pending = (value & INTERRUPTIBILITY_NMI_PENDING) != 0u;
		vcpu->halted = (value & INTERRUPTIBILITY_HALTED) != 0u;
		vcpu->triple_fault = (value & INTERRUPTIBILITY_TRIPLE_FAULT) != 0u;
		return AXVCPU_OK;
	}
}

axvcpu_error_t x86_vcpu_reg_get(void *state, uint64_t id, void *buffer)
{
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;
	const struct plain *reg = find_plain(id);
	axvcpu_error_t error = AXVCPU_OK;
	uint64_t value = 0;

	if (is_xsave(id)) {
		if (vcpu->cpu != NULL) {
			x86_vcpu_fpu_save(vcpu);
		}
		x86_vcpu_fpu_get_chunk(vcpu, AXVCPU_REG_INDEX(id), (uint8_t *)buffer);
		return AXVCPU_OK;
	}
	if (is_gpr(id)) {
		value = vcpu->gpr[AXVCPU_REG_INDEX(id)];
	} else if (reg != NULL) {
		x86_need(vcpu, reg->group);
		if (is_breakpoint(id) && vcpu->cpu != NULL) {
			x86_vcpu_debug_save(vcpu);
		}
		if (id == X86_VCPU_REG_XCR0) {
			x86_vcpu_xcr0_sync(vcpu);
		}
		value = id == X86_VCPU_REG_RFLAGS ? x86_vcpu_guest_rflags(vcpu) :
			id == X86_VCPU_REG_DR(6)  ? x86_vcpu_guest_dr6(vcpu) :
						    *storage(vcpu, reg);
	} else if (is_segment(id)) {
		x86_need(vcpu, X86_GROUP_SEGMENTS);
		value = get_segment(vcpu, id);
	} else if (is_apic(vcpu, id)) {
		value = x86_vcpu_apic_get_word(vcpu, AXVCPU_REG_INDEX(id));
	} else if (!get_special(vcpu, id, &value)) {
		error = AXVCPU_ERR_NOT_FOUND;
	}
	if (error == AXVCPU_OK) {
		__builtin_memcpy(buffer, &value, sizeof(value));
	}
	return error;
}

static bool value_is_allowed(const struct x86_vcpu *vcpu, const struct plain *reg, uint64_t value)
{
	if ((value & ~reg->allowed) != 0u || (value & reg->required) != reg->required) {
		return false;
	}
	if (is_pdpte(reg->id)) {
		return x86_vcpu_pdpte_is_good(vcpu, value);
	}
	switch (reg->id) {
	case X86_VCPU_REG_CR(0):
		return ((value & CR0_PG) == 0u || (value & CR0_PE) != 0u) &&
		       ((value & CR0_NW) == 0u || (value & CR0_CD) != 0u);
	case X86_VCPU_REG_CR(3):
		return value >> vcpu->limits.physical_bits == 0u;
	case X86_VCPU_REG_CR(4):
		return (value & ~vcpu->limits.cr4_mask) == 0u;
	case X86_VCPU_REG_MSR(MSR_PAT):
		return x86_vcpu_pat_is_valid(value);
	case X86_VCPU_REG_XCR0:
		return x86_vcpu_xcr0_is_allowed(vcpu, value);
	case X86_VCPU_REG_MSR(MSR_EFER):
		return (value & ~(vcpu->limits.efer_mask | EFER_LMA)) == 0u;
	default:
		return true;
	}
}

static axvcpu_error_t set_plain(struct x86_vcpu *vcpu, const struct plain *reg, uint64_t value)
{
	if (!value_is_allowed(vcpu, reg, value)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (is_pdpte(reg->id) && !x86_vcpu_keeps_pdptes(vcpu)) {
		return AXVCPU_OK;
	}
	x86_change(vcpu, reg->group);
	if (selects_paging(reg->id)) {
		x86_pdptes_forget(vcpu);
	}
	if (reg->id == X86_VCPU_REG_DR(6)) {
		x86_vcpu_cancel_iret_step(vcpu);
	}
	if (reg->id == X86_VCPU_REG_RIP || reg->id == X86_VCPU_REG_RFLAGS) {
		x86_vcpu_cancel_iret_step(vcpu);
		/* VMX has a single step pending that a shadow delays, by RFLAGS.TF. */
		x86_change(vcpu, X86_GROUP_INTERRUPTIBILITY);
	}
	if (is_breakpoint(reg->id) && vcpu->cpu != NULL) {
		x86_vcpu_debug_save(vcpu);
	}
	*storage(vcpu, reg) = value;
	if (is_breakpoint(reg->id) && vcpu->cpu != NULL) {
		x86_vcpu_debug_load(vcpu);
	}
	if (reg->group == X86_GROUP_CONTROL) {
		vcpu->vendor->flush_tlb(vcpu);
	}
	if (vcpu->cpu != NULL && reg->id == X86_VCPU_REG_XCR0 && vcpu->cpu->features.xsave) {
		x86_cpu_xsetbv(0, value);
	}
	if (vcpu->cpu != NULL && reg->id == X86_VCPU_REG_MSR(MSR_TSC_AUX)) {
		x86_vcpu_tsc_aux_load(vcpu);
	}
	return AXVCPU_OK;
}

static axvcpu_error_t set_xsave(struct x86_vcpu *vcpu, uint64_t id, const void *buffer)
{
	if (vcpu->cpu != NULL) {
		x86_vcpu_fpu_save(vcpu);
	}
	if (!x86_vcpu_fpu_set_chunk(vcpu, AXVCPU_REG_INDEX(id), (const uint8_t *)buffer)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (vcpu->cpu != NULL) {
		if (!x86_vcpu_fpu_fits(vcpu, &vcpu->cpu->features)) {
			x86_vcpu_fpu_save(vcpu);
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		x86_vcpu_fpu_load(vcpu);
	}
	return AXVCPU_OK;
}

static bool is_special(uint64_t id)
{
	size_t i;

	for (i = 0; i < SPECIAL_COUNT; i++) {
		if (special[i] == id) {
			return true;
		}
	}
	return false;
}

axvcpu_error_t x86_vcpu_reg_set(void *state, uint64_t id, const void *buffer)
{
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;
	const struct plain *reg = find_plain(id);
	uint64_t value;

	vcpu->events_wait = true; /* it may be one, or what lets one in */
	if (is_xsave(id)) {
		return set_xsave(vcpu, id, buffer);
	}
	__builtin_memcpy(&value, buffer, sizeof(value));
	if (vcpu->vendor->register_fits != NULL &&
	    !vcpu->vendor->register_fits(vcpu, id, value)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (is_gpr(id)) {
		vcpu->gpr[AXVCPU_REG_INDEX(id)] = value;
		return AXVCPU_OK;
	}
	if (reg != NULL) {
		return set_plain(vcpu, reg, value);
	}
	if (is_segment(id)) {
		return set_segment(vcpu, id, value);
	}
	if (is_apic(vcpu, id)) {
		return x86_vcpu_apic_set_word(vcpu, AXVCPU_REG_INDEX(id), value) ?
			       AXVCPU_OK :
			       AXVCPU_ERR_INVALID_ARGUMENT;
	}
	return is_special(id) ? set_special(vcpu, id, value) : AXVCPU_ERR_NOT_FOUND;
}

/** Takes `count` from `*index` if the list at this place is shorter; else it is in it. */
static bool is_in(size_t *index, size_t count)
{
	if (*index < count) {
		return true;
	}
	*index -= count;
	return false;
}

axvcpu_error_t x86_vcpu_reg_at(void *state, size_t index, uint64_t *id)
{
	if (is_in(&index, X86_GPR_COUNT)) {
		*id = X86_VCPU_REG_GPR(index);
	} else if (is_in(&index, PLAIN_COUNT)) {
		*id = plain[index].id;
	} else if (is_in(&index, X86_SEGMENT_COUNT * PART_COUNT)) {
		*id = X86_VCPU_REG_BASE(0) + index;
	} else if (is_in(&index, TABLES * TABLE_PARTS)) {
		*id = X86_VCPU_REG_BASE(X86_VCPU_GDTR + index / TABLE_PARTS) + index % TABLE_PARTS;
	} else if (is_in(&index, X86_XSAVE_CHUNKS)) {
		*id = X86_VCPU_REG_XSAVE(index);
	} else if (is_in(&index, SPECIAL_COUNT)) {
		*id = special[index];
	} else if (x86_has_apic((const struct x86_vcpu *)state) &&
		   is_in(&index, X86_LAPIC_STATE_WORDS)) {
		*id = X86_VCPU_REG_APIC(index);
	} else {
		return AXVCPU_ERR_NOT_FOUND;
	}
	return AXVCPU_OK;
}
