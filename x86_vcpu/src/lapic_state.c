/* SPDX-License-Identifier: Apache-2.0 */
/* The state as numbered words, for saving and loading. */
#include "lapic_bits.h"

/* Positions of x86_vcpu_lapic_get_state(): pairs of words for the maps of 256 bits. */
enum state_word {
	STATE_BASE = 0,
	STATE_XAPIC_ID,
	STATE_TPR,
	/* LDR 31:0, DFR 63:32. */
	STATE_LOGICAL,
	STATE_SVR,
	/* ESR 31:0, errors since 63:32. */
	STATE_ERRORS,
	STATE_ICR,
	STATE_LVT,
	STATE_ISR = STATE_LVT + X86_LAPIC_LVTS / 2,
	STATE_IRR = STATE_ISR + X86_LAPIC_WORDS / 2,
	STATE_TMR = STATE_IRR + X86_LAPIC_WORDS / 2,
	/* Initial count 31:0, divide configuration 35:32. */
	STATE_TIMER = STATE_TMR + X86_LAPIC_WORDS / 2,
	STATE_TIMER_START,
	STATE_DEADLINE,
	STATE_FLAGS,
	STATE_WORDS,
};

_Static_assert(STATE_WORDS == X86_LAPIC_STATE_WORDS, "the header gives their number");

#define STATE_DIVIDE_SHIFT 32u
#define STATE_TIMER_DEFINED UINT64_C(0xbffffffff)
#define STATE_FLAG_TIMER_DONE UINT64_C(1)
#define STATE_FLAG_NMI UINT64_C(2)
#define STATE_FLAGS_DEFINED (STATE_FLAG_TIMER_DONE | STATE_FLAG_NMI)
#define ERRORS_DEFINED UINT64_C(0xe0)
#define LVT_DEFINED UINT32_C(0x7a7ff)

/* The words that hold a pair of 32-bit ones, with the position of the first pair. */
static uint32_t *pair_place(struct x86_lapic *lapic, uint32_t index, uint32_t *first)
{
	if (index >= STATE_LVT && index < STATE_ISR) {
		*first = STATE_LVT;
		return lapic->lvt;
	}
	if (index >= STATE_ISR && index < STATE_IRR) {
		*first = STATE_ISR;
		return lapic->isr;
	}
	if (index >= STATE_IRR && index < STATE_TMR) {
		*first = STATE_IRR;
		return lapic->irr;
	}
	if (index >= STATE_TMR && index < STATE_TIMER) {
		*first = STATE_TMR;
		return lapic->tmr;
	}
	return 0;
}

uint64_t x86_vcpu_lapic_get_state(const struct x86_lapic *lapic, uint32_t index)
{
	struct x86_lapic copy = *lapic;
	uint32_t first;
	const uint32_t *words = pair_place(&copy, index, &first);

	if (words != 0)
		return words[2u * (index - first)] |
		       (uint64_t)words[2u * (index - first) + 1u] << 32;
	switch (index) {
	case STATE_BASE:
		return lapic->base;
	case STATE_XAPIC_ID:
		return lapic->xapic_id;
	case STATE_TPR:
		return lapic->tpr;
	case STATE_LOGICAL:
		return lapic->ldr | (uint64_t)lapic->dfr << 32;
	case STATE_SVR:
		return lapic->svr;
	case STATE_ERRORS:
		return lapic->esr | (uint64_t)lapic->errors << 32;
	case STATE_ICR:
		return lapic->icr;
	case STATE_TIMER:
		return lapic->timer_initial | (uint64_t)lapic->timer_divide << STATE_DIVIDE_SHIFT;
	case STATE_TIMER_START:
		return lapic->timer_start;
	case STATE_DEADLINE:
		return lapic->tsc_deadline;
	case STATE_FLAGS:
		return (lapic->timer_done ? STATE_FLAG_TIMER_DONE : 0) |
		       (lapic->nmi ? STATE_FLAG_NMI : 0);
	default:
		return 0;
	}
}

static bool set_pair(uint32_t *words, uint32_t index, uint32_t first, uint64_t value)
{
	const uint32_t at = 2u * (index - first);
	/* Vectors 0 to 15 exist in no map. */
	const uint64_t allowed = first == STATE_LVT ? LVT_DEFINED | (uint64_t)LVT_DEFINED << 32 :
				 at == 0	    ? ~UINT64_C(0xffff) :
						      UINT64_MAX;

	if ((value & ~allowed) != 0)
		return false;
	words[at] = (uint32_t)value;
	words[at + 1u] = (uint32_t)(value >> 32);
	return true;
}

static bool set_base(struct x86_lapic *lapic, uint64_t value)
{
	const uint64_t mode = value & (X86_APIC_BASE_ENABLE | X86_APIC_BASE_X2APIC);

	if (mode == X86_APIC_BASE_X2APIC ||
	    (value & ~(X86_APIC_BASE_ADDRESS | X86_APIC_BASE_BSP | X86_APIC_BASE_ENABLE |
		       X86_APIC_BASE_X2APIC)) != 0)
		return false;
	lapic->base = value;
	return true;
}

/* Registers of a few bits. */
static bool set_small(uint32_t *place, uint64_t value, uint64_t allowed)
{
	if ((value & ~allowed) != 0)
		return false;
	*place = (uint32_t)value;
	return true;
}

bool x86_vcpu_lapic_set_state(struct x86_lapic *lapic, uint32_t index, uint64_t value)
{
	uint32_t first;
	uint32_t *words = pair_place(lapic, index, &first);

	if (words != 0)
		return set_pair(words, index, first, value);
	switch (index) {
	case STATE_BASE:
		return set_base(lapic, value);
	case STATE_XAPIC_ID:
		return set_small(&lapic->xapic_id, value, 0xffu);
	case STATE_TPR:
		return set_small(&lapic->tpr, value, 0xffu);
	case STATE_LOGICAL:
		lapic->ldr = (uint32_t)value;
		lapic->dfr = (uint32_t)(value >> 32);
		return true;
	case STATE_SVR:
		return set_small(&lapic->svr, value, SVR_VECTOR | SVR_ENABLE | SVR_FOCUS);
	case STATE_ERRORS:
		if ((value & ~(ERRORS_DEFINED | ERRORS_DEFINED << 32)) != 0)
			return false;
		lapic->esr = (uint32_t)value;
		lapic->errors = (uint32_t)(value >> 32);
		return true;
	case STATE_ICR:
		if ((value & UINT32_MAX & ~ICR_LOW_WRITABLE) != 0)
			return false;
		lapic->icr = value;
		return true;
	case STATE_TIMER:
		if ((value & ~STATE_TIMER_DEFINED) != 0)
			return false;
		lapic->timer_initial = (uint32_t)value;
		lapic->timer_divide = (uint32_t)(value >> STATE_DIVIDE_SHIFT);
		return true;
	case STATE_TIMER_START:
		lapic->timer_start = value;
		return true;
	case STATE_DEADLINE:
		lapic->tsc_deadline = value;
		return true;
	case STATE_FLAGS:
		if ((value & ~STATE_FLAGS_DEFINED) != 0)
			return false;
		lapic->timer_done = (value & STATE_FLAG_TIMER_DONE) != 0;
		lapic->nmi = (value & STATE_FLAG_NMI) != 0;
		return true;
	default:
		return false;
	}
}
