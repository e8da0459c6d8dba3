/* SPDX-License-Identifier: Apache-2.0 */
/* The timer: one-shot, periodic, TSC deadline (SDM 11.5.4). */
#include "cpuid_policy.h"
#include "lapic_bits.h"

/* Divide configuration: bits 3, 1 and 0. */
#define DIVIDE_WRITABLE UINT32_C(0xb)
/* Between these a frequency is believed; others make the timer count the TSC. */
#define TSC_HZ_MIN UINT64_C(1000000)
#define TSC_HZ_MAX (UINT64_C(1) << 38)
#define NEVER UINT64_MAX

static uint32_t mode(const struct x86_lapic *lapic)
{
	return lapic->lvt[LVT_INDEX(X86_LAPIC_LVT_TIMER)] & LVT_TIMER_MODE;
}

static bool counts_tsc(const struct x86_lapic *lapic)
{
	return lapic->tsc_hz < TSC_HZ_MIN || lapic->tsc_hz > TSC_HZ_MAX;
}

/*
 * (a * b + extra) / c without a wider type: one of b and c is X86_LAPIC_TIMER_HZ, below
 * 2^25, the other at most TSC_HZ_MAX, and extra < c.
 */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t extra, uint64_t c)
{
	return a / c * b + (a % c * b + extra) / c;
}

static uint32_t divider(const struct x86_lapic *lapic)
{
	const uint32_t code = (lapic->timer_divide & 3u) | ((lapic->timer_divide & 8u) >> 1);

	/* 0 to 6 divide by 2 to 128, 7 by 1. */
	return UINT32_C(1) << ((code + 1u) & 7u);
}

/* TSC ticks of `count` counts, rounded up so that the count has ended then. */
static uint64_t counts_to_tsc(const struct x86_lapic *lapic, uint32_t count)
{
	const uint64_t ticks = (uint64_t)count * divider(lapic);

	if (counts_tsc(lapic))
		return ticks;
	return scale(ticks, lapic->tsc_hz, X86_LAPIC_TIMER_HZ - 1u, X86_LAPIC_TIMER_HZ);
}

/* Counts that end in that many TSC ticks; at most 2^32. */
static uint64_t tsc_to_counts(const struct x86_lapic *lapic, uint64_t tsc)
{
	uint64_t ticks = tsc;

	if (!counts_tsc(lapic)) {
		/* Longer than any count: 2^32 * 128 ticks. */
		if (tsc / lapic->tsc_hz > (UINT64_C(1) << 39) / X86_LAPIC_TIMER_HZ)
			return UINT64_C(1) << 32;
		ticks = scale(tsc, X86_LAPIC_TIMER_HZ, 0, lapic->tsc_hz);
	}
	ticks /= divider(lapic);
	return ticks > UINT64_C(1) << 32 ? UINT64_C(1) << 32 : ticks;
}

/* `end` is not before `begin`; counts begin and end modulo 2^64, and are shorter than half of it. */
static bool is_reached(uint64_t begin, uint64_t end)
{
	return (end - begin) >> 63 == 0;
}

static uint64_t elapsed(const struct x86_lapic *lapic, uint64_t now)
{
	/* A hypervisor that sets the TSC back stops the clock for a while. */
	return is_reached(lapic->timer_start, now) ? now - lapic->timer_start : 0;
}

static bool is_counting(const struct x86_lapic *lapic)
{
	return mode(lapic) != LVT_TIMER_DEADLINE && lapic->timer_initial != 0 && !lapic->timer_done;
}

uint32_t x86_vcpu_lapic_timer_current(const struct x86_lapic *lapic, uint64_t now)
{
	uint64_t gone;

	if (!is_counting(lapic))
		return 0;
	gone = tsc_to_counts(lapic, elapsed(lapic, now));
	if (gone < lapic->timer_initial)
		return lapic->timer_initial - (uint32_t)gone;
	if (mode(lapic) != LVT_TIMER_PERIODIC)
		return 0;
	return lapic->timer_initial - (uint32_t)(gone % lapic->timer_initial);
}

