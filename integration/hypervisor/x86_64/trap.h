/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_X86_64_TRAP_H_
#define HYPERVISOR_X86_64_TRAP_H_

#include <stdint.h>

/** This CPU's interrupt descriptors and task state. */
void trap_init(void);
/** The interrupt that came last, once: AXVCPU_IRQ_NONE after that. */
uint64_t trap_take_interrupt(void);

#endif /* HYPERVISOR_X86_64_TRAP_H_ */
