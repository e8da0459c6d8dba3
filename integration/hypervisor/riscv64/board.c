/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's riscv64 `virt` board, under OpenSBI. */
#include "../board.h"

#include "../bytes.h"
#include "../config.h"
#include "../console.h"
#include "../pages.h"
#include "../fdt.h"
#include "../sched.h"
#include "../state_stream.h"
#include "../text.h"
#include "../vm.h"
#include "board_aia.h"
#include "board_plic.h"
#include "boot_files.h"
#include "cpu.h"
#include "isa.h"
#include "sbi.h"
#include "stage2.h"
#include "starts.h"
#include "timer.h"
#include "uart.h"
#include "riscv_vcpu/riscv_vcpu.h"
#include "virt.h"

/** Room for a copy of the firmware's device tree, which lies in memory that is handed out. */
#define DEVICE_TREE_MAX 0x10000u
/* Header of a device tree: big-endian words (Devicetree Specification, 5.2) */
#define FDT_MAGIC UINT32_C(0xd00dfeed)
#define STACK_PAGES 4u
/** Bytes for a list of a hart's extensions. */
#define ISA_MAX 1024u
#define FEATURES_VERSION 2u
/** Harts of the board have ids below this. */
#define HART_IDS 64u

static _Alignas(8) uint8_t device_tree[DEVICE_TREE_MAX];

const struct board board = {
	.pci_ecam = VIRT_PCI_ECAM,
	.pci_io = VIRT_PCI_IO,
	.ram = VIRT_RAM,
	.device_tree = (uintptr_t)device_tree,
	/* Not the timer of one without Sstc. */
};

/** Ids of the CPUs' harts. */
static uint64_t harts[CPUS_MAX];
_Static_assert(HYPERVISOR_STARTS == CPUS_MAX, "a start for each CPU");

_Noreturn void board_start(uint64_t hart, const uint32_t *tree);
_Noreturn void board_fatal(uint64_t cause, uint64_t pc, uint64_t value);

void board_start(uint64_t hart, const uint32_t *tree)
{
	uint32_t size = __builtin_bswap32(tree[1]);

	harts[0] = hart;
	if (tree[0] == __builtin_bswap32(FDT_MAGIC) && size <= DEVICE_TREE_MAX) {
		memcpy(device_tree, tree, size);
	}
	uart_begin();
	hypervisor_main();
}

/** The harts' extensions, by the board's device tree; all harts are alike. */
static void isa_state(struct state_stream *stream)
{
	char had[ISA_MAX] = { 0 };
	const char *has = fdt_text(device_tree, "riscv,isa");
	const char *missing;
	size_t length;

	if (has == NULL || text_length(has) >= sizeof(had)) {
		state_check(stream, false, "the board does not tell its harts' extensions");
		return;
	}
	memcpy(had, has, text_length(has));
	state_bytes(stream, had, sizeof(had));
	state_check(stream, had[sizeof(had) - 1u] == '\0', "no list of extensions");
	missing = state_is_well(stream) ? isa_missing(had, has, &length) : NULL;
	if (missing != NULL) {
		had[(size_t)(missing - had) + length] = '\0';
		log_line(AXVCPU_LOG_ERROR, "the harts here have no extension %s", missing);
		state_check(stream, false, "an extension is missing");
	}
}

void board_features_state(const struct vm *vm, struct state_stream *stream)
{
	struct riscv_vcpu_features features = { .size = sizeof(features) };
	bool aia = board_aia_is_on();
	uint32_t vlenb;

	(void)state_part(stream, "hart", FEATURES_VERSION);
	state_bool(stream, &aia);
	state_check(stream, aia == board_aia_is_on(), "other interrupt controllers (--aia)");
	isa_state(stream);
	if (riscv_vcpu_get_features(vm->vcpus[0].handle, &features) != AXVCPU_OK) {
		state_check(stream, false, "the library does not tell the harts' features");
	}
	/* What the library found may be less than what the tree says, but not for the guest. */
	vlenb = features.vlenb;
	state_u32(stream, &vlenb);
	state_check(stream, vlenb == features.vlenb, "vector registers of another length");
}

