/* SPDX-License-Identifier: Apache-2.0 */
/* The other CPUs: started by INIT and start-up IPI (SDM volume 3, 9.4.4), and kicked. */
#include "../board.h"
#include "../bytes.h"
#include "../pages.h"
#include "../sched.h"
#include "apic.h"
#include "boot_cpus.h"
#include "trap.h"

/** Where cpus.S is copied to: the first MiB is nobody's once the boot CPU runs. */
#define TRAMPOLINE UINT64_C(0x8000)
#define PAGE_SHIFT 12u
#define STACK_PAGES 4u
/** Fractions of a second: from INIT to start-up, and between the two start-ups. */
#define INIT_WAIT 100u
#define STARTUP_WAIT 5000u
/** Where nobody tells how many there are, they have this long; else much longer. */
#define ARRIVAL_WAIT 20u
#define ARRIVAL_SECONDS 20u
/** More than there are CPUs: whoever comes now is late. */
#define CLOSED 0x10000u

/* For cpus.S: stacks' ends by number; the number of who comes next, and that of nobody. */
uint64_t cpus_stacks[CPUS_MAX];
uint32_t cpus_next = CLOSED;
uint32_t cpus_limit;
static uint32_t apic_ids[CPUS_MAX];
static uint32_t arrived;

_Noreturn void cpus_start(uint32_t cpu);

void cpus_start(uint32_t cpu)
{
	trap_init_cpu(cpu);
	apic_init();
	apic_ids[cpu] = apic_id();
	__atomic_fetch_add(&arrived, 1u, __ATOMIC_ACQ_REL);
	hypervisor_secondary(cpu);
}

static void wait(uint64_t ticks)
{
	uint64_t end = board_counter() + ticks;

	while (board_counter() < end) {
	}
}

/** Waits for as many others, or until that count. */
static void wait_for(uint32_t others, uint64_t until)
{
	while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < others && board_counter() < until) {
	}
}

uint32_t board_start_cpus(uint32_t most)
{
	extern const uint8_t cpus_trampoline[], cpus_trampoline_end[];
	uint64_t second = board_counter_frequency();
	uint32_t known = boot_cpus();
	uint32_t cpus = known != 0 && known < most ? known : most;
	uint32_t cpu, came;
	uint64_t stack;

	apic_ids[0] = apic_id();
	for (cpu = 1; cpu < cpus && pages_alloc(STACK_PAGES, PAGE_SIZE, &stack); cpu++) {
		cpus_stacks[cpu] = stack + STACK_PAGES * PAGE_SIZE;
	}
	cpus = cpu;
	if (cpus == 1) {
		return 1;
	}
	memcpy((void *)TRAMPOLINE, cpus_trampoline,
	       (size_t)(cpus_trampoline_end - cpus_trampoline));
	cpus_limit = cpus;
	__atomic_store_n(&cpus_next, 1u, __ATOMIC_RELEASE);
	apic_init_others();
	wait(second / INIT_WAIT);
	apic_start_others((uint32_t)(TRAMPOLINE >> PAGE_SHIFT));
	wait(second / STARTUP_WAIT);
	apic_start_others((uint32_t)(TRAMPOLINE >> PAGE_SHIFT));
	wait_for(cpus - 1u, board_counter() + (known != 0 ? ARRIVAL_SECONDS * second :
							     second / ARRIVAL_WAIT));
	/* Those that have a number will be here in no time. */
	came = __atomic_exchange_n(&cpus_next, CLOSED, __ATOMIC_ACQ_REL);
	came = came < cpus ? came : cpus;
	wait_for(came - 1u, UINT64_MAX);
	for (cpu = came; cpu < cpus; cpu++) {
		pages_free(cpus_stacks[cpu] - STACK_PAGES * PAGE_SIZE, STACK_PAGES);
	}
	return came;
}

void board_kick(uint32_t cpu)
{
	apic_send(apic_ids[cpu], APIC_VECTOR_KICK);
}
