/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever a guest can do to its hypervisor: random ports, MSRs, hypercalls, control
 * registers, CPUID leaves, device memory, APIC registers and interrupts by the kernel;
 * random bytes as instructions by a program. Nothing of it may end the hypervisor,
 * change its code, or take the guest's own registers.
 */
#include "guest.h"

#define CALL_CHECKSUM UINT64_C(0xc6000004)
#define EFER 0xc0000080u
#define EFER_SCE UINT64_C(1)
#define APIC_BASE 0x1bu
#define APIC_BASE_BSP (UINT64_C(1) << 8)
#define APIC_BASE_ENABLE (UINT64_C(1) << 11)
#define APIC_PAGE UINT64_C(0xfee00000)
#define APIC_EOI 0xb0u
#define APIC_SVR 0xf0u
#define APIC_ICR 0x300u
#define ICR_DELIVERY 0x700u
#define ICR_INIT 0x500u
#define APIC_LVT_TIMER 0x320u
#define APIC_TIMER_INITIAL 0x380u
#define APIC_TIMER_DIVIDE 0x3e0u
#define TIMER_VECTOR 0xf0u
#define CODE_BYTES 64u
#define DATA_BYTES 4096u
/** 2 MiB of RAM that programs may use: their code at its start, their stack at its end. */
#define PROGRAM_PAGE 6u
#define PROGRAM UINT64_C(0xc00000)
#define PROGRAM_STACK (PROGRAM + 0x1ffff8u)
#define OPCODE_IRET 0xcfu
#define OPCODE_NOP 0x90u
#define PTE_USER UINT64_C(4)

/** Rounds of the kernel part, and of the program part. */
#ifndef ROUNDS
#define ROUNDS 50000u
#endif
/** Random code is wild.c's; here it is what a kernel of so many sees of it. */
#define PROGRAMS (ROUNDS / 16u < 100000u ? ROUNDS / 16u : 100000u)

extern uint64_t guest_pdpt[], guest_pd[];
static uint64_t apic_pd[512] __attribute__((aligned(4096)));
static uint8_t data[2 * DATA_BYTES] __attribute__((aligned(4096)));
static uint64_t state = 0x9e3779b97f4a7c15;

/** xorshift64* */
static uint64_t random64(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(0x2545f4914f6cdd1d);
}

static uint32_t below(uint32_t limit)
{
	return (uint32_t)(random64() >> 32) % limit;
}

/** A number that is often one of the interesting ones. */
static uint64_t any_value(void)
{
	static const uint64_t edges[] = { 0, 1, 2, 0x7f, 0x80, 0xff, 0xfff, 0x1000, INT32_MAX,
					  UINT32_MAX, UINT64_C(1) << 47, INT64_MAX, UINT64_MAX };

	switch (below(4)) {
	case 0:
		return edges[below(sizeof(edges) / sizeof(edges[0]))];
	case 1:
		return UINT64_C(1) << below(64);
	case 2:
		return below(0x2000);
	default:
		return random64();
	}
}

/** Not those by which the machine ends, nor the console, nor the PICs: their vectors could be exceptions'. */
static uint16_t any_port(void)
{
	uint16_t port;

	do {
		port = (uint16_t)any_value();
	} while ((port >= 0x5fe && port <= 0x607) || (port >= 0xf0 && port <= 0xf4) ||
		 (port >= 0xcf6 && port <= 0xcf9) || (port >= 0x61 && port <= 0x64) ||
		 (port >= 0x3f5 && port <= 0x3ff) || (port >= 0x1d && port <= 0x21) ||
		 (port >= 0x9d && port <= 0xa1));
	return port;
}

static void ports(void)
{
	uint64_t at = (uintptr_t)data + below(DATA_BYTES), count = below(4);
	uint16_t port = any_port();
	uint64_t value = any_value();

	switch (below(8)) {
	case 0:
		__asm__ volatile("inb %w1, %%al" : "+a"(value) : "d"(port));
		break;
	case 1:
		__asm__ volatile("inl %w1, %%eax" : "+a"(value) : "d"(port));
		break;
	case 2:
		__asm__ volatile("outb %%al, %w1" : : "a"(value), "d"(port));
		break;
	case 3:
		__asm__ volatile("outw %%ax, %w1" : : "a"(value), "d"(port));
		break;
	case 4:
		__asm__ volatile("rep insw" : "+D"(at), "+c"(count) : "d"(port) : "memory");
		break;
	case 5:
		__asm__ volatile("rep outsl" : "+S"(at), "+c"(count) : "d"(port) : "memory");
		break;
	case 6:
		/* Not over the guest itself, which is all that is mapped below 1 GiB. */
		at = any_value() | UINT64_C(1) << 32;
		TRY("insb", : "+D"(at) : "d"(EMPTY_PORT) : "memory");
		break;
	default:
		at = any_value();
		TRY("outsb", : "+S"(at) : "d"(EMPTY_PORT) : "memory");
		break;
	}
}

