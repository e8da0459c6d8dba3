/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several CPUs of one machine by turns on fewer physical ones. Each fills all system
 * registers that it can write, and V0 to V31, with values of its own, waits until
 * others have run, and finds what it wrote.
 */
#include "guest.h"

#define PSCI_CPU_ON UINT64_C(0xc4000003)

#define CPUS_MAX 4u
#define ROUNDS 8u
/** How long a CPU waits in a round, in parts of a second: longer than a turn of all others. */
#define WAIT_DIVISOR 8u

/* ARM DDI 0487, C4.1.66: MSR (register); bit 21 makes MRS of it. */
#define INSN_MSR UINT32_C(0xd5000000)
#define INSN_READ (UINT32_C(1) << 21)
#define INSN_RET UINT32_C(0xd65f03c0)
#define OP0_SHIFT 19u
#define ENCODINGS (1u << 14)
#define ENCODING_SHIFT 5u
#define ENCODING(op0, op1, crn, crm, op2) \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define REGISTERS_MAX 128u

/** A register, and its bits that keep what is written. */
struct found {
	uint32_t encoding;
	uint64_t mask;
};
static struct found found[REGISTERS_MAX];
static uint32_t found_count;

/** Of each CPU: one instruction and a return; its turns, its errors, whether it is done. */
static struct {
	_Alignas(64) volatile uint32_t code[2];
	volatile uint64_t beats;
	volatile uint64_t wrong;
	volatile uint64_t wrong_encoding;
	volatile uint64_t overlaps;
	volatile bool done;
} cpus[CPUS_MAX];
static uint32_t cpu_count = 1;

/* leak.S */
void vectors_fill(uint64_t pattern);
uint64_t vectors_differ(uint64_t pattern);
/* pair.S */
void pair_start(void);
void pair_main(uint64_t cpu);

static uint64_t run(uint32_t cpu, uint32_t instruction, uint64_t value)
{
	register uint64_t x0 __asm__("x0") = value;
	register uint64_t x1 __asm__("x1") = (uintptr_t)cpus[cpu].code;

	cpus[cpu].code[0] = instruction;
	cpus[cpu].code[1] = INSN_RET;
	__asm__ volatile("dc cvau, %1\n\t"
			 "dsb ish\n\t"
			 "ic ivau, %1\n\t"
			 "dsb ish\n\t"
			 "isb\n\t"
			 "blr %1\n\t"
			 "isb"
			 : "+r"(x0), "+r"(x1)
			 :
			 : "x2", "x3", "x30", "cc", "memory");
	return x0;
}

static uint32_t instruction_of(uint32_t encoding)
{
	return INSN_MSR | encoding / ENCODINGS << OP0_SHIFT | encoding % ENCODINGS << ENCODING_SHIFT;
}

static uint64_t read_register(uint32_t cpu, uint32_t encoding)
{
	return run(cpu, instruction_of(encoding) | INSN_READ, 0);
}

static void write_register(uint32_t cpu, uint32_t encoding, uint64_t value)
{
	(void)run(cpu, instruction_of(encoding), value);
}

/** What this guest itself needs as it is, or what goes on by itself. */
static bool is_left_out(uint32_t encoding)
{
	switch (encoding) {
	case ENCODING(3u, 0u, 1u, 0u, 0u):  /* SCTLR_EL1 */
	case ENCODING(3u, 0u, 1u, 0u, 2u):  /* CPACR_EL1 */
	case ENCODING(3u, 0u, 12u, 0u, 0u): /* VBAR_EL1 */
	case ENCODING(3u, 0u, 4u, 2u, 0u):  /* SPSel */
	case ENCODING(3u, 3u, 4u, 2u, 0u):  /* NZCV */
	case ENCODING(3u, 3u, 4u, 2u, 1u):  /* DAIF */
	case ENCODING(3u, 3u, 14u, 3u, 0u): /* CNTV_TVAL_EL0 */
	case ENCODING(3u, 3u, 14u, 3u, 1u): /* CNTV_CTL_EL0 */
		return true;
	default:
		return false;
	}
}

