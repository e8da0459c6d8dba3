/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debug exceptions of the guest's own, at instructions that the hypervisor does in its
 * place: single steps behind each of them and behind each element of a string form, and
 * breakpoints on ports and on a device's memory (SDM volume 3, 18.2.4 and 18.3.1).
 */
#include "guest.h"

#define DR6_RESET UINT64_C(0xffff0ff0)
#define DR6_B0 UINT64_C(1)
#define DR6_B1 UINT64_C(2)
#define DR6_BS (UINT64_C(1) << 14)
/* DR7: L0 and L1, then R/W and LEN of each. */
#define DR7_RESET UINT64_C(0x400)
#define DR7_L0 UINT64_C(1)
#define DR7_L1 UINT64_C(4)
#define DR7_IO_0 (UINT64_C(2) << 16)
#define DR7_IO_1 (UINT64_C(2) << 20)
#define DR7_TWO_BYTES_1 (UINT64_C(1) << 22)
#define DR7_WRITE_0 (UINT64_C(1) << 16)
#define DR7_FOUR_BYTES_0 (UINT64_C(3) << 18)
#define DR7_READ_WRITE_1 (UINT64_C(3) << 20)
#define CR4_DE UINT64_C(8)
#define MSR_PAT 0x277u
#define OTHER_PORT 0x290u
#define ELEMENTS 3u
/** Behind the instruction come NOP, PUSHF, AND and POPF, which clears TF. */
#define STEPS_BEHIND 4u

/** The instruction that STEP steps, and what is behind it. */
extern uint64_t step_at, step_behind;
uint64_t step_at, step_behind;
static uint8_t buffer[ELEMENTS];

#define OPERANDS(...) __VA_ARGS__

/** One instruction with TF set; its outputs and inputs are lists in parentheses. */
#define STEP(text, outputs, inputs)                                                           \
	__asm__ volatile("lea 770f(%%rip), %%r11\n\tmov %%r11, step_at(%%rip)\n\t"            \
			 "lea 771f(%%rip), %%r11\n\tmov %%r11, step_behind(%%rip)\n\t"        \
			 "pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n"                           \
			 "770:\t" text "\n771:\tnop\n\t"                                      \
			 "pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq"                           \
			 : OPERANDS outputs                                                   \
			 : OPERANDS inputs                                                    \
			 : "r11", "memory", "cc")

static uint64_t read_dr6(void)
{
	uint64_t value;

	__asm__ volatile("mov %%dr6, %0" : "=r"(value));
	return value;
}

static void write_dr6(uint64_t value)
{
	__asm__ volatile("mov %0, %%dr6" : : "r"(value));
}

static void begin(void)
{
	write_dr6(DR6_RESET);
	trap_log_length = 0;
}

/** As many traps as elements at the instruction, the last one behind it. */
static void end_steps(uint32_t elements, const char *name)
{
	uint32_t i;

	check_equal(trap_log_length, elements + STEPS_BEHIND, name);
	for (i = 0; i < elements; i++) {
		check_equal(trap_log[i], VECTOR_DB, name);
		check_equal(trap_log_rip[i], i + 1u < elements ? step_at : step_behind, name);
	}
	check_equal(read_dr6(), DR6_RESET | DR6_BS, name);
}

static void step_ports(void)
{
	uint64_t at = (uintptr_t)buffer, count = ELEMENTS;

	begin();
	STEP("outb %%al, %%dx", (), ("a"(0x41), "d"(EMPTY_PORT)));
	end_steps(1, "OUT");
	begin();
	STEP("inb %%dx, %%al", ("=a"(count)), ("d"(EMPTY_PORT)));
	end_steps(1, "IN");
	count = ELEMENTS;
	begin();
	STEP("rep insb", ("+D"(at), "+c"(count)), ("d"(EMPTY_PORT)));
	end_steps(ELEMENTS, "INS");
	at = (uintptr_t)buffer;
	count = ELEMENTS;
	begin();
	STEP("rep outsb", ("+S"(at), "+c"(count)), ("d"(EMPTY_PORT)));
	end_steps(ELEMENTS, "OUTS");
	begin();
	STEP("rep outsb", ("+S"(at), "+c"(count)), ("d"(EMPTY_PORT)));
	end_steps(1, "OUTS of nothing");
}

