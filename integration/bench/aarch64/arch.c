/* SPDX-License-Identifier: Apache-2.0 */
/* The bench on QEMU's arm64 `virt` board. */
#include "../arch.h"

#include "../../hypervisor/aarch64/cpu.h"
#include "../../hypervisor/aarch64/gic.h"
#include "../../hypervisor/aarch64/mmu.h"
#include "../../hypervisor/aarch64/virt.h"
#include "../../hypervisor/mmio.h"
#include "arm_vcpu/arm_vcpu.h"

#define NS_PER_SECOND UINT64_C(1000000000)
/** Where the launcher leaves a word (bench.sh). */
#define MODE_ADDRESS UINT64_C(0x4f000000)
/* PSCI SYSTEM_OFF, DEN 0022, 5.1.10 */
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008)
/* SPSR_EL2, ARM DDI 0487, C5.2.19: EL1h, interrupts masked */
#define SPSR_EL1H_MASKED UINT64_C(0x3c5)
/** Register of BENCH_GUEST_LIBRARY_CALL's counter. */
#define COUNTER_GPR 19u
/** The first SPI: edge-triggered until somebody says otherwise. */
#define FIRST_SPI 32u
/** x0 to x30 and the host's stack pointer, as floor.S has them. */
#define FLOOR_WORDS 32u

/* Stage 2: three levels from 39 bits on, a block of 1 GiB (ARM DDI 0487, D8.3, D8.5.5) */
#define IPA_BITS 39u
#define LEVELS 3u
#define TABLE_ENTRIES 512u
#define BLOCK_SHIFT 30u
#define S2_BLOCK UINT64_C(1)
#define S2_NORMAL_WB (UINT64_C(0xf) << 2)
#define S2_READ_WRITE (UINT64_C(3) << 6)
#define S2_SH_INNER (UINT64_C(3) << 8)
#define S2_AF (UINT64_C(1) << 10)

extern const char bench_guest_hypercall[], bench_guest_fp[], bench_guest_library_call[],
	bench_guest_mmio_read[], bench_guest_mmio_write[], bench_guest_interrupt[];
extern const char floor_vectors[];
void floor_enter(uint64_t context[FLOOR_WORDS]);

/* What boot.S calls. */
_Noreturn void board_start(void);
_Noreturn void board_secondary_start(uint64_t cpu);
_Noreturn void board_fatal(uint64_t vector, uint64_t esr, uint64_t elr, uint64_t far);
extern uint8_t hypervisor_end[];

const uint32_t bench_vector = FIRST_SPI + 8u;
const bool bench_has_controller = true;
const uint64_t bench_raise_cost = 2; /* the MSR and the ISB; the value is made once */

#define PROGRAM(label, instructions) \
	{ .entry = (uintptr_t)(label), .overhead = (instructions) }
/* The overheads are counted in guest.S, the handler's not among them. */
const struct bench_program bench_programs[BENCH_GUEST_COUNT] = {
	[BENCH_GUEST_HYPERCALL] = PROGRAM(bench_guest_hypercall, 2),
	[BENCH_GUEST_FP] = PROGRAM(bench_guest_fp, 3),
	[BENCH_GUEST_LIBRARY_CALL] = PROGRAM(bench_guest_library_call, 3),
	[BENCH_GUEST_MMIO_READ] = PROGRAM(bench_guest_mmio_read, 1),
	[BENCH_GUEST_MMIO_WRITE] = PROGRAM(bench_guest_mmio_write, 1),
	[BENCH_GUEST_INTERRUPT] = PROGRAM(bench_guest_interrupt, 2),
};

const char *arch_name(void)
{
	return "arm64";
}

const struct axvcpu_arch_ops *arch_ops(void)
{
	return arm_vcpu_ops();
}

uint64_t arch_stage2_root(void)
{
	static _Alignas(4096) uint64_t table[TABLE_ENTRIES];

	table[VIRT_RAM >> BLOCK_SHIFT] = VIRT_RAM | S2_BLOCK | S2_NORMAL_WB | S2_READ_WRITE |
					 S2_SH_INNER | S2_AF;
	dsb_sy();
	return (uintptr_t)table;
}

axvcpu_error_t arch_setup(struct axvcpu *vcpu, uint64_t entry, uint64_t root, bool controller)
{
	const struct arm_vcpu_setup_config setup = {
		.size = sizeof(setup),
		.flags = ARM_VCPU_TRAP_WFI | (controller ? (uint32_t)ARM_VCPU_VIRTUAL_GIC : 0u),
		.ipa_bits = IPA_BITS,
		.stage2_levels = LEVELS,
		.smc_policy = ARM_VCPU_SMC_REFUSE,
	};

	return axvcpu_setup(vcpu, entry, root, &setup);
}

axvcpu_error_t arch_set_counter(struct axvcpu *vcpu, uint64_t count)
{
	return axvcpu_set_gpr(vcpu, COUNTER_GPR, count);
}

uint64_t arch_instructions(void)
{
	/* With -icount shift=0 an instruction takes a nanosecond. */
	return SYSREG_READ(cntpct_el0) * (NS_PER_SECOND / SYSREG_READ(cntfrq_el0));
}

void arch_floor(uint64_t entry, uint64_t rounds)
{
	static uint64_t context[FLOOR_WORDS];
	uint64_t vectors = SYSREG_READ(vbar_el2);

	SYSREG_WRITE(vbar_el2, (uintptr_t)floor_vectors);
	SYSREG_WRITE(elr_el2, entry);
	SYSREG_WRITE(spsr_el2, SPSR_EL1H_MASKED);
	isb();
	for (; rounds > 0; rounds--) {
		floor_enter(context);
		context[0] = rounds;
	}
	SYSREG_WRITE(vbar_el2, vectors);
	isb();
}

void *arch_percpu_get(void)
{
	return (void *)(uintptr_t)SYSREG_READ(tpidr_el2);
}

void arch_percpu_set(void *pointer)
{
	SYSREG_WRITE(tpidr_el2, (uintptr_t)pointer);
}

void arch_raise_interrupt(void)
{
	/* ICC_SGI1R_EL1 (IHI 0069H, 12.2.14): INTID 0 to CPU 0 */
	SYSREG_WRITE(S3_0_C12_C11_5, 1);
	isb();
}

uint64_t arch_interrupt_fetch(void)
{
	return gic_acknowledge();
}

void arch_interrupt_end(uint64_t vector)
{
	gic_end(vector);
}

void arch_put_char(char c)
{
	mmio_write32(VIRT_UART, (uint8_t)c); /* UARTDR */
}

uint32_t arch_mode(void)
{
	return mmio_read32(MODE_ADDRESS);
}

void arch_power_off(void)
{
	register uint64_t function __asm__("x0") = PSCI_SYSTEM_OFF;

	/* smc #0; with no EL3 on this board QEMU itself answers. */
	__asm__ volatile(".inst 0xd4000003" : "+r"(function) : : "x1", "x2", "x3", "memory");
	for (;;) {
		wfi();
	}
}

void board_start(void)
{
	mmu_init();
	mmu_enable();
	SYSREG_WRITE(tpidr_el2, 0);
	gic_init_distributor();
	gic_init_cpu(0);
	bench_main(hypervisor_end);
}

void board_secondary_start(uint64_t cpu)
{
	(void)cpu; /* nobody starts one */
	arch_power_off();
}

void board_fatal(uint64_t vector, uint64_t esr, uint64_t elr, uint64_t far)
{
	(void)vector;
	(void)esr;
	(void)elr;
	(void)far;
	/* The report lacks its end, which the launcher notices. */
	arch_power_off();
}
