/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that does what comes to its mind: random instructions with random registers
 * at EL1 and EL0, with translation and without, in AArch32 too; calls with random
 * arguments, accesses to random addresses. The same numbers in every run of a SEED.
 * In the end the hypervisor is to be what it was, and alive.
 *
 * Whatever exception ends random code leads to the next piece, and a timer interrupt
 * does if there is none. TRIALS, CALLS and ACCESSES say how many of each.
 */
#include "guest.h"
#include "hostile.h"

#define CALL_ECHO UINT64_C(0xc6000000)
#define CALL_CHECKSUM UINT64_C(0xc6000004)

/** Instructions of a piece. */
#define PIECE 4u
#define A64_BRK UINT32_C(0xd4200000)
#define A32_SVC UINT32_C(0xef000000)
#define T32_SVC UINT32_C(0xdf00df00)
/** A sign of life after so many pieces. */
#define PROGRESS 50000u
/** A timer interrupt after such a part of a second. */
#define PATIENCE_DIVISOR 1000u
#define CNTV_ENABLE 1u

/* TCR_EL1, D19.2.139: T0SZ 25 (39 bits), TG0 4 KiB, EPD0 0; T1SZ to TG1; all else but IPS and DS */
#define TCR_T0 UINT64_C(0x19)
#define TCR_T1 UINT64_C(0xffff0000)
#define TCR_RANDOM UINT64_C(0xf7fffff8ffff0000)

/* SCTLR_EL1, D19.2.118 */
#define SCTLR_M UINT64_C(1)
#define SCTLR_EE (UINT64_C(1) << 25)
/** Not M, EE; and not what changes the tables' sense. */
#define SCTLR_RANDOM (~(SCTLR_M | SCTLR_EE | (uint64_t)HOSTILE_SCTLR_OFF))

/* SPSR_EL1, C5.2.18 */
#define SPSR_I UINT64_C(0x80)
#define SPSR_EL0T UINT64_C(0)
#define SPSR_EL1T UINT64_C(4)
#define SPSR_EL1H UINT64_C(5)
#define SPSR_AARCH32_USER UINT64_C(0x10)
#define SPSR_T32 UINT64_C(0x20)
/** Conditions, DIT, UAO, PAN, SSBS, BTYPE, D, A, F; illegal state and single step more seldom. */
#define SPSR_RANDOM UINT64_C(0xf1c01f40)
#define SPSR_SELDOM UINT64_C(0x00300200)
/** In AArch32: conditions, Q, GE, IT, E, A. */
#define SPSR_RANDOM32 UINT64_C(0xfe0fff00)

static uint64_t state;
static uint64_t tables;
static uint64_t trials;
static uint64_t checksum;
static bool has_aarch32;
static bool has_debug;
/** Whether the piece may have changed devices or the GIC. */
static int touched = 1;
/** Exceptions that ended random code, by class; and all others, by vector. */
static uint64_t classes[64];
static uint64_t vectors[16];

uint64_t hostile_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

uint64_t hostile_value(void)
{
	static const uint64_t some[] = {
		0, 1, 2, 0x100, UINT64_MAX, UART, GICD, GICD + 0x6100, GICR, GICR + 0x10080,
		SCRATCH, SCRATCH + 0x1ff8, LAZY_PAGE, UNMAPPED, HOSTILE_RAM + HOSTILE_RAM_SIZE,
		UINT64_C(0x80000000), UINT64_C(0x80000000) + UART, UINT64_C(0x80000000) + GICD,
		UINT64_C(0x80000000) + SCRATCH, UINT64_C(0x80000000) + LAZY_PAGE,
		HOSTILE_USER_OPEN, HOSTILE_USER_OPEN + 0xff8, UINT64_C(0x100000000),
		UINT64_C(0x140000000), UINT64_C(0x180000000), UINT64_C(0x1c0000000),
		UINT64_C(0x200000000), UINT64_C(1) << 38, UINT64_C(1) << 43, UINT64_C(1) << 47,
		UINT64_C(1) << 55, UINT64_C(1) << 63, UINT64_C(0xffff000000000000),
		UINT64_C(0xffffff8000000000), 0xc6000000, 0x80000000,
	};
	uint64_t choice = hostile_random();

	switch (choice % 8) {
	case 0:
		return hostile_random();
	case 1:
		return hostile_random() >> (choice >> 8) % 64;
	case 2:
	case 3:
		return (uintptr_t)HOSTILE_OPEN + hostile_random() % sizeof(struct hostile_open);
	default:
		return some[(choice >> 8) % (sizeof(some) / sizeof(some[0]))] + hostile_random() % 16;
	}
}