static void step_device(void)
{
	uint64_t at = SCRATCH, count = ELEMENTS, value = 5;

	begin();
	STEP("movl %%eax, (%%rdi)", (), ("a"(value), "D"(at)));
	end_steps(1, "a device's write");
	begin();
	STEP("movl (%%rdi), %%eax", ("=a"(value)), ("D"(at)));
	end_steps(1, "a device's read");
	begin();
	STEP("addl $3, (%%rdi)", (), ("D"(at)));
	end_steps(1, "both");
	begin();
	STEP("rep stosb", ("+D"(at), "+c"(count)), ("a"(value)));
	end_steps(ELEMENTS, "STOS to a device");
	at = SCRATCH;
	begin();
	STEP("cmpl $1, (%%rdi)", (), ("D"(at)));
	end_steps(1, "CMP with a device");
}

/** Its other arguments are 0, as they are in the trace. */
#define CALL_INPUTS                                                                            \
	("b"(0x55), "c"(0), "d"(0), "S"(0), "D"(0), "r"(r8), "r"(r9), "r"(r10))

static void step_hypercall(void)
{
	register uint64_t r8 __asm__("r8") = 0;
	register uint64_t r9 __asm__("r9") = 0;
	register uint64_t r10 __asm__("r10") = 0;
	uint64_t rax = CALL_ECHO;

	begin();
	if (is_amd()) {
		STEP("vmmcall", ("+a"(rax)), CALL_INPUTS);
	} else {
		STEP("vmcall", ("+a"(rax)), CALL_INPUTS);
	}
	end_steps(1, "a hypercall");
	check_equal(rax, 0x55, "its result");
}

static void step_others(void)
{
	uint64_t rax = 0, rbx, rcx = 0, rdx, cr0 = read_cr0();

	begin();
	STEP("cpuid", ("+a"(rax), "=b"(rbx), "+c"(rcx), "=d"(rdx)), ());
	end_steps(1, "CPUID");
	rcx = MSR_PAT;
	begin();
	STEP("rdmsr", ("=a"(rax), "=d"(rdx)), ("c"(rcx)));
	end_steps(1, "RDMSR");
	begin();
	STEP("wrmsr", (), ("a"(rax), "d"(rdx), "c"(rcx)));
	end_steps(1, "WRMSR");
	begin();
	STEP("mov %%rax, %%cr0", (), ("a"(cr0 ^ (UINT64_C(1) << 16))));
	end_steps(1, "MOV to CR0");
	begin();
	STEP("mov %%rax, %%cr0", (), ("a"(cr0)));
	end_steps(1, "MOV to CR0");
	begin();
	STEP("mov %%rax, %%cr4", (), ("a"(read_cr4())));
	end_steps(1, "MOV to CR4");
	begin();
	STEP("wbinvd", (), ());
	end_steps(1, "WBINVD");
	/* The trap ends the halt. */
	begin();
	STEP("hlt", (), ());
	end_steps(1, "HLT");
	step_hypercall();
}

static void set_breakpoints(uint64_t dr0, uint64_t dr1, uint64_t dr7)
{
	__asm__ volatile("mov %0, %%dr0\n\tmov %1, %%dr1\n\tmov %2, %%dr7"
			 :
			 : "r"(dr0), "r"(dr1), "r"(dr7));
}

/** What is in DR6 of breakpoints, and as many traps. */
static void end_breakpoints(uint64_t met, uint32_t count, const char *name)
{
	uint32_t i;

	check_equal(trap_log_length, count, name);
	for (i = 0; i < count && i < trap_log_length; i++) {
		check_equal(trap_log[i], VECTOR_DB, name);
	}
	check_equal(read_dr6(), DR6_RESET | met, name);
}

