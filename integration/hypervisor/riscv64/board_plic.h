/* SPDX-License-Identifier: Apache-2.0 */
/* The board's own PLIC, as far as the hypervisor uses it. CPUs have the scheduler's numbers. */
#ifndef HYPERVISOR_RISCV64_BOARD_PLIC_H_
#define HYPERVISOR_RISCV64_BOARD_PLIC_H_

#include <stdint.h>

/** Lets a CPU have all sources that are enabled for it. */
void board_plic_init(uint32_t cpu);
/** Lets a source interrupt a CPU. */
void board_plic_enable(uint32_t cpu, uint32_t source);
/** Takes the interrupt of the highest priority; 0 if there is none. */
uint32_t board_plic_claim(uint32_t cpu);
/** The source may interrupt again. */
void board_plic_complete(uint32_t cpu, uint32_t source);

#endif /* HYPERVISOR_RISCV64_BOARD_PLIC_H_ */
