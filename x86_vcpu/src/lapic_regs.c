/* SPDX-License-Identifier: Apache-2.0 */
/* The registers as the guest reads and writes them: SDM tables 11-1 and 11-6. */
#include "lapic_bits.h"

/* Integrated APIC, six entries in the LVT, no suppression of EOI broadcasts. */
#define VERSION UINT32_C(0x00050014)
#define LDR_WRITABLE UINT32_C(0xff000000)
#define DFR_WRITABLE UINT32_C(0xf0000000)
#define DFR_ONES UINT32_C(0x0fffffff)
#define XAPIC_ID_SHIFT 24u
#define REGISTER_STRIDE 16u
#define REGISTER_BYTES 4u

/* Bits of each LVT entry that can be written. */
static const uint32_t lvt_writable[X86_LAPIC_LVTS] = {
	LVT_VECTOR | LVT_MASKED | LVT_TIMER_MODE,
	LVT_VECTOR | LVT_DELIVERY | LVT_MASKED,
	LVT_VECTOR | LVT_DELIVERY | LVT_MASKED,
	LVT_VECTOR | LVT_DELIVERY | LVT_POLARITY | LVT_LEVEL | LVT_MASKED,
	LVT_VECTOR | LVT_DELIVERY | LVT_POLARITY | LVT_LEVEL | LVT_MASKED,
	LVT_VECTOR | LVT_MASKED,
};

/* What a register is in the two forms. */
enum access {
	NONE = 0,
	R = 1,
	W = 2,
	RW = 3,
};

struct form {
	uint8_t first;
	uint8_t last;
	uint8_t xapic;
	uint8_t x2apic;
};

static const struct form forms[] = {
	{ X86_LAPIC_ID, X86_LAPIC_ID, RW, R },
	{ X86_LAPIC_VERSION, X86_LAPIC_VERSION, R, R },
	{ X86_LAPIC_TPR, X86_LAPIC_TPR, RW, RW },
	{ X86_LAPIC_APR, X86_LAPIC_APR, R, NONE },
	{ X86_LAPIC_PPR, X86_LAPIC_PPR, R, R },
	{ X86_LAPIC_EOI, X86_LAPIC_EOI, W, W },
	{ X86_LAPIC_RRD, X86_LAPIC_RRD, R, NONE },
	{ X86_LAPIC_LDR, X86_LAPIC_LDR, RW, R },
	{ X86_LAPIC_DFR, X86_LAPIC_DFR, RW, NONE },
	{ X86_LAPIC_SVR, X86_LAPIC_SVR, RW, RW },
	{ X86_LAPIC_ISR, X86_LAPIC_IRR + X86_LAPIC_WORDS - 1, R, R },
	{ X86_LAPIC_ESR, X86_LAPIC_ESR, RW, RW },
	{ X86_LAPIC_ICR, X86_LAPIC_ICR, RW, RW },
	{ X86_LAPIC_ICR_HIGH, X86_LAPIC_ICR_HIGH, RW, NONE },
	{ X86_LAPIC_LVT_TIMER, X86_LAPIC_LVT_ERROR, RW, RW },
	{ X86_LAPIC_TIMER_INITIAL, X86_LAPIC_TIMER_INITIAL, RW, RW },
	{ X86_LAPIC_TIMER_CURRENT, X86_LAPIC_TIMER_CURRENT, R, R },
	{ X86_LAPIC_TIMER_DIVIDE, X86_LAPIC_TIMER_DIVIDE, RW, RW },
	{ X86_LAPIC_SELF_IPI, X86_LAPIC_SELF_IPI, NONE, W },
};

static uint32_t access_of(uint32_t number, bool x2apic)
{
	uint32_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (number >= forms[i].first && number <= forms[i].last)
			return x2apic ? forms[i].x2apic : forms[i].xapic;
	}
	return NONE;
}

