/* SPDX-License-Identifier: Apache-2.0 */
/* The whole machine sleeps, and wakes up by an interrupt (SBI 2.0, 13). */
#include "guest.h"

#define HSM_START 0u
#define HSM_STOP 1u
#define HSM_STATUS 2u
#define STARTED 0u
#define STOPPED 1u
#define SUSPEND_TO_RAM 0u
#define EXIT_HALT 10u
#define NAP (TIME_HZ / 20)

static volatile uint64_t order;
static volatile uint64_t resumed;
static volatile uint64_t resumed_id;
static volatile uint64_t resumed_stack;
static volatile uint64_t resumed_status;
static volatile uint64_t resumed_satp;
static _Alignas(16) uint8_t stack[4096];

void smp_start(void);
_Noreturn void smp_main(uint64_t id, uint64_t stack_top);
static _Noreturn void after_resume(void);

static int64_t suspend(uint64_t type, uint64_t resume, uint64_t argument)
{
	return sbi(SBI_SUSP, 0, type, resume, argument).error;
}

static uint64_t status_of_other(void)
{
	return sbi(SBI_HSM, HSM_STATUS, 1, 0, 0).value;
}

static uint64_t top(void)
{
	return (uintptr_t)&stack[sizeof(stack)];
}

/** Where hart 1 starts, and hart 0 resumes. */
_Noreturn void smp_main(uint64_t id, uint64_t stack_top)
{
	resumed_status = CSR_READ(sstatus);
	resumed_satp = CSR_READ(satp);
	resumed_id = id;
	resumed_stack = stack_top;
	if (id == 0) {
		after_resume();
	}
	while (order == 0) {
	}
	(void)sbi(SBI_HSM, HSM_STOP, 0, 0, 0);
	for (;;) {
	}
}

static void check_refusals(void)
{
	check_equal(sbi(SBI_BASE, 3, SBI_SUSP, 0, 0).value, 1, "SUSP is there");
	check_equal((uint64_t)sbi(SBI_SUSP, 1, 0, RAM, 0).error, (uint64_t)SBI_ERR_NOT_SUPPORTED,
		    "no other function");
	check_equal((uint64_t)suspend(1, (uintptr_t)smp_start, 0), (uint64_t)SBI_ERR_INVALID_PARAM,
		    "a reserved kind of sleep");
	check_equal((uint64_t)suspend(0x80000000, (uintptr_t)smp_start, 0),
		    (uint64_t)SBI_ERR_INVALID_PARAM, "a platform's kind");
	check_equal((uint64_t)suspend(0, (uintptr_t)smp_start + 1, 0),
		    (uint64_t)SBI_ERR_INVALID_ADDRESS, "an odd address");
	check_equal((uint64_t)suspend(0, UNMAPPED, 0), (uint64_t)SBI_ERR_INVALID_ADDRESS, "no memory");
	check_equal((uint64_t)sbi(SBI_HSM, HSM_START, 1, (uintptr_t)smp_start, top()).error,
		    SBI_SUCCESS, "hart_start");
	while (resumed_id != 1) {
	}
	check_equal((uint64_t)suspend(0, (uintptr_t)smp_start, 0), (uint64_t)SBI_ERR_DENIED,
		    "another hart runs");
	order = 1;
	while (status_of_other() != STOPPED) {
	}
}

/** Sleeps until its timer is due, with interrupts masked as a kernel's are. */
static _Noreturn void nap(void)
{
	interrupts_mask();
	CSR_SET(sie, bit(IRQ_TIMER));
	resumed = hypercall(CALL_EXITS, EXIT_HALT);
	(void)sbi(SBI_TIME, 0, CSR_READ(time) + NAP, 0, 0);
	CSR_WRITE(sscratch, CSR_READ(time) + NAP - TIME_HZ / 1000);
	(void)suspend(SUSPEND_TO_RAM, (uintptr_t)smp_start, top());
	check(false, "it goes on elsewhere");
	guest_end();
}

static _Noreturn void after_resume(void)
{
	check_equal(resumed_id, 0, "the hart's id");
	check_equal(resumed_stack, top(), "its argument");
	check_equal(resumed_status & SSTATUS_SIE, 0, "interrupts masked");
	check_equal(resumed_satp, 0, "no translation");
	check(CSR_READ(time) >= CSR_READ(sscratch), "it slept until its timer was due");
	check(hypercall(CALL_EXITS, EXIT_HALT) > resumed, "and left its CPU to others");
	check_equal(status_of_other(), STOPPED, "the other hart is as it was");
	guest_end();
}

void guest_main(void)
{
	check_refusals();
	nap();
}
