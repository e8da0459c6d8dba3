/* SPDX-License-Identifier: Apache-2.0 */
/* x87, SSE, debug registers and MSRs over exits: nobody else changes them. */
#include "guest.h"

#define ROUNDS 200u

static void set_sse(uint64_t value)
{
	__asm__ volatile("movq %0, %%xmm0\n\tmovq %0, %%xmm15" : : "r"(value));
}

static bool sse_is(uint64_t value)
{
	uint64_t low, high;

	__asm__ volatile("movq %%xmm0, %0\n\tmovq %%xmm15, %1" : "=r"(low), "=r"(high));
	return low == value && high == value;
}

void guest_main(void)
{
	uint64_t round, dr, mine = 0x5a5a000000000000;
	uint32_t mxcsr = 0x1fa0, read = 0;

	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
	for (round = 0; round < ROUNDS; round++) {
		set_sse(mine + round);
		__asm__ volatile("mov %0, %%dr0\n\tmov %0, %%dr3" : : "r"(mine + round));
		write_msr(0xc0000102, round);
		(void)hypercall(CALL_ECHO, round, 0, 0);
		check(sse_is(mine + round), "SSE registers");
		__asm__ volatile("mov %%dr3, %0" : "=r"(dr));
		check_equal(dr, mine + round, "DR3");
		check_equal(read_msr(0xc0000102), round, "KERNEL_GS_BASE");
	}
	__asm__ volatile("stmxcsr %0" : "=m"(read));
	check_equal(read, mxcsr, "MXCSR");
}
