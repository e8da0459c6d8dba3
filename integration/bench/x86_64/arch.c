/* SPDX-License-Identifier: Apache-2.0 */
/* The bench on a PC: SVM under QEMU, VMX under Bochs. */
#include "../arch.h"

#include "../../hypervisor/mmio.h"
#include "../../hypervisor/x86_64/apic.h"
#include "../../hypervisor/x86_64/cpu.h"
#include "../../hypervisor/x86_64/pc.h"
#include "floor.h"
#include "x86_vcpu/x86_vcpu.h"

/** Where the launcher leaves a word (bench.sh); Bochs leaves 0. */
#define MODE_ADDRESS UINT64_C(0xf000000)
/** Register of BENCH_GUEST_LIBRARY_CALL's counter: rsi. */
#define COUNTER_GPR 6u
/** Vectors of the guest's interrupt and of the physical one. */
#define VECTOR_GUEST 0x40u
#define VECTOR_HOST 0x50u
/** Third byte of VMCALL; of VMMCALL, which guest.S has, it is 0xd9. */
#define VMCALL_BYTE 2u
#define VMCALL_LAST 0xc1u

/* The ICR of the local APIC: to this CPU itself (SDM volume 3, 11.6.1). */
#define APIC_ICR (PC_LOCAL_APIC + 0x300u)
#define APIC_ICR_SELF (UINT32_C(1) << 18)
#define APIC_ICR_ASSERT (UINT32_C(1) << 14)

/* NPT (APM volume 2, 15.25.5) and EPT (SDM volume 3, 29.3.2): pages of 2 MiB, all access */
#define TABLE_ENTRIES 512u
#define TABLE_BITS UINT64_C(7)
#define PAGE_LARGE (UINT64_C(1) << 7)
#define PAGE_SHIFT 21u
#define EPT_WRITE_BACK (UINT64_C(6) << 3)
/** RAM that guests see. */
#define RAM_PAGES 64u

/* Gates, SDM volume 3, 6.14.1 */
#define VECTORS 256u
#define GATE_INTERRUPT (UINT64_C(0x8e) << 40)
#define SELECTOR_CODE UINT64_C(0x08)
#define SELECTOR_TSS 0x18u
/* A system descriptor, SDM volume 3, 7.2.3 */
#define TSS_BYTES 104u
#define TSS_AVAILABLE (UINT64_C(0x89) << 40)

/* 16550 UART (National PC16550D, table 2) */
#define UART_THR 0u
#define UART_LCR 3u
#define UART_LCR_8N1 0x03u
#define UART_LSR 5u
#define UART_LSR_THRE 0x20u
#define UART_LSR_TEMT 0x40u

/** ACPI PM1a control: SLP_EN, and the type that QEMU's boards turn off by. */
#define PM1_SLEEP_ENABLE 0x2000u

struct descriptor {
	uint64_t low;
	uint64_t high;
};

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern const char bench_guest_hypercall[], bench_guest_fp[], bench_guest_library_call[],
	bench_guest_mmio_read[], bench_guest_mmio_write[], bench_guest_port_read[],
	bench_guest_interrupt[], bench_guest_handler[], bench_host_handler[], bench_trap[];
/** Where guest.S has its VMMCALLs. */
extern uint8_t *const bench_guest_calls[], *const bench_guest_calls_end[];
extern uint8_t hypervisor_end[], boot_pml4[];
extern uint64_t boot_gdt[];
/* guest.S and boot.S know these. */
extern struct table_pointer bench_idt_pointer;
_Noreturn void board_start(uint32_t start_info);

static struct descriptor idt[VECTORS];
struct table_pointer bench_idt_pointer = { .limit = sizeof(idt) - 1u };
static uint8_t tss[TSS_BYTES] __attribute__((aligned(16)));
static void *percpu_slot;

const uint32_t bench_vector = VECTOR_GUEST;
const bool bench_has_controller = true;
const uint64_t bench_raise_cost = 1; /* the store to the ICR */

#define PROGRAM(label, instructions) \
	{ .entry = (uintptr_t)(label), .overhead = (instructions) }
/* The overheads are counted in guest.S, the handler's not among them. */
const struct bench_program bench_programs[BENCH_GUEST_COUNT] = {
	[BENCH_GUEST_HYPERCALL] = PROGRAM(bench_guest_hypercall, 2),
	[BENCH_GUEST_FP] = PROGRAM(bench_guest_fp, 3),
	[BENCH_GUEST_LIBRARY_CALL] = PROGRAM(bench_guest_library_call, 4),
	[BENCH_GUEST_MMIO_READ] = PROGRAM(bench_guest_mmio_read, 1),
	[BENCH_GUEST_MMIO_WRITE] = PROGRAM(bench_guest_mmio_write, 1),
	[BENCH_GUEST_PORT_READ] = PROGRAM(bench_guest_port_read, 1),
	[BENCH_GUEST_INTERRUPT] = PROGRAM(bench_guest_interrupt, 2),
};

static bool is_vmx(void)
{
	return x86_vcpu_backend() == X86_VCPU_BACKEND_VMX;
}

const char *arch_name(void)
{
	return is_vmx() ? "x86_64-vmx" : "x86_64";
}

