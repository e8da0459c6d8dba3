/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores behind MMIO exits, in every form that is decoded, and some that are not. */
#include "guest.h"

/* Through s1 and a5, which compressed instructions can name, so that the trace is always the same. */
#define LOAD(form, result, address)                                                             \
	do {                                                                                    \
		register uint64_t base_ __asm__("s1") = (address);                              \
		register uint64_t value_ __asm__("a5");                                         \
		__asm__ volatile(form : "=&r"(value_) : "r"(base_) : "memory");                 \
		result = value_;                                                                 \
	} while (0)
#define STORE(form, stored, address)                                                            \
	do {                                                                                    \
		register uint64_t base_ __asm__("s1") = (address);                              \
		register uint64_t value_ __asm__("a5") = (stored);                              \
		__asm__ volatile(form : : "r"(value_), "r"(base_) : "memory");                  \
	} while (0)

#define PATTERN UINT64_C(0x8191a1b1c1d1e1f1)

static void check_widths(void)
{
	uint64_t value;

	STORE("sd %0, 0(%1)", PATTERN, SCRATCH);
	LOAD("ld %0, 0(%1)", value, SCRATCH);
	check_equal(value, PATTERN, "64-bit load");
	LOAD("lwu %0, 0(%1)", value, SCRATCH);
	check_equal(value, UINT64_C(0xc1d1e1f1), "32-bit load zero-extends");
	LOAD("lw %0, 0(%1)", value, SCRATCH);
	check_equal(value, UINT64_C(0xffffffffc1d1e1f1), "32-bit load sign-extends");
	LOAD("lhu %0, 0(%1)", value, SCRATCH);
	check_equal(value, 0xe1f1, "16-bit load zero-extends");
	LOAD("lh %0, 0(%1)", value, SCRATCH);
	check_equal(value, UINT64_C(0xffffffffffffe1f1), "16-bit load sign-extends");
	LOAD("lbu %0, 0(%1)", value, SCRATCH);
	check_equal(value, 0xf1, "8-bit load zero-extends");
	LOAD("lb %0, 0(%1)", value, SCRATCH);
	check_equal(value, UINT64_C(0xfffffffffffffff1), "8-bit load sign-extends");
	LOAD("lb %0, -1(%1)", value, SCRATCH + 8);
	check_equal(value, UINT64_C(0xffffffffffffff81), "a negative offset");
}

static void check_stores(void)
{
	uint64_t value;

	STORE("sd zero, 16(%1)", UINT64_C(0), SCRATCH);
	STORE("sb %0, 16(%1)", UINT64_C(0x0123456789abcdef), SCRATCH);
	LOAD("ld %0, 16(%1)", value, SCRATCH);
	check_equal(value, 0xef, "8-bit store");
	STORE("sh %0, 18(%1)", UINT64_C(0x0123456789abcdef), SCRATCH);
	LOAD("ld %0, 16(%1)", value, SCRATCH);
	check_equal(value, UINT64_C(0xcdef00ef), "16-bit store");
	STORE("sw %0, 20(%1)", UINT64_C(0x0123456789abcdef), SCRATCH);
	LOAD("ld %0, 16(%1)", value, SCRATCH);
	check_equal(value, UINT64_C(0x89abcdefcdef00ef), "32-bit store");
	STORE("ld zero, 16(%1)", UINT64_C(0), SCRATCH);
	LOAD("ld %0, 16(%1)", value, SCRATCH);
	check_equal(value, UINT64_C(0x89abcdefcdef00ef), "a load to x0 changes nothing");
}

/** Two bytes long: the pc goes on by as many. */
static void check_compressed(void)
{
	uint64_t value;

	STORE("c.sd %0, 32(%1)", PATTERN, SCRATCH);
	LOAD("c.ld %0, 32(%1)", value, SCRATCH);
	check_equal(value, PATTERN, "c.sd and c.ld");
	STORE("c.sw %0, 40(%1)", PATTERN, SCRATCH);
	LOAD("c.lw %0, 40(%1)", value, SCRATCH);
	check_equal(value, UINT64_C(0xffffffffc1d1e1f1), "c.sw and c.lw");
	/* By the stack pointer, which points at the device meanwhile. */
	__asm__ volatile("mv t0, sp\n\tmv sp, %1\n\tmv t1, %2\n\tc.sdsp t1, 48(sp)\n\t"
			 "c.ldsp t2, 48(sp)\n\tmv %0, t2\n\tmv sp, t0"
			 : "=&r"(value)
			 : "r"(SCRATCH), "r"(PATTERN)
			 : "t0", "t1", "t2", "memory");
	check_equal(value, PATTERN, "c.sdsp and c.ldsp");
	__asm__ volatile("mv t0, sp\n\tmv sp, %1\n\tmv t1, %2\n\tc.swsp t1, 56(sp)\n\t"
			 "c.lwsp t2, 56(sp)\n\tmv %0, t2\n\tmv sp, t0"
			 : "=&r"(value)
			 : "r"(SCRATCH), "r"(PATTERN)
			 : "t0", "t1", "t2", "memory");
	check_equal(value, UINT64_C(0xffffffffc1d1e1f1), "c.swsp and c.lwsp");
}

