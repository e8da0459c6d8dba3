/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MMIO by instructions that the syndrome does not describe: pairs, writeback, SIMD
 * registers and structures, DC ZVA; failed in the middle; on big-endian data.
 */
#include "guest.h"

/** The end of the scratch device: its last eight bytes answer nobody. */
#define SCRATCH_TAIL (SCRATCH + 0xff8)

#define A UINT64_C(0x8191a1b1c1d1e1f1)
#define B UINT64_C(0x0123456789abcdef)

/* Through x9, so that the trace of exits is the same with every compiler. */
static uint64_t scratch(uint64_t offset)
{
	register uint64_t x9 __asm__("x9");

	__asm__ volatile("ldr %0, [%1]" : "=r"(x9) : "r"(SCRATCH + offset) : "memory");
	return x9;
}

static void set_scratch(uint64_t offset, uint64_t value)
{
	register uint64_t x9 __asm__("x9") = value;

	__asm__ volatile("str %0, [%1]" : : "r"(x9), "r"(SCRATCH + offset) : "memory");
}

/** Two values and an address in x9 to x11; what they are afterwards. */
struct three {
	uint64_t x9, x10, x11;
};
#define RUN3(instruction, a, b, address)                                                        \
	__extension__({                                                                         \
		register uint64_t x9 __asm__("x9") = (a);                                       \
		register uint64_t x10 __asm__("x10") = (b);                                     \
		register uint64_t x11 __asm__("x11") = (address);                               \
		__asm__ volatile(instruction : "+r"(x9), "+r"(x10), "+r"(x11) : : "memory");    \
		(struct three){ x9, x10, x11 };                                                 \
	})

static void expect3(struct three is, uint64_t x9, uint64_t x10, uint64_t x11, const char *name)
{
	check_equal(is.x9, x9, name);
	check_equal(is.x10, x10, name);
	check_equal(is.x11, x11, name);
}

static void check_pairs(void)
{
	expect3(RUN3("stp x9, x10, [x11, #16]", A, B, SCRATCH), A, B, SCRATCH, "stp");
	check_equal(scratch(0x10), A, "its first register");
	check_equal(scratch(0x18), B, "its second register");
	expect3(RUN3("ldp x9, x10, [x11, #16]", 0, 0, SCRATCH), A, B, SCRATCH, "ldp");
	expect3(RUN3("ldp x9, x10, [x11], #-16", 0, 0, SCRATCH + 0x10), A, B, SCRATCH, "ldp, post");
	expect3(RUN3("ldp x9, x10, [x11, #16]!", 0, 0, SCRATCH), A, B, SCRATCH + 0x10, "ldp, pre");
	expect3(RUN3("ldnp w9, w10, [x11, #20]", A, B, SCRATCH), A >> 32, B & UINT32_MAX, SCRATCH,
		"ldnp of words");
	expect3(RUN3("ldpsw x9, x10, [x11, #16]", 0, 0, SCRATCH), UINT64_C(0xffffffffc1d1e1f1),
		UINT64_C(0xffffffff8191a1b1), SCRATCH, "ldpsw");
	expect3(RUN3("stp w9, wzr, [x11, #-8]!", A, B, SCRATCH + 0x28), A, B, SCRATCH + 0x20,
		"stp of words, pre");
	check_equal(scratch(0x20), A & UINT32_MAX, "a word and a zero");
	expect3(RUN3("ldp x9, x11, [x11]", 0, B, SCRATCH + 0x10), A, B, B, "ldp over its own base");
}

