/* SPDX-License-Identifier: Apache-2.0 */
#include "timer.h"

#include "../board.h"
#include "../sched.h"
#include "cpu.h"
#include "sbi.h"
#include "virt.h"

#define TICKS_PER_SECOND UINT64_C(100)
#define NS_PER_TICK (UINT64_C(1000000000) / VIRT_TIME_HZ)

/** One for each hart, which alone uses it. */
struct timer {
	/** What board_timer_set() said. */
	uint64_t deadline;
	bool ticks;
	/** UINT64_MAX without ticks. */
	uint64_t next_tick;
	/** What the firmware was told last. */
	uint64_t programmed;
};

static struct timer timers[CPUS_MAX];

static struct timer *this_timer(void)
{
	return &timers[board_this_cpu()->id];
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void program(struct timer *timer, uint64_t deadline)
{
	deadline = earlier(deadline, timer->next_tick);
	if (deadline != timer->programmed) {
		timer->programmed = deadline;
		sbi_set_timer(deadline);
	}
}

static uint64_t tick_from_now(const struct timer *timer)
{
	return timer->ticks ? board_counter() + VIRT_TIME_HZ / TICKS_PER_SECOND : UINT64_MAX;
}

void timer_init_cpu(bool on)
{
	struct timer *timer = this_timer();

	timer->deadline = UINT64_MAX;
	timer->ticks = on;
	timer->next_tick = tick_from_now(timer);
	timer->programmed = timer->next_tick;
	sbi_set_timer(timer->next_tick);
}

void board_timer_set(uint64_t deadline)
{
	struct timer *timer = this_timer();

	timer->deadline = deadline;
	/*
	 * Counted from here, where a turn begins: from the last tick it could be due again whenever
	 * the vCPU is to be entered, if what comes between turns is slow, and would never be.
	 */
	timer->next_tick = tick_from_now(timer);
	program(timer, deadline);
}

void timer_expect(uint64_t deadline)
{
	struct timer *timer = this_timer();

	program(timer, earlier(deadline, timer->deadline));
}

bool timer_fired(void)
{
	struct timer *timer = this_timer();
	uint64_t now = board_counter();
	bool due = now >= timer->deadline;

	if (now >= timer->next_tick) {
		timer->next_tick = tick_from_now(timer);
	}
	if (due) {
		timer->deadline = UINT64_MAX;
	}
	/* Told again in any case, which ends the interrupt. */
	timer->programmed = 0;
	program(timer, timer->deadline);
	return due;
}

uint64_t board_counter(void)
{
	return CSR_READ(time);
}

uint64_t board_counter_frequency(void)
{
	return VIRT_TIME_HZ;
}

uint64_t board_time_ns(void)
{
	return board_counter() * NS_PER_TICK;
}
