/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_X86_64_TRAP_H_
#define HYPERVISOR_X86_64_TRAP_H_

#include <stdint.h>

/** Interrupt descriptors for all CPUs, and trap_init_cpu() of the boot CPU. */
void trap_init(void);
/** The calling CPU's descriptors and task state, and what board_this_cpu() goes by. */
void trap_init_cpu(uint32_t cpu);
/** Before each entry into a guest: takes what waits, where that would not end the run. */
void trap_before_run(void);
/** The interrupt that came last, once: AXVCPU_IRQ_NONE after that. */
uint64_t trap_take_interrupt(void);

#endif /* HYPERVISOR_X86_64_TRAP_H_ */
