/* SPDX-License-Identifier: Apache-2.0 */
/* A PC as QEMU's q35 emulates it. */
#include "../board.h"

#include "../bytes.h"
#include "../config.h"
#include "../console.h"
#include "../sched.h"
#include "../vm.h"
#include "apic.h"
#include "cpu.h"
#include "guest_port.h"
#include "memory.h"
#include "pc.h"
#include "time.h"
#include "trap.h"
#include "x86_vcpu/x86_vcpu.h"

/** ACPI PM1a control: SLP_EN, and the type that QEMU's boards turn off by. */
#define PM1_SLEEP_ENABLE 0x2000u

const struct board board = {
	.ram = 0,
	.device_tree = 0, /* memory.c knows */
};

_Noreturn void board_start(uint32_t start_info);

void board_start(uint32_t start_info)
{
	memory_set_start_info(start_info);
	trap_init();
	hypervisor_main();
}

const struct axvcpu_arch_ops *board_arch_ops(void)
{
	return x86_vcpu_ops();
}

bool board_cpu_init(const struct config *config)
{
	(void)config;
	return true;
}

uint64_t board_free_memory(void)
{
	extern const uint8_t hypervisor_end[];

	return (uintptr_t)hypervisor_end;
}


void board_wait(void)
{
	/* Behind STI the next instruction is still uninterrupted: none comes before HLT. */
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
}

void board_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

void board_handle_interrupts(void)
{
	__asm__ volatile("sti\n\tnop\n\tcli" ::: "memory");
}

void board_interrupts_init(const struct config *config)
{
	(void)config;
	/* The PICs keep silent. */
	out8(PC_PIC_MASTER + 1u, 0xff);
	out8(PC_PIC_SLAVE + 1u, 0xff);
}

void board_interrupts_init_cpu(const struct config *config)
{
	(void)config;
	apic_init();
	time_init();
}

void board_zero(void *memory, size_t size)
{
	uint64_t count = size / sizeof(uint64_t);

	__asm__ volatile("rep stosq" : "+D"(memory), "+c"(count) : "a"(UINT64_C(0)) : "memory");
}

void board_sync_code(const void *memory, size_t size)
{
	/* Instruction fetches see what was stored (SDM volume 3, 12.6). */
	(void)memory;
	(void)size;
}

void board_power_off(void)
{
	const char *word;

	console_drain();
	out16(PC_PM1A_CONTROL, PM1_SLEEP_ENABLE);
	for (word = PC_BOCHS_SHUTDOWN; *word != '\0'; word++) {
		out8(PC_BOCHS, (uint8_t)*word);
	}
	for (;;) {
		__asm__ volatile("cli\n\thlt");
	}
}
