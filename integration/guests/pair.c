/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several CPUs of one machine by turns on fewer physical ones. All come to pages that the
 * hypervisor maps at their first use. Then each fills all system registers that it can
 * write, and V0 to V31, with values of its own, waits until others have run, and finds
 * what it wrote.
 */
#include "guest.h"
#include "kept.h"

#define PSCI_CPU_ON UINT64_C(0xc4000003)

#define CPUS_MAX 4u
#define PAGE UINT64_C(4096)
#define ROUNDS 8u
/** How long a CPU waits in a round, in parts of a second: longer than a turn of all others. */
#define WAIT_DIVISOR 8u
/** Seconds after which it waits no more for a turn of another. */
#define WAIT_LIMIT 10u

/** Of each CPU: one instruction and a return; its turns, its errors, whether it is done. */
static struct {
	_Alignas(64) volatile uint32_t code[2];
	volatile uint64_t beats;
	volatile uint64_t wrong;
	volatile uint64_t wrong_encoding;
	volatile uint64_t overlaps;
	/** Pages of LAZY_PAGE that it has come to, and then used. */
	volatile uint64_t pages;
	volatile bool done;
} cpus[CPUS_MAX];
static uint32_t cpu_count = 1;
/** cpu_count is what it will be. */
static volatile bool started;

/* leak.S */
void vectors_fill(uint64_t pattern);
uint64_t vectors_differ(uint64_t pattern);
/* pair.S */
void pair_start(void);
void pair_main(uint64_t cpu);

static uint64_t pattern(uint64_t cpu, uint64_t round, uint64_t encoding)
{
	return (cpu * 0x9e37 + round * 0x79b9 + encoding * 0x7f4b + 1) * UINT64_C(0x9e3779b97f4a7c15);
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

/** On a busy machine longer: until one of the others has run. */
static void wait(uint32_t cpu)
{
	uint64_t start = SYSREG_READ(cntvct_el0);
	uint64_t until = start + SYSREG_READ(cntfrq_el0) / WAIT_DIVISOR;
	uint64_t limit = start + SYSREG_READ(cntfrq_el0) * WAIT_LIMIT;
	uint64_t others = others_beats(cpu);
	uint64_t now;

	do {
		cpus[cpu].beats++;
		now = SYSREG_READ(cntvct_el0);
	} while (now < until ||
		 (now < limit && others_beats(cpu) == others && others_go_on(cpu)));
	cpus[cpu].overlaps += others_beats(cpu) != others ? 1 : 0;
}

/** All CPUs use a page that is not mapped yet, each at the same time if it can. */
static void use_new_pages(uint32_t cpu)
{
	uint64_t page;
	uint32_t i;

	for (page = 0; page < LAZY_PAGES_SIZE / PAGE; page++) {
		cpus[cpu].pages = page + 1;
		for (i = 0; i < cpu_count; i++) {
			while (cpus[i].pages <= page) {
			}
		}
		write32(LAZY_PAGE + page * PAGE + cpu * 4, cpu + 1);
		if (read32(LAZY_PAGE + page * PAGE + cpu * 4) != cpu + 1) {
			cpus[cpu].wrong++;
		}
	}
}

static void rounds(uint32_t cpu)
{
	uint64_t round;
	uint32_t i;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < kept_count; i++) {
			kept_write(cpus[cpu].code, &kept[i],
				   pattern(cpu, round, kept[i].encoding) & kept[i].mask);
		}
		vectors_fill(pattern(cpu, round, 0));
		wait(cpu);
		for (i = 0; i < kept_count; i++) {
			if (((kept_read(cpus[cpu].code, &kept[i]) ^
			      pattern(cpu, round, kept[i].encoding)) &
			     kept[i].mask) != 0) {
				cpus[cpu].wrong++;
				cpus[cpu].wrong_encoding = kept[i].encoding;
			}
		}
		if (vectors_differ(pattern(cpu, round, 0)) != 0) {
			cpus[cpu].wrong++;
		}
	}
	cpus[cpu].done = true;
}

void pair_main(uint64_t cpu)
{
	while (!started) {
	}
	use_new_pages((uint32_t)cpu);
	rounds((uint32_t)cpu);
	for (;;) {
		__asm__ volatile("wfi");
	}
}

void guest_main(void)
{
	uint64_t before;
	uint32_t i;

	kept_find(cpus[0].code);
	print_number(kept_count);
	print(" registers keep what is written\n");
	check(kept_count > 20, "the registers of EL1 can be written");
	for (i = 1; i < CPUS_MAX; i++) {
		if (smc(PSCI_CPU_ON, i, (uintptr_t)pair_start, i).x0 != 0) {
			break;
		}
		cpu_count = i + 1;
	}
	check(cpu_count > 1, "another CPU");
	before = exception.count;
	started = true;
	use_new_pages(0);
	rounds(0);
	for (i = 0; i < cpu_count; i++) {
		while (!cpus[i].done) {
		}
		check_equal(cpus[i].wrong, 0, "registers that changed while others ran");
		if (cpus[i].wrong != 0) {
			print_hex(cpus[i].wrong_encoding);
			print("\n");
		}
		check(cpus[i].overlaps > ROUNDS / 2, "others ran meanwhile");
	}
	check_equal(exception.count, before, "no exceptions");
	print_number(cpu_count);
	print(" CPUs\n");
}