void board_fatal(uint64_t cause, uint64_t pc, uint64_t value)
{
	static bool entered;

	if (__atomic_exchange_n(&entered, true, __ATOMIC_SEQ_CST)) {
		board_power_off(); /* a trap of what follows; the runner sees that no status came */
	}
	log_line(AXVCPU_LOG_ERROR, "the hypervisor failed: %s, scause %x sepc %x stval %x",
		 (cause & SCAUSE_INTERRUPT) != 0 ? "interrupt" : "exception", cause, pc, value);
	report_line("status %u", (uint64_t)VM_ERROR);
	board_power_off();
}

uint64_t board_hart(uint32_t cpu)
{
	return harts[cpu];
}

static bool start_cpu(uint32_t cpu, uint64_t hart)
{
	extern const uint8_t hypervisor_secondary_start[];
	uint64_t stack;

	if (!pages_alloc(STACK_PAGES, PAGE_SIZE, &stack)) {
		return false;
	}
	stack += STACK_PAGES * PAGE_SIZE;
	((uint64_t *)(uintptr_t)stack)[-1] = cpu;
	harts[cpu] = hart;
	hypervisor_starts[cpu].hart = hart;
	__atomic_store_n(&hypervisor_starts[cpu].stack, stack, __ATOMIC_RELEASE);
	if (!sbi_hart_start(hart, (uintptr_t)hypervisor_secondary_start, stack)) {
		hypervisor_starts[cpu].stack = 0;
		pages_free(stack - STACK_PAGES * PAGE_SIZE, STACK_PAGES);
		return false;
	}
	return true;
}

uint32_t board_start_cpus(uint32_t most)
{
	uint32_t cpu = 1;
	uint64_t hart;

	for (hart = 0; hart < HART_IDS && cpu < most; hart++) {
		if (hart != harts[0] && start_cpu(cpu, hart)) {
			cpu++;
		}
	}
	return cpu;
}

struct cpu *board_this_cpu(void)
{
	struct cpu *cpu;

	__asm__ volatile("mv %0, tp" : "=r"(cpu));
	return cpu;
}

void board_set_this_cpu(struct cpu *cpu)
{
	__asm__ volatile("mv tp, %0" : : "r"(cpu));
}

void board_kick(uint32_t cpu)
{
	sbi_send_ipi(harts[cpu]);
}

bool board_cpu_init(const struct config *config)
{
	if (config->vhe) {
		log_line(AXVCPU_LOG_ERROR, "this CPU has no VHE");
		return false;
	}
	stage2_set_levels((uint32_t)config->stage2_levels);
	board_aia_set(config->aia);
	return true;
}

uint64_t board_free_memory(void)
{
	return boot_files_end();
}

void board_interrupts_init(const struct config *config)
{
	/* What comes in at the console goes to the boot CPU. */
	if (config->aia) {
		board_aia_enable(0, VIRT_UART_IRQ);
	} else {
		board_plic_enable(0, VIRT_UART_IRQ);
	}
}

void board_interrupts_init_cpu(const struct config *config)
{
	if (config->aia) {
		board_aia_init_cpu();
	} else {
		board_plic_init(board_this_cpu()->id);
	}
	/* A test guest's exits are interrupted now and then. */
	timer_init_cpu(config->machines[0].test_devices);
	CSR_WRITE(sie, UINT64_C(1) << IRQ_S_SOFTWARE | UINT64_C(1) << IRQ_S_TIMER |
			       UINT64_C(1) << IRQ_S_EXTERNAL);
}

void board_zero(void *memory, size_t size)
{
	uint64_t *at = memory;
	uint64_t *end = at + size / sizeof(*at);

	/* By words: callers have whole pages. Zicboz is not on every hart. */
	for (; at < end; at++) {
		*at = 0;
		__asm__ volatile("" : "+r"(at) : : "memory"); /* or it becomes a call of memset */
	}
}

void board_sync_code(const void *memory, size_t size)
{
	(void)memory;
	(void)size;
	__asm__ volatile("fence.i" ::: "memory");
	sbi_remote_fence_i();
}

void board_wait(void)
{
	wfi();
}

void board_relax(void)
{
	__asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010" ::: "memory"); /* pause (Zihintpause) */
}

void board_power_off(void)
{
	sbi_shutdown();
	for (;;) {
		wfi();
	}
}
