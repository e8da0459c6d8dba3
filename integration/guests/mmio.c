/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores behind MMIO exits, in every form that the syndrome describes; nosyndrome.c has others. */
#include "guest.h"

/* Always through x9, so that the trace of exits is the same with every compiler. */
#define LOAD(form, result, address)                                                             \
	do {                                                                                    \
		register uint64_t x9 __asm__("x9");                                             \
		__asm__ volatile(form : "=&r"(x9) : "r"(address) : "memory");                   \
		result = x9;                                                                    \
	} while (0)
#define STORE(form, value, address)                                                             \
	do {                                                                                    \
		register uint64_t x9 __asm__("x9") = (value);                                   \
		__asm__ volatile(form : : "r"(x9), "r"(address) : "memory");                    \
	} while (0)

static void check_widths(void)
{
	const uint64_t pattern = UINT64_C(0x8191a1b1c1d1e1f1);
	uint64_t value;

	STORE("str %0, [%1]", pattern, SCRATCH);
	LOAD("ldr %0, [%1]", value, SCRATCH);
	check_equal(value, pattern, "64-bit load");
	LOAD("ldr %w0, [%1]", value, SCRATCH);
	check_equal(value, UINT64_C(0xc1d1e1f1), "32-bit load zero-extends");
	LOAD("ldrh %w0, [%1]", value, SCRATCH);
	check_equal(value, 0xe1f1, "16-bit load zero-extends");
	LOAD("ldrb %w0, [%1]", value, SCRATCH);
	check_equal(value, 0xf1, "8-bit load zero-extends");
	LOAD("ldrsw %0, [%1]", value, SCRATCH);
	check_equal(value, UINT64_C(0xffffffffc1d1e1f1), "32-bit load sign-extends to 64");
	LOAD("ldrsh %0, [%1]", value, SCRATCH);
	check_equal(value, UINT64_C(0xffffffffffffe1f1), "16-bit load sign-extends to 64");
	LOAD("ldrsh %w0, [%1]", value, SCRATCH);
	check_equal(value, UINT64_C(0xffffe1f1), "16-bit load sign-extends to 32");
	LOAD("ldrsb %0, [%1]", value, SCRATCH);
	check_equal(value, UINT64_C(0xfffffffffffffff1), "8-bit load sign-extends to 64");
	LOAD("ldrsb %w0, [%1]", value, SCRATCH);
	check_equal(value, UINT64_C(0xfffffff1), "8-bit load sign-extends to 32");
	LOAD("ldrsb %0, [%1, #7]", value, SCRATCH);
	check_equal(value, UINT64_C(0xffffffffffffff81), "an offset");
}

static void check_stores(void)
{
	const uint64_t pattern = UINT64_C(0x0123456789abcdef);
	uint64_t value;

	STORE("str %0, [%1, #16]", UINT64_C(0), SCRATCH);
	STORE("strb %w0, [%1, #16]", pattern, SCRATCH);
	LOAD("ldr %0, [%1, #16]", value, SCRATCH);
	check_equal(value, 0xef, "8-bit store");
	STORE("strh %w0, [%1, #18]", pattern, SCRATCH);
	LOAD("ldr %0, [%1, #16]", value, SCRATCH);
	check_equal(value, UINT64_C(0xcdef00ef), "16-bit store");
	STORE("str %w0, [%1, #20]", pattern, SCRATCH);
	LOAD("ldr %0, [%1, #16]", value, SCRATCH);
	check_equal(value, UINT64_C(0x89abcdefcdef00ef), "32-bit store");
	__asm__ volatile("str xzr, [%0, #16]" : : "r"(SCRATCH) : "memory");
	LOAD("ldr %0, [%1, #16]", value, SCRATCH);
	check_equal(value, 0, "XZR stores zero");
	STORE("str %0, [%1, #16]", pattern, SCRATCH);
	__asm__ volatile("ldr xzr, [%0, #16]" : : "r"(SCRATCH) : "memory");
	LOAD("ldar %0, [%1]", value, SCRATCH + 16);
	check_equal(value, pattern, "load-acquire, after a load to XZR");
}

/** An access of a form or to a place that nothing answers: one external abort, at it. */
#define CHECK_ABORT(name, address, is_write, ...)                                               \
	do {                                                                                    \
		uint64_t before = exception.count;                                              \
		register uint64_t value __asm__("x11") = 5;                                     \
		uint64_t here;                                                                  \
		__asm__ volatile("adr %0, 1f\n1:\t" __VA_ARGS__                                 \
				 : "=&r"(here)                                                  \
				 : "r"((uint64_t)(address)), "r"(value)                         \
				 : "memory", "x9", "x10");                                      \
		check(took(before, EC_DATA_ABORT_SAME), name ": a data abort at EL1");          \
		check_equal(exception.esr & 0x3f, FSC_EXTERNAL, name ": an external abort");    \
		check_equal(exception.esr >> 6 & 1, is_write, name ": its direction");          \
		check_equal(exception.far, (address), name ": its address");                    \
		check_equal(exception.elr, here, name ": its instruction");                     \
		check_equal(exception.spsr & 0xf, 5, name ": from EL1h");                       \
	} while (0)

static void check_aborts(void)
{
	CHECK_ABORT("load", UNMAPPED, 0, "ldr x9, [%1]");
	CHECK_ABORT("byte load", UNMAPPED + 3, 0, "ldrb w9, [%1]");
	CHECK_ABORT("store", UNMAPPED + 8, 1, "str %2, [%1]");
	CHECK_ABORT("load pair", UNMAPPED, 0, "ldp x9, x10, [%1]");
	CHECK_ABORT("store pair", UNMAPPED, 1, "stp %2, %2, [%1]");
	CHECK_ABORT("exclusive load", SCRATCH, 0, "ldxr x9, [%1]");
}

static void check_lazy_page(void)
{
	uint64_t before = exception.count;

	STORE("str %w0, [%1, #4]", UINT64_C(0x600d), LAZY_PAGE);
	check_equal(read32(LAZY_PAGE + 4), 0x600d, "a page that is mapped at its first access");
	STORE("stp %0, %0, [%1, #16]", UINT64_C(0x600d), LAZY_PAGE + 0x1000);
	check_equal(read32(LAZY_PAGE + 0x1018), 0x600d, "also by one of two registers");
	check_equal(exception.count, before, "no exception of it");
	((void (*)(void))(uintptr_t)(LAZY_PAGE + 0x2000))();
	check(took(before, EC_UNKNOWN), "also by executing the zeros in it");
	check_equal(exception.elr, LAZY_PAGE + 0x2000, "which is undefined");
}

static void check_execution(void)
{
	uint64_t before = exception.count;
	void (*nowhere)(void) = (void (*)(void))(uintptr_t)UNMAPPED;

	nowhere();
	check(took(before, EC_INSN_ABORT_SAME), "an instruction abort at EL1");
	check_equal(exception.esr & 0x3f, FSC_EXTERNAL, "an external abort of the fetch");
	check_equal(exception.far, UNMAPPED, "the address of the fetch");
	check_equal(exception.elr, UNMAPPED, "the pc of the fetch");
}

void guest_main(void)
{
	check_widths();
	check_stores();
	check_aborts();
	check_lazy_page();
	check_execution();
}