const struct axvcpu_arch_ops *arch_ops(void)
{
	return x86_vcpu_ops();
}

uint64_t arch_stage2_root(void)
{
	static _Alignas(4096) uint64_t tables[3][TABLE_ENTRIES];
	uint64_t bits = TABLE_BITS | PAGE_LARGE | (is_vmx() ? EPT_WRITE_BACK : 0u);

	tables[0][0] = (uintptr_t)tables[1] | TABLE_BITS;
	tables[1][0] = (uintptr_t)tables[2] | TABLE_BITS;
	for (uint64_t i = 0; i < RAM_PAGES; i++) {
		tables[2][i] = i << PAGE_SHIFT | bits;
	}
	return (uintptr_t)tables[0];
}

axvcpu_error_t arch_setup(struct axvcpu *vcpu, uint64_t entry, uint64_t root, bool controller)
{
	const struct x86_vcpu_setup_config setup = {
		.size = sizeof(setup),
		.flags = controller ? (uint32_t)X86_VCPU_LOCAL_APIC : 0u,
		.start_mode = X86_VCPU_START_LONG,
		.cr3 = (uintptr_t)boot_pml4,
	};

	return axvcpu_setup(vcpu, entry, root, &setup);
}

axvcpu_error_t arch_set_counter(struct axvcpu *vcpu, uint64_t count)
{
	return axvcpu_set_gpr(vcpu, COUNTER_GPR, count);
}

uint64_t arch_instructions(void)
{
	/* With -icount shift=0 an instruction takes a nanosecond, a tick of QEMU's counter; Bochs counts them. */
	return rdtsc();
}

void arch_floor(uint64_t entry, uint64_t rounds)
{
	if (is_vmx()) {
		floor_vmx(entry, rounds);
	} else {
		floor_svm(entry, rounds, (uintptr_t)boot_pml4);
	}
}

void *arch_percpu_get(void)
{
	return percpu_slot;
}

void arch_percpu_set(void *pointer)
{
	percpu_slot = pointer;
}

void arch_raise_interrupt(void)
{
	mmio_write32(APIC_ICR, APIC_ICR_SELF | APIC_ICR_ASSERT | VECTOR_HOST);
}

uint64_t arch_interrupt_fetch(void)
{
	/* Its handler does nothing. */
	__asm__ volatile("sti\n\tnop\n\tcli" ::: "memory");
	return VECTOR_HOST;
}

void arch_interrupt_end(uint64_t vector)
{
	(void)vector;
	apic_end_of_interrupt();
}

void arch_put_char(char c)
{
	while ((in8(PC_COM1 + UART_LSR) & UART_LSR_THRE) == 0) {
	}
	out8(PC_COM1 + UART_THR, (uint8_t)c);
}

uint32_t arch_mode(void)
{
	return mmio_read32(MODE_ADDRESS);
}

void arch_power_off(void)
{
	const char *word;

	while ((in8(PC_COM1 + UART_LSR) & UART_LSR_TEMT) == 0) {
	}
	out16(PC_PM1A_CONTROL, PM1_SLEEP_ENABLE);
	for (word = PC_BOCHS_SHUTDOWN; *word != '\0'; word++) {
		out8(PC_BOCHS, (uint8_t)*word);
	}
	for (;;) {
		__asm__ volatile("cli\n\thlt");
	}
}

static void set_gate(uint32_t vector, const char *handler)
{
	uint64_t at = (uintptr_t)handler;

	idt[vector].low = (at & 0xffffu) | SELECTOR_CODE << 16 | GATE_INTERRUPT |
			  (at >> 16 & 0xffffu) << 48;
	idt[vector].high = at >> 32;
}

/** One interrupt table serves the hypervisor and its guests; only the hypervisor has a task. */
static void set_tables(void)
{
	uint64_t at = (uintptr_t)tss;

	for (uint32_t i = 0; i < VECTORS; i++) {
		set_gate(i, bench_trap);
	}
	set_gate(VECTOR_GUEST, bench_guest_handler);
	set_gate(VECTOR_HOST, bench_host_handler);
	bench_idt_pointer.base = (uintptr_t)idt;
	__asm__ volatile("lidt %0" : : "m"(bench_idt_pointer));
	boot_gdt[SELECTOR_TSS / sizeof(uint64_t)] = (TSS_BYTES - 1u) | (at & 0xffffffu) << 16 |
						     TSS_AVAILABLE | (at >> 24 & 0xffu) << 56;
	boot_gdt[SELECTOR_TSS / sizeof(uint64_t) + 1u] = at >> 32;
	__asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS));
}

void board_start(uint32_t start_info)
{
	uint8_t *const *call;

	(void)start_info;
	set_tables();
	out8(PC_COM1 + UART_LCR, UART_LCR_8N1);
	/* The PICs keep silent. */
	out8(PC_PIC_MASTER + 1u, 0xff);
	out8(PC_PIC_SLAVE + 1u, 0xff);
	apic_init();
	for (call = bench_guest_calls; is_vmx() && call < bench_guest_calls_end; call++) {
		(*call)[VMCALL_BYTE] = VMCALL_LAST;
	}
	bench_main(hypervisor_end);
}
