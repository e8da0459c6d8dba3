/* SPDX-License-Identifier: Apache-2.0 */
#ifndef X86_VCPU_LIMITS_H_
#define X86_VCPU_LIMITS_H_

#include "vcpu.h"

/** Derives vcpu->limits from what CPUID tells the guest; at setup. */
void x86_vcpu_find_limits(struct x86_vcpu *vcpu);

#endif /* X86_VCPU_LIMITS_H_ */
