/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Linux program without a libc: two processes that take each other's CPU by turns, each
 * with Z0 to Z31 and P1 full of its own values. Ends with 0 if both find what they wrote,
 * or if the CPU has no SVE.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "program.h"

/* System calls of Linux (include/uapi/asm-generic/unistd.h) */
#define SYS_CLONE 220
#define SYS_WAIT4 260
/* include/uapi/asm-generic/signal.h */
#define SIGCHLD 17u

#define VECTORS 32u
#define WORDS_MOST 32u
#define BITS_PER_WORD 64u
#define ROUNDS 12u
/** Parts of a second that a round takes: some of the kernel's time slices. */
#define ROUND_DIVISOR 20u

_Noreturn void _start(void);

static void print_number(uint64_t value)
{
	char digits[21];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	print(&digits[at]);
}

#define EACH_Z                                                                                  \
	"0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, " \
	"24, 25, 26, 27, 28, 29, 30, 31"

/** Fills Z0 to Z31, counts down the time, and stores them: no system call comes in between. */
static bool keeps(uint64_t seed, uint64_t words)
{
	uint64_t z[VECTORS][WORDS_MOST];
	uint64_t until;
	uint64_t active;
	uint64_t n, i;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(until));
	until /= ROUND_DIVISOR;
	__asm__ volatile(".arch_extension sve\n\t"
			 "mrs x10, cntvct_el0\n\t"
			 "add x10, x10, %1\n\t"
			 "ptrue p1.b, vl7\n\t"
			 "mov x9, %2\n\t"
			 ".irp n, " EACH_Z "\n\t"
			 "index z\\n\\().d, x9, #1\n\t"
			 "add x9, x9, #64\n\t"
			 ".endr\n"
			 "1:\tmrs x11, cntvct_el0\n\t"
			 "cmp x11, x10\n\t"
			 "b.lo 1b\n\t"
			 "mov x9, %3\n\t"
			 ".irp n, " EACH_Z "\n\t"
			 "str z\\n, [x9]\n\t"
			 "add x9, x9, #256\n\t"
			 ".endr\n\t"
			 "ptrue p0.b\n\t"
			 "cntp %0, p0, p1.b"
			 : "=r"(active)
			 : "r"(until), "r"(seed), "r"(z)
			 : "x9", "x10", "x11", "cc", "memory");
	for (n = 0; n < VECTORS; n++) {
		for (i = 0; i < words; i++) {
			if (z[n][i] != seed + 64 * n + i) {
				return false;
			}
		}
	}
	return active == 7;
}

void _start(void)
{
	uint64_t pfr0;
	uint64_t words;
	uint64_t seed = 0x1000;
	uint32_t status = 1;
	int64_t child;
	uint32_t round;

	/* The kernel answers it; SVE is bits 35..32. */
	__asm__ volatile("mrs %0, id_aa64pfr0_el1" : "=r"(pfr0));
	if ((pfr0 >> 32 & 0xfu) == 0) {
		print("axvcpu: no SVE\n");
		leave(0);
	}
	__asm__ volatile(".arch_extension sve\n\tcntd %0" : "=r"(words));
	child = system_call(SYS_CLONE, SIGCHLD, 0, 0, 0);
	if (child < 0) {
		print("axvcpu: clone failed\n");
		leave(1);
	}
	if (child == 0) {
		seed = 0x55550000;
	}
	for (round = 0; round < ROUNDS; round++) {
		if (!keeps(seed + round * 0x10000, words)) {
			print("axvcpu: SVE registers changed\n");
			leave(1);
		}
	}
	if (child == 0) {
		leave(0);
	}
	if (system_call(SYS_WAIT4, (uint64_t)child, (uintptr_t)&status, 0, 0) != child || status != 0) {
		leave(1);
	}
	print("axvcpu: SVE vectors of ");
	print_number(words * BITS_PER_WORD);
	print(" bits are kept\n");
	leave(0);
}
