/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts, NMIs, and events whose delivery is interrupted by an exit. */
#include "guest.h"

static void inject(uint32_t vector)
{
	uint64_t number = vector == INJECT_NMI ? vector : INJECT_EXTINT + vector;

	check_equal(hypercall(CALL_INJECT, number, 0, 0), 0, "inject");
}

static void check_windows(void)
{
	uint32_t vector;

	inject(0x30);
	check(traps[0x30].count == 0, "not while IF is clear");
	__asm__ volatile("sti\n\tnop\n\tnop\n\tcli" : : : "memory");
	check(trapped(0x30), "once IF is set");
	/* Several: the highest first, none lost, none twice. */
	trap_log_length = 0;
	inject(0x31);
	inject(0xff);
	inject(0x80);
	inject(0x80);
	inject(0x20);
	__asm__ volatile("sti\n\tnop\n\tnop\n\tnop\n\tcli" : : : "memory");
	check_equal(trap_log_length, 4, "four vectors");
	check(trap_log[0] == 0xff && trap_log[1] == 0x80 && trap_log[2] == 0x31 &&
		      trap_log[3] == 0x20,
	      "in the order of priority");
	for (vector = 32; vector < 256; vector++) {
		inject(vector);
	}
	trap_log_length = 0;
	__asm__ volatile("sti" : : : "memory");
	while (traps[32].count < 2) {
	}
	__asm__ volatile("cli" : : : "memory");
	check_equal(traps[32].count, 2, "all vectors came");
	for (vector = 33; vector < 256; vector++) {
		check(traps[vector].count >= 1, "each of them");
	}
}

static void check_halt(void)
{
	uint64_t before = traps[0x50].count;

	inject(0x50);
	__asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
	check_equal(traps[0x50].count, before + 1, "STI, HLT: the interrupt ends it");
}

static void check_nmi(void)
{
	uint64_t before = traps[VECTOR_NMI].count;

	inject(INJECT_NMI);
	check_equal(traps[VECTOR_NMI].count, before + 1, "an NMI needs no IF");
	inject(INJECT_NMI);
	check_equal(traps[VECTOR_NMI].count, before + 2, "and another one after its IRET");
}

/**
 * The stack lies in a page that is mapped at its first use, so that pushing the frame
 * of the event exits: it comes again, and once.
 */
static void check_interrupted_delivery(uint64_t page)
{
	uint64_t before;

	before = traps[0x60].count;
	inject(0x60);
	__asm__ volatile("mov %%rsp, %%rbx\n\tmov %0, %%rsp\n\tsti\n\tnop\n\tcli\n\tmov %%rbx, %%rsp"
			 :
			 : "r"(page + 0x1000)
			 : "rbx", "memory");
	check_equal(traps[0x60].count, before + 1, "an interrupt onto a stack that is not there yet");
	before = traps[VECTOR_BP].count;
	__asm__ volatile("mov %%rsp, %%rbx\n\tmov %0, %%rsp\n\tint3\n\tmov %%rbx, %%rsp"
			 :
			 : "r"(page + 0x2000)
			 : "rbx", "memory");
	check_equal(traps[VECTOR_BP].count, before + 1, "INT3 onto such a stack");
	before = traps[0x81].count;
	__asm__ volatile("mov %%rsp, %%rbx\n\tmov %0, %%rsp\n\tint $0x81\n\tmov %%rbx, %%rsp"
			 :
			 : "r"(page + 0x3000)
			 : "rbx", "memory");
	check_equal(traps[0x81].count, before + 1, "INT n onto such a stack");
	__asm__ volatile("mov %%rsp, %%rbx\n\tmov %0, %%rsp\n\t"
			 "movq $1f, guest_resume(%%rip)\n\tud2\n1:\tmov %%rbx, %%rsp"
			 :
			 : "r"(page + 0x4000)
			 : "rbx", "memory");
	check(trapped(VECTOR_UD), "an exception onto such a stack");
}

static void check_single_step(void)
{
	uint64_t before = traps[VECTOR_DB].count;

	/* POPF sets TF; CPUID exits and must trap behind it as every instruction does. */
	__asm__ volatile("pushf\n\torq $0x100, (%%rsp)\n\tpopf\n\tcpuid\n\tnop\n\t"
			 "pushf\n\tandq $~0x100, (%%rsp)\n\tpopf"
			 :
			 : "a"(0), "c"(0)
			 : "rbx", "rdx", "memory", "cc");
	check_equal(traps[VECTOR_DB].count, before + 5, "a trap behind each instruction");
}

void guest_main(void)
{
	check_windows();
	check_halt();
	check_nmi();
	check_interrupted_delivery(LAZY_PAGE);
	check_single_step();
}
