/* SPDX-License-Identifier: Apache-2.0 */
/* The bench on QEMU's riscv64 `virt` board, under its OpenSBI. */
#include "../arch.h"

#include "../../hypervisor/mmio.h"
#include "riscv_vcpu/riscv_vcpu.h"

/* Addresses of the board (hw/riscv/virt.c, virt_memmap). */
#define VIRT_UART UINT64_C(0x10000000)
#define VIRT_RAM UINT64_C(0x80000000)
/** Where the launcher leaves a word (bench.sh). */
#define MODE_ADDRESS UINT64_C(0x8f000000)
/* SBI 2.0, 10: system reset extension, its function, shutdown */
#define SBI_SRST UINT64_C(0x53525354)
/** Register of BENCH_GUEST_LIBRARY_CALL's counter: s1. */
#define COUNTER_GPR 9u
/** x0 to x31 and the host's stack pointer, as floor.S has them. */
#define FLOOR_WORDS 33u

/* Supervisor software interrupt: its code in scause, its bit in sip and sie. */
#define INTERRUPT_SOFTWARE UINT64_C(1)
#define SIP_SSIP UINT64_C(2)
/* sstatus (4.1.1): sret goes to S mode; hstatus (15.2.1): to the guest, whose accesses are VS's */
#define SSTATUS_SPP UINT64_C(0x100)
#define HSTATUS_SPV UINT64_C(0x80)
#define HSTATUS_SPVP UINT64_C(0x100)

/* Sv39x4 (15.5.1): a root of 2048 entries, leaves of 1 GiB; U as all of the guest's, A, D */
#define TABLE_ENTRIES 2048u
#define GIGABYTE_SHIFT 30u
#define PTE_PPN_SHIFT 10u
#define PAGE_SHIFT 12u
#define PTE_LEAF UINT64_C(0xdf)

/** hstatus by its number: its name takes the H extension. */
#define CSR_HSTATUS 0x600

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define CSR_READ(name)                                               \
	__extension__({                                              \
		uint64_t csr_value;                                  \
		__asm__ volatile("csrr %0, " TEXT(name) : "=r"(csr_value)); \
		csr_value;                                           \
	})
#define CSR_WRITE(name, value) \
	__asm__ volatile("csrw " TEXT(name) ", %0" : : "r"((uint64_t)(value)) : "memory")
#define CSR_SET(name, bits) \
	__asm__ volatile("csrs " TEXT(name) ", %0" : : "r"((uint64_t)(bits)) : "memory")

extern const char bench_guest_hypercall[], bench_guest_fp[], bench_guest_library_call[],
	bench_guest_mmio_read[], bench_guest_mmio_write[], bench_guest_interrupt[];
extern const char floor_vector[];
void floor_enter(uint64_t context[FLOOR_WORDS]);
_Noreturn void board_start(void);
extern uint8_t bench_end[];

static void *percpu_slot;
/** What the FP figures depend on: RISCV_VCPU_FEATURE_ILLEGAL. */
static bool fp_at_first_use, features_known;

const uint32_t bench_vector = RISCV_VCPU_IRQ_SOFTWARE;
const bool bench_has_controller = false;
const uint64_t bench_raise_cost = 1;

#define PROGRAM(label, instructions) \
	{ .entry = (uintptr_t)(label), .overhead = (instructions) }
/* The overheads are counted in guest.S, the handler's not among them. */
const struct bench_program bench_programs[BENCH_GUEST_COUNT] = {
	[BENCH_GUEST_HYPERCALL] = PROGRAM(bench_guest_hypercall, 2),
	[BENCH_GUEST_FP] = PROGRAM(bench_guest_fp, 3),
	[BENCH_GUEST_LIBRARY_CALL] = PROGRAM(bench_guest_library_call, 4),
	[BENCH_GUEST_MMIO_READ] = PROGRAM(bench_guest_mmio_read, 1),
	[BENCH_GUEST_MMIO_WRITE] = PROGRAM(bench_guest_mmio_write, 1),
	[BENCH_GUEST_INTERRUPT] = PROGRAM(bench_guest_interrupt, 2),
};

const char *arch_name(void)
{
	return fp_at_first_use ? "riscv64" : "riscv64-fp-at-bind";
}

const struct axvcpu_arch_ops *arch_ops(void)
{
	return riscv_vcpu_ops();
}

uint64_t arch_stage2_root(void)
{
	static _Alignas(RISCV_VCPU_ROOT_ALIGN) uint64_t table[TABLE_ENTRIES];

	table[VIRT_RAM >> GIGABYTE_SHIFT] = (VIRT_RAM >> PAGE_SHIFT << PTE_PPN_SHIFT) | PTE_LEAF;
	return (uintptr_t)table;
}

axvcpu_error_t arch_setup(struct axvcpu *vcpu, uint64_t entry, uint64_t root, bool controller)
{
	const struct riscv_vcpu_setup_config setup = {
		.size = sizeof(setup),
		.hgatp_mode = RISCV_VCPU_HGATP_SV39X4,
	};

	struct riscv_vcpu_features features = { .size = sizeof(features) };

	(void)controller;
	if (!features_known && riscv_vcpu_get_features(vcpu, &features) == AXVCPU_OK) {
		features_known = true;
		fp_at_first_use = (features.bits & RISCV_VCPU_FEATURE_ILLEGAL) != 0u;
	}
	return axvcpu_setup(vcpu, entry, root, &setup);
}

axvcpu_error_t arch_set_counter(struct axvcpu *vcpu, uint64_t count)
{
	return axvcpu_set_gpr(vcpu, COUNTER_GPR, count);
}

uint64_t arch_instructions(void)
{
	return CSR_READ(instret);
}

void arch_floor(uint64_t entry, uint64_t rounds)
{
	static uint64_t context[FLOOR_WORDS];
	uint64_t vector = CSR_READ(stvec);
	uint64_t hstatus = CSR_READ(CSR_HSTATUS);

	CSR_WRITE(stvec, (uintptr_t)floor_vector);
	CSR_WRITE(sepc, entry);
	CSR_SET(sstatus, SSTATUS_SPP);
	CSR_SET(CSR_HSTATUS, HSTATUS_SPV | HSTATUS_SPVP);
	for (; rounds > 0; rounds--) {
		floor_enter(context);
		context[10] = rounds;
	}
	CSR_WRITE(CSR_HSTATUS, hstatus);
	CSR_WRITE(stvec, vector);
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
	__asm__ volatile("csrsi sip, 2" ::: "memory"); /* SSIP */
}

uint64_t arch_interrupt_fetch(void)
{
	return INTERRUPT_SOFTWARE;
}

void arch_interrupt_end(uint64_t vector)
{
	(void)vector;
	__asm__ volatile("csrci sip, 2" ::: "memory");
}

void arch_put_char(char c)
{
	mmio_write8(VIRT_UART, (uint8_t)c); /* THR: QEMU's is always empty */
}

uint32_t arch_mode(void)
{
	return mmio_read32(MODE_ADDRESS);
}

void arch_power_off(void)
{
	register uint64_t a0 __asm__("a0") = 0;
	register uint64_t a1 __asm__("a1") = 0;
	register uint64_t a6 __asm__("a6") = 0;
	register uint64_t a7 __asm__("a7") = SBI_SRST;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
	for (;;) {
	}
}

void board_start(void)
{
	/* Interrupts of our own interrupt the guest; they are masked while we run. */
	CSR_SET(sie, SIP_SSIP);
	bench_main(bench_end);
}
