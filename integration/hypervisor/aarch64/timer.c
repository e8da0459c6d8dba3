/* SPDX-License-Identifier: Apache-2.0 */
#include "timer.h"

#include "../board.h"
#include "../sched.h"
#include "cpu.h"

#define TICKS_PER_SECOND 100u
/* CNTHP_CTL_EL2.ENABLE, ARM DDI 0487, D19.12.5 */
#define CNTHP_CTL_ENABLE 1u
#define NS_PER_SECOND UINT64_C(1000000000)

static bool tick;
/** What board_timer_set() programmed; one for each CPU, which alone uses it. */
static uint64_t programmed[CONFIG_MAX_CPUS];

void timer_set_tick(bool on)
{
	tick = on;
	board_timer_set(UINT64_MAX);
}

void timer_fired(void)
{
	board_timer_set(UINT64_MAX);
}

static void program(uint64_t deadline)
{
	SYSREG_WRITE(cnthp_cval_el2, deadline);
	SYSREG_WRITE(cnthp_ctl_el2, deadline == UINT64_MAX ? 0u : CNTHP_CTL_ENABLE);
	isb();
}

void timer_expect(uint64_t deadline)
{
	uint64_t other = programmed[board_this_cpu()->id];

	program(deadline < other ? deadline : other);
}

void board_timer_set(uint64_t deadline)
{
	uint64_t next_tick;

	if (tick) {
		next_tick = board_counter() + board_counter_frequency() / TICKS_PER_SECOND;
		deadline = next_tick < deadline ? next_tick : deadline;
	}
	programmed[board_this_cpu()->id] = deadline;
	program(deadline);
}

uint64_t board_counter(void)
{
	isb();
	return SYSREG_READ(cntpct_el0);
}

uint64_t board_counter_frequency(void)
{
	return SYSREG_READ(cntfrq_el0);
}

uint64_t board_time_ns(void)
{
	uint64_t frequency = board_counter_frequency();
	uint64_t ticks = board_counter();

	/* In two parts: the product of a long run would overflow. */
	return ticks / frequency * NS_PER_SECOND + ticks % frequency * NS_PER_SECOND / frequency;
}
