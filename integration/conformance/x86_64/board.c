/* SPDX-License-Identifier: Apache-2.0 */
/* A PC: x86_vcpu with and without its local APIC, on SVM under QEMU and on VMX under Bochs. */
#include "../../hypervisor/x86_64/cpu.h"
#include "../../hypervisor/x86_64/pc.h"
#include "../kernel.h"
#include "x86_vcpu/x86_vcpu.h"

/* 16550 UART (National PC16550D, table 2) */
#define UART_THR 0u
#define UART_LCR 3u
#define UART_LCR_8N1 0x03u
#define UART_LSR 5u
#define UART_LSR_THRE 0x20u
#define UART_LSR_TEMT 0x40u
/** ACPI PM1a control: SLP_EN, and the type that QEMU's boards turn off by. */
#define PM1_SLEEP_ENABLE 0x2000u

/* A system descriptor, SDM volume 3, 7.2.3; boot.S has room for it. */
#define SELECTOR_TSS 0x18u
#define TSS_BYTES 104u
#define TSS_AVAILABLE (UINT64_C(0x89) << 40)

/* What guest.S says. */
#define GUEST_CALL UINT64_C(0x485643)
#define GUEST_DEVICE UINT64_C(0xd0000000)
/** Third byte of VMCALL; of VMMCALL, which guest.S has, it is 0xd9. */
#define VMCALL_BYTE 2u
#define VMCALL_LAST 0xc1u
/** Not canonical. */
#define BAD_ENTRY (UINT64_C(1) << 63)
#define VECTOR 0x40u
/** Between the NMI and the vectors of a PIC: no number for axvcpu_inject_interrupt(). */
#define BAD_VECTOR 300u

/* NPT (APM volume 2, 15.25.5) and EPT (SDM volume 3, 29.3.2): pages of 2 MiB, all access */
#define TABLE_BITS UINT64_C(7)
#define PAGE_LARGE (UINT64_C(1) << 7)
#define PAGE_LARGE_SHIFT 21u
#define EPT_WRITE_BACK (UINT64_C(6) << 3)
/** RAM that guests see: this kernel, whose page tables and programs they use. */
#define RAM_PAGES 32u

extern unsigned char guest_program[];
/** Where guest.S has its VMMCALLs. */
extern unsigned char *const guest_calls[], *const guest_calls_end[];
extern unsigned char boot_pml4[];
extern uint64_t boot_gdt[];
_Noreturn void board_start(uint32_t start_info);

static bool is_vmx(void)
{
	return x86_vcpu_backend() == X86_VCPU_BACKEND_VMX;
}

static void wait_for_uart(uint8_t bit)
{
	while ((in8(PC_COM1 + UART_LSR) & bit) == 0u) {
	}
}

void board_putc(char character)
{
	wait_for_uart(UART_LSR_THRE);
	out8(PC_COM1 + UART_THR, (uint8_t)character);
}

void board_power_off(void)
{
	wait_for_uart(UART_LSR_TEMT);
	out16(PC_PM1A_CONTROL, PM1_SLEEP_ENABLE);
	for (const char *word = PC_BOCHS_SHUTDOWN; *word != '\0'; word++) {
		out8(PC_BOCHS, (uint8_t)*word);
	}
	for (;;) {
		__asm__ volatile("cli\n\thlt");
	}
}

/** VMX wants a task register, of a task that is never used. */
static void set_task(void)
{
	static unsigned char task[TSS_BYTES] __attribute__((aligned(16)));
	uint64_t at = (uintptr_t)task;
	uint64_t *descriptor = &boot_gdt[SELECTOR_TSS / sizeof(uint64_t)];

	descriptor[0] = (TSS_BYTES - 1u) | (at & 0xffffffu) << 16 | TSS_AVAILABLE |
			(at >> 24 & 0xffu) << 56;
	descriptor[1] = at >> 32;
	__asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS));
}

void board_start(uint32_t start_info)
{
	(void)start_info;
	set_task();
	out8(PC_COM1 + UART_LCR, UART_LCR_8N1);
	/* The PICs keep silent. */
	out8(PC_PIC_MASTER + 1u, 0xff);
	out8(PC_PIC_SLAVE + 1u, 0xff);
	for (unsigned char *const *call = guest_calls; is_vmx() && call < guest_calls_end; call++) {
		(*call)[VMCALL_BYTE] = VMCALL_LAST;
	}
	kernel_main();
}

uint64_t board_cpu(void)
{
	return 0u;
}

uint64_t board_instructions(void)
{
	/* With -icount shift=0 an instruction takes a nanosecond, a tick of QEMU's counter. */
	return rdtsc();
}

uint64_t board_irq_fetch(void)
{
	return AXVCPU_IRQ_NONE;
}

static uint64_t make_stage2(void)
{
	uint64_t *level4 = kernel_page();
	uint64_t *level3 = kernel_page();
	uint64_t *level2 = kernel_page();
	uint64_t bits = TABLE_BITS | PAGE_LARGE | (is_vmx() ? EPT_WRITE_BACK : 0u);

	level4[0] = (uintptr_t)level3 | TABLE_BITS;
	level3[0] = (uintptr_t)level2 | TABLE_BITS;
	for (uint64_t i = 0; i < RAM_PAGES; i++) {
		level2[i] = i << PAGE_LARGE_SHIFT | bits;
	}
	return (uintptr_t)level4;
}

static const void *create_config(void *ctx, uint32_t vcpu)
{
	static struct x86_vcpu_create_config config = { .size = sizeof(config) };

	(void)ctx;
	config.apic_id = vcpu;
	return &config;
}

static const void *setup(uint32_t flags)
{
	static struct x86_vcpu_setup_config config = {
		.size = sizeof(config),
		.start_mode = X86_VCPU_START_LONG,
		.cpu_count = AXVCPU_CONFORMANCE_VCPUS,
	};

	config.flags = flags;
	config.cr3 = (uintptr_t)boot_pml4;
	return &config;
}

static const void *setup_plain(void *ctx, uint32_t vcpu)
{
	(void)ctx;
	(void)vcpu;
	return setup(0u);
}

static const void *setup_local_apic(void *ctx, uint32_t vcpu)
{
	(void)ctx;
	(void)vcpu;
	return setup(X86_VCPU_LOCAL_APIC);
}

static void configure_plain(struct axvcpu_conformance_config *config)
{
	config->arch = x86_vcpu_ops();
	config->guest.entry = (uintptr_t)guest_program;
	config->guest.call = GUEST_CALL;
	config->guest.mmio_gpa = GUEST_DEVICE;
	config->guest.ept_root = make_stage2();
	config->create_config = create_config;
	config->setup_config = setup_plain;
	config->bad_entry = BAD_ENTRY;
	config->bad_root = config->guest.ept_root + 8u;
	config->gpr_count = 16u;
	config->zero_gpr = UINT32_MAX;
	config->result_gpr = 0u; /* rax */
	config->wait_stays = 1u; /* HLT */
	config->vector = VECTOR;
	config->bad_vector = BAD_VECTOR;
}

static void configure_local_apic(struct axvcpu_conformance_config *config)
{
	configure_plain(config);
	config->setup_config = setup_local_apic;
}

const struct variant variants[] = {
	{ "x86_vcpu", configure_plain },
	{ "x86_vcpu+local_apic", configure_local_apic },
	{ NULL, NULL },
};
