/* SPDX-License-Identifier: Apache-2.0 */
#include "time.h"

#include "../board.h"
#include "../sched.h"
#include "apic.h"
#include "cpu.h"
#include "pc.h"

#define NS_PER_SECOND UINT64_C(1000000000)

/* Intel 8254: counter 2 in mode 0, binary, low byte then high byte */
#define PIT_HZ UINT64_C(1193182)
#define PIT_COUNTER_2 (PC_PIT + 2u)
#define PIT_CONTROL (PC_PIT + 3u)
#define PIT_CONTROL_2_MODE_0 0xb0u
#define PORT_61_GATE_2 0x01u
#define PORT_61_SPEAKER 0x02u
#define PORT_61_OUT_2 0x20u
/** Two milliseconds, of which the quickest of so many is believed. */
#define PIT_TICKS (PIT_HZ / 500u)
#define CALIBRATIONS 16u

static uint64_t tsc_hz;
static uint64_t apic_hz;

/** What a CPU's APIC timer is to end at; each CPU has its own, and touches no other. */
struct timer {
	uint64_t turn_deadline;
	uint64_t device_deadline;
};
static struct timer timers[CPUS_MAX];

static struct timer *this_timer(void)
{
	return &timers[board_this_cpu()->id];
}

/** Both counters, by the PIT; what interrupts this, as hosts of emulators do, gives too much. */
static void calibrate_once(void)
{
	uint64_t tsc, apic;
	uint64_t start;
	uint8_t gate = (uint8_t)((in8(PC_PORT_61) & ~PORT_61_SPEAKER) | PORT_61_GATE_2);

	out8(PC_PORT_61, (uint8_t)(gate & ~PORT_61_GATE_2));
	out8(PIT_CONTROL, PIT_CONTROL_2_MODE_0);
	out8(PIT_COUNTER_2, (uint8_t)PIT_TICKS);
	out8(PIT_COUNTER_2, (uint8_t)(PIT_TICKS >> 8));
	apic_timer_set(UINT32_MAX);
	start = rdtsc();
	out8(PC_PORT_61, gate);
	while ((in8(PC_PORT_61) & PORT_61_OUT_2) == 0) {
	}
	tsc = (rdtsc() - start) * PIT_HZ / PIT_TICKS;
	apic = (uint64_t)(UINT32_MAX - apic_timer_left()) * PIT_HZ / PIT_TICKS;
	apic_timer_set(0);
	tsc_hz = tsc_hz == 0 || tsc < tsc_hz ? tsc : tsc_hz;
	apic_hz = apic_hz == 0 || apic < apic_hz ? apic : apic_hz;
}

static void calibrate(void)
{
	uint32_t i;

	for (i = 0; i < CALIBRATIONS; i++) {
		calibrate_once();
	}
}

void time_init(void)
{
	struct timer *timer = this_timer();

	timer->turn_deadline = UINT64_MAX;
	timer->device_deadline = UINT64_MAX;
	if (tsc_hz == 0) {
		calibrate(); /* the boot CPU; the others count as fast */
	}
}

static void program(const struct timer *timer)
{
	uint64_t deadline = timer->turn_deadline < timer->device_deadline ?
				    timer->turn_deadline :
				    timer->device_deadline;
	uint64_t now = rdtsc(), ticks;

	if (deadline == UINT64_MAX) {
		apic_timer_set(0);
		return;
	}
	deadline = deadline > now ? deadline - now : 0;
	/* More than a minute is cut: the interrupt then comes early, and programs the rest. */
	if (deadline > 64u * tsc_hz) {
		deadline = 64u * tsc_hz;
	}
	ticks = deadline / 1024u * apic_hz / tsc_hz * 1024u + (deadline % 1024u) * apic_hz / tsc_hz + 1u;
	apic_timer_set(ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX);
}

bool time_interrupt(void)
{
	struct timer *timer = this_timer();
	bool over = rdtsc() >= timer->turn_deadline;

	if (over) {
		timer->turn_deadline = UINT64_MAX;
	}
	if (rdtsc() >= timer->device_deadline) {
		timer->device_deadline = UINT64_MAX;
	}
	program(timer);
	return over;
}

void time_set_device_deadline(uint64_t deadline)
{
	struct timer *timer = this_timer();

	if (deadline != timer->device_deadline) {
		timer->device_deadline = deadline;
		program(timer);
	}
}

void board_timer_set(uint64_t deadline)
{
	struct timer *timer = this_timer();

	timer->turn_deadline = deadline;
	program(timer);
}

uint64_t board_counter(void)
{
	return rdtsc();
}

uint64_t board_counter_frequency(void)
{
	return tsc_hz;
}

uint64_t board_time_ns(void)
{
	uint64_t ticks = rdtsc();

	/* In two parts: the product of a long run would overflow. */
	return ticks / tsc_hz * NS_PER_SECOND + ticks % tsc_hz * NS_PER_SECOND / tsc_hz;
}