static void check_writeback(void)
{
	expect3(RUN3("str x9, [x11], #8", A, 0, SCRATCH), A, 0, SCRATCH + 8, "str, post");
	expect3(RUN3("ldr x9, [x11, #-8]!", 0, 0, SCRATCH + 8), A, 0, SCRATCH, "ldr, pre");
	expect3(RUN3("ldrsb w9, [x11], #1", 0, 0, SCRATCH), UINT64_C(0xfffffff1), 0, SCRATCH + 1,
		"ldrsb, post");
	expect3(RUN3("ldrsh x9, [x11, #2]!", 0, 0, SCRATCH), UINT64_C(0xffffffffffffc1d1), 0,
		SCRATCH + 2, "ldrsh, pre");
	expect3(RUN3("strb wzr, [x11, #255]!", 0, 0, SCRATCH), 0, 0, SCRATCH + 255, "strb, pre");
}

/** The stack pointer as base: the memory below it is the device. */
static void check_stack(void)
{
	uint64_t sp;

	__asm__ volatile("mov x12, sp\n\t"
			 "mov x13, #13\n\t"
			 "mov x14, #14\n\t"
			 "mov sp, %1\n\t"
			 "stp x13, x14, [sp, #-16]!\n\t"
			 "ldr x15, [sp], #16\n\t"
			 "mov %0, sp\n\t"
			 "mov sp, x12"
			 : "=r"(sp)
			 : "r"(SCRATCH + 0x40)
			 : "x12", "x13", "x14", "x15", "memory");
	check_equal(sp, SCRATCH + 0x40, "push and pop of a device");
}

/* V0 to V3 from `vectors`, an instruction on [x11], V0 to V3 back. */
static uint64_t vectors[8];
#define RUN_SIMD(instruction, address)                                                          \
	__extension__({                                                                         \
		register uint64_t x11 __asm__("x11") = (address);                               \
		register uint64_t x12 __asm__("x12") = (uintptr_t)vectors;                      \
		__asm__ volatile(".arch armv8-a+fp+simd\n\t"                                    \
				 "ld1 {v0.2d-v3.2d}, [x12]\n\t" instruction                     \
				 "\n\tst1 {v0.2d-v3.2d}, [x12]"                                 \
				 : "+r"(x11)                                                    \
				 : "r"(x12)                                                     \
				 : "memory");                                                   \
		x11;                                                                            \
	})

static void expect_vector(uint32_t n, uint64_t low, uint64_t high, const char *name)
{
	check_equal(vectors[2 * n], low, name);
	check_equal(vectors[2 * n + 1], high, name);
}

static void set_vectors(uint64_t value)
{
	uint32_t i;

	for (i = 0; i < 8; i++) {
		vectors[i] = value + i * UINT64_C(0x1010101010101010);
	}
}

static void check_simd(void)
{
	const uint64_t first = UINT64_C(0x0706050403020100), step = UINT64_C(0x1010101010101010);

	set_vectors(first);
	(void)RUN_SIMD("str q1, [x11]", SCRATCH);
	check_equal(scratch(0), first + 2 * step, "str q, low half");
	check_equal(scratch(8), first + 3 * step, "str q, high half");
	(void)RUN_SIMD("ldr q0, [x11]", SCRATCH);
	expect_vector(0, first + 2 * step, first + 3 * step, "ldr q");
	(void)RUN_SIMD("ldr h0, [x11]", SCRATCH + 2);
	expect_vector(0, (first + 2 * step) >> 16 & 0xffff, 0, "ldr h clears the rest");
	check_equal(RUN_SIMD("stp d2, d3, [x11, #16]!", SCRATCH), SCRATCH + 16, "stp d, pre");
	check_equal(RUN_SIMD("ldp q0, q1, [x11], #32", SCRATCH), SCRATCH + 32, "ldp q, post");
	expect_vector(0, first + 2 * step, first + 3 * step, "ldp q");
	expect_vector(1, first + 4 * step, first + 6 * step, "and its second register");
	(void)RUN_SIMD("ldp s2, s3, [x11]", SCRATCH);
	expect_vector(2, (first + 2 * step) & UINT32_MAX, 0, "ldp s");
	expect_vector(3, (first + 2 * step) >> 32, 0, "and its second register");
}

