/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's CPU is saved, destroyed, made anew and loaded, a hundred times: nothing
 * that a guest can have in registers is lost or changed. With MOVE_AT_ROUND the machine
 * goes on in another hypervisor then, on another vendor's CPU.
 */
#include "guest.h"

#define CALL_RELOAD UINT64_C(0xc6000020)
#ifndef ROUNDS
#define ROUNDS 100u
#endif
#define CR4_OSXSAVE (UINT64_C(1) << 18)
#define XCR0_AVX 7u
#define LSTAR 0xc0000082u
#define STAR 0xc0000081u
#define SFMASK 0xc0000084u
#define FS_BASE 0xc0000100u
#define KERNEL_GS_BASE 0xc0000102u
#define SYSENTER_EIP 0x176u
#define PAT 0x277u
#define TSC_AUX 0xc0000103u
#define APIC_BASE 0x1bu
#define APIC_BASE_X2APIC (UINT64_C(1) << 10)
#define X2APIC_SVR 0x80fu
#define X2APIC_LVT_LINT1 0x836u
#define X2APIC_LVT_ERROR 0x837u
#define X2APIC_DIVIDE 0x83eu
#define CALL_MOVE UINT64_C(0xc6000021)
/** Exits from the call to the move. */
#define EXITS_LEFT 9u
/** No such time passes in a test. */
#define TSC_JUMP (UINT64_C(1) << 40)

static const struct {
	uint32_t msr;
	uint32_t value;
} apic[] = {
	{ X2APIC_SVR, 0x1ef }, { X2APIC_LVT_LINT1, 0x10045 }, { X2APIC_LVT_ERROR, 0x100e7 },
	{ X2APIC_DIVIDE, 0xa },
};
#define APIC_REGISTERS (sizeof(apic) / sizeof(apic[0]))

static const uint32_t msrs[] = { LSTAR, FS_BASE, KERNEL_GS_BASE, SYSENTER_EIP };
#define MSRS (sizeof(msrs) / sizeof(msrs[0]))

static uint64_t reload(uint64_t mark)
{
	uint64_t registers[9] = { CALL_RELOAD, mark, mark + 1, mark + 2, mark + 3,
				  mark + 4, mark + 5, mark + 6, mark + 7 };
	uint64_t sum = 0;
	uint32_t i;

	hypercall_all(registers);
	check_equal(registers[0], 0, "reload");
	for (i = 1; i < 9; i++) {
		sum += registers[i] - mark - (i - 1);
	}
	return sum;
}

static void set_vectors(uint64_t value)
{
	__asm__ volatile("movq %0, %%xmm0\n\tmovq %0, %%xmm15\n\t"
			 "vpermq $0, %%ymm0, %%ymm3\n\tfld1\n\tfldpi"
			 :
			 : "r"(value));
}

static bool vectors_are(uint64_t value)
{
	uint64_t low, high, upper, pi;

	__asm__ volatile("movq %%xmm0, %0\n\tmovq %%xmm15, %1\n\tvextracti128 $1, %%ymm3, %%xmm4\n\t"
			 "movq %%xmm4, %2"
			 : "=r"(low), "=r"(high), "=r"(upper));
	__asm__ volatile("fstpl %0\n\tfstp %%st(0)" : "=m"(pi));
	return low == value && high == value && upper == value && pi == UINT64_C(0x400921fb54442d18);
}

static void round_trip(uint64_t round)
{
	uint64_t value = UINT64_C(0x00005a0000000000) + round * 0x10001, dr, cr8, before;
	uint32_t i;

	set_vectors(value);
	for (i = 0; i < MSRS; i++) {
		write_msr(msrs[i], value + i);
	}
	write_msr(STAR, value << 8);
	write_msr(SFMASK, round);
	write_msr(TSC_AUX, round);
	__asm__ volatile("mov %0, %%dr0\n\tmov %0, %%dr3\n\tmov %0, %%cr2" : : "r"(value));
	__asm__ volatile("mov %0, %%cr8" : : "r"(round % 16));
	/* One interrupt waits for IF. */
	before = traps[0x70].count;
	check_equal(hypercall(CALL_INJECT, INJECT_EXTINT + 0x70u, 0, 0), 0, "inject");

	check_equal(reload(round), 0, "general registers");

	check(vectors_are(value), "x87, SSE and AVX registers");
	for (i = 0; i < MSRS; i++) {
		check_equal(read_msr(msrs[i]), value + i, "an MSR");
	}
	check_equal(read_msr(STAR), value << 8, "STAR");
	check_equal(read_msr(SFMASK), round, "SFMASK");
	__asm__ volatile("rdtscp" : "=c"(dr) : : "rax", "rdx");
	check_equal(dr, round, "TSC_AUX");
	__asm__ volatile("mov %%dr3, %0" : "=r"(dr));
	check_equal(dr, value, "DR3");
	__asm__ volatile("mov %%cr2, %0" : "=r"(dr));
	check_equal(dr, value, "CR2");
	__asm__ volatile("mov %%cr8, %0" : "=r"(cr8));
	check_equal(cr8, round % 16, "CR8");
	check_equal(traps[0x70].count, before, "the interrupt waits still");
	__asm__ volatile("sti\n\tnop\n\tcli");
	check_equal(traps[0x70].count, before + 1, "and comes once");
}

static void set_apic(void)
{
	uint32_t i;

	write_msr(APIC_BASE, read_msr(APIC_BASE) | APIC_BASE_X2APIC);
	guest_apic_is_x2apic = true;
	for (i = 0; i < APIC_REGISTERS; i++) {
		write_msr(apic[i].msr, apic[i].value);
	}
}

static void check_apic(void)
{
	uint32_t i;

	check(read_msr(APIC_BASE) & APIC_BASE_X2APIC, "the APIC's form");
	for (i = 0; i < APIC_REGISTERS; i++) {
		check_equal(read_msr(apic[i].msr), apic[i].value, "the local APIC");
	}
}

static uint64_t check_clock(uint64_t before)
{
	uint64_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	low |= high << 32;
	check(low > before && low - before < TSC_JUMP, "the clock goes on");
	return low;
}

void guest_main(void)
{
	uint64_t cr4 = read_cr4(), round, tsc = 0;

	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSXSAVE));
	__asm__ volatile("xsetbv" : : "c"(0), "a"(XCR0_AVX), "d"(0));
	set_apic();
	for (round = 0; round < ROUNDS; round++) {
#ifdef MOVE_AT_ROUND
		if (round == MOVE_AT_ROUND) {
			print("moving\n");
			check_equal(hypercall(CALL_MOVE, EXITS_LEFT, 0, 0), 0, "move");
		}
#endif
		round_trip(round);
		check_apic();
		tsc = check_clock(tsc);
	}
	check_equal(read_cr4(), cr4 | CR4_OSXSAVE, "CR4");
}
