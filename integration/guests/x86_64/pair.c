/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUs of one machine, and of a second one beside it, by turns on fewer physical ones.
 * Each starts with empty registers, fills all that it can write with values of its own,
 * waits until others have run, and finds what it wrote. Its memory stays its own too: a
 * page that each CPU maps elsewhere at one and the same address, and the machine's RAM
 * behind this program, where another machine has its own.
 */
#include "registers.h"

#include "ap.h"

#define ROUNDS 6u
/** Longer than a turn of everybody else: parts of a second. */
#define WAIT_DIVISOR 8u
/** Seconds after which it waits no more for a turn of another. */
#define WAIT_LIMIT 10u
/** EAX is the time stamp counter's frequency in kHz. */
#define CPUID_FREQUENCIES 0x40000010u
/** Level 4 entry of the window, which is at this address. */
#define WINDOW_ENTRY 1u
#define WINDOW (UINT64_C(1) << 39)
#define PTE_TABLE 3u
#define ENTRIES 512u
#define PAGE 4096u
/** RAM that nothing else uses. */
#define RAM UINT64_C(0x600000)
#define RAM_END UINT64_C(0x1000000)
#define RAM_STEP (7u * PAGE)

extern uint64_t guest_pml4[ENTRIES];

static struct {
	_Alignas(PAGE) uint64_t root[ENTRIES];
	uint64_t pdpt[ENTRIES];
	uint64_t pd[ENTRIES];
	uint64_t pt[ENTRIES];
	volatile uint64_t page[ENTRIES];
	volatile uint64_t beats;
	volatile uint64_t overlaps;
	volatile uint64_t wrong_memory;
	const char *volatile left_over;
	const char *volatile changed;
	volatile bool up;
	volatile bool done;
} cpus[CPUS];

static uint32_t cpu_count;
/** What makes this machine's values differ from another one's. */
static uint64_t machine_seed;
static uint64_t tsc_hz;

void ap_interrupt(uint32_t cpu, uint32_t vector)
{
	(void)cpu;
	(void)vector;
}

static uint64_t seed_of(uint32_t cpu, uint32_t round)
{
	return machine_seed + ((uint64_t)cpu << 8 | round) * UINT64_C(0x100000001b3);
}

static void open_window(uint32_t cpu)
{
	uint32_t i;

	for (i = 0; i < ENTRIES; i++) {
		cpus[cpu].root[i] = guest_pml4[i];
	}
	cpus[cpu].root[WINDOW_ENTRY] = (uintptr_t)cpus[cpu].pdpt + PTE_TABLE;
	cpus[cpu].pdpt[0] = (uintptr_t)cpus[cpu].pd + PTE_TABLE;
	cpus[cpu].pd[0] = (uintptr_t)cpus[cpu].pt + PTE_TABLE;
	cpus[cpu].pt[0] = (uintptr_t)cpus[cpu].page + PTE_TABLE;
	__asm__ volatile("mov %0, %%cr3" : : "r"(cpus[cpu].root) : "memory");
}

static uint64_t others_beats(uint32_t cpu)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < cpu_count; i++) {
		sum += i != cpu ? cpus[i].beats : 0;
	}
	return sum;
}

/** Whether any of the others still has rounds to go. */
static bool others_go_on(uint32_t cpu)
{
	uint32_t i;

	for (i = 0; i < cpu_count; i++) {
		if (i != cpu && !cpus[i].done) {
			return true;
		}
	}
	return false;
}

/** On a busy machine longer, until one of the others has run. With interrupts on: Bochs gives turns to others only then. The window is always its own. */
static void wait(uint32_t cpu, uint64_t value)
{
	uint64_t start = rdtsc(), until = start + tsc_hz / WAIT_DIVISOR;
	uint64_t limit = start + tsc_hz * WAIT_LIMIT, others = others_beats(cpu);

	while (rdtsc() < until || (rdtsc() < limit && others_beats(cpu) == others &&
				   others_go_on(cpu))) {
		cpus[cpu].beats++;
		__asm__ volatile("sti\n\tpause\n\tcli" : : : "memory");
		cpus[cpu].wrong_memory += *(const volatile uint64_t *)WINDOW != value;
	}
	cpus[cpu].overlaps += others_beats(cpu) != others;
}

static void write_ram(void)
{
	uint64_t at;

	for (at = RAM; at < RAM_END; at += RAM_STEP) {
		*(volatile uint64_t *)at = at ^ machine_seed;
	}
}

static uint64_t wrong_ram(void)
{
	uint64_t at, wrong = 0;

	for (at = RAM; at < RAM_END; at += RAM_STEP) {
		wrong += *(const volatile uint64_t *)at != (at ^ machine_seed);
	}
	return wrong;
}

static void rounds(uint32_t cpu)
{
	const char *changed;
	uint32_t round;

	for (round = 0; round < ROUNDS; round++) {
		*(volatile uint64_t *)WINDOW = seed_of(cpu, round);
		registers_fill(seed_of(cpu, round));
		wait(cpu, seed_of(cpu, round));
		changed = registers_changed(seed_of(cpu, round));
		if (changed != NULL) {
			cpus[cpu].changed = changed;
		}
		cpus[cpu].wrong_memory += cpus[cpu].page[0] != seed_of(cpu, round);
		cpus[cpu].wrong_memory += wrong_ram();
	}
	cpus[cpu].done = true;
}

static void begin(uint32_t cpu)
{
	registers_open();
	cpus[cpu].left_over = registers_left_over();
	open_window(cpu);
	cpus[cpu].up = true;
}

void ap_main(uint32_t cpu)
{
	begin(cpu);
	rounds(cpu);
	for (;;) {
		__asm__ volatile("cli\n\thlt");
	}
}

static void print_if(const char *name)
{
	if (name != NULL) {
		print(name);
		print("\n");
	}
}

void guest_main(void)
{
	uint32_t cpu;

	machine_seed = rdtsc() * UINT64_C(0x9e3779b97f4a7c15);
	cpu_count = cpuid(0xb, 1).ebx;
	tsc_hz = cpuid(CPUID_FREQUENCIES, 0).eax * UINT64_C(1000);
	ap_init();
	write_ram();
	begin(0);
	apic_send(0, ICR_OTHERS | ICR_INIT);
	apic_send(0, ICR_OTHERS | ICR_STARTUP | ap_startup_page());
	apic_send(0, ICR_OTHERS | ICR_STARTUP | ap_startup_page());
	for (cpu = 1; cpu < cpu_count; cpu++) {
		while (!cpus[cpu].up) {
			__asm__ volatile("sti\n\tpause\n\tcli" : : : "memory");
		}
	}
	rounds(0);
	for (cpu = 0; cpu < cpu_count; cpu++) {
		while (!cpus[cpu].done) {
			__asm__ volatile("sti\n\tpause\n\tcli" : : : "memory");
		}
		check(cpus[cpu].left_over == NULL, "a CPU starts with empty registers");
		print_if(cpus[cpu].left_over);
		check(cpus[cpu].changed == NULL, "registers keep their values while others run");
		print_if(cpus[cpu].changed);
		check_equal(cpus[cpu].wrong_memory, 0, "memory of its own");
		check(cpu_count == 1 || cpus[cpu].overlaps > ROUNDS / 2, "others ran meanwhile");
	}
	print_number(cpu_count);
	print(" CPUs\n");
}
