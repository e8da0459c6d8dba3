/* SPDX-License-Identifier: Apache-2.0 */
/* Reset, priorities, acceptance, end of interrupt. */
#include "lapic.h"

#include "lapic_bits.h"

#define PRIORITY_CLASS UINT32_C(0xf0)
#define DFR_FLAT UINT32_C(0xffffffff)

static void clear_words(uint32_t words[X86_LAPIC_WORDS])
{
	uint32_t i;

	for (i = 0; i < X86_LAPIC_WORDS; i++)
		words[i] = 0;
}

/* The registers of SDM 11.4.7.1; id and base stay. */
static void reset_registers(struct x86_lapic *lapic)
{
	uint32_t i;

	lapic->tpr = 0;
	lapic->ldr = x86_lapic_is_x2apic(lapic) ? x86_vcpu_lapic_x2apic_ldr(lapic->id) : 0;
	lapic->dfr = DFR_FLAT;
	lapic->svr = SVR_RESET;
	clear_words(lapic->isr);
	clear_words(lapic->irr);
	clear_words(lapic->tmr);
	lapic->esr = 0;
	lapic->errors = 0;
	lapic->icr = 0;
	for (i = 0; i < X86_LAPIC_LVTS; i++)
		lapic->lvt[i] = LVT_MASKED;
	lapic->timer_initial = 0;
	lapic->timer_divide = 0;
	lapic->timer_start = 0;
	lapic->timer_done = false;
	lapic->tsc_deadline = 0;
	lapic->nmi = false;
}

void x86_vcpu_lapic_reset(struct x86_lapic *lapic, uint32_t id, bool bsp, uint64_t tsc_hz)
{
	lapic->base = X86_APIC_BASE_RESET | X86_APIC_BASE_ENABLE | (bsp ? X86_APIC_BASE_BSP : 0);
	lapic->id = id;
	lapic->xapic_id = id & 0xffu;
	lapic->tsc_hz = tsc_hz;
	reset_registers(lapic);
}

void x86_vcpu_lapic_init(struct x86_lapic *lapic)
{
	reset_registers(lapic);
}

uint32_t x86_vcpu_lapic_x2apic_ldr(uint32_t id)
{
	return ((id >> 4) << 16) | (UINT32_C(1) << (id & 0xfu));
}

bool x86_vcpu_lapic_set_base(struct x86_lapic *lapic, uint64_t value, uint32_t physical_bits)
{
	const uint64_t mode = X86_APIC_BASE_ENABLE | X86_APIC_BASE_X2APIC;
	const uint64_t address = X86_APIC_BASE_ADDRESS & ((UINT64_C(1) << physical_bits) - 1u);
	const uint64_t old = lapic->base & mode, new = value & mode;

	if ((value & ~(address | mode | X86_APIC_BASE_BSP)) != 0)
		return false;
	/* x2APIC is left by turning the APIC off, and entered from the xAPIC form. */
	if (new == X86_APIC_BASE_X2APIC || (old == mode && new == X86_APIC_BASE_ENABLE) ||
	    (old == 0 && new == mode))
		return false;
	/* Which CPU is the bootstrap processor is not the guest's to say. */
	lapic->base = (value & ~X86_APIC_BASE_BSP) | (lapic->base & X86_APIC_BASE_BSP);
	if (old != new && new == 0) {
		lapic->xapic_id = lapic->id & 0xffu;
		reset_registers(lapic);
	} else if (old != new && new == mode) {
		lapic->ldr = x86_vcpu_lapic_x2apic_ldr(lapic->id);
		lapic->icr &= UINT32_MAX;
	}
	return true;
}

static int32_t highest(const uint32_t words[X86_LAPIC_WORDS])
{
	uint32_t i;

	for (i = X86_LAPIC_WORDS; i-- != 0;) {
		if (words[i] != 0)
			return (int32_t)(32u * i + 31u - (uint32_t)__builtin_clz(words[i]));
	}
	return -1;
}

uint32_t x86_vcpu_lapic_ppr(const struct x86_lapic *lapic)
{
	const int32_t in_service = highest(lapic->isr);
	const uint32_t class = in_service < 0 ? 0 : (uint32_t)in_service & PRIORITY_CLASS;

	return (lapic->tpr & PRIORITY_CLASS) >= class ? lapic->tpr : class;
}