static uint64_t read(const struct x86_lapic *lapic, uint32_t number, uint64_t now)
{
	const bool x2apic = x86_lapic_is_x2apic(lapic);

	switch (number) {
	case X86_LAPIC_ID:
		return x2apic ? lapic->id : lapic->xapic_id << XAPIC_ID_SHIFT;
	case X86_LAPIC_VERSION:
		return VERSION;
	case X86_LAPIC_TPR:
		return lapic->tpr;
	/* Bus arbitration is gone from CPUs; its register follows the priority. */
	case X86_LAPIC_APR:
	case X86_LAPIC_PPR:
		return x86_vcpu_lapic_ppr(lapic);
	case X86_LAPIC_LDR:
		return lapic->ldr;
	case X86_LAPIC_DFR:
		return lapic->dfr;
	case X86_LAPIC_SVR:
		return lapic->svr;
	case X86_LAPIC_ESR:
		return lapic->esr;
	case X86_LAPIC_ICR:
		return x2apic ? lapic->icr : lapic->icr & UINT32_MAX;
	case X86_LAPIC_ICR_HIGH:
		return lapic->icr >> 32;
	case X86_LAPIC_TIMER_INITIAL:
		return lapic->timer_initial;
	case X86_LAPIC_TIMER_CURRENT:
		return x86_vcpu_lapic_timer_current(lapic, now);
	case X86_LAPIC_TIMER_DIVIDE:
		return lapic->timer_divide;
	default:
		break;
	}
	if (number >= X86_LAPIC_LVT_TIMER && number <= X86_LAPIC_LVT_ERROR)
		return lapic->lvt[LVT_INDEX(number)];
	if (number >= X86_LAPIC_ISR && number < X86_LAPIC_ISR + X86_LAPIC_WORDS)
		return lapic->isr[number - X86_LAPIC_ISR];
	if (number >= X86_LAPIC_TMR && number < X86_LAPIC_TMR + X86_LAPIC_WORDS)
		return lapic->tmr[number - X86_LAPIC_TMR];
	if (number >= X86_LAPIC_IRR && number < X86_LAPIC_IRR + X86_LAPIC_WORDS)
		return lapic->irr[number - X86_LAPIC_IRR];
	return 0;
}

static void write_lvt(struct x86_lapic *lapic, uint32_t number, uint32_t value)
{
	const uint32_t index = LVT_INDEX(number);
	const uint32_t old = lapic->lvt[index];

	value &= lvt_writable[index];
	/* A disabled APIC keeps them masked (SDM 11.4.7.2). */
	if ((lapic->svr & SVR_ENABLE) == 0)
		value |= LVT_MASKED;
	lapic->lvt[index] = value;
	if (number == X86_LAPIC_LVT_TIMER)
		x86_vcpu_lapic_timer_mode_changed(lapic, old);
}

static void write_svr(struct x86_lapic *lapic, uint32_t value)
{
	uint32_t i;

	lapic->svr = value & (SVR_VECTOR | SVR_ENABLE | SVR_FOCUS);
	if ((lapic->svr & SVR_ENABLE) != 0)
		return;
	for (i = 0; i < X86_LAPIC_LVTS; i++)
		lapic->lvt[i] |= LVT_MASKED;
}

static void write(struct x86_lapic *lapic, uint32_t number, uint64_t value, uint64_t now,
		  struct x86_lapic_effect *effect)
{
	const bool x2apic = x86_lapic_is_x2apic(lapic);
	const uint32_t low = (uint32_t)value;

	switch (number) {
	case X86_LAPIC_ID:
		lapic->xapic_id = low >> XAPIC_ID_SHIFT;
		break;
	case X86_LAPIC_TPR:
		lapic->tpr = low & 0xffu;
		break;
	case X86_LAPIC_EOI:
		x86_vcpu_lapic_eoi(lapic, effect);
		break;
	case X86_LAPIC_LDR:
		lapic->ldr = low & LDR_WRITABLE;
		break;
	case X86_LAPIC_DFR:
		lapic->dfr = (low & DFR_WRITABLE) | DFR_ONES;
		break;
	case X86_LAPIC_SVR:
		write_svr(lapic, low);
		break;
	case X86_LAPIC_ESR:
		lapic->esr = lapic->errors;
		lapic->errors = 0;
		break;
	case X86_LAPIC_ICR:
		lapic->icr = x2apic ? value :
				      (lapic->icr & ICR_HIGH_XAPIC) | (value & ICR_LOW_WRITABLE);
		x86_vcpu_lapic_send(lapic, lapic->icr, effect);
		break;
	case X86_LAPIC_ICR_HIGH:
		lapic->icr = (lapic->icr & UINT32_MAX) | ((value << 32) & ICR_HIGH_XAPIC);
		break;
	case X86_LAPIC_TIMER_INITIAL:
		x86_vcpu_lapic_timer_set_initial(lapic, low, now);
		break;
	case X86_LAPIC_TIMER_DIVIDE:
		x86_vcpu_lapic_timer_set_divide(lapic, low, now);
		break;
	case X86_LAPIC_SELF_IPI:
		if (low < APIC_FIRST_VECTOR)
			x86_vcpu_lapic_error(lapic, ESR_SEND_ILLEGAL);
		else
			x86_vcpu_lapic_raise(lapic, low);
		break;
	default:
		write_lvt(lapic, number, low);
		break;
	}
}

