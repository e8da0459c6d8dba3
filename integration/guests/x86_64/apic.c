/* SPDX-License-Identifier: Apache-2.0 */
/* The local APIC: priorities, its timer in three modes, IPIs, xAPIC and x2APIC form. */
#include "guest.h"

#define APIC_PAGE UINT64_C(0xfee00000)
#define APIC_BASE 0x1bu
#define APIC_BASE_X2APIC (UINT64_C(1) << 10)
#define TSC_DEADLINE 0x6e0u
#define ID 0x20u
#define TPR 0x80u
#define EOI 0xb0u
#define SVR 0xf0u
#define ISR 0x100u
#define IRR 0x200u
#define ICR 0x300u
#define ICR_HIGH 0x310u
#define LVT_TIMER 0x320u
#define TIMER_INITIAL 0x380u
#define TIMER_CURRENT 0x390u
#define TIMER_DIVIDE 0x3e0u
#define DIVIDE_BY_1 0xbu
#define LVT_MASKED (1u << 16)
#define LVT_PERIODIC (1u << 17)
#define LVT_DEADLINE (2u << 17)
#define TO_SELF (1u << 18)
#define TO_OTHERS (3u << 18)
#define TIMER_VECTOR 0x90u
#define DEADLINE 20000000u

extern uint64_t guest_pdpt[];
static uint64_t apic_pd[512] __attribute__((aligned(4096)));
static bool x2apic;

static uint32_t read(uint32_t reg)
{
	uint32_t value;

	if (x2apic) {
		return (uint32_t)read_msr(0x800u + (reg >> 4));
	}
	__asm__ volatile("movl (%1), %0" : "=a"(value) : "b"(APIC_PAGE + reg) : "memory");
	return value;
}

static void write(uint32_t reg, uint32_t value)
{
	if (x2apic) {
		write_msr(0x800u + (reg >> 4), value);
	} else {
		__asm__ volatile("movl %0, (%1)" : : "a"(value), "b"(APIC_PAGE + reg) : "memory");
	}
}

static void open(void)
{
	__asm__ volatile("sti\n\tnop\n\tnop\n\tcli" : : : "memory");
}

static uint64_t tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static void check_priorities(void)
{
	uint64_t before;

	trap_log_length = 0;
	write(ICR, TO_SELF | 0x51);
	write(ICR, TO_SELF | 0xa1);
	check(read(IRR + 0x20) == 1u << 17 && read(IRR + 0x50) == 1u << 1, "IRR");
	open();
	check(trap_log_length == 2 && trap_log[0] == 0xa1 && trap_log[1] == 0x51, "the higher one first");
	before = traps[0x51].count;
	write(TPR, 0x50);
	write(ICR, TO_SELF | 0x51);
	open();
	check_equal(traps[0x51].count, before, "TPR keeps its class back");
	__asm__ volatile("mov %0, %%cr8" : : "r"(UINT64_C(4)));
	open();
	check_equal(traps[0x51].count, before + 1, "CR8 lets it through");
	check_equal(read(TPR), 0x40, "TPR follows CR8");
	write(TPR, 0);
	check_equal(hypercall(CALL_INJECT, 0x61, 0, 0), 0, "inject");
	open();
	check(trapped(0x61), "an interrupt of the hypervisor");
	check_equal(read(ISR + 0x30), 0, "nothing in service");
}

static void wait_for(uint64_t count)
{
	while (traps[TIMER_VECTOR].count < count) {
		__asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
	}
}

static void check_timer(void)
{
	uint64_t before = traps[TIMER_VECTOR].count, start;

	write(TIMER_DIVIDE, DIVIDE_BY_1);
	write(LVT_TIMER, TIMER_VECTOR);
	write(TIMER_INITIAL, 2500);
	check(read(TIMER_CURRENT) <= 2500, "it counts down");
	wait_for(before + 1);
	check_equal(read(TIMER_CURRENT), 0, "one shot");
	write(LVT_TIMER, TIMER_VECTOR | LVT_PERIODIC);
	write(TIMER_INITIAL, 25000);
	wait_for(before + 4);
	write(LVT_TIMER, LVT_MASKED);
	write(TIMER_INITIAL, 0);
	/* A tick that came meanwhile, on a busy machine. */
	__asm__ volatile("sti\n\tnop\n\tnop\n\tcli" : : : "memory");
	write(LVT_TIMER, TIMER_VECTOR | LVT_DEADLINE);
	start = tsc();
	write_msr(TSC_DEADLINE, start + DEADLINE);
	check(read_msr(TSC_DEADLINE) == start + DEADLINE, "TSC_DEADLINE");
	before = traps[TIMER_VECTOR].count;
	wait_for(before + 1);
	check(tsc() >= start + DEADLINE, "not before its time");
	check_equal(read_msr(TSC_DEADLINE), 0, "disarmed");
	write(LVT_TIMER, LVT_MASKED);
}

static void check_busy_loop(void)
{
	uint64_t before = traps[TIMER_VECTOR].count;

	/* Without an exit of the guest's own. */
	write(LVT_TIMER, TIMER_VECTOR);
	write(TIMER_INITIAL, 25000);
	__asm__ volatile("sti");
	while (traps[TIMER_VECTOR].count == before) {
	}
	__asm__ volatile("cli");
	check_equal(traps[TIMER_VECTOR].count, before + 1, "while it computes");
}

static void send(uint32_t target, uint32_t command)
{
	if (x2apic) {
		write_msr(0x830, (uint64_t)target << 32 | command);
	} else {
		write(ICR_HIGH, target << 24);
		write(ICR, command);
	}
}

/** What goes to others shows in the trace. */
static void check_ipis(void)
{
	send(1, 0x4099);
	send(0, TO_OTHERS | 0x409a);
	send(3, 0x4800 | 0x22);
	send(2, 0x4400);
	send(2, 0x4500);
	send(2, 0x4612);
}

void guest_main(void)
{
	uint32_t i;

	for (i = 0; i < 512; i++) {
		apic_pd[i] = UINT64_C(0xc0000000) + ((uint64_t)i << 21) + 0x83;
	}
	guest_pdpt[3] = (uintptr_t)apic_pd + 3u;
	check_equal(read_msr(APIC_BASE), 0xfee00900, "IA32_APIC_BASE: on, boot CPU");
	check_equal(read(ID), 0, "APIC id");
	check_equal(read(SVR), 0x1ff, "as firmware leaves it");
	check_priorities();
	check_timer();
	check_busy_loop();
	check_ipis();
	write_msr(APIC_BASE, read_msr(APIC_BASE) | APIC_BASE_X2APIC);
	check(!trapped(VECTOR_GP), "x2APIC");
	guest_apic_is_x2apic = true;
	x2apic = true;
	check_priorities();
	check_timer();
	check_ipis();
	(void)read_msr(0x80e);
	check(trapped(VECTOR_GP), "DFR does not exist there");
}
