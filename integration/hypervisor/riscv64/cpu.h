/* SPDX-License-Identifier: Apache-2.0 */
/* CSRs and instructions that the board code uses (RISC-V Privileged Architecture). */
#ifndef HYPERVISOR_RISCV64_CPU_H_
#define HYPERVISOR_RISCV64_CPU_H_

#include <stdint.h>

#define CSR_READ(name)                                                            \
	__extension__({                                                           \
		uint64_t csr_value;                                               \
		__asm__ volatile("csrr %0, " #name : "=r"(csr_value) : : "memory"); \
		csr_value;                                                        \
	})

#define CSR_WRITE(name, value) \
	__asm__ volatile("csrw " #name ", %0" : : "rK"((uint64_t)(value)) : "memory")

#define CSR_SET(name, value) \
	__asm__ volatile("csrs " #name ", %0" : : "rK"((uint64_t)(value)) : "memory")

#define CSR_CLEAR(name, value) \
	__asm__ volatile("csrc " #name ", %0" : : "rK"((uint64_t)(value)) : "memory")

/** scause of interrupts has this bit (4.1.8). */
#define SCAUSE_INTERRUPT (UINT64_C(1) << 63)

/* Interrupt codes: of scause, and bits of sie and sip (4.1.3). */
#define IRQ_S_SOFTWARE 1u
#define IRQ_S_TIMER 5u
#define IRQ_S_EXTERNAL 9u
/** Of hip and hie: a guest interrupt file (15.2.4). */
#define IRQ_S_GUEST 12u

/** The firmware's id of a CPU's hart (board.c). */
uint64_t board_hart(uint32_t cpu);

static inline void wfi(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

/** Writes to memory come before the instructions that this hart fetches. */
static inline void fence_i(void)
{
	__asm__ volatile("fence.i" ::: "memory");
}

#endif /* HYPERVISOR_RISCV64_CPU_H_ */