/** An access of a form or to a place that nothing answers: one access fault, at it. */
#define CHECK_FAULT(name, address, expected, instruction)                                       \
	do {                                                                                    \
		uint64_t before = exception.count;                                              \
		register uint64_t base __asm__("s1") = (address);                               \
		register uint64_t value __asm__("a5") = 5;                                      \
		uint64_t here;                                                                  \
		__asm__ volatile("la %0, 1f\n1:\t" instruction                                  \
				 : "=&r"(here), "+r"(value)                                     \
				 : "r"(base)                                                    \
				 : "memory");                                                   \
		check(took(before, expected), name ": an access fault");                        \
		check_equal(exception.value, (address), name ": its address");                  \
		check_equal(exception.pc, here, name ": its instruction");                      \
		check_equal(exception.status & SSTATUS_SPP, SSTATUS_SPP, name ": its mode");    \
		check_equal(value, 5, name ": no register changed");                            \
	} while (0)

static void check_faults(void)
{
	CHECK_FAULT("load", UNMAPPED, CAUSE_LOAD_ACCESS, "ld %1, 0(%2)");
	CHECK_FAULT("byte load", UNMAPPED + 3, CAUSE_LOAD_ACCESS, "lb %1, 0(%2)");
	CHECK_FAULT("compressed load", UNMAPPED + 8, CAUSE_LOAD_ACCESS, "c.lw %1, 0(%2)");
	CHECK_FAULT("store", UNMAPPED + 8, CAUSE_STORE_ACCESS, "sw %1, 0(%2)");
	CHECK_FAULT("compressed store", UNMAPPED + 8, CAUSE_STORE_ACCESS, "c.sd %1, 0(%2)");
	CHECK_FAULT("load reserved", SCRATCH + 64, CAUSE_LOAD_ACCESS, "lr.w %1, (%2)");
	CHECK_FAULT("wrong width", UART, CAUSE_LOAD_ACCESS, "lw %1, 0(%2)");
	CHECK_FAULT("past the UART", UART + 8, CAUSE_STORE_ACCESS, "sb %1, 0(%2)");
}

static void check_lazy_page(void)
{
	uint64_t before = exception.count;
	uint64_t value;

	STORE("sw %0, 4(%1)", UINT64_C(0x600d), LAZY_PAGE);
	check_equal(read32(LAZY_PAGE + 4), 0x600d, "a page that is mapped at its first access");
	LOAD("amoadd.d %0, zero, (%1)", value, LAZY_PAGE + 0x1000);
	check_equal(value, 0, "also by an access that is not decoded");
	check_equal(exception.count, before, "no exception of it");
	((void (*)(void))(uintptr_t)(LAZY_PAGE + 0x2000))();
	check(took(before, CAUSE_ILLEGAL), "also by executing the zeros in it");
	check_equal(exception.pc, LAZY_PAGE + 0x2000, "which is illegal");
}

static void check_execution(void)
{
	uint64_t before = exception.count;
	void (*nowhere)(void) = (void (*)(void))(uintptr_t)UNMAPPED;

	nowhere();
	check(took(before, CAUSE_FETCH_ACCESS), "an access fault of the fetch");
	check_equal(exception.value, UNMAPPED, "its address");
	check_equal(exception.pc, UNMAPPED, "the pc of the fetch");
	before = exception.count;
	nowhere = (void (*)(void))(uintptr_t)UART;
	nowhere();
	check(took(before, CAUSE_FETCH_ACCESS), "devices are not executed");
}

void guest_main(void)
{
	check_widths();
	check_stores();
	check_compressed();
	check_faults();
	check_lazy_page();
	check_execution();
}