static uint64_t pattern(uint64_t cpu, uint64_t round, uint64_t encoding)
{
	return (cpu * 0x9e37 + round * 0x79b9 + encoding * 0x7f4b + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/** Which registers keep what is written, and in which bits. */
static void find_registers(void)
{
	uint32_t encoding;
	uint64_t before;
	uint64_t ones;
	uint64_t zeros;
	uint64_t count;

	for (encoding = 2 * ENCODINGS; encoding < 4 * ENCODINGS; encoding++) {
		if (is_left_out(encoding)) {
			continue;
		}
		count = exception.count;
		before = read_register(0, encoding);
		if (exception.count != count || read_register(0, encoding) != before) {
			continue;
		}
		write_register(0, encoding, UINT64_MAX);
		ones = read_register(0, encoding);
		write_register(0, encoding, 0);
		zeros = read_register(0, encoding);
		if (exception.count == count && ones != zeros && found_count < REGISTERS_MAX) {
			found[found_count].encoding = encoding;
			found[found_count].mask = ones ^ zeros;
			found_count++;
		}
		if (exception.count == count) {
			write_register(0, encoding, before);
		}
	}
}

static uint64_t others_beats(uint32_t cpu)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < cpu_count; i++) {
		sum += i != cpu ? cpus[i].beats : 0;
	}
	return sum;
}

static void wait(uint32_t cpu)
{
	uint64_t until = SYSREG_READ(cntvct_el0) + SYSREG_READ(cntfrq_el0) / WAIT_DIVISOR;
	uint64_t others = others_beats(cpu);

	while (SYSREG_READ(cntvct_el0) < until) {
		cpus[cpu].beats++;
	}
	cpus[cpu].overlaps += others_beats(cpu) != others ? 1 : 0;
}

static void rounds(uint32_t cpu)
{
	uint64_t round;
	uint32_t i;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < found_count; i++) {
			write_register(cpu, found[i].encoding,
				       pattern(cpu, round, found[i].encoding) & found[i].mask);
		}
		vectors_fill(pattern(cpu, round, 0));
		wait(cpu);
		for (i = 0; i < found_count; i++) {
			if (((read_register(cpu, found[i].encoding) ^
			      pattern(cpu, round, found[i].encoding)) &
			     found[i].mask) != 0) {
				cpus[cpu].wrong++;
				cpus[cpu].wrong_encoding = found[i].encoding;
			}
		}
		if (vectors_differ(pattern(cpu, round, 0)) != 0) {
			cpus[cpu].wrong++;
		}
	}
	cpus[cpu].done = true;
}

void pair_main(uint64_t cpu)
{
	rounds((uint32_t)cpu);
	for (;;) {
		__asm__ volatile("wfi");
	}
}

void guest_main(void)
{
	uint64_t before;
	uint32_t i;

	find_registers();
	print_number(found_count);
	print(" registers keep what is written\n");
	check(found_count > 20, "the registers of EL1 can be written");
	for (i = 1; i < CPUS_MAX; i++) {
		if (smc(PSCI_CPU_ON, i, (uintptr_t)pair_start, i).x0 != 0) {
			break;
		}
		cpu_count = i + 1;
	}
	check(cpu_count > 1, "another CPU");
	before = exception.count;
	rounds(0);
	for (i = 0; i < cpu_count; i++) {
		while (!cpus[i].done) {
		}
		check_equal(cpus[i].wrong, 0, "registers that changed while others ran");
		if (cpus[i].wrong != 0) {
			print_hex(cpus[i].wrong_encoding);
			print("\n");
		}
		check(cpus[i].overlaps > ROUNDS / 2, "others ran meanwhile");
	}
	check_equal(exception.count, before, "no exceptions");
	print_number(cpu_count);
	print(" CPUs\n");
}