static void break_on_ports(void)
{
	uint64_t at = (uintptr_t)buffer, count = ELEMENTS, cr4 = read_cr4();

	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_DE));
	set_breakpoints(EMPTY_PORT, OTHER_PORT + 1u,
			DR7_RESET | DR7_L0 | DR7_IO_0 | DR7_L1 | DR7_IO_1 | DR7_TWO_BYTES_1);
	begin();
	out8(EMPTY_PORT, 1);
	end_breakpoints(DR6_B0, 1, "OUT to a port with a breakpoint");
	begin();
	(void)in8(EMPTY_PORT);
	end_breakpoints(DR6_B0, 1, "IN from it");
	begin();
	out8(EMPTY_PORT + 1u, 2);
	out8(EMPTY_PORT - 1u, 2);
	end_breakpoints(0, 0, "the ports beside it");
	begin();
	out16(EMPTY_PORT - 1u, 3);
	end_breakpoints(DR6_B0, 1, "an access that reaches it");
	begin();
	out8(OTHER_PORT, 4);
	end_breakpoints(DR6_B1, 1, "a breakpoint's first byte of two");
	begin();
	out8(OTHER_PORT + 2u, 5);
	end_breakpoints(0, 0, "behind it");
	begin();
	__asm__ volatile("rep outsb" : "+S"(at), "+c"(count) : "d"(EMPTY_PORT) : "memory");
	end_breakpoints(DR6_B0, ELEMENTS, "each element of OUTS");
	/* Together with a single step it is one exception. */
	begin();
	STEP("outb %%al, %%dx", (), ("a"(6), "d"(EMPTY_PORT)));
	/* A later debug exception may clear the bit of the breakpoint (18.2.3). */
	write_dr6(read_dr6() & ~DR6_B0);
	end_breakpoints(DR6_BS, 1u + STEPS_BEHIND, "with a single step");
	check_equal(trap_log_rip[0], step_behind, "where both trap");
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
	begin();
	out8(EMPTY_PORT, 7);
	end_breakpoints(0, 0, "without CR4.DE");
	set_breakpoints(0, 0, DR7_RESET);
}

/** On what the device has at SCRATCH: DR0 writes of four bytes, DR1 any access to one. */
static void break_on_device(void)
{
	const uint64_t written = SCRATCH + 4u, any = SCRATCH + 9u;
	uint64_t value = 5;

	set_breakpoints(written, any,
			DR7_RESET | DR7_L0 | DR7_WRITE_0 | DR7_FOUR_BYTES_0 | DR7_L1 |
				DR7_READ_WRITE_1);
	begin();
	__asm__ volatile("movl %%eax, (%%rdi)" : : "a"(value), "D"(written) : "memory");
	end_breakpoints(DR6_B0, 1, "a write of what a breakpoint is on");
	begin();
	__asm__ volatile("movl (%%rdi), %%eax" : "=a"(value) : "D"(written) : "memory");
	end_breakpoints(0, 0, "a read of it");
	begin();
	__asm__ volatile("addl $3, (%%rdi)" : : "D"(written) : "memory", "cc");
	end_breakpoints(DR6_B0, 1, "both");
	begin();
	__asm__ volatile("movl (%%rdi), %%eax" : "=a"(value) : "D"(any - 1u) : "memory");
	end_breakpoints(DR6_B1, 1, "a read that reaches one on both");
	begin();
	__asm__ volatile("movb %%al, (%%rdi)" : : "a"(6), "D"(any + 1u) : "memory");
	end_breakpoints(0, 0, "a write beside it");
	set_breakpoints(0, 0, DR7_RESET);
}

void guest_main(void)
{
	step_ports();
	step_device();
	step_others();
	break_on_ports();
	break_on_device();
}