/* The page is there in the xAPIC form alone. */
static bool page_answers(const struct x86_lapic *lapic)
{
	return x86_lapic_is_on(lapic) && !x86_lapic_is_x2apic(lapic);
}

uint64_t x86_vcpu_lapic_page_read(
	struct x86_lapic *lapic, uint32_t offset, uint32_t width, uint64_t now)
{
	const uint32_t number = offset / REGISTER_STRIDE, inside = offset % REGISTER_STRIDE;
	uint64_t value;

	if (inside >= REGISTER_BYTES || !page_answers(lapic))
		return 0;
	if ((access_of(number, false) & R) == 0) {
		if (access_of(number, false) == NONE)
			x86_vcpu_lapic_error(lapic, ESR_ILLEGAL_REGISTER);
		return 0;
	}
	x86_vcpu_lapic_advance(lapic, now);
	value = (read(lapic, number, now) & UINT32_MAX) >> (8u * inside);
	return width >= REGISTER_BYTES ? value : value & ((UINT64_C(1) << (8u * width)) - 1u);
}

void x86_vcpu_lapic_page_write(struct x86_lapic *lapic, uint32_t offset, uint32_t width,
	uint64_t value, uint64_t now, struct x86_lapic_effect *effect)
{
	const uint32_t number = offset / REGISTER_STRIDE;

	*effect = (struct x86_lapic_effect){ .send = false };
	if (offset % REGISTER_STRIDE != 0 || width != REGISTER_BYTES || !page_answers(lapic))
		return;
	if ((access_of(number, false) & W) == 0) {
		if (access_of(number, false) == NONE)
			x86_vcpu_lapic_error(lapic, ESR_ILLEGAL_REGISTER);
		return;
	}
	x86_vcpu_lapic_advance(lapic, now);
	write(lapic, number, value, now, effect);
}

bool x86_vcpu_lapic_msr_read(
	struct x86_lapic *lapic, uint32_t number, uint64_t *value, uint64_t now)
{
	if (!x86_lapic_is_x2apic(lapic) || (access_of(number, true) & R) == 0)
		return false;
	x86_vcpu_lapic_advance(lapic, now);
	*value = read(lapic, number, now);
	return true;
}

/* Whether WRMSR sets no reserved bit (SDM 11.12.1.2 and 11.12.1.3). */
static bool msr_value_is_good(uint32_t number, uint64_t value)
{
	switch (number) {
	case X86_LAPIC_ICR:
		return (value & UINT32_MAX & ~ICR_LOW_WRITABLE) == 0;
	case X86_LAPIC_TPR:
	case X86_LAPIC_SELF_IPI:
		return value <= 0xffu;
	case X86_LAPIC_EOI:
	case X86_LAPIC_ESR:
		return value == 0;
	case X86_LAPIC_SVR:
		return (value & ~(uint64_t)(SVR_VECTOR | SVR_ENABLE | SVR_FOCUS)) == 0;
	case X86_LAPIC_TIMER_INITIAL:
		return value <= UINT32_MAX;
	case X86_LAPIC_TIMER_DIVIDE:
		return (value & ~UINT64_C(0xb)) == 0;
	default:
		/* Read-only bits of the LVT may be written as anything. */
		return (value & ~(uint64_t)(lvt_writable[LVT_INDEX(number)] | UINT32_C(0x5000))) == 0;
	}
}

bool x86_vcpu_lapic_msr_write(struct x86_lapic *lapic, uint32_t number, uint64_t value,
	uint64_t now, struct x86_lapic_effect *effect)
{
	*effect = (struct x86_lapic_effect){ .send = false };
	if (!x86_lapic_is_x2apic(lapic) || (access_of(number, true) & W) == 0 ||
	    !msr_value_is_good(number, value))
		return false;
	x86_vcpu_lapic_advance(lapic, now);
	write(lapic, number, value, now, effect);
	return true;
}
