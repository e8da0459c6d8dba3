/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions and interrupts of the hypervisor itself. */
#include "trap.h"

#include "../board.h"
#include "../bytes.h"
#include "../console.h"
#include "../sched.h"
#include "../vm.h"
#include "apic.h"
#include "cpu.h"
#include "nmi_tick.h"
#include "time.h"
#include "x86_vcpu/x86_vcpu.h"

#define VECTORS 256u
#define EXCEPTIONS 32u
#define VECTOR_NMI 2u
#define ENTRY_BYTES 16u
#define SELECTOR_CODE 0x08u
#define SELECTOR_TSS 0x18u
/** Of boot.S. */
#define GDT_ENTRIES 6u
#define MSR_GS_BASE 0xc0000101u
/* Gate and system descriptors, SDM volume 3, 6.14.1 and 7.2.3 */
#define GATE_INTERRUPT (UINT64_C(0x8e) << 40)
#define TSS_AVAILABLE (UINT64_C(0x89) << 40)
#define TSS_BYTES 104u

struct descriptor {
	uint64_t low;
	uint64_t high;
};

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

/** What idt.S pushes, lowest address first. */
struct trap_frame {
	uint64_t gpr[15];
	uint64_t vector;
	uint64_t error_code;
	uint64_t rip;
	uint64_t cs;
	uint64_t rflags;
	uint64_t rsp;
	uint64_t ss;
};

void board_trap(const struct trap_frame *frame);

/** What each CPU has for itself; GS points there. */
struct own {
	/** First: what board_this_cpu() reads. */
	struct cpu *cpu;
	/** Second: where this is. */
	struct own *self;
	uint64_t last_interrupt;
	uint64_t gdt[GDT_ENTRIES];
	_Alignas(16) uint8_t tss[TSS_BYTES];
};

_Static_assert(offsetof(struct own, cpu) == 0 && offsetof(struct own, self) == 8, "by GS");

static struct own owns[CPUS_MAX];
static struct descriptor idt[VECTORS];
/** All CPUs are alike. */
static bool is_vmx;

/** The calling CPU's. */
static struct own *this_own(void)
{
	struct own *own;

	__asm__ volatile("mov %%gs:8, %0" : "=r"(own));
	return own;
}

/** Descriptors as at the start, with a task state of its own. */
static void load_gdt(struct own *own)
{
	extern const uint64_t boot_gdt[GDT_ENTRIES];
	const struct table_pointer pointer = { .limit = sizeof(own->gdt) - 1u,
					       .base = (uintptr_t)own->gdt };
	uint64_t at = (uintptr_t)own->tss;

	memcpy(own->gdt, boot_gdt, sizeof(own->gdt));
	own->gdt[SELECTOR_TSS / sizeof(uint64_t)] = (TSS_BYTES - 1u) | (at & 0xffffffu) << 16 |
						    TSS_AVAILABLE | (at >> 24 & 0xffu) << 56;
	own->gdt[SELECTOR_TSS / sizeof(uint64_t) + 1u] = at >> 32;
	__asm__ volatile("lgdt %0" : : "m"(pointer));
	__asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS));
}

void trap_init_cpu(uint32_t cpu)
{
	const struct table_pointer pointer = { .limit = sizeof(idt) - 1u, .base = (uintptr_t)idt };

	owns[cpu].self = &owns[cpu];
	owns[cpu].last_interrupt = AXVCPU_IRQ_NONE;
	load_gdt(&owns[cpu]);
	__asm__ volatile("lidt %0" : : "m"(pointer));
	wrmsr(MSR_GS_BASE, (uintptr_t)&owns[cpu]);
}

void board_set_this_cpu(struct cpu *cpu)
{
	owns[cpu->id].cpu = cpu;
}

struct cpu *board_this_cpu(void)
{
	struct cpu *cpu;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

void trap_init(void)
{
	extern const uint8_t idt_entries[];
	uint32_t i;

	for (i = 0; i < VECTORS; i++) {
		uint64_t entry = (uintptr_t)&idt_entries[i * ENTRY_BYTES];

		idt[i].low = (entry & 0xffffu) | SELECTOR_CODE << 16 | GATE_INTERRUPT |
			     (entry >> 16 & 0xffffu) << 48;
		idt[i].high = entry >> 32;
	}
	is_vmx = x86_vcpu_backend() == X86_VCPU_BACKEND_VMX;
	trap_init_cpu(0);
}

static _Noreturn void fatal(const struct trap_frame *frame)
{
	static bool entered;

	if (__atomic_exchange_n(&entered, true, __ATOMIC_SEQ_CST)) {
		board_power_off(); /* an exception of what follows; the runner sees that no status came */
	}
	log_line(AXVCPU_LOG_ERROR,
		 "the hypervisor failed: exception %u, error code %x, rip %x, rsp %x, cr2 %x",
		 frame->vector, frame->error_code, frame->rip, frame->rsp, read_cr2());
	report_line("status %u", (uint64_t)VM_ERROR);
	board_power_off();
}

void board_trap(const struct trap_frame *frame)
{
	if (frame->vector < EXCEPTIONS && frame->vector != VECTOR_NMI) {
		fatal(frame);
	}
	if (frame->vector == VECTOR_NMI) {
		nmi_tick();
		return; /* it has done its work by coming */
	}
	this_own()->last_interrupt = frame->vector;
	switch (frame->vector) {
	case APIC_VECTOR_TIMER:
		if (time_interrupt()) {
			board_this_cpu()->turn_over = true;
		}
		apic_end_of_interrupt();
		break;
	case APIC_VECTOR_KICK:
		apic_end_of_interrupt();
		break;
	default:
		break; /* spurious */
	}
}

void trap_before_run(void)
{
	/*
	 * Bochs 2.7 keeps interrupts back from an entry with the guest's IF clear until the
	 * guest changes it: they do not end such a run.
	 */
	if (is_vmx) {
		board_handle_interrupts();
	}
}

uint64_t trap_take_interrupt(void)
{
	struct own *own = this_own();
	uint64_t vector = own->last_interrupt;

	own->last_interrupt = AXVCPU_IRQ_NONE;
	return vector;
}
