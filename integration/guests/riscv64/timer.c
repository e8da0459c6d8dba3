/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's timer by SBI, and where the hart has Sstc by its own comparator. */
#include "guest.h"

#define EXIT_HALT 10
#define SOON (TIME_HZ / 100)

static struct sbi_result set_timer(uint64_t deadline)
{
	return sbi(SBI_TIME, 0, deadline, 0, 0);
}

static void expect_timer(uint64_t before, uint64_t deadline, const char *name)
{
	wait_for_interrupts(before + 1);
	check_equal(interrupt_count, before + 1, name);
	check_equal(interrupt_code, IRQ_TIMER, name);
	check(CSR_READ(time) >= deadline, "not before its time");
}

static void check_deadlines(void)
{
	uint64_t before = interrupt_count;
	uint64_t deadline;

	check(CSR_READ(time) < 60 * TIME_HZ, "the guest's time starts with it");
	deadline = CSR_READ(time) + SOON;
	check_equal((uint64_t)set_timer(deadline).error, SBI_SUCCESS, "set_timer");
	expect_timer(before, deadline, "the timer's interrupt comes once");
	before = interrupt_count;
	deadline = CSR_READ(time);
	(void)set_timer(deadline);
	expect_timer(before, deadline, "at once for a time that is over");
	before = interrupt_count;
	(void)set_timer(0);
	expect_timer(before, 0, "also for time 0");

	before = interrupt_count;
	(void)set_timer(CSR_READ(time) + SOON);
	(void)set_timer(UINT64_MAX);
	deadline = CSR_READ(time) + 3 * SOON;
	while (CSR_READ(time) < deadline) {
	}
	check_equal(interrupt_count, before, "what is taken back does not come");
}

/** Not by sip, in which QEMU 7.2 shows a guest its software interrupt only. */
static void check_pending(void)
{
	uint64_t before = interrupt_count;

	interrupts_mask();
	(void)set_timer(CSR_READ(time));
	CSR_CLEAR(sip, bit(IRQ_TIMER));
	interrupts_unmask();
	expect_timer(before, 0, "pending while masked, and not the guest's to clear");
	before = interrupt_count;
	interrupts_mask();
	(void)set_timer(CSR_READ(time));
	(void)set_timer(UINT64_MAX);
	interrupts_unmask();
	check_equal(interrupt_count, before, "the next set_timer clears it");
}

/** A hart that waits is woken by its timer, and in time. */
static void check_wait(void)
{
	uint64_t halts = hypercall(CALL_EXITS, EXIT_HALT);
	uint64_t before = interrupt_count;
	uint64_t deadline = CSR_READ(time) + 5 * SOON;
	uint64_t waits = 0;

	interrupts_mask();
	(void)set_timer(deadline);
	while (CSR_READ(time) < deadline) {
		__asm__ volatile("wfi" ::: "memory");
		waits++;
	}
	check(CSR_READ(time) >= deadline, "waited long enough");
	check(CSR_READ(time) < deadline + 100 * SOON, "not much longer");
	check(hypercall(CALL_EXITS, EXIT_HALT) > halts, "not by spinning");
	check(waits < 1000, "with few wake-ups");
	interrupts_unmask();
	expect_timer(before, deadline, "then the interrupt comes");
}

static void check_comparator(void)
{
	uint64_t exceptions = exception.count;
	uint64_t before = interrupt_count;
	uint64_t value = CSR_READ(0x14d /* stimecmp (Sstc) */);
	uint64_t deadline;

	if (took(exceptions, CAUSE_ILLEGAL)) {
		print("no Sstc\n");
		return;
	}
	print("Sstc\n");
	check_equal(exception.count, exceptions, "stimecmp is there");
	check_equal(value, UINT64_MAX, "as SBI left it");
	deadline = CSR_READ(time) + SOON;
	CSR_WRITE(0x14d, deadline);
	expect_timer(before, deadline, "the comparator's interrupt");
}

void guest_main(void)
{
	interrupts_enable(bit(IRQ_TIMER));
	check_deadlines();
	check_pending();
	check_wait();
	check_comparator();
}