uint64_t hostile_value_outside(void)
{
	const uint64_t margin = UINT64_C(1) << 20;
	const uint64_t top_byte = UINT64_C(0xff) << 56;
	uint64_t value;

	do {
		value = hostile_value();
	} while ((value & ~top_byte) - (HOSTILE_RAM - margin) < HOSTILE_RAM_SIZE + 2 * margin);
	return value;
}

/** A piece for EL0 in AArch32, and where it begins. */
static void make_aarch32(struct hostile_world *world)
{
	bool t32 = hostile_random() % 2 != 0;
	uint32_t i;

	HOSTILE_OPEN->code[0] = hostile_a32();
	for (i = 1; i < PIECE; i++) {
		HOSTILE_OPEN->code[i] = t32 ? T32_SVC : A32_SVC;
	}
	world->elr = HOSTILE_USER_OPEN;
	world->spsr = SPSR_AARCH32_USER | (t32 ? SPSR_T32 : 0) | (hostile_random() & SPSR_RANDOM32);
	touched = 1;
}

/** Whether the timer's way through the GIC may be another one behind this instruction. */
static bool may_touch_gic(uint32_t insn)
{
	/* Aliases of the devices are 2 GiB apart, immediate offsets 64 KiB at most. */
	const uint64_t begin = GICD - 0x10000;
	const uint64_t size = GICR + 0x20000 + 0x10000 - begin;
	uint64_t base = HOSTILE_OPEN->x[insn >> 5 & 31] & 0x7fffffff;

	if ((insn & 0xff000000) == 0xd5000000) {
		return (insn >> 12 & 15) == 12; /* the CPU interface: an interrupt acknowledged */
	}
	/* Loads and stores, those with a register as offset among them. */
	return (insn & 0x0a000000) == 0x08000000 &&
	       (base - begin < size || (insn & 0x3b200c00) == 0x38200800);
}

static void make_aarch64(struct hostile_world *world)
{
	bool user = hostile_random() % 4 == 0;
	bool translated = hostile_random() % 4 != 0;
	uint64_t order = hostile_random();
	uint32_t i;

	HOSTILE_OPEN->code[0] = hostile_a64(translated);
	for (i = 1; i < PIECE; i++) {
		HOSTILE_OPEN->code[i] = A64_BRK;
	}
	if (!translated) {
		world->sctlr &= ~SCTLR_M;
		for (i = 0; i < 32; i++) {
			HOSTILE_OPEN->x[i] = hostile_value_outside();
		}
	}
	touched = may_touch_gic(HOSTILE_OPEN->code[0]);
	if (!translated && order % 8 == 0) {
		world->sctlr |= SCTLR_EE;
		for (i = 0; i < 32; i++) {
			HOSTILE_OPEN->x[i] = __builtin_bswap64(HOSTILE_OPEN->x[i]);
		}
	}
	world->elr = user && translated ? HOSTILE_USER_OPEN : (uintptr_t)HOSTILE_OPEN;
	world->spsr = (user ? SPSR_EL0T : order % 3 == 0 ? SPSR_EL1T : SPSR_EL1H) |
		      (hostile_random() & SPSR_RANDOM) |
		      (hostile_random() % 64 == 0 ? hostile_random() & SPSR_SELDOM : 0);
}

