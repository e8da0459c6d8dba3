/* SPDX-License-Identifier: Apache-2.0 */
/* The physical GICv3 of the board, as far as the hypervisor uses it (IHI 0069). */
#ifndef HYPERVISOR_AARCH64_GIC_H_
#define HYPERVISOR_AARCH64_GIC_H_

#include <stdbool.h>
#include <stdint.h>

/** No interrupt is pending. */
#define GIC_NONE UINT64_MAX
/** The SGI that makes a CPU look around. */
#define GIC_KICK_SGI 0u
/** Interrupt of EL2's physical timer, of maintenance and of EL1's virtual timer: as BSA recommends. */
#define GIC_INTID_MAINTENANCE 25u
#define GIC_INTID_CNTHP 26u
#define GIC_INTID_CNTV 27u

/** Lets EL1 use the CPU interface's system registers; all of the GIC is the guest's. */
void gic_init_passthrough(void);
/** Takes the distributor for the hypervisor. */
void gic_init_distributor(void);
/** Takes the redistributor and CPU interface of CPU `cpu`, which calls, and enables its interrupts. */
void gic_init_cpu(uint32_t cpu);
/** Enables an SPI, level-sensitive, for CPU 0. */
void gic_enable_spi(uint32_t intid);
/** Acknowledges the pending interrupt; GIC_NONE if there is none. */
uint64_t gic_acknowledge(void);
/** Ends it: its priority is dropped, and it may fire again. */
void gic_end(uint64_t intid);
/** Makes an interrupt pending at the distributor, as if its line was raised. */
void gic_set_pending(uint32_t intid);
/** Sends SGI `intid` to the CPU with that affinity-0 number. */
void gic_send_sgi(uint32_t intid, uint64_t cpu);

#endif /* HYPERVISOR_AARCH64_GIC_H_ */
