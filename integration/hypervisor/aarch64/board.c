/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's arm64 `virt` board. */
#include "../board.h"

#include "../bytes.h"
#include "../config.h"
#include "../console.h"
#include "../pages.h"
#include "../sched.h"
#include "../state_stream.h"
#include "../vm.h"
#include "arm_vcpu/arm_vcpu.h"
#include "cpu.h"
#include "features.h"
#include "gic.h"
#include "hal.h"
#include "mmu.h"
#include "timer.h"
#include "vcpu.h"
#include "virt.h"

/* DCZID_EL0, ARM DDI 0487, D19.2.36: log2 of the words that DC ZVA zeroes */
#define DCZID_BS 0xfu
#define DCZID_DZP 0x10u
/* CTR_EL0, D19.2.34: log2 of the words of the smallest data cache line */
#define CTR_DMINLINE_SHIFT 16u
#define CTR_MINLINE 0xfu
#define WORD 4u
#define STACK_PAGES 4u
/** 2: with ID_AA64ZFR0_EL1. */
#define FEATURES_VERSION 2u

/* PSCI SYSTEM_OFF, DEN 0022, 5.1.10 */
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008)

const struct board board = {
	.pci_ecam = VIRT_PCI_ECAM,
	.pci_io = VIRT_PCI_IO,
	.ram = VIRT_RAM,
	.device_tree = VIRT_RAM, /* for a kernel that is an ELF file */
};

/* PSCI CPU_ON and its answer, DEN 0022, 5.1.4 */
#define PSCI_CPU_ON UINT64_C(0xc4000003)
#define PSCI_SUCCESS 0

_Noreturn void board_start(void);
_Noreturn void board_secondary_start(uint64_t cpu);
_Noreturn void board_fatal(uint64_t vector, uint64_t esr, uint64_t elr, uint64_t far);

static int64_t psci(uint64_t function, uint64_t arg1, uint64_t arg2, uint64_t arg3)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = arg1;
	register uint64_t x2 __asm__("x2") = arg2;
	register uint64_t x3 __asm__("x3") = arg3;

	/* smc #0; with no EL3 on this board QEMU itself answers. */
	__asm__ volatile(".inst 0xd4000003"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
			   "x15", "x16", "x17", "memory");
	return (int64_t)x0;
}

void board_start(void)
{
	mmu_init();
	mmu_enable();
	hypervisor_main();
}

void board_secondary_start(uint64_t cpu)
{
	mmu_enable();
	hypervisor_secondary((uint32_t)cpu);
}

uint32_t board_start_cpus(uint32_t most)
{
	extern const uint8_t hypervisor_secondary_start[];
	uint64_t stack;
	uint32_t cpu;

	for (cpu = 1; cpu < most; cpu++) {
		if (!pages_alloc(STACK_PAGES, PAGE_SIZE, &stack)) {
			break;
		}
		stack += STACK_PAGES * PAGE_SIZE;
		((uint64_t *)(uintptr_t)stack)[-1] = cpu;
		/* It starts with its caches off. */
		board_sync_code((const void *)(uintptr_t)(stack - PAGE_SIZE), PAGE_SIZE);
		if (psci(PSCI_CPU_ON, cpu, (uintptr_t)hypervisor_secondary_start, stack) !=
		    PSCI_SUCCESS) {
			pages_free(stack - STACK_PAGES * PAGE_SIZE, STACK_PAGES);
			break;
		}
	}
	return cpu;
}

struct cpu *board_this_cpu(void)
{
	return (struct cpu *)(uintptr_t)SYSREG_READ(tpidr_el2);
}

void board_set_this_cpu(struct cpu *cpu)
{
	SYSREG_WRITE(tpidr_el2, (uintptr_t)cpu);
}

void board_fatal(uint64_t vector, uint64_t esr, uint64_t elr, uint64_t far)
{
	/* Entries of the vector table, ARM DDI 0487, D1.3.1.4 */
	static const char *const kinds[] = { "synchronous exception", "IRQ", "FIQ", "SError" };
	static const char *const origins[] = { "EL2 with SP_EL0", "EL2", "a lower level",
					       "a lower level in AArch32" };
	static bool entered;

	if (entered) {
		board_power_off(); /* an exception of what follows; the runner sees that no status came */
	}
	entered = true;
	log_line(AXVCPU_LOG_ERROR,
		 "the hypervisor failed: %s from %s, ESR_EL2 %x ELR_EL2 %x FAR_EL2 %x",
		 kinds[vector % 4], origins[vector / 4], esr, elr, far);
	report_line("status %u", (uint64_t)VM_ERROR);
	board_power_off();
}

bool board_cpu_init(const struct config *config)
{
	if (config->vhe && !mmu_use_vhe()) {
		log_line(AXVCPU_LOG_ERROR, "this CPU has no VHE");
		return false;
	}
	stage2_set_levels((uint32_t)config->stage2_levels);
	log_line(AXVCPU_LOG_INFO, "HCR_EL2 of the hypervisor: %x", SYSREG_READ(hcr_el2));
	return true;
}

uint64_t board_free_memory(void)
{
	extern const uint8_t hypervisor_end[];

	return (uintptr_t)hypervisor_end;
}

