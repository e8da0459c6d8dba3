/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a machine finds anything of the one that ran before it on this CPU.
 *
 * The first machine prints every system register that EL1 can read, fills what it
 * can write with a pattern, V0 to V31 as well, and makes calls until it is ended
 * in the middle of it. So does the second one; the third one ends by itself. The
 * test compares what they print.
 */
#include "guest.h"
#include "made_insn.h"
#include "sve.h"

#define CALL_ECHO UINT64_C(0xc6000000)
#define CALL_MACHINE UINT64_C(0xc6000005)
/** Machines that are ended before the one that ends by itself. */
#define LAST_MACHINE 2u

#define OP0_FIRST 2u
#define OP0_LAST 3u

/* CPACR_EL1.FPEN, ZEN, ARM DDI 0487, D19.2.30 */
#define CPACR_NO_TRAPS (UINT64_C(3) << 20 | UINT64_C(3) << 16)

/* ARM DDI 0487, D19.3.20, D19.3.27, D19.3.2 */
#define MDSCR_MDE (UINT64_C(1) << 15)
#define OSLSR_OSLK UINT64_C(2)
#define DBGBCR_E UINT64_C(1)

/** All bits that are likely to stick, and none that would be there by itself. */
#define PATTERN UINT64_C(0xa5a5c3c35a5a3c3c)

/** Run by a call: one instruction and a return. */
static _Alignas(64) volatile uint32_t code[2];

/* leak.S */
uint64_t vectors_or(void);
void vectors_fill(uint64_t pattern);
_Noreturn void dirty_until_killed(uint64_t pattern);

static bool run(uint32_t instruction, uint64_t *value)
{
	uint64_t before = exception.count;

	*value = run_insn(code, instruction, *value);
	return exception.count == before;
}

/** Left over by this guest's own code: the exceptions that it takes, its stack. */
static bool is_own(uint32_t encoding)
{
	switch (encoding) {
	case ENCODING(3u, 0u, 4u, 0u, 0u): /* SPSR_EL1 */
	case ENCODING(3u, 0u, 4u, 0u, 1u): /* ELR_EL1 */
	case ENCODING(3u, 0u, 5u, 2u, 0u): /* ESR_EL1 */
	case ENCODING(3u, 0u, 6u, 0u, 0u): /* FAR_EL1 */
		return true;
	default:
		return false;
	}
}

/** What would end this guest before it has done all: written last (leak.S), or PSTATE. */
static bool is_vital(uint32_t encoding)
{
	switch (encoding) {
	case ENCODING(3u, 0u, 1u, 0u, 0u):  /* SCTLR_EL1 */
	case ENCODING(3u, 0u, 12u, 0u, 0u): /* VBAR_EL1 */
	case ENCODING(3u, 0u, 4u, 2u, 0u):  /* SPSel */
	case ENCODING(3u, 3u, 4u, 2u, 1u):  /* DAIF */
		return true;
	default:
		return false;
	}
}

static void print_register(uint32_t encoding, uint64_t value)
{
	print("reg S");
	print_number(encoding >> 14);
	print("_");
	print_number(encoding >> 11 & 7);
	print("_C");
	print_number(encoding >> 7 & 15);
	print("_C");
	print_number(encoding >> 3 & 15);
	print("_");
	print_number(encoding & 7);
	print(" ");
	print_hex(value);
	print("\n");
}

static uint64_t look(void)
{
	uint64_t readable = 0;
	uint32_t encoding;
	uint32_t insn;
	uint64_t first;
	uint64_t again;

	for (encoding = OP0_FIRST * ENCODINGS; encoding < (OP0_LAST + 1) * ENCODINGS; encoding++) {
		insn = insn_of(encoding) | INSN_READ;
		first = 0;
		again = 0;
		if (is_own(encoding) || !run(insn, &first)) {
			continue;
		}
		readable++;
		/* Counters and random numbers go on by themselves. */
		if (run(insn, &again) && again == first) {
			print_register(encoding, first);
		}
	}
	return readable;
}

/** The inclusive or of all bytes of Z0 to Z31, P0 to P15 and FFR, at their longest; and what fills them. */
static struct sve_registers sve;

static uint64_t sve_or(void)
{
	const uint8_t *bytes = (const uint8_t *)&sve;
	uint64_t all = 0;
	size_t i;

	zcr_write(ZCR_LEN_MOST);
	memset(&sve, 0, sizeof(sve));
	sve_read(&sve);
	for (i = 0; i < sizeof(sve); i++) {
		all |= bytes[i];
	}
	return all;
}

static void sve_fill(void)
{
	/* What fill() left there may have them trap. */
	SYSREG_WRITE(cpacr_el1, SYSREG_READ(cpacr_el1) | CPACR_NO_TRAPS);
	zcr_write(ZCR_LEN_MOST);
	/* All ones: FFR takes nothing but ones and zeros behind them. */
	memset(&sve, 0xff, sizeof(sve));
	sve_write(&sve);
}

static uint64_t fill(void)
{
	uint64_t changed = 0;
	uint32_t encoding;
	uint32_t insn;
	uint64_t before;
	uint64_t after;
	uint64_t value;

	for (encoding = OP0_FIRST * ENCODINGS; encoding < (OP0_LAST + 1) * ENCODINGS; encoding++) {
		if (is_vital(encoding)) {
			continue;
		}
		insn = insn_of(encoding);
		before = 0;
		(void)run(insn | INSN_READ, &before);
		value = PATTERN ^ encoding;
		(void)run(insn, &value);
		after = before;
		if (run(insn | INSN_READ, &after) && after != before) {
			changed++;
		}
	}
	return changed;
}

void guest_main(void)
{
	uint64_t machine = hvc(CALL_MACHINE, 0, 0, 0).x0;
	uint64_t changed;

	print("machine ");
	print_number(machine);
	print("\n");
	print("vectors ");
	print_hex(vectors_or());
	print("\n");
	check(look() > 50, "the registers of EL1 can be read");
	if (sve_version() != 0) {
		print("sve ");
		print_hex(sve_or());
		print("\n");
	}
	print("end\n");
	if (machine >= LAST_MACHINE) {
		return;
	}
	changed = fill();
	print("changed ");
	print_number(changed);
	print("\n");
	/* The control: what is written does stand there. */
	if (changed < 20) {
		print("FAIL: next to nothing could be written\n");
	}
	/* Among it are breakpoints that are in force, as far as EL1 does not mask them. */
	if ((SYSREG_READ(mdscr_el1) & MDSCR_MDE) == 0 || (SYSREG_READ(oslsr_el1) & OSLSR_OSLK) != 0 ||
	    (SYSREG_READ(dbgbcr1_el1) & DBGBCR_E) == 0) {
		print("FAIL: no breakpoint is on\n");
	}
	vectors_fill(PATTERN);
	if (vectors_or() != PATTERN || hvc(CALL_ECHO, 1, 2, 4).x0 != 7) {
		print("FAIL: V0 to V31, or the hypervisor\n");
	}
	/* Last, as SIMD clears what is above V0 to V31. */
	if (sve_version() != 0) {
		sve_fill();
		if (sve_or() != UINT8_MAX) {
			print("FAIL: SVE registers could not be written\n");
		}
		sve_fill();
	}
	dirty_until_killed(PATTERN);
}