void x86_vcpu_lapic_timer_set_initial(struct x86_lapic *lapic, uint32_t value, uint64_t now)
{
	/* In deadline mode writes are ignored. */
	if (mode(lapic) == LVT_TIMER_DEADLINE)
		return;
	lapic->timer_initial = value;
	lapic->timer_start = now;
	lapic->timer_done = false;
}

void x86_vcpu_lapic_timer_set_divide(struct x86_lapic *lapic, uint32_t value, uint64_t now)
{
	const uint32_t left = x86_vcpu_lapic_timer_current(lapic, now);

	if ((value & DIVIDE_WRITABLE) == lapic->timer_divide)
		return;
	lapic->timer_divide = value & DIVIDE_WRITABLE;
	if (is_counting(lapic))
		/* What is left counts on at the new rate. */
		lapic->timer_start = now - counts_to_tsc(lapic, lapic->timer_initial - left);
}

void x86_vcpu_lapic_timer_mode_changed(struct x86_lapic *lapic, uint32_t old_lvt)
{
	const uint32_t old = old_lvt & LVT_TIMER_MODE;

	if (old == mode(lapic))
		return;
	/* To or from the deadline disarms (SDM 11.5.4.1). */
	if (old == LVT_TIMER_DEADLINE || mode(lapic) == LVT_TIMER_DEADLINE) {
		lapic->tsc_deadline = 0;
		lapic->timer_initial = 0;
		lapic->timer_done = false;
	}
}

uint64_t x86_vcpu_lapic_deadline_read(const struct x86_lapic *lapic)
{
	return mode(lapic) == LVT_TIMER_DEADLINE ? lapic->tsc_deadline : 0;
}

void x86_vcpu_lapic_deadline_write(struct x86_lapic *lapic, uint64_t value)
{
	if (mode(lapic) == LVT_TIMER_DEADLINE)
		lapic->tsc_deadline = value;
}

/* When the timer ends next, masked or not. */
static uint64_t next_end(const struct x86_lapic *lapic)
{
	if (mode(lapic) == LVT_TIMER_DEADLINE)
		return lapic->tsc_deadline != 0 ? lapic->tsc_deadline : NEVER;
	if (!is_counting(lapic))
		return NEVER;
	return lapic->timer_start + counts_to_tsc(lapic, lapic->timer_initial);
}

uint64_t x86_vcpu_lapic_deadline(const struct x86_lapic *lapic)
{
	const uint32_t lvt = lapic->lvt[LVT_INDEX(X86_LAPIC_LVT_TIMER)];

	if ((lvt & LVT_MASKED) != 0 || !x86_lapic_is_on(lapic))
		return NEVER;
	return next_end(lapic);
}

static bool is_over(const struct x86_lapic *lapic, uint64_t end, uint64_t now)
{
	return mode(lapic) == LVT_TIMER_DEADLINE ? now >= end : is_reached(end, now);
}

uint64_t x86_vcpu_lapic_ticks_to(const struct x86_lapic *lapic, uint64_t deadline, uint64_t now)
{
	return is_over(lapic, deadline, now) ? 0 : deadline - now;
}

void x86_vcpu_lapic_advance(struct x86_lapic *lapic, uint64_t now)
{
	const uint64_t end = next_end(lapic);
	uint64_t period;

	if (end == NEVER || !is_over(lapic, end, now))
		return;
	switch (mode(lapic)) {
	case LVT_TIMER_DEADLINE:
		lapic->tsc_deadline = 0;
		break;
	case LVT_TIMER_PERIODIC:
		/* Ends that were missed are one interrupt, as IRR keeps one. */
		period = end - lapic->timer_start;
		lapic->timer_start += (now - lapic->timer_start) / period * period;
		break;
	default:
		lapic->timer_done = true;
		break;
	}
	x86_vcpu_lapic_fire(lapic, X86_LAPIC_LVT_TIMER);
}

void x86_vcpu_lapic_tsc_moved(struct x86_lapic *lapic, uint64_t ticks)
{
	lapic->timer_start += ticks;
}