/** Random, but for what the way back needs. */
static void make_world(struct hostile_world *world)
{
	uint64_t ips = 1 + hostile_random() % 7;
	uint32_t i;

	world->x = HOSTILE_OPEN->x;
	world->ttbr0 = tables | (hostile_random() & 0xff) << 48;
	world->ttbr1 = hostile_random() % 2 != 0 ? hostile_value() :
						   (uintptr_t)HOSTILE_OPEN | (hostile_random() & 0xff) << 48;
	world->tcr = (hostile_random() & (hostile_random() % 4 == 0 ? TCR_RANDOM : TCR_T1)) |
		     ips << 32 | TCR_T0;
	world->mair = hostile_random() % 4 != 0 ? UINT64_C(0x00ff) : hostile_random();
	world->sctlr = HOSTILE_SCTLR_OFF | SCTLR_M |
		       (hostile_random() % 4 == 0 ? hostile_random() & SCTLR_RANDOM : 0x1004);
	for (i = 0; i < 32; i++) {
		HOSTILE_OPEN->x[i] = hostile_value();
	}
	if (has_aarch32 && hostile_random() % 8 == 0) {
		make_aarch32(world);
	} else {
		make_aarch64(world);
	}
}

static void set_timer(void)
{
	SYSREG_WRITE(cntv_cval_el0,
		     SYSREG_READ(cntvct_el0) + SYSREG_READ(cntfrq_el0) / PATIENCE_DIVISOR);
	SYSREG_WRITE(cntv_ctl_el0, CNTV_ENABLE);
}

static void note(uint64_t vector)
{
	if (vector % 4 == 0) {
		classes[esr_ec(SYSREG_READ(esr_el1))]++;
	} else {
		vectors[vector]++;
	}
}

/** What random code may have undone. */
static void enable_uart(void)
{
	write32(UART + 0x30, 0x301); /* UARTCR: UARTEN, TXE, RXE */
}

static _Noreturn void finish(void)
{
	extern const uint8_t guest_vectors[];
	uint64_t interrupts = vectors[1] + vectors[5] + vectors[9] + vectors[13];
	uint64_t i;

	SYSREG_WRITE(vbar_el1, (uintptr_t)guest_vectors);
	SYSREG_WRITE(cntv_ctl_el0, 0);
	enable_uart();
	print("\nexceptions by class:");
	for (i = 0; i < 64; i++) {
		if (classes[i] != 0) {
			print(" ");
			print_number(i);
			print(":");
			print_number(classes[i]);
		}
	}
	print(", interrupts ");
	print_number(interrupts);
	print("\n");
	check(interrupts > 0 && classes[EC_UNKNOWN] > 0 && classes[EC_INSN_ABORT_SAME] > 0 &&
		      classes[EC_INSN_ABORT_LOWER] > 0 && classes[EC_DATA_ABORT_SAME] > 0 &&
		      classes[EC_DATA_ABORT_LOWER] > 0 && classes[EC_SVC64] > 0,
	      "instructions that are done and ones that are not");
	hostile_call((uint64_t)CALLS);
	hostile_access((uint64_t)ACCESSES);
	check_equal(hvc(CALL_CHECKSUM, 0, 0, 0).x0, checksum, "the hypervisor's code is unchanged");
	check_equal(hvc(CALL_ECHO, 1, 2, 4).x0, 7, "the hypervisor is alive");
	guest_end();
}

/** One more piece: an instruction, breakpoints behind it, and a timer for what does not end. */
void hostile_next(uint64_t vector)
{
	extern const uint8_t hostile_page[];
	struct hostile_world world;

	note(vector);
	SYSREG_WRITE(cpacr_el1, 0x00300000); /* FP and SIMD; SVE is not this guest's */
	hostile_acknowledge();
	if (trials % PROGRESS == 0) {
		enable_uart();
		print(".\n");
	}
	if (trials++ == (uint64_t)TRIALS) {
		finish();
	}
	hostile_prepare_timer(touched);
	make_world(&world);
	if (has_debug) {
		SYSREG_WRITE(mdscr_el1, 0);
	}
	set_timer();
	SYSREG_WRITE(vbar_el1, (uintptr_t)hostile_page);
	hostile_enter(&world);
}

void guest_main(void)
{
	checksum = hvc(CALL_CHECKSUM, 0, 0, 0).x0;
	state = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)SEED;
	SYSREG_WRITE(mdscr_el1, 0);
	has_debug = exception.count == 0;
	has_aarch32 = (SYSREG_READ(id_aa64pfr0_el1) & 0xf) == 2;
	tables = hostile_make_tables();
	hostile_next(VECTOR_SP_EL1);
}