static void check_structures(void)
{
	const uint64_t first = UINT64_C(0x0706050403020100);

	set_vectors(first);
	(void)RUN_SIMD("st4 {v0.8b-v3.8b}, [x11]", SCRATCH);
	check_equal(scratch(0), UINT64_C(0x6141210160402000), "st4: a byte of each register in turn");
	check_equal(scratch(24), UINT64_C(0x6747270766462606), "up to the last ones");
	set_vectors(0);
	check_equal(RUN_SIMD("ld4 {v0.8b-v3.8b}, [x11], #32", SCRATCH), SCRATCH + 32, "ld4, post");
	expect_vector(0, first, 0, "ld4");
	expect_vector(3, first + UINT64_C(0x6060606060606060), 0, "ld4");
	(void)RUN_SIMD("ld1 {v1.h}[7], [x11]", SCRATCH + 2);
	expect_vector(1, first + UINT64_C(0x2020202020202020), UINT64_C(0x6040000000000000),
		      "ld1 of a lane");
	(void)RUN_SIMD("ld2r {v2.4s, v3.4s}, [x11]", SCRATCH);
	expect_vector(2, UINT64_C(0x6040200060402000), UINT64_C(0x6040200060402000), "ld2r");
	expect_vector(3, UINT64_C(0x6141210161412101), UINT64_C(0x6141210161412101), "ld2r");
	(void)RUN_SIMD("st1 {v2.s}[3], [x11]", SCRATCH + 4);
	check_equal(scratch(0), UINT64_C(0x6040200060402000), "st1 of a lane");
}

static void check_zero(void)
{
	uint64_t block = UINT64_C(4) << (SYSREG_READ(dczid_el0) & 0xf);
	uint64_t i;

	set_scratch(block - 8, A);
	for (i = 0; i < block + 16; i += 8) {
		set_scratch(block + i, A);
	}
	__asm__ volatile("dc zva, %0" : : "r"(SCRATCH + block + 12) : "memory");
	check_equal(scratch(block - 8), A, "dc zva: not what is below");
	for (i = 0; i < block; i += 8) {
		check_equal(scratch(block + i), 0, "dc zva: the block");
	}
	check_equal(scratch(2 * block), A, "dc zva: not what is above");
}

static void check_maintenance(void)
{
	uint64_t before = exception.count;

	__asm__ volatile("dc civac, %0\n\tdc cvac, %0\n\tdc ivac, %0\n\tdc cvau, %0\n\tdsb sy"
			 :
			 : "r"(SCRATCH)
			 : "memory");
	check_equal(exception.count, before, "cache maintenance of a device");
}

static void check_failures(void)
{
	uint64_t before = exception.count;
	struct three is;

	set_scratch(0xff0, A);
	is = RUN3("ldp x9, x10, [x11, #16]!", 1, 2, SCRATCH_TAIL - 24);
	check(took(before, EC_DATA_ABORT_SAME), "a load of which half is there");
	check_equal(exception.esr & FSC, FSC_EXTERNAL, "is an external abort");
	check_equal(exception.far, SCRATCH_TAIL, "at the other half");
	expect3(is, 1, 2, SCRATCH_TAIL - 24, "and changes no register");

	before = exception.count;
	is = RUN3("stp x9, x10, [x11], #16", B, B, SCRATCH_TAIL - 8);
	check(took(before, EC_DATA_ABORT_SAME), "a store of which half is there");
	check_equal(exception.far, SCRATCH_TAIL, "at the other half");
	expect3(is, B, B, SCRATCH_TAIL - 8, "and changes no register");
	check_equal(scratch(0xff0), B, "its first half is done");

	before = exception.count;
	(void)RUN3("ldxp x9, x10, [x11]", 0, 0, SCRATCH);
	check(took(before, EC_DATA_ABORT_SAME), "exclusive accesses are refused");
	check_equal(exception.far, SCRATCH, "where they are");
}

void guest_main(void)
{
	check_pairs();
	check_writeback();
	check_stack();
	check_simd();
	check_structures();
	check_zero();
	check_maintenance();
	check_failures();
}