/** Whether the first machine, then the only one, gets the board's interrupts itself. */
static bool passes_interrupts(const struct config *config)
{
	return config->machines[0].devices == CONFIG_DEVICES_PASSTHROUGH &&
	       !config->machines[0].trap_interrupts;
}

void board_interrupts_init(const struct config *config)
{
	hal_set_guest_owns_gic(passes_interrupts(config));
	if (!passes_interrupts(config)) {
		gic_init_distributor();
		if (config->machines[0].devices == CONFIG_DEVICES_EMULATED) {
			gic_enable_spi(VIRT_UART_INTID);
		}
	}
}

void board_interrupts_init_cpu(const struct config *config)
{
	if (passes_interrupts(config)) {
		gic_init_passthrough();
		return;
	}
	gic_init_cpu(board_this_cpu()->id);
	/* A test guest's exits are interrupted now and then. */
	timer_set_tick(config->machines[0].trap_interrupts);
}

void board_zero(void *memory, size_t size)
{
	uint64_t dczid = SYSREG_READ(dczid_el0);
	uint64_t step = WORD << (dczid & DCZID_BS);
	uintptr_t at = (uintptr_t)memory;
	uintptr_t end = at + size;

	if ((dczid & DCZID_DZP) != 0 || at % step != 0 || size % step != 0) {
		memset(memory, 0, size);
		return;
	}
	for (; at < end; at += step) {
		__asm__ volatile("dc zva, %0" : : "r"(at) : "memory");
	}
}

void board_sync_code(const void *memory, size_t size)
{
	uint64_t line = WORD << ((SYSREG_READ(ctr_el0) >> CTR_DMINLINE_SHIFT) & CTR_MINLINE);
	uintptr_t at = (uintptr_t)memory;
	uintptr_t end = at + size;

	/* To the point of coherency: the guest starts with its caches off. */
	for (; at < end; at += line) {
		__asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
	}
	__asm__ volatile("dsb sy\n\tic ialluis\n\tdsb sy\n\tisb" ::: "memory");
}

/** Those of FEATURES_REGS, as of this CPU, and as of the guest's by their ids. */
#define FEATURES(name, op0, op1, crn, crm, op2)                                            \
	{                                                                                  \
		SYSREG_READ(S##op0##_##op1##_C##crn##_C##crm##_##op2),                     \
			ARM_VCPU_REG_SYS(op0, op1, crn, crm, op2)                          \
	}

void board_features_state(const struct vm *vm, struct state_stream *stream)
{
	const struct {
		uint64_t here;
		uint64_t id;
	} regs[FEATURES_REGS] = {
		[FEATURES_PFR0] = FEATURES(ID_AA64PFR0_EL1, 3, 0, 0, 4, 0),
		[FEATURES_PFR1] = FEATURES(ID_AA64PFR1_EL1, 3, 0, 0, 4, 1),
		[FEATURES_ISAR0] = FEATURES(ID_AA64ISAR0_EL1, 3, 0, 0, 6, 0),
		[FEATURES_ISAR1] = FEATURES(ID_AA64ISAR1_EL1, 3, 0, 0, 6, 1),
		[FEATURES_ISAR2] = FEATURES(ID_AA64ISAR2_EL1, 3, 0, 0, 6, 2),
		[FEATURES_MMFR0] = FEATURES(ID_AA64MMFR0_EL1, 3, 0, 0, 7, 0),
		[FEATURES_MMFR1] = FEATURES(ID_AA64MMFR1_EL1, 3, 0, 0, 7, 1),
		[FEATURES_MMFR2] = FEATURES(ID_AA64MMFR2_EL1, 3, 0, 0, 7, 2),
		[FEATURES_CTR] = FEATURES(CTR_EL0, 3, 3, 0, 0, 1),
		[FEATURES_DCZID] = FEATURES(DCZID_EL0, 3, 3, 0, 0, 7),
		[FEATURES_ZFR0] = FEATURES(ID_AA64ZFR0_EL1, 3, 0, 0, 4, 4),
	};
	const struct vm_vcpu *boot = &vm->vcpus[0];
	uint64_t had[FEATURES_REGS];
	uint64_t has[FEATURES_REGS];
	const char *missing;
	uint32_t i;

	(void)state_part(stream, "cpu", FEATURES_VERSION);
	for (i = 0; i < FEATURES_REGS; i++) {
		has[i] = i == (uint32_t)FEATURES_ZFR0 && vm->config->sve == 0 ? 0 : regs[i].here;
		/* The guest may have come from a CPU with less, of which it was shown that. */
		if (stream->loading || boot->handle == NULL ||
		    axvcpu_get_reg(boot->handle, regs[i].id, &had[i], sizeof(had[i])) != AXVCPU_OK) {
			had[i] = has[i];
		}
		state_u64(stream, &had[i]);
	}
	missing = features_missing(had, has);
	state_check(stream, missing == NULL, missing);
}

void board_wait(void)
{
	dsb_sy();
	wfi();
}

void board_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

void board_power_off(void)
{
	(void)psci(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;) {
		wfi();
	}
}
