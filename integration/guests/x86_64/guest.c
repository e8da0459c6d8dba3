/* SPDX-License-Identifier: Apache-2.0 */
#include "guest.h"

#define PM1_SLEEP_ENABLE 0x2000u
#define RESET_CPU 0x06u
#define SELECTOR_CODE UINT64_C(0x08)
#define GATE_INTERRUPT (UINT64_C(0x8e) << 40)
/** Programs may use INT 0x80 and INT3. */
#define GATE_USER (UINT64_C(0x60) << 40)
#define VECTOR_SYSCALL 0x80u
#define ENTRY_BYTES 16u
#define TSS_BYTES 104u
#define TSS_IO_MAP 102u
#define TSS_AVAILABLE (UINT64_C(0x89) << 40)
#define CPUID_AMD 0x68747541u
#define USER_STACK 4096u
#define CPL 3u
#define RFLAGS_PLAIN UINT64_C(2)
#define RFLAGS_IF UINT64_C(0x200)
#define ANY_VECTOR 0x100u
#define NO_VECTOR 0x101u
#define APIC_EOI UINT64_C(0xfee000b0)
#define X2APIC_EOI 0x80bu

struct frame {
	uint64_t gpr[15];
	uint64_t vector;
	uint64_t error_code;
	uint64_t rip;
	uint64_t cs;
	uint64_t rflags;
	uint64_t rsp;
	uint64_t ss;
};

volatile struct trap traps[256];
volatile uint8_t trap_log[TRAP_LOG];
volatile uint32_t trap_log_length;
volatile uint64_t trap_log_rip[TRAP_LOG];
volatile uint64_t guest_resume;

bool guest_apic_is_x2apic;
void (*guest_interrupt)(uint64_t vector);

static uint64_t seen[256];
static uint64_t idt[256][2];
static uint32_t user_end = NO_VECTOR;
static uint8_t user_stack[USER_STACK] __attribute__((aligned(16)));
void *guest_user_stack = user_stack + sizeof(user_stack) - 8u;

void guest_run(void);
void guest_trap(struct frame *frame);
void guest_to_user(void (*code)(void), void *stack, uint64_t rflags);
void guest_user_done(void);

void put_char(char c)
{
	out8(COM1, (uint8_t)c);
}

/** Once the guest maps its local APIC, interrupts are ended there. */
static void end_of_interrupt(uint64_t vector)
{
	extern uint64_t guest_pdpt[];

	if (vector >= EXCEPTIONS && guest_apic_is_x2apic) {
		write_msr(X2APIC_EOI, 0);
	} else if (vector >= EXCEPTIONS && guest_pdpt[3] != 0) {
		*(volatile uint32_t *)APIC_EOI = 0;
	}
}

void guest_trap(struct frame *frame)
{
	volatile struct trap *trap = &traps[frame->vector];
	uint64_t cr2;

	if (guest_interrupt != NULL &&
	    (frame->vector >= EXCEPTIONS || frame->vector == VECTOR_NMI)) {
		guest_interrupt(frame->vector);
		return;
	}
	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	trap->count++;
	trap->rip = frame->rip;
	trap->error_code = frame->error_code;
	trap->cr2 = cr2;
	if (trap_log_length < TRAP_LOG) {
		trap_log_rip[trap_log_length] = frame->rip;
		trap_log[trap_log_length++] = (uint8_t)frame->vector;
	}
	if ((frame->vector == user_end || user_end == ANY_VECTOR) && (frame->cs & CPL) != 0) {
		end_of_interrupt(frame->vector);
		frame->rip = (uintptr_t)guest_user_done;
		frame->cs = SELECTOR_CODE;
		frame->ss = 0;
		frame->rflags = RFLAGS_PLAIN;
		return;
	}
	end_of_interrupt(frame->vector);
	/* INT3, NMI and interrupts go on where they came; #DB as well. */
	if (frame->vector >= EXCEPTIONS || frame->vector == VECTOR_NMI ||
	    frame->vector == VECTOR_BP || frame->vector == VECTOR_DB) {
		return;
	}
	if (guest_resume == 0) {
		print("FAIL: unexpected exception ");
		print_hex(frame->vector);
		print(" at ");
		print_hex(frame->rip);
		print(" cr2 ");
		print_hex(cr2);
		print(" error ");
		print_hex(frame->error_code);
		print(" cs ");
		print_hex(frame->cs);
		print(" rsp ");
		print_hex(frame->rsp);
		print("\n");
		out8(RESET_PORT, RESET_CPU);
	}
	frame->rip = guest_resume;
	guest_resume = 0;
}

