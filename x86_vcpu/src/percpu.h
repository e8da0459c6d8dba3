/* SPDX-License-Identifier: Apache-2.0 */
#ifndef X86_VCPU_PERCPU_H_
#define X86_VCPU_PERCPU_H_

#include "vendor.h"

/** Operations of axvcpu_arch_ops on a physical CPU. */
axvcpu_error_t x86_vcpu_percpu_init(void *percpu, void *host, const struct axvcpu_hal *hal);
axvcpu_error_t x86_vcpu_hardware_enable(void *percpu);
axvcpu_error_t x86_vcpu_hardware_disable(void *percpu);
uint32_t x86_vcpu_max_guest_page_table_levels(const void *percpu);

#endif /* X86_VCPU_PERCPU_H_ */