static void msrs(void)
{
	static const uint32_t known[] = { 0x10, 0x1b, 0x3b, 0xfe, 0x174, 0x175, 0x176, 0x1a0, 0x1d9,
					  0x277, 0x2ff, 0x6e0, 0xda0, 0xc0000080, 0xc0000081,
					  0xc0000082, 0xc0000084, 0xc0000102, 0xc0000103 };
	uint32_t msr = below(2) != 0 ? known[below(sizeof(known) / sizeof(known[0]))] :
				       (uint32_t)any_value();
	uint64_t was = read_msr(msr);

	write_msr(msr, any_value());
	/* Its own mode and APIC it needs; the clock as well. */
	write_msr(msr, was);
	if (msr >= 0x800 && msr < 0x900) {
		(void)read_msr(0x800u + below(256));
	}
}

static void control_registers(void)
{
	uint64_t cr0 = read_cr0(), cr4 = read_cr4(), value = any_value();

	switch (below(5)) {
	case 0:
		/* Paging, protection and write protection as they are: it runs on. */
		value = (value & ~UINT64_C(0x8001000d)) | (cr0 & UINT64_C(0x8001000d));
		TRY("mov %0, %%cr0", : : "r"(value) : "memory");
		TRY("mov %0, %%cr0", : : "r"(cr0) : "memory");
		break;
	case 1:
		value = (value & ~UINT64_C(0x301020)) | (cr4 & UINT64_C(0x301020));
		TRY("mov %0, %%cr4", : : "r"(value) : "memory");
		TRY("mov %0, %%cr4", : : "r"(cr4) : "memory");
		break;
	case 2:
		TRY("xsetbv", : : "c"((uint32_t)any_value()), "a"((uint32_t)value), "d"(value >> 32)
		    : "memory");
		break;
	case 3:
		__asm__ volatile("lmsw %w0\n\tclts" : : "r"(value & ~UINT64_C(0xc)));
		__asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
		break;
	default:
		__asm__ volatile("mov %0, %%cr8" : : "r"(value & 0xf));
		__asm__ volatile("mov %0, %%cr8" : : "r"(UINT64_C(0)));
		break;
	}
}

static void memory(void)
{
	static const uint64_t places[] = { SCRATCH, SCRATCH + 0xff8, LAZY_PAGE, UNMAPPED,
					   UNMAPPED + 0xffc, APIC_PAGE };
	uint64_t at = places[below(sizeof(places) / sizeof(places[0]))] + below(8);
	uint64_t value = any_value(), to = (uintptr_t)data, count = below(3);

	switch (below(8)) {
	case 0:
		TRY("movl (%1), %k0", : "=r"(value) : "r"(at) : "memory");
		break;
	case 1:
		TRY("movb %b0, (%1)", : : "r"(value), "r"(at) : "memory");
		break;
	case 2:
		TRY("lock xaddl %k0, (%1)", : "+r"(value) : "r"(at) : "memory", "cc");
		break;
	case 3:
		TRY("lock cmpxchgl %k0, (%1)", : : "r"(value), "r"(at) : "rax", "memory", "cc");
		break;
	case 4:
		TRY("rep movsb", : "+S"(at), "+D"(to), "+c"(count) : : "memory");
		break;
	case 5:
		TRY("rep stosl", : "+D"(at), "+c"(count) : "a"(value) : "memory");
		break;
	case 6:
		TRY("movups (%0), %%xmm0", : : "r"(at) : "memory");
		break;
	default:
		TRY("btsl %k0, (%1)", : : "r"(value & 31), "r"(at) : "memory", "cc");
		break;
	}
}

static void apic(void)
{
	uint64_t at = APIC_PAGE + ((uint64_t)below(64) << 4);
	uint32_t value = (uint32_t)any_value(), read;

	/* An IPI to itself must not look like an exception. */
	if (at == APIC_PAGE + APIC_ICR) {
		value |= EXCEPTIONS;
		/* An INIT to itself resets the machine. */
		if ((value & ICR_DELIVERY) == ICR_INIT) {
			value &= ~ICR_DELIVERY;
		}
	}
	if (below(2) != 0) {
		__asm__ volatile("movl (%1), %0" : "=r"(read) : "r"(at) : "memory");
	} else if (at != APIC_PAGE + APIC_SVR && at < APIC_PAGE + APIC_LVT_TIMER) {
		__asm__ volatile("movl %0, (%1)" : : "r"(value), "r"(at) : "memory");
	}
	__asm__ volatile("movl %0, (%1)" : : "r"(0), "r"(APIC_PAGE + APIC_EOI) : "memory");
}