bool trapped(uint32_t vector)
{
	bool once = traps[vector].count == seen[vector] + 1u;

	seen[vector] = traps[vector].count;
	return once;
}

bool is_amd(void)
{
	return cpuid(0, 0).ebx == CPUID_AMD;
}

void hypercall_all(uint64_t registers[9])
{
	uint64_t rax = registers[0], rbx = registers[1], rcx = registers[2], rdx = registers[3];
	uint64_t rsi = registers[4], rdi = registers[5];
	register uint64_t r8 __asm__("r8") = registers[6];
	register uint64_t r9 __asm__("r9") = registers[7];
	register uint64_t r10 __asm__("r10") = registers[8];

	if (is_amd()) {
		__asm__ volatile("vmmcall"
				 : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx), "+S"(rsi), "+D"(rdi),
				   "+r"(r8), "+r"(r9), "+r"(r10)
				 :
				 : "memory");
	} else {
		__asm__ volatile("vmcall"
				 : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx), "+S"(rsi), "+D"(rdi),
				   "+r"(r8), "+r"(r9), "+r"(r10)
				 :
				 : "memory");
	}
	registers[0] = rax;
	registers[1] = rbx;
	registers[2] = rcx;
	registers[3] = rdx;
	registers[4] = rsi;
	registers[5] = rdi;
	registers[6] = r8;
	registers[7] = r9;
	registers[8] = r10;
}

uint64_t hypercall(uint64_t number, uint64_t arg1, uint64_t arg2, uint64_t arg3)
{
	uint64_t registers[9] = { number, arg1, arg2, arg3 };

	hypercall_all(registers);
	return registers[0];
}

void run_user(void (*code)(void), uint32_t vector)
{
	user_end = vector;
	guest_to_user(code, guest_user_stack, RFLAGS_PLAIN);
	user_end = NO_VECTOR;
}

void run_user_until_any(void (*code)(void))
{
	user_end = ANY_VECTOR;
	guest_to_user(code, guest_user_stack, RFLAGS_PLAIN | RFLAGS_IF);
	user_end = NO_VECTOR;
}

void guest_end_user(bool at_any_trap)
{
	user_end = at_any_trap ? ANY_VECTOR : NO_VECTOR;
}

void guest_load_traps(void)
{
	const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = { sizeof(idt) - 1u, (uintptr_t)idt };

	__asm__ volatile("lidt %0" : : "m"(pointer));
}

static void prepare_traps(void)
{
	extern const uint8_t guest_vectors[];
	extern uint64_t guest_tss_descriptor[2];
	extern uint8_t guest_tss[];
	uint64_t at = (uintptr_t)guest_tss;
	uint32_t i;

	guest_tss[TSS_IO_MAP] = TSS_BYTES; /* none: programs have no ports */
	for (i = 0; i < 256; i++) {
		uint64_t entry = (uintptr_t)&guest_vectors[i * ENTRY_BYTES];

		idt[i][0] = (entry & 0xffffu) | SELECTOR_CODE << 16 | GATE_INTERRUPT |
			    (i == VECTOR_SYSCALL || i == VECTOR_BP || i == VECTOR_OF ? GATE_USER : 0) |
			    (entry >> 16 & 0xffffu) << 48;
		idt[i][1] = entry >> 32;
	}
	guest_load_traps();
	guest_tss_descriptor[0] = (TSS_BYTES - 1u) | (at & 0xffffffu) << 16 | TSS_AVAILABLE |
				  (at >> 24 & 0xffu) << 56;
	guest_tss_descriptor[1] = at >> 32;
}

void guest_run(void)
{
	prepare_traps();
	guest_main();
	if (checks_held()) {
		out16(PM1A_CONTROL, PM1_SLEEP_ENABLE);
	}
	out8(RESET_PORT, RESET_CPU);
}
