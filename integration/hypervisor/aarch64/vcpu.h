/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_AARCH64_VCPU_H_
#define HYPERVISOR_AARCH64_VCPU_H_

#include <stdbool.h>
#include <stdint.h>

/** CPUs that ICC_SGI1R_EL1.TargetList names (IHI 0069H, 12.2.14). */
#define SGI_TARGETS 16u

struct vm_vcpu;

/** Levels of the guests' tables from now on, whose roots are one page (stage2.c); 0 means 3. */
void stage2_set_levels(uint32_t levels);
uint32_t stage2_levels(void);
/** Whether the guest's table has something at `gpa` (stage2.c). */
bool stage2_is_mapped(uint64_t root, uint64_t gpa);
/** Adds a page that the guest can only read. */
bool stage2_add_rom(uint64_t root, uint64_t gpa, uint64_t hpa);
/** Gives a vCPU that starts what the machine's distributor knows for it (machine.c). */
void vcpu_start_interrupts(struct vm_vcpu *vcpu);

#endif /* HYPERVISOR_AARCH64_VCPU_H_ */
