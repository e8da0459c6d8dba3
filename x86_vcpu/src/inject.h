/* SPDX-License-Identifier: Apache-2.0 */
#ifndef X86_VCPU_INJECT_H_
#define X86_VCPU_INJECT_H_

#include "vendor.h"

/** Operations of axvcpu_arch_ops. */
axvcpu_error_t x86_vcpu_check_interrupt(const void *state, uint32_t vector);
axvcpu_error_t x86_vcpu_inject_interrupt(void *state, uint32_t vector);
axvcpu_error_t x86_vcpu_clear_interrupt(void *state, uint32_t vector);

#endif /* X86_VCPU_INJECT_H_ */
