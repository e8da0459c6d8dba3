/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what the CPU says of itself, makes some exits, in which it may be saved and go on on
 * another CPU, and reads the same again.
 */
#include "guest.h"
#include "made_insn.h"

/** CRm and op2 of what is there with op1 = 0 and CRn = 0; AIDR_EL1 is behind. */
#define CRMS 8u
#define OP2S 8u
#define REGISTERS (CRMS * OP2S + 1u)
#define LINES 20u

static _Alignas(64) volatile uint32_t code[2];
static uint64_t first[REGISTERS];

static uint32_t encoding_of(uint32_t n)
{
	return n == CRMS * OP2S ? ENCODING(3u, 1u, 0u, 0u, 7u) : ENCODING(3u, 0u, 0u, n / OP2S, n % OP2S);
}

/** With CRm = 0 there are MIDR_EL1, MPIDR_EL1 and REVIDR_EL1 alone. */
static bool is_there(uint32_t n)
{
	return n >= OP2S || n == 0 || n == 5 || n == 6;
}

static uint64_t read_register(uint32_t n)
{
	return is_there(n) ? run_insn(code, insn_of(encoding_of(n)) | INSN_READ, 0) : 0;
}

void guest_main(void)
{
	uint64_t before = exception.count;
	uint32_t n;

	for (n = 0; n < REGISTERS; n++) {
		first[n] = read_register(n);
	}
	for (n = 0; n < LINES; n++) {
		print("the same CPU, or another one\n");
	}
	for (n = 0; n < REGISTERS; n++) {
		if (read_register(n) != first[n]) {
			print_hex(encoding_of(n));
			check_equal(read_register(n), first[n], " has changed");
		}
	}
	check(first[4 * OP2S] != 0, "ID_AA64PFR0_EL1");
	check_equal(exception.count, before, "no exceptions");
}
