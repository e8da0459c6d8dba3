/* SPDX-License-Identifier: Apache-2.0 */
/* Counters by SBI (2.0, 11): the hart's own and the firmware's. */
#include "guest.h"

enum { NUM, INFO, CONFIG, START, STOP, READ, READ_HI, SNAPSHOT };
#define COUNTERS_MASK 0x7fffdu
#define CLEAR_AND_START 0x06u
#define SET_INIT_VALUE 1u
#define TAKE_SNAPSHOT 2u
#define RESET 1u
#define CYCLES 1u
#define INSTRUCTIONS 2u
#define FW_SET_TIMER 0xf0005u
#define CYCLE 0u
#define INSTRET 2u
#define LOOPS 100000u
/** Of two instructions. */
#define LOOP_INSTRUCTIONS (2 * (uint64_t)LOOPS)
/** Around them, and traps on the way: the hypervisor's instructions count as well. */
#define ROOM 200000u

static _Alignas(4096) volatile uint64_t page[512];

static struct sbi_result pmu(uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	uint64_t a[SBI_REGISTERS] = { a0, a1, a2, a3, 0, 0, function, SBI_PMU };

	sbi_all(a);
	return (struct sbi_result){ (int64_t)a[0], a[1] };
}

static void loop(void)
{
	uint64_t count = LOOPS;

	__asm__ volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(count));
}

static uint64_t configure(uint64_t event)
{
	struct sbi_result result = pmu(CONFIG, 0, COUNTERS_MASK, CLEAR_AND_START, event);

	check_equal((uint64_t)result.error, SBI_SUCCESS, "a counter for it");
	return result.value;
}

static void check_what_there_is(void)
{
	uint64_t i;

	check_equal(sbi(SBI_BASE, 3, SBI_PMU, 0, 0).value, 1, "PMU is there");
	check_equal(pmu(NUM, 0, 0, 0, 0).value, 19, "counters");
	check_equal(pmu(INFO, CYCLE, 0, 0, 0).value, 0x3fc00, "cycle");
	check_equal(pmu(INFO, INSTRET, 0, 0, 0).value, 0x3fc02, "instret");
	for (i = 3; i < 19; i++) {
		check_equal(pmu(INFO, i, 0, 0, 0).value, UINT64_C(1) << 63, "one of the firmware's");
	}
	check_equal((uint64_t)pmu(CONFIG, 0, COUNTERS_MASK, 0, 0x10009).error,
		    (uint64_t)SBI_ERR_NOT_SUPPORTED, "no counter for cache misses");
}

static void check_hart_counters(void)
{
	uint64_t before = exception.count;
	uint64_t begin, end;

	(void)CSR_READ(cycle);
	check(took(before, CAUSE_ILLEGAL), "no cycle counter before it is asked for");
	check_equal(configure(CYCLES), CYCLE, "cycles");
	check_equal(configure(INSTRUCTIONS), INSTRET, "instructions");
	before = exception.count;
	begin = CSR_READ(instret);
	loop();
	end = CSR_READ(instret);
	check(end - begin >= LOOP_INSTRUCTIONS && end - begin < LOOP_INSTRUCTIONS + ROOM,
	      "instructions of a loop");
	begin = CSR_READ(cycle);
	loop();
	end = CSR_READ(cycle);
	check(end > begin, "its cycles");
	check_equal(exception.count, before, "without an exception");
	check_equal((uint64_t)pmu(STOP, 0, 5, 0, 0).error, SBI_SUCCESS, "both stop");
	begin = CSR_READ(instret);
	loop();
	check_equal(CSR_READ(instret), begin, "and count no more");
	check_equal((uint64_t)pmu(START, INSTRET, 1, SET_INIT_VALUE, UINT64_MAX - 99).error, SBI_SUCCESS,
		    "from another value");
	loop();
	end = CSR_READ(instret);
	check(end >= LOOP_INSTRUCTIONS - 100 && end < LOOP_INSTRUCTIONS + ROOM, "over its end");
	check_equal((uint64_t)pmu(STOP, 0, 4, RESET, 0).error, SBI_SUCCESS, "stop and reset");
	check_equal((uint64_t)pmu(STOP, 0, 1, RESET, 0).error, (uint64_t)SBI_ERR_ALREADY_STOPPED,
		    "one that is stopped");
	before = exception.count;
	(void)CSR_READ(instret);
	check(took(before, CAUSE_ILLEGAL), "given back");
}

static void check_firmware_counter(void)
{
	uint64_t counter = configure(FW_SET_TIMER);
	uint64_t i;

	for (i = 0; i < 17; i++) {
		(void)sbi(SBI_TIME, 0, UINT64_MAX, 0, 0);
	}
	check_equal(pmu(READ, counter, 0, 0, 0).value, 17, "calls of set_timer");
	check_equal(pmu(READ_HI, counter, 0, 0, 0).value, 0, "no more than 64 bits");
	memset((void *)(uintptr_t)page, 0xff, sizeof(page));
	check_equal((uint64_t)pmu(STOP, counter, 1, TAKE_SNAPSHOT, 0).error, (uint64_t)SBI_ERR_NO_SHMEM,
		    "no page for a snapshot");
	check_equal((uint64_t)pmu(SNAPSHOT, (uintptr_t)page, 0, 0, 0).error, SBI_SUCCESS, "a page");
	check_equal((uint64_t)pmu(STOP, counter, 1, TAKE_SNAPSHOT, 0).error, SBI_SUCCESS, "a snapshot");
	check_equal(page[0], 0, "no overflow");
	check_equal(page[1], 17, "the value");
	check_equal(page[2], UINT64_MAX, "and no other");
}

void guest_main(void)
{
	check_what_there_is();
	check_hart_counters();
	check_firmware_counter();
}