void x86_vcpu_lapic_set_cr8(struct x86_lapic *lapic, uint64_t cr8)
{
	lapic->tpr = (uint32_t)(cr8 & 0xfu) << 4;
}

void x86_vcpu_lapic_error(struct x86_lapic *lapic, uint32_t error)
{
	const bool is_new = (lapic->errors & error) == 0;

	lapic->errors |= error;
	if (is_new)
		x86_vcpu_lapic_fire(lapic, X86_LAPIC_LVT_ERROR);
}

/* Whether an interrupt that arrives gets into IRR. */
static bool take(struct x86_lapic *lapic, uint32_t vector)
{
	if (!x86_lapic_is_enabled(lapic))
		return false;
	if (vector < APIC_FIRST_VECTOR || vector >= APIC_VECTORS) {
		x86_vcpu_lapic_error(lapic, ESR_RECEIVE_ILLEGAL);
		return false;
	}
	x86_lapic_set(lapic->irr, vector);
	return true;
}

void x86_vcpu_lapic_raise(struct x86_lapic *lapic, uint32_t vector)
{
	if (take(lapic, vector))
		x86_lapic_clear(lapic->tmr, vector);
}

void x86_vcpu_lapic_raise_level(struct x86_lapic *lapic, uint32_t vector)
{
	if (take(lapic, vector))
		x86_lapic_set(lapic->tmr, vector);
}

void x86_vcpu_lapic_retract(struct x86_lapic *lapic, uint32_t vector)
{
	if (vector < APIC_VECTORS)
		x86_lapic_clear(lapic->irr, vector);
}

int32_t x86_vcpu_lapic_requested(const struct x86_lapic *lapic)
{
	return x86_lapic_is_on(lapic) ? highest(lapic->irr) : -1;
}

int32_t x86_vcpu_lapic_pending(const struct x86_lapic *lapic)
{
	const int32_t vector = x86_vcpu_lapic_requested(lapic);

	if (vector < 0 ||
	    ((uint32_t)vector & PRIORITY_CLASS) <= (x86_vcpu_lapic_ppr(lapic) & PRIORITY_CLASS))
		return -1;
	return vector;
}

void x86_vcpu_lapic_accept(struct x86_lapic *lapic, uint32_t vector)
{
	x86_lapic_clear(lapic->irr, vector);
	x86_lapic_set(lapic->isr, vector);
}

void x86_vcpu_lapic_eoi(struct x86_lapic *lapic, struct x86_lapic_effect *effect)
{
	const int32_t in_service = highest(lapic->isr);
	uint32_t vector;

	if (in_service < 0)
		return;
	vector = (uint32_t)in_service;
	x86_lapic_clear(lapic->isr, vector);
	if (x86_lapic_test(lapic->tmr, vector)) {
		effect->ended = true;
		effect->ended_vector = (uint8_t)vector;
	}
}

void x86_vcpu_lapic_fire(struct x86_lapic *lapic, uint32_t lvt_number)
{
	const uint32_t lvt = lapic->lvt[LVT_INDEX(lvt_number)];

	if ((lvt & LVT_MASKED) != 0 || !x86_lapic_is_on(lapic))
		return;
	switch ((lvt & LVT_DELIVERY) >> LVT_DELIVERY_SHIFT) {
	case X86_APIC_FIXED:
		/* An error's own bad vector must not come back here. */
		if ((lvt & LVT_VECTOR) >= APIC_FIRST_VECTOR)
			x86_vcpu_lapic_raise(lapic, lvt & LVT_VECTOR);
		else
			lapic->errors |= ESR_RECEIVE_ILLEGAL;
		break;
	case X86_APIC_NMI:
		lapic->nmi = true;
		break;
	default:
		break;
	}
}

bool x86_vcpu_lapic_takes_messages(const struct x86_lapic *lapic)
{
	return x86_lapic_is_enabled(lapic);
}

bool x86_vcpu_lapic_takes_extint(const struct x86_lapic *lapic)
{
	const uint32_t lint0 = lapic->lvt[LVT_INDEX(X86_LAPIC_LVT_LINT0)];

	/* While the APIC is off, its pins are the CPU's INTR and NMI (SDM 11.4.3). */
	if (!x86_lapic_is_on(lapic))
		return true;
	return (lint0 & LVT_MASKED) == 0 &&
	       (lint0 & LVT_DELIVERY) >> LVT_DELIVERY_SHIFT == X86_APIC_EXTINT;
}
