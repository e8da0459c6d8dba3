/* SPDX-License-Identifier: Apache-2.0 */
/* List and active-priority registers by number, which the instructions do not have. */
#ifndef ARM_VCPU_VGIC_LR_H_
#define ARM_VCPU_VGIC_LR_H_

#include <stdint.h>

uint64_t arm_vcpu_lr_read(uint32_t n);
void arm_vcpu_lr_write(uint32_t n, uint64_t value);
/** ICH_AP0R<n>_EL2 for `group` 0, ICH_AP1R<n>_EL2 for 1. */
uint64_t arm_vcpu_ap_read(uint32_t group, uint32_t n);
void arm_vcpu_ap_write(uint32_t group, uint32_t n, uint64_t value);

#endif /* ARM_VCPU_VGIC_LR_H_ */
