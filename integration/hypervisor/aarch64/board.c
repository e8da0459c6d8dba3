/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's arm64 `virt` board. */
#include "../board.h"

#include "../bytes.h"
#include "../config.h"
#include "../console.h"
#include "../vm.h"
#include "cpu.h"
#include "gic.h"
#include "hal.h"
#include "mmu.h"
#include "timer.h"
#include "virt.h"

/* DCZID_EL0, ARM DDI 0487, D19.2.36: log2 of the words that DC ZVA zeroes */
#define DCZID_BS 0xfu
#define DCZID_DZP 0x10u
/* CTR_EL0, D19.2.34: log2 of the words of the smallest data cache line */
#define CTR_DMINLINE_SHIFT 16u
#define CTR_MINLINE 0xfu
#define WORD 4u

/* PSCI SYSTEM_OFF, DEN 0022, 5.1.10 */
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008)

const struct board board = {
	.pci_ecam = VIRT_PCI_ECAM,
	.pci_io = VIRT_PCI_IO,
	.fw_cfg = VIRT_FW_CFG,
	.ram = VIRT_RAM,
	.device_tree = VIRT_RAM, /* for a kernel that is an ELF file */
};

_Noreturn void board_start(void);
_Noreturn void board_fatal(uint64_t vector, uint64_t esr, uint64_t elr, uint64_t far);

void board_start(void)
{
	SYSREG_WRITE(tpidr_el2, 0);
	mmu_enable();
	hypervisor_main();
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

void board_interrupts_init(const struct config *config)
{
	hal_set_guest_owns_gic(!config->trap_interrupts);
	if (config->trap_interrupts) {
		gic_init_own();
		timer_arm();
	} else {
		gic_init_passthrough();
	}
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

void board_wait(void)
{
	dsb_sy();
	wfi();
}

void board_power_off(void)
{
	register uint64_t function __asm__("x0") = PSCI_SYSTEM_OFF;

	/* smc #0; with no EL3 on this board QEMU itself answers. */
	__asm__ volatile(".inst 0xd4000003" : "+r"(function) : : "x1", "x2", "x3", "memory");
	for (;;) {
		wfi();
	}
}
