/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways of the PICs' interrupts to two CPUs: by the first one's LINT0, and by input 0 of the
 * I/O APIC as messages of the kind ExtINT, to either ("virtual wire", MultiProcessor
 * Specification 1.4, 3.6.2.2). Timer and PICs are programmed by the CPU that does not wait.
 */
#include "ap.h"

#define IO_APIC UINT64_C(0xfec00000)
#define IO_APIC_WINDOW 0x10u
#define IO_APIC_ENTRY_0 0x10u
#define ENTRY_EXTINT 0x700u
#define ENTRY_MASKED 0x10000u
#define ENTRY_DESTINATION_SHIFT 24u
#define APIC_LINT0 0x350u
#define LINT0_EXTINT 0x700u
#define LINT0_MASKED 0x10700u
#define PIC 0x20u
#define PIC_EOI 0x20u
#define PIC_IRQ_0_ONLY 0xfeu
#define PIC_ALL_MASKED 0xffu
#define VECTOR_TIMER 0x50u
#define PIT_0 0x40u
#define PIT_CONTROL 0x43u
/** Counter 0, both bytes, mode 0: one interrupt. */
#define PIT_ONCE 0x30u
#define PIT_TICKS 2000u
/** Of the time stamp counter: some milliseconds, in which the PIT's interrupt comes. */
#define WHILE UINT64_C(60000000)

static volatile uint32_t came[CPUS];
/** What the second CPU is to do next, and how often it did something. */
static void (*volatile job)(void);
static volatile uint32_t jobs_done;

void ap_interrupt(uint32_t cpu, uint32_t vector)
{
	if (vector == VECTOR_TIMER) {
		came[cpu]++;
		out8(PIC, PIC_EOI);
	}
}

_Noreturn void ap_main(uint32_t cpu)
{
	(void)cpu;
	for (;;) {
		/* With interrupts on: the PICs' may be for this one. */
		__asm__ volatile("sti\n\tnop\n\tpause\n\tcli" : : : "memory");
		if (job != NULL) {
			job();
			job = NULL;
			jobs_done++;
		}
	}
}

static void on_other(void (*what)(void))
{
	job = what;
}

static void wait_for_other(void)
{
	while (job != NULL) {
		__asm__ volatile("pause" : : : "memory");
	}
}

static void start_timer(void)
{
	out8(PIT_CONTROL, PIT_ONCE);
	out8(PIT_0, PIT_TICKS & 0xffu);
	out8(PIT_0, PIT_TICKS >> 8);
}

static void unmask(void)
{
	out8(PIC + 1u, PIC_IRQ_0_ONLY);
}

static void mask(void)
{
	out8(PIC + 1u, PIC_ALL_MASKED);
}

static void nothing(void)
{
}

static void init_pic(void)
{
	/* ICW1 to ICW4: the edge of an 8086's PIC with a slave at input 2. */
	out8(PIC, 0x11);
	out8(PIC + 1u, VECTOR_TIMER);
	out8(PIC + 1u, 0x04);
	out8(PIC + 1u, 0x01);
	mask();
}

static void set_entry_0(uint32_t low, uint32_t destination)
{
	volatile uint32_t *select = (volatile uint32_t *)IO_APIC;
	volatile uint32_t *window = (volatile uint32_t *)(IO_APIC + IO_APIC_WINDOW);

	*select = IO_APIC_ENTRY_0 + 1u;
	*window = destination << ENTRY_DESTINATION_SHIFT;
	*select = IO_APIC_ENTRY_0;
	*window = low;
}

/** Waits for the interrupt, halted or not: without it, the test runs out of time. */
static bool comes_to(uint32_t cpu, uint32_t count, bool halts)
{
	while (came[cpu] < count) {
		if (halts) {
			__asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
		} else {
			__asm__ volatile("sti\n\tnop\n\tpause\n\tcli" : : : "memory");
		}
	}
	return came[cpu] == count;
}

/** For some time nothing more comes to a CPU. */
static bool stays_at(uint32_t cpu, uint32_t count)
{
	uint64_t end = rdtsc() + WHILE;

	while (rdtsc() < end) {
		__asm__ volatile("sti\n\tnop\n\tpause\n\tcli" : : : "memory");
	}
	return came[cpu] == count;
}

void guest_main(void)
{
	ap_init();
	init_pic();
	apic_write(APIC_SVR, APIC_SVR_ON);
	apic_send(1, ICR_INIT);
	apic_send(1, ICR_STARTUP | ap_startup_page());
	on_other(nothing);
	wait_for_other();

	apic_write(APIC_LINT0, LINT0_EXTINT);
	unmask();
	on_other(start_timer);
	check(comes_to(0, 1, true), "the other CPU starts the timer: LINT0");
	wait_for_other();

	mask();
	start_timer();
	check(stays_at(0, 1), "masked in the PIC");
	on_other(unmask);
	check(comes_to(0, 2, true), "the other CPU unmasks it");
	wait_for_other();

	apic_write(APIC_LINT0, LINT0_MASKED);
	start_timer();
	check(stays_at(0, 2), "masked in LINT0");
	set_entry_0(ENTRY_EXTINT, 0);
	check(comes_to(0, 3, false), "by the I/O APIC");
	on_other(start_timer);
	check(comes_to(0, 4, true), "the other CPU starts the timer: the I/O APIC");
	wait_for_other();

	set_entry_0(ENTRY_EXTINT, 1);
	start_timer();
	check(comes_to(1, 1, false), "to the other CPU");
	set_entry_0(ENTRY_EXTINT | ENTRY_MASKED, 1);
	start_timer();
	check(stays_at(1, 1), "masked in the I/O APIC");
	check_equal(came[0], 4, "to one of them only");
}
