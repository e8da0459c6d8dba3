/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Self-hosted debug of the guest's own (ARM DDI 0487, D2): breakpoints, watchpoints
 * and software step fire where they should and nowhere else, also beside another
 * guest that does the same, and when the hypervisor executes the instruction.
 */
#include "guest.h"

#define CALL_ECHO UINT64_C(0xc6000000)

/* MDSCR_EL1, D19.3.20 */
#define SS (UINT64_C(1) << 0)
#define KDE (UINT64_C(1) << 13)
#define MDE (UINT64_C(1) << 15)
/* DBGBCR<n>_EL1, DBGWCR<n>_EL1, D19.3.2 and D19.3.12 */
#define ON UINT64_C(1)
#define AT_EL1 (UINT64_C(1) << 1)
#define AT_EL0 (UINT64_C(2) << 1)
#define FOUR_BYTES (UINT64_C(0xf) << 5)
#define LOADS (UINT64_C(1) << 3)
#define STORES (UINT64_C(2) << 3)
#define EIGHT_BYTES (UINT64_C(0xff) << 5)
/* ISS of a watchpoint, D19.2.37 */
#define ISS_WNR (UINT64_C(1) << 6)
/** The highest number that is looked at. */
#define LAST 5u

/* debug.S */
uint64_t debug_target(uint64_t x);
uint64_t debug_step(uint64_t x0, const void *code);
extern const char debug_nop[], debug_trapped[], debug_mmio[], debug_pair[], debug_call[], debug_undefined[];

static uint64_t watched[2];

static void unmask(void)
{
	__asm__ volatile("isb\n\tmsr daifclr, #8\n\tisb" ::: "memory");
}

static void mask(void)
{
	__asm__ volatile("msr daifset, #8\n\tisb" ::: "memory");
}

/** Calls the target with debug exceptions unmasked; how many it took. */
static uint64_t hits(void)
{
	uint64_t before = exception.count;
	uint64_t result;

	unmask();
	result = debug_target(41);
	mask();
	check_equal(result, 42, "the target is executed");
	return exception.count - before;
}

static void check_registers(void)
{
	uint64_t dfr0 = SYSREG_READ(id_aa64dfr0_el1);
	uint64_t before = exception.count;

	check((dfr0 >> 12 & 0xf) >= LAST, "six breakpoints");
	check((dfr0 >> 20 & 0xf) >= 1, "two watchpoints");
	check_equal(SYSREG_READ(oslsr_el1), 10, "the OS lock is locked after reset");
	SYSREG_WRITE(dbgbcr5_el1, 0);
	SYSREG_WRITE(dbgwcr1_el1, 0);
	check_equal(exception.count, before, "they are there");
	if ((dfr0 >> 12 & 0xf) < 15) {
		SYSREG_WRITE(dbgbcr15_el1, 0);
		check(took(before, EC_UNKNOWN), "one more than there are");
	}
}

static void check_breakpoint(void)
{
	SYSREG_WRITE(dbgbvr0_el1, (uintptr_t)debug_target);
	SYSREG_WRITE(dbgbcr0_el1, ON | AT_EL1 | FOUR_BYTES);
	SYSREG_WRITE(mdscr_el1, MDE | KDE);
	check_equal(hits(), 0, "not while the OS lock is locked");
	SYSREG_WRITE(oslar_el1, 0);
	check_equal(hits(), 1, "a breakpoint");
	check_equal(esr_ec(exception.esr), EC_BREAKPOINT_SAME, "its class");
	check_equal(exception.elr, (uintptr_t)debug_target, "its address");
	check_equal(hits(), 1, "again");
	(void)hvc(CALL_ECHO, 1, 2, 4);
	check_equal(hits(), 1, "after an exit");
	SYSREG_WRITE(mdscr_el1, MDE);
	check_equal(hits(), 0, "not at EL1 without KDE");
	SYSREG_WRITE(mdscr_el1, KDE);
	check_equal(hits(), 0, "not without MDE");
	SYSREG_WRITE(mdscr_el1, MDE | KDE);
	SYSREG_WRITE(dbgbcr0_el1, ON | AT_EL0 | FOUR_BYTES);
	check_equal(hits(), 0, "not for EL0 alone");
	SYSREG_WRITE(dbgbcr0_el1, AT_EL1 | FOUR_BYTES);
	check_equal(hits(), 0, "not when it is off");
	SYSREG_WRITE(dbgbvr5_el1, (uintptr_t)debug_target + 4);
	SYSREG_WRITE(dbgbcr5_el1, ON | AT_EL1 | FOUR_BYTES);
	unmask();
	check_equal(debug_target(41), 41, "the handler steps over what would add");
	mask();
	check_equal(exception.elr, (uintptr_t)debug_target + 4, "another breakpoint");
	SYSREG_WRITE(dbgbcr5_el1, 0);
	SYSREG_WRITE(mdscr_el1, 0);
}

