/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gets lost in a way of which a guest does not come back, another one in each
 * machine; the hypervisor ends the machine after some exits (`kill`). When all
 * ways were tried, a machine finds that nothing is left of them.
 */
#include "guest.h"

#define CALL_MACHINE UINT64_C(0xc6000005)
#define PSCI_CPU_SUSPEND UINT64_C(0xc4000001)
#define SCTLR_M UINT64_C(1)

/** A vector table of zeros, which are undefined instructions. */
static _Alignas(2048) uint8_t zeros[2048];

/** The abort's handler has no stack either. */
static void no_stack(void)
{
	__asm__ volatile("mov sp, %0\n\tstr xzr, [sp, #-16]!" : : "r"(UNMAPPED) : "memory");
}

static void no_vectors(void)
{
	SYSREG_WRITE(vbar_el1, UNMAPPED);
	__asm__ volatile(".inst 0" ::: "memory");
}

/** Undefined instructions without end, in EL1 alone: nothing but a timer gets the CPU back. */
static void undefined_vectors(void)
{
	SYSREG_WRITE(vbar_el1, (uintptr_t)zeros);
	__asm__ volatile(".inst 0" ::: "memory");
}

/** Not even the next instruction can be fetched, nor any handler. */
static void no_tables(void)
{
	SYSREG_WRITE(tcr_el1, UINT64_C(25) | (UINT64_C(2) << 32));
	SYSREG_WRITE(ttbr0_el1, UNMAPPED);
	__asm__ volatile("tlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
	SYSREG_WRITE(sctlr_el1, SYSREG_READ(sctlr_el1) | SCTLR_M);
}

static void no_wake_up(void)
{
	interrupts_mask();
	for (;;) {
		__asm__ volatile("wfi" ::: "memory");
	}
}

static void suspended(void)
{
	for (;;) {
		(void)hvc(PSCI_CPU_SUSPEND, 0, 0, 0);
	}
}

static void no_way_down(void)
{
	const uint64_t el2h = 0x3c9;

	SYSREG_WRITE(vbar_el1, (uintptr_t)zeros);
	SYSREG_WRITE(elr_el1, UNMAPPED);
	SYSREG_WRITE(spsr_el1, el2h);
	__asm__ volatile("eret" ::: "memory");
}

void guest_main(void)
{
	static void (*const ways[])(void) = {
		no_stack, no_vectors, undefined_vectors, no_tables, no_wake_up, suspended, no_way_down,
	};
	const uint64_t count = sizeof(ways) / sizeof(ways[0]);
	uint64_t machine = hvc(CALL_MACHINE, 0, 0, 0).x0;

	if (machine < count) {
		print("lost\n");
		ways[machine]();
	}
	check_equal(machine, count, "one machine for each way");
	check_equal(SYSREG_READ(sctlr_el1) & SCTLR_M, 0, "the MMU is off");
	check_equal(SYSREG_READ(ttbr0_el1), 0, "no tables of another machine");
	check_equal(SYSREG_READ(elr_el1), 0, "no exception of another machine");
}
