/* SPDX-License-Identifier: Apache-2.0 */
/* Real mode and the ends of its segments: limits, wrapping addresses, strings, IP. */
#include "real.h"

#include "legacy.h"

extern const uint8_t real_code[], low_start[], low_end[], low_vectors[];
extern uint32_t real_results[REAL_RESULTS];

static void make_vectors(void)
{
	volatile uint32_t *ivt = (volatile uint32_t *)0;
	uint32_t i, first = (uint32_t)(low_vectors - low_start);

	__asm__("" : "+r"(ivt)); /* the compiler takes 0 for a null pointer */
	for (i = 0; i < LEGACY_VECTORS; i++) {
		ivt[i] = (uint32_t)LEGACY_LOW_SEGMENT << 16 | (first + i * REAL_STUB_BYTES);
	}
}

/** CPUID at the end of the code's segment, and UD2 where the next one begins. */
static void write_last_code(void)
{
	static const uint8_t cpuid_ud2[] = { 0x0f, 0xa2, 0x0f, 0x0b };

	memcpy((void *)(LEGACY_LOW + REAL_LAST_CPUID), cpuid_ud2, sizeof(cpuid_ud2));
}

/**
 * Code that runs on behind its segment gets #GP at the first byte there. QEMU's CPU compares
 * neither the IP nor the address of an operand with a limit (target/i386/tcg has no such check),
 * and executes the UD2 that is there; whether the CPU is such a one was asked of an operand.
 */
static void adapt_to_cpu(void)
{
	if (real_results[0] == 0) {
		legacy_expected_end[-2].vector = VECTOR_UD;
		legacy_expected_end[-1].vector = VECTOR_UD;
	}
}

void guest_main(void)
{
	legacy_prepare();
	legacy_copy_low(low_start, low_end);
	make_vectors();
	write_last_code();
	legacy_run(real_code);
	adapt_to_cpu();
	legacy_check_log();
	check_equal(real_results[1], 0x11, "the last byte of a segment");
	check_equal(real_results[2], 0x5a, "a 16-bit address wraps");
	check_equal(real_results[3], 1, "DI behind STOS over the end");
	check_equal(real_results[4], 0, "SI behind MOVS at the end");
	check_equal(real_results[5], 0xfffe, "DI behind STOS downwards");
	check_equal(real_results[6], 1, "SI behind OUTS over the end");
	check_equal(real_results[7], 1, "DI behind INS over the end");
	check_equal(real_results[8], 0xffff, "what INS read there");
	check_equal(real_results[9], 0xffff, "SI behind OUTS downwards");
	check_equal(real_results[10], 0, "SP behind an interrupt from SP 0");
}
