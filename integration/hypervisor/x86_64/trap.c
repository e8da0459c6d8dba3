/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions and interrupts of the hypervisor itself. */
#include "trap.h"

#include "../board.h"
#include "../console.h"
#include "../sched.h"
#include "../vm.h"
#include "apic.h"
#include "cpu.h"
#include "time.h"

#define VECTORS 256u
#define EXCEPTIONS 32u
#define VECTOR_NMI 2u
#define ENTRY_BYTES 16u
#define SELECTOR_CODE 0x08u
#define SELECTOR_TSS 0x18u
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

static struct descriptor idt[VECTORS];
static uint8_t tss[TSS_BYTES] __attribute__((aligned(16)));
static uint64_t last_interrupt = AXVCPU_IRQ_NONE;

void trap_init(void)
{
	extern const uint8_t idt_entries[];
	extern struct descriptor boot_tss_descriptor;
	struct table_pointer pointer = { .limit = sizeof(idt) - 1u, .base = (uintptr_t)idt };
	uint64_t at = (uintptr_t)tss;
	uint32_t i;

	for (i = 0; i < VECTORS; i++) {
		uint64_t entry = (uintptr_t)&idt_entries[i * ENTRY_BYTES];

		idt[i].low = (entry & 0xffffu) | SELECTOR_CODE << 16 | GATE_INTERRUPT |
			     (entry >> 16 & 0xffffu) << 48;
		idt[i].high = entry >> 32;
	}
	__asm__ volatile("lidt %0" : : "m"(pointer));
	boot_tss_descriptor.low = (TSS_BYTES - 1u) | (at & 0xffffffu) << 16 | TSS_AVAILABLE |
				  (at >> 24 & 0xffu) << 56;
	boot_tss_descriptor.high = at >> 32;
	__asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS));
}

static _Noreturn void fatal(const struct trap_frame *frame)
{
	static bool entered;

	if (entered) {
		board_power_off(); /* an exception of what follows; the runner sees that no status came */
	}
	entered = true;
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
	last_interrupt = frame->vector;
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
		break; /* spurious, or an NMI, which has done its work by coming */
	}
}

uint64_t trap_take_interrupt(void)
{
	uint64_t vector = last_interrupt;

	last_interrupt = AXVCPU_IRQ_NONE;
	return vector;
}