static void check_watchpoint(void)
{
	volatile uint64_t *word = watched;
	uint64_t before;

	SYSREG_WRITE(dbgwvr1_el1, (uintptr_t)&watched[1]);
	SYSREG_WRITE(dbgwcr1_el1, ON | AT_EL1 | STORES | EIGHT_BYTES);
	SYSREG_WRITE(mdscr_el1, MDE | KDE);
	before = exception.count;
	unmask();
	word[0] = 5;
	(void)word[1];
	mask();
	check_equal(exception.count, before, "neither beside it, nor by a load");
	unmask();
	word[1] = 7;
	mask();
	check(took(before, EC_WATCHPOINT_SAME), "a store that is watched");
	check((exception.esr & ISS_WNR) != 0, "by a write");
	check_equal(exception.far, (uintptr_t)&watched[1], "at its address");
	check_equal(word[1], 0, "which was not made");
	SYSREG_WRITE(dbgwcr1_el1, ON | AT_EL1 | LOADS | EIGHT_BYTES);
	unmask();
	word[1] = 9;
	(void)word[1];
	mask();
	check_equal(exception.count, before + 2, "a load that is watched");
	check_equal(exception.esr & ISS_WNR, 0, "by a read");
	check_equal(word[1], 9, "the store was none");
	SYSREG_WRITE(dbgwcr1_el1, 0);
	SYSREG_WRITE(mdscr_el1, 0);
}

/** One step, over the first instruction of `code`. */
static uint64_t step(uint64_t x0, const char *code, const char *name)
{
	uint64_t before = exception.count;
	uint64_t result;

	exception_steps = 1;
	SYSREG_WRITE(mdscr_el1, SS | KDE);
	result = debug_step(x0, code);
	mask();
	check(took(before, EC_STEP_SAME), name);
	check_equal(exception.elr, (uintptr_t)code + 4, name);
	check_equal(SYSREG_READ(mdscr_el1), KDE, name);
	return result;
}

static void check_step(void)
{
	uint64_t before;

	(void)step(0, debug_nop, "a step");
	check_equal(step(0, debug_trapped, "over a register that is emulated"),
		    SYSREG_READ(id_aa64dfr0_el1), "its value");
	*(volatile uint64_t *)(uintptr_t)SCRATCH = 0x1234;
	check_equal(step(SCRATCH, debug_mmio, "over MMIO"), 0x1234, "its data");
	check_equal(step(SCRATCH, debug_pair, "over MMIO of several exits"), 0x1234, "its data");
	check(step(0x84000000, debug_call, "over a call") >= 0x10000, "PSCI_VERSION");

	/* An exception on the way: the handler is not stepped, and what is left of it goes on. */
	before = exception.count;
	exception_steps = 1;
	SYSREG_WRITE(mdscr_el1, SS | KDE);
	(void)debug_step(0, debug_undefined);
	mask();
	check_equal(exception.count, before + 2, "an undefined instruction, and a step");
	check(exception.elr - (uintptr_t)debug_undefined > 4, "over the one behind it");

	before = exception.count;
	exception_steps = 3;
	SYSREG_WRITE(mdscr_el1, SS | KDE);
	check_equal(debug_step(41, (const void *)(uintptr_t)debug_target), 42, "stepped through");
	mask();
	check_equal(exception.count, before + 3, "three steps");
	SYSREG_WRITE(mdscr_el1, 0);
}

/** For some turns of the CPU's: with a breakpoint each call is a hit, without one none is. */
static void check_beside_others(void)
{
	uint64_t tick = SYSREG_READ(cntfrq_el0) / 1000;
	uint64_t until, round, wrong;
	bool on;

	SYSREG_WRITE(mdscr_el1, MDE | KDE);
	for (round = 0; round < 12; round++) {
		on = round % 2 != 0;
		SYSREG_WRITE(dbgbcr0_el1, on ? ON | AT_EL1 | FOUR_BYTES : 0);
		/* With no breakpoint at all every other time: then nothing of the guest is on the CPU. */
		SYSREG_WRITE(mdscr_el1, on || round % 4 != 0 ? MDE | KDE : 0);
		/* Not in step with one that does the same. */
		until = SYSREG_READ(cntvct_el0) + (10 + SYSREG_READ(cntvct_el0) % 16) * tick;
		wrong = 0;
		do {
			wrong += hits() != (on ? 1u : 0u);
		} while (SYSREG_READ(cntvct_el0) < until);
		check_equal(wrong, 0, on ? "a breakpoint is there all the time" : "none comes from elsewhere");
	}
	SYSREG_WRITE(dbgbcr0_el1, 0);
	SYSREG_WRITE(mdscr_el1, 0);
}

void guest_main(void)
{
	check_registers();
	check_breakpoint();
	check_watchpoint();
	check_step();
	SYSREG_WRITE(dbgbvr0_el1, (uintptr_t)debug_target);
	check_beside_others();
}
