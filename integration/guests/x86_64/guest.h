/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our own x86 test guests stand on: a console, checks, exceptions that are caught
 * and looked at, calls to the hypervisor.
 *
 * A guest defines guest_main(), which makes checks; afterwards the machine is powered
 * off if all held (status 0), or reset if one failed (status 3).
 */
#ifndef X86_64_GUEST_H_
#define X86_64_GUEST_H_

#include "../check.h"

/* The machine, as a PC. */
#define COM1 0x3f8u
#define PM1A_CONTROL 0x604u
#define RESET_PORT 0xcf9u
#define EXIT_PORT 0xf4u
#define RTC 0x70u
/** Nothing is there. */
#define EMPTY_PORT 0x280u
/* Test devices of the hypervisor (integration/hypervisor/test_devices.h) */
#define SCRATCH UINT64_C(0x0b000000)
#define LAZY_PAGE UINT64_C(0x0b010000)
#define LAZY_PAGES_SIZE UINT64_C(0x4000)
#define UNMAPPED UINT64_C(0x0c000000)
#define CALL_ECHO UINT64_C(0xc6000000)
#define CALL_INJECT UINT64_C(0xc6000001)
#define CALL_KICK UINT64_C(0xc6000002)
#define CALL_EXITS UINT64_C(0xc6000003)
/** Takes a page of LAZY_PAGE, by its number, away until its next access. */
#define CALL_HIDE UINT64_C(0xc6000007)
#define INJECT_NMI 256u
/** Plus a vector: as from a PIC. */
#define INJECT_EXTINT 512u

/** 0 for Bochs' SVM, where VMRUN does not load CR2: exceptions that are injected leave it. */
#if !defined(CR2_IS_LOADED)
#define CR2_IS_LOADED 1
#endif

/* Exceptions, SDM volume 3, 6.15 */
enum vector {
	VECTOR_DE = 0,
	VECTOR_DB = 1,
	VECTOR_NMI = 2,
	VECTOR_BP = 3,
	VECTOR_OF = 4,
	VECTOR_UD = 6,
	VECTOR_DF = 8,
	VECTOR_GP = 13,
	VECTOR_PF = 14,
};
#define EXCEPTIONS 32u

/** The last trap of each vector, and how many of it so far. */
struct trap {
	uint64_t count;
	uint64_t rip;
	uint64_t error_code;
	uint64_t cr2;
};
extern volatile struct trap traps[256];
/** The vectors of all traps, in their order. */
#define TRAP_LOG 64u
extern volatile uint8_t trap_log[TRAP_LOG];
extern volatile uint32_t trap_log_length;
/** And where they came. */
extern volatile uint64_t trap_log_rip[TRAP_LOG];
/** Where the next exception returns to, once; 0: it is the guest's end. */
extern volatile uint64_t guest_resume;

/** Once its APIC's page is mapped, interrupts are ended there; or by its MSR with this. */
extern bool guest_apic_is_x2apic;

/** If set, has every interrupt and NMI, and ends it itself. */
extern void (*guest_interrupt)(uint64_t vector);
/** The CPU that calls uses the guest's interrupt descriptors. */
void guest_load_traps(void);

/** EAX and EBX at the start, which a boot protocol fills. */
extern uint32_t guest_boot_eax;
extern uint32_t guest_boot_ebx;

void guest_main(void);
/** Whether a vector came exactly once since the last call for it. */
bool trapped(uint32_t vector);

/**
 * Runs assembly that may fault: it then goes on behind it. `...` are its operands, with
 * the clobbers that it needs.
 */
#define TRY(text, ...)                                                            \
	__asm__ volatile("movq $770f, guest_resume(%%rip)\n\t" text "\n770:\n\t" \
			 "movq $0, guest_resume(%%rip)" __VA_ARGS__)

/** A hypercall by the instruction that this CPU has. */
uint64_t hypercall(uint64_t number, uint64_t arg1, uint64_t arg2, uint64_t arg3);
/** Whether that is VMMCALL. */
bool is_amd(void);
/** The same with all nine registers: rax, rbx, rcx, rdx, rsi, rdi, r8, r9, r10, and back. */
void hypercall_all(uint64_t registers[9]);

/** Where the stack of such code begins. */
extern void *guest_user_stack;
/** Runs code at CPL 3 until it makes a trap of `vector`, which is its end. */
void run_user(void (*code)(void), uint32_t vector);
/** For code that goes to CPL 3 by itself: whether any trap from there is its end, as of run_user(). */
void guest_end_user(bool at_any_trap);
/** The same until any trap, with interrupts on. */
void run_user_until_any(void (*code)(void));

static inline void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "d"(port));
}

static inline void out16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "d"(port));
}

static inline void out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "d"(port));
}

static inline uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "d"(port));
	return value;
}

static inline uint64_t read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	return value;
}

static inline uint64_t read_cr4(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	return value;
}

/** RDMSR; whether it faulted is trapped(VECTOR_GP). */
static inline uint64_t read_msr(uint32_t msr)
{
	uint64_t low = 0, high = 0;

	TRY("rdmsr", : "+a"(low), "+d"(high) : "c"(msr) : "memory");
	return high << 32 | low;
}

static inline void write_msr(uint32_t msr, uint64_t value)
{
	TRY("wrmsr", : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};
static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid out;

	__asm__ volatile("cpuid"
			 : "=a"(out.eax), "=b"(out.ebx), "=c"(out.ecx), "=d"(out.edx)
			 : "a"(leaf), "c"(subleaf));
	return out;
}

#endif /* X86_64_GUEST_H_ */
