/* SPDX-License-Identifier: Apache-2.0 */
/* The physical CPU: what it can do, and the checks before it may virtualize. */
#ifndef ARM_VCPU_PERCPU_H_
#define ARM_VCPU_PERCPU_H_

#include "vcpu.h"

/** What the CPU that calls can do. */
void arm_vcpu_features_find(struct arm_features *features);

axvcpu_error_t arm_vcpu_percpu_init(void *percpu, void *host, const struct axvcpu_hal *hal);
axvcpu_error_t arm_vcpu_hardware_enable(void *percpu);
axvcpu_error_t arm_vcpu_hardware_disable(void *percpu);
uint32_t arm_vcpu_max_guest_page_table_levels(const void *percpu);

#endif /* ARM_VCPU_PERCPU_H_ */
