/* SPDX-License-Identifier: Apache-2.0 */
/* The physical GICv3 of the board, as far as the hypervisor uses it (IHI 0069). */
#ifndef HYPERVISOR_AARCH64_GIC_H_
#define HYPERVISOR_AARCH64_GIC_H_

#include <stdbool.h>
#include <stdint.h>

/** Lets EL1 use the CPU interface's system registers; all of the GIC is the guest's. */
void gic_init_passthrough(void);
/** Takes the GIC for the hypervisor and enables its timer interrupt; EL1 gets the virtual interface. */
void gic_init_own(void);
/** Acknowledges the pending interrupt; UINT64_MAX if there is none. */
uint64_t gic_acknowledge(void);
void gic_end(uint64_t intid);
/** Makes an interrupt pending at the distributor, as if its line was raised. */
void gic_set_pending(uint32_t intid);
/** Puts an interrupt into a free list register; false if all are in use. */
bool gic_inject(uint32_t intid);
/** Sends SGI `intid` to the CPU with that affinity-0 number. */
void gic_send_sgi(uint32_t intid, uint64_t cpu);

#endif /* HYPERVISOR_AARCH64_GIC_H_ */
