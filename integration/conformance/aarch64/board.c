/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's arm64 `virt` board (hw/arm/virt.c): arm_vcpu with and without its virtual GIC. */
#include "../kernel.h"
#include "arm_vcpu/arm_vcpu.h"

#define UART_DR UINT64_C(0x09000000)
/* PSCI SYSTEM_OFF, DEN 0022, 5.1.10 */
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008)

#define READ_SYSREG(name)                                                 \
	__extension__({                                                   \
		uint64_t sysreg_value;                                    \
		__asm__ volatile("mrs %0, " name : "=r"(sysreg_value));   \
		sysreg_value;                                             \
	})
#define WRITE_SYSREG(name, value) \
	__asm__ volatile("msr " name ", %0\n\tisb" : : "r"((uint64_t)(value)) : "memory")

/* ICC_SRE_EL2 and ICC_CTLR_EL1 (IHI 0069H, 12.2.20 and 12.2.6) by encoding. */
#define ICC_SRE_EL2 "S3_4_C12_C9_5"
#define ICC_SRE_SRE (UINT64_C(1) << 0)
#define ICC_SRE_ENABLE (UINT64_C(1) << 3)
#define ICC_CTLR_EL1 "S3_0_C12_C12_4"
#define ICC_CTLR_EOIMODE (UINT64_C(1) << 1)
#define ICC_IAR1_EL1 "S3_0_C12_C12_0"
/** INTIDs from here on are no interrupts (IHI 0069H, 2.2.1). */
#define FIRST_SPECIAL_INTID 1020u

#define NS_PER_SECOND UINT64_C(1000000000)

/* What boot.S says. */
#define GUEST_CALL UINT64_C(0xc6000077)
#define GUEST_DEVICE UINT64_C(0x09000000)
/** Where the guest sees its program. */
#define GUEST_ENTRY UINT64_C(0x40000000)
#define GUEST_VECTOR 40u

/* Stage 2 with 4 KiB pages and three levels (ARM DDI 0487, D8.3 and D8.5). */
#define IPA_BITS 39u
#define LEVELS 3u
#define LEVEL1_SHIFT 30u
#define LEVEL2_SHIFT 21u
#define LEVEL3_SHIFT 12u
#define ENTRIES 512u
#define DESC_TABLE_OR_PAGE UINT64_C(3)
#define S2_NORMAL_WB (UINT64_C(0xf) << 2)
#define S2_READ_ONLY (UINT64_C(1) << 6)
#define S2_SH_INNER (UINT64_C(3) << 8)
#define S2_AF (UINT64_C(1) << 10)

extern const unsigned char guest_program[];
_Noreturn void board_fatal(uint64_t esr, uint64_t elr, uint64_t far);

void board_putc(char character)
{
	*(volatile uint32_t *)UART_DR = (unsigned char)character;
}

void board_power_off(void)
{
	register uint64_t function __asm__("x0") = PSCI_SYSTEM_OFF;

	/* smc #0: QEMU itself answers. */
	__asm__ volatile(".inst 0xd4000003" : "+r"(function) : : "x1", "x2", "x3", "memory");
	for (;;) {
		__asm__ volatile("wfi");
	}
}

void board_fatal(uint64_t esr, uint64_t elr, uint64_t far)
{
	kernel_print("exception: ESR_EL2 ");
	kernel_print_hex(esr);
	kernel_print(" ELR_EL2 ");
	kernel_print_hex(elr);
	kernel_print(" FAR_EL2 ");
	kernel_print_hex(far);
	kernel_print("\n");
	board_power_off();
}

uint64_t board_cpu(void)
{
	return 0;
}

uint64_t board_instructions(void)
{
	/* A nanosecond is an instruction; the counter has a step of some of them. */
	__asm__ volatile("isb" ::: "memory");
	return READ_SYSREG("cntpct_el0") * (NS_PER_SECOND / READ_SYSREG("cntfrq_el0"));
}

uint64_t board_irq_fetch(void)
{
	uint64_t intid = READ_SYSREG(ICC_IAR1_EL1);

	return intid < FIRST_SPECIAL_INTID ? intid : AXVCPU_IRQ_NONE;
}

static uint64_t make_stage2(void)
{
	uint64_t *root = kernel_page();
	uint64_t *level2 = kernel_page();
	uint64_t *level3 = kernel_page();

	root[GUEST_ENTRY >> LEVEL1_SHIFT] = (uint64_t)(uintptr_t)level2 | DESC_TABLE_OR_PAGE;
	level2[(GUEST_ENTRY >> LEVEL2_SHIFT) % ENTRIES] =
		(uint64_t)(uintptr_t)level3 | DESC_TABLE_OR_PAGE;
	level3[(GUEST_ENTRY >> LEVEL3_SHIFT) % ENTRIES] =
		(uint64_t)(uintptr_t)guest_program | DESC_TABLE_OR_PAGE | S2_NORMAL_WB |
		S2_READ_ONLY | S2_SH_INNER | S2_AF;
	__asm__ volatile("dsb sy" ::: "memory");
	return (uint64_t)(uintptr_t)root;
}

static const void *create_config(void *ctx, uint32_t vcpu)
{
	static struct arm_vcpu_create_config config = { .size = sizeof(config) };

	(void)ctx;
	config.mpidr = vcpu;
	return &config;
}

/** Each vCPU is a machine of its own: a VMID of its own. */
static const void *setup_with(uint32_t flags, uint32_t vcpu)
{
	static struct arm_vcpu_setup_config config = {
		.size = sizeof(config),
		.ipa_bits = IPA_BITS,
		.stage2_levels = LEVELS,
	};

	config.flags = flags;
	config.vmid = vcpu + 1u;
	return &config;
}

static const void *setup_plain(void *ctx, uint32_t vcpu)
{
	(void)ctx;
	return setup_with(ARM_VCPU_TRAP_WFI, vcpu);
}

static const void *setup_virtual_gic(void *ctx, uint32_t vcpu)
{
	(void)ctx;
	return setup_with((uint32_t)ARM_VCPU_TRAP_WFI | (uint32_t)ARM_VCPU_VIRTUAL_GIC, vcpu);
}

static void configure_plain(struct axvcpu_conformance_config *config)
{
	config->arch = arm_vcpu_ops();
	config->guest.entry = GUEST_ENTRY;
	config->guest.call = GUEST_CALL;
	config->guest.mmio_gpa = GUEST_DEVICE;
	config->guest.ept_root = make_stage2();
	config->create_config = create_config;
	config->setup_config = setup_plain;
	config->bad_entry = GUEST_ENTRY + 2u;
	config->bad_root = config->guest.ept_root + 8u;
	config->gpr_count = 32u;
	config->zero_gpr = 31u; /* XZR */
	config->result_gpr = 0u;
	config->vector = GUEST_VECTOR;
	config->bad_vector = FIRST_SPECIAL_INTID;
}

static void configure_virtual_gic(struct axvcpu_conformance_config *config)
{
	/* What ARM_VCPU_VIRTUAL_GIC asks of the hypervisor. */
	WRITE_SYSREG(ICC_SRE_EL2, READ_SYSREG(ICC_SRE_EL2) | ICC_SRE_SRE | ICC_SRE_ENABLE);
	WRITE_SYSREG(ICC_CTLR_EL1, READ_SYSREG(ICC_CTLR_EL1) | ICC_CTLR_EOIMODE);
	configure_plain(config);
	config->setup_config = setup_virtual_gic;
}

const struct variant variants[] = {
	{ "arm_vcpu", configure_plain },
	{ "arm_vcpu+virtual_gic", configure_virtual_gic },
	{ NULL, NULL },
};
