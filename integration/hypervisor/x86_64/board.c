/* SPDX-License-Identifier: Apache-2.0 */
/* A PC as QEMU's q35 emulates it. */
#include "../board.h"

#include "../bytes.h"
#include "../config.h"
#include "../console.h"
#include "../sched.h"
#include "../state_stream.h"
#include "../vm.h"
#include "apic.h"
#include "cpu.h"
#include "features.h"
#include "guest_port.h"
#include "memory.h"
#include "pc.h"
#include "time.h"
#include "trap.h"
#include "x86_vcpu/x86_vcpu.h"

/** ACPI PM1a control: SLP_EN, and the type that QEMU's boards turn off by. */
#define PM1_SLEEP_ENABLE 0x2000u

#define FEATURES_VERSION 1u
/* Leaves of CPUID (SDM volume 2; APM volume 3, appendix E) */
#define CPUID_FEATURES 7u
#define CPUID_XSAVE 0xdu
#define CPUID_EXTENDED 0x80000000u

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

/** EAX to EDX of a leaf and its subleaf. */
static void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t words[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(words[0]), "=b"(words[1]), "=c"(words[2]), "=d"(words[3])
			 : "a"(leaf), "c"(subleaf));
}

/** The words of leaves that exist; the others are zero. */
static void read_features(uint32_t has[FEATURES_WORDS])
{
	uint32_t most[4], extended[4], words[4];

	memset(has, 0, FEATURES_WORDS * sizeof(has[0]));
	cpuid(0, 0, most);
	cpuid(CPUID_EXTENDED, 0, extended);
	cpuid(1, 0, words);
	has[FEATURES_1_ECX] = words[2];
	has[FEATURES_1_EDX] = words[3];
	if (most[0] >= CPUID_FEATURES) {
		cpuid(CPUID_FEATURES, 0, words);
		has[FEATURES_7_EBX] = words[1];
		has[FEATURES_7_ECX] = words[2];
		has[FEATURES_7_EDX] = words[3];
	}
	if (most[0] >= CPUID_XSAVE) {
		cpuid(CPUID_XSAVE, 0, words);
		has[FEATURES_D_EAX] = words[0];
		cpuid(CPUID_XSAVE, 1, words);
		has[FEATURES_D1_EAX] = words[0];
	}
	if (extended[0] > CPUID_EXTENDED) {
		cpuid(CPUID_EXTENDED + 1u, 0, words);
		has[FEATURES_80000001_ECX] = words[2];
		has[FEATURES_80000001_EDX] = words[3];
	}
}

void board_features_state(const struct vm *vm, struct state_stream *stream)
{
	uint32_t has[FEATURES_WORDS], had[FEATURES_WORDS], i;
	const char *missing;

	(void)vm;
	read_features(has);
	memcpy(had, has, sizeof(had));
	(void)state_part(stream, "cpu", FEATURES_VERSION);
	for (i = 0; i < FEATURES_WORDS; i++) {
		state_u32(stream, &had[i]);
	}
	missing = features_missing(had, has);
	state_check(stream, missing == NULL, missing);
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