static void events(void)
{
	uint64_t number = any_value();

	switch (below(4)) {
	case 0:
		/* Vectors of exceptions would look like these, without their error codes. */
		if (number % INJECT_EXTINT >= EXCEPTIONS) {
			(void)hypercall(CALL_INJECT, number, 0, 0);
		}
		break;
	case 1:
		(void)hypercall(CALL_INJECT, INJECT_EXTINT + 32u + below(224), 0, 0);
		__asm__ volatile("sti\n\tnop\n\tcli");
		break;
	case 2:
		(void)hypercall(CALL_INJECT, INJECT_NMI, 0, 0);
		break;
	default:
		__asm__ volatile("int $0x81");
		break;
	}
}

static void calls(void)
{
	uint64_t registers[9];
	uint32_t i;

	for (i = 0; i < 9; i++) {
		registers[i] = any_value();
	}
	/* All but the one that is to end the hypervisor. */
	if (registers[0] != 0xc6000006) {
		hypercall_all(registers);
	}
	(void)cpuid((uint32_t)any_value(), (uint32_t)any_value());
}

/** Random bytes, run by a program until they fault, or the timer comes. */
static void program(void)
{
	uint8_t *code = (uint8_t *)PROGRAM;
	uint32_t i;

	for (i = 0; i < CODE_BYTES; i++) {
		code[i] = (uint8_t)random64();
		/* QEMU 7.2 lets a program's IRET set RFLAGS.VM, also in 64-bit mode: the kernel's end. */
		if (code[i] == OPCODE_IRET) {
			code[i] = OPCODE_NOP;
		}
	}
	run_user_until_any((void (*)(void))(uintptr_t)code);
}

static void start_timer(void)
{
	volatile uint32_t *timer = (volatile uint32_t *)APIC_PAGE;

	/* A random write may have turned the APIC off, or its registers into MSRs. */
	write_msr(APIC_BASE, APIC_PAGE | APIC_BASE_BSP);
	write_msr(APIC_BASE, APIC_PAGE | APIC_BASE_BSP | APIC_BASE_ENABLE);
	timer[APIC_SVR / 4] = 0x1ff;
	timer[APIC_TIMER_DIVIDE / 4] = 0xb;
	timer[APIC_LVT_TIMER / 4] = TIMER_VECTOR | 1u << 17; /* periodic */
	timer[APIC_TIMER_INITIAL / 4] = 5000;
}

/** Programs have one page; what the guest itself stands in is not theirs. */
static void confine_programs(void)
{
	uint32_t i;

	for (i = 0; i < 512; i++) {
		if (i != PROGRAM_PAGE) {
			guest_pd[i] &= ~PTE_USER;
		}
	}
	__asm__ volatile("mov %%cr3, %%rax\n\tmov %%rax, %%cr3" : : : "rax", "memory");
	guest_user_stack = (void *)PROGRAM_STACK;
	/* SYSCALL would bring them into the kernel. */
	write_msr(EFER, read_msr(EFER) & ~EFER_SCE);
}

static void map_apic(void)
{
	uint32_t i;

	for (i = 0; i < 512; i++) {
		apic_pd[i] = UINT64_C(0xc0000000) + ((uint64_t)i << 21) + 0x83;
	}
	guest_pdpt[3] = (uintptr_t)apic_pd + 3u;
}

void guest_main(void)
{
	static void (*const attacks[])(void) = { ports, msrs,	control_registers, memory,
						 apic,	events, calls };
	uint64_t sum = hypercall(CALL_CHECKSUM, 0, 0, 0);
	uint64_t xmm;
	uint32_t i;

	map_apic();
	for (i = 0; i < ROUNDS; i++) {
		attacks[below(sizeof(attacks) / sizeof(attacks[0]))]();
		if (i % 4096 == 0) {
			__asm__ volatile("movq %0, %%xmm7" : : "r"(state));
			check_equal(hypercall(CALL_CHECKSUM, 0, 0, 0), sum, "the hypervisor's code");
			__asm__ volatile("movq %%xmm7, %0" : "=r"(xmm));
			check_equal(xmm, state, "a register");
		}
	}
	confine_programs();
	start_timer();
	for (i = 0; i < PROGRAMS; i++) {
		program();
	}
	check_equal(hypercall(CALL_CHECKSUM, 0, 0, 0), sum, "the hypervisor's code");
}
