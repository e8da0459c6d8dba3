/* SPDX-License-Identifier: Apache-2.0 */
/* Two harts that share a CPU: each is told what time the other one took (SBI 2.0, 16). */
#include "guest.h"

#define HSM_START 0u
#define HSM_STOP 1u
#define STA_SET_SHMEM 0u
#define OFF UINT64_MAX
#define NS_PER_TICK (UINT64_C(1000000000) / TIME_HZ)
/** A second, of which each hart gets about a half. */
#define WATCHED TIME_HZ

static _Alignas(64) volatile struct record {
	uint32_t sequence;
	uint32_t flags;
	uint64_t steal;
	uint8_t preempted;
	uint8_t pad[47];
} records[3];

static volatile uint64_t stop;
static volatile uint64_t running;
/** What hart 0 saw of the other one's record: that it ran, and that it did not. */
static volatile uint64_t seen[2];
static _Alignas(16) uint8_t stack[2048];

void smp_start(void);
_Noreturn void smp_main(uint64_t id, uint64_t stack_top);

static int64_t set_record(uint64_t low, uint64_t high, uint64_t flags)
{
	return sbi(SBI_STA, STA_SET_SHMEM, low, high, flags).error;
}

_Noreturn void smp_main(uint64_t id, uint64_t stack_top)
{
	(void)stack_top;
	check_equal((uint64_t)set_record((uintptr_t)&records[id], 0, 0), SBI_SUCCESS, "hart 1's record");
	running = 1;
	while (stop == 0) {
	}
	(void)sbi(SBI_HSM, HSM_STOP, 0, 0, 0);
	for (;;) {
	}
}

static void check_arguments(void)
{
	volatile struct record *spare = &records[2];
	uint64_t address = (uintptr_t)spare;
	uint64_t i;

	check_equal(sbi(SBI_BASE, 3, SBI_STA, 0, 0).value, 1, "STA is there");
	check_equal((uint64_t)sbi(SBI_STA, 1, address, 0, 0).error, (uint64_t)SBI_ERR_NOT_SUPPORTED,
		    "no other function");
	check_equal((uint64_t)set_record(address + 8, 0, 0), (uint64_t)SBI_ERR_INVALID_PARAM,
		    "not aligned");
	check_equal((uint64_t)set_record(address, 0, 1), (uint64_t)SBI_ERR_INVALID_PARAM, "flags");
	check_equal((uint64_t)set_record(UNMAPPED, 0, 0), (uint64_t)SBI_ERR_INVALID_ADDRESS,
		    "no memory");
	check_equal((uint64_t)set_record(UART, 0, 0), (uint64_t)SBI_ERR_INVALID_ADDRESS, "a device");
	check_equal((uint64_t)set_record(address, 1, 0), (uint64_t)SBI_ERR_INVALID_ADDRESS,
		    "beyond all memory");
	memset((void *)(uintptr_t)spare, 0xff, sizeof(*spare));
	check_equal((uint64_t)set_record(address, 0, 0), SBI_SUCCESS, "a record");
	for (i = 0; i < sizeof(*spare); i += 8) {
		check_equal(*(const volatile uint64_t *)(uintptr_t)(address + i), 0, "is zeroed");
	}
	check_equal((uint64_t)set_record(OFF, OFF, 0), SBI_SUCCESS, "and given up");
}

/** A record that is not being changed. */
static uint64_t steal_of(uint64_t hart)
{
	uint32_t sequence;
	uint64_t steal;

	do {
		sequence = records[hart].sequence;
		__asm__ volatile("fence" ::: "memory");
		steal = records[hart].steal;
		__asm__ volatile("fence" ::: "memory");
	} while ((sequence & 1) != 0 || sequence != records[hart].sequence);
	return steal;
}

/** Both want the CPU all the time. */
static void check_sharing(void)
{
	uint64_t begin, end, watched, before[2], stolen[2];

	check_equal((uint64_t)set_record((uintptr_t)&records[0], 0, 0), SBI_SUCCESS, "hart 0's record");
	check_equal((uint64_t)sbi(SBI_HSM, HSM_START, 1, (uintptr_t)smp_start,
				  (uintptr_t)&stack[sizeof(stack)]).error,
		    SBI_SUCCESS, "hart_start");
	while (running == 0) {
	}
	begin = CSR_READ(time);
	before[0] = steal_of(0);
	before[1] = steal_of(1);
	do {
		seen[records[1].preempted != 0]++;
		end = CSR_READ(time);
	} while (end < begin + WATCHED);
	stolen[0] = steal_of(0) - before[0];
	stolen[1] = steal_of(1) - before[1];
	watched = (CSR_READ(time) - begin) * NS_PER_TICK;
	/* A turn is a hundredth of a second, and the host may give us a slow one. */
	check(stolen[0] > watched / 4 && stolen[0] < watched * 3 / 4, "hart 0 lost about a half");
	check(stolen[1] > watched / 4 && stolen[1] < watched * 3 / 4, "hart 1 lost about a half");
	check(stolen[0] + stolen[1] > watched * 8 / 10 && stolen[0] + stolen[1] < watched * 12 / 10,
	      "together, all of one CPU's time");
	/* On one CPU, whoever looks is the one that runs. */
	check_equal(seen[0], 0, "the other one does not run now");
	check(seen[1] > 0, "and is said to be preempted");
	check_equal(records[0].preempted, 0, "who runs is not");
	stop = 1;
}

/** Waiting is not stolen time. */
static void check_idle(void)
{
	uint64_t begin = CSR_READ(time);
	uint64_t before = steal_of(0);
	uint64_t end;

	CSR_SET(sie, bit(IRQ_TIMER));
	(void)sbi(SBI_TIME, 0, begin + TIME_HZ / 2, 0, 0);
	while (CSR_READ(time) < begin + TIME_HZ / 2) {
		__asm__ volatile("wfi" ::: "memory");
	}
	end = CSR_READ(time);
	(void)sbi(SBI_TIME, 0, UINT64_MAX, 0, 0);
	check(steal_of(0) - before < (end - begin) * NS_PER_TICK / 4, "a hart that waits loses nothing");
}

void guest_main(void)
{
	check_arguments();
	check_sharing();
	while (sbi(SBI_HSM, 2, 1, 0, 0).value != 1) {
	}
	check_idle();
}
