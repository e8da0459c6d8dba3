/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's riscv64 `virt` board (hw/riscv/virt.c) under OpenSBI: riscv_vcpu with each timer. */
#include "../kernel.h"
#include "riscv_vcpu/riscv_vcpu.h"

/* A 16550, which takes characters as it stands. */
#define UART_THR UINT64_C(0x10000000)
/* SBI SRST, shutdown (SBI 2.0, 10.1) */
#define SBI_SRST 0x53525354

/* What boot.S says. */
#define GUEST_DEVICE UINT64_C(0x10000000)
/** Where the guest sees its program. */
#define GUEST_ENTRY UINT64_C(0x80000000)
/** No interrupt: user software interrupts have gone with the N extension. */
#define BAD_VECTOR 0u

/* Stage 2 in Sv39x4 (privileged architecture, "Two-Stage Address Translation"). */
#define LEVEL2_SHIFT 30u
#define LEVEL1_SHIFT 21u
#define LEVEL0_SHIFT 12u
#define ENTRIES 512u
#define PTE_PPN_SHIFT 2u
#define PTE_V 0x01u
#define PTE_R 0x02u
#define PTE_X 0x08u
#define PTE_U 0x10u
#define PTE_A 0x40u

extern const unsigned char guest_program[];
_Noreturn void board_start(uint64_t hart);
_Noreturn void board_fatal(uint64_t scause, uint64_t sepc, uint64_t stval);

static uint64_t this_hart;

void board_putc(char character)
{
	*(volatile unsigned char *)UART_THR = (unsigned char)character;
}

void board_power_off(void)
{
	register uint64_t a0 __asm__("a0") = 0;
	register uint64_t a1 __asm__("a1") = 0;
	register uint64_t a6 __asm__("a6") = 0;
	register uint64_t a7 __asm__("a7") = SBI_SRST;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
	for (;;) {
		__asm__ volatile("wfi");
	}
}

void board_start(uint64_t hart)
{
	this_hart = hart;
	kernel_main();
}

void board_fatal(uint64_t scause, uint64_t sepc, uint64_t stval)
{
	kernel_print("trap: scause ");
	kernel_print_hex(scause);
	kernel_print(" sepc ");
	kernel_print_hex(sepc);
	kernel_print(" stval ");
	kernel_print_hex(stval);
	kernel_print("\n");
	board_power_off();
}

uint64_t board_cpu(void)
{
	return this_hart;
}

uint64_t board_instructions(void)
{
	uint64_t cycles;

	__asm__ volatile("csrr %0, cycle" : "=r"(cycles) : : "memory");
	return cycles;
}

uint64_t board_irq_fetch(void)
{
	return AXVCPU_IRQ_NONE;
}

static uint64_t pte(const void *page, uint64_t bits)
{
	return (uint64_t)(uintptr_t)page >> PTE_PPN_SHIFT | bits | PTE_V;
}

static uint64_t make_stage2(void)
{
	/* The root has four pages; .bss is zero. */
	static _Alignas(RISCV_VCPU_ROOT_ALIGN) uint64_t root[RISCV_VCPU_ROOT_ALIGN / 8u];
	uint64_t *level1 = kernel_page();
	uint64_t *level0 = kernel_page();

	root[GUEST_ENTRY >> LEVEL2_SHIFT] = pte(level1, 0);
	level1[(GUEST_ENTRY >> LEVEL1_SHIFT) % ENTRIES] = pte(level0, 0);
	level0[(GUEST_ENTRY >> LEVEL0_SHIFT) % ENTRIES] =
		pte(guest_program, PTE_R | PTE_X | PTE_U | PTE_A);
	return (uint64_t)(uintptr_t)root;
}

static const void *create_config(void *ctx, uint32_t vcpu)
{
	static struct riscv_vcpu_create_config config = { .size = sizeof(config), .hart_count = 1 };

	(void)ctx;
	config.hart_id = vcpu;
	config.first_hart_id = vcpu;
	return &config;
}

static const void *setup_config(void *ctx, uint32_t vcpu)
{
	static const struct riscv_vcpu_setup_config config = {
		.size = sizeof(config),
		.hgatp_mode = RISCV_VCPU_HGATP_SV39X4,
	};

	(void)ctx;
	(void)vcpu;
	return &config;
}

static const void *setup_hvip_timer(void *ctx, uint32_t vcpu)
{
	static const struct riscv_vcpu_setup_config config = {
		.size = sizeof(config),
		.hgatp_mode = RISCV_VCPU_HGATP_SV39X4,
		.timer = RISCV_VCPU_TIMER_HVIP,
	};

	(void)ctx;
	(void)vcpu;
	return &config;
}

static void configure_plain(struct axvcpu_conformance_config *config)
{
	config->arch = riscv_vcpu_ops();
	config->guest.entry = GUEST_ENTRY;
	config->guest.call = RISCV_VCPU_SBI_HVC;
	config->guest.mmio_gpa = GUEST_DEVICE;
	config->guest.ept_root = make_stage2();
	config->create_config = create_config;
	config->setup_config = setup_config;
	config->bad_entry = GUEST_ENTRY + 1u;
	config->bad_root = config->guest.ept_root + 8u;
	config->gpr_count = 32u;
	config->zero_gpr = 0u;
	config->result_gpr = 10u; /* a0 */
	config->vector = RISCV_VCPU_IRQ_EXTERNAL;
	config->bad_vector = BAD_VECTOR;
}

static void configure_hvip_timer(struct axvcpu_conformance_config *config)
{
	configure_plain(config);
	config->setup_config = setup_hvip_timer;
}

const struct variant variants[] = {
	{ "riscv_vcpu", configure_plain },
	{ "riscv_vcpu+hvip_timer", configure_hvip_timer },
	{ NULL, NULL },
};
