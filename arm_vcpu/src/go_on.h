/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARM_VCPU_GO_ON_H_
#define ARM_VCPU_GO_ON_H_

#include "vcpu.h"

/**
 * The part of a run beyond the one way that is short: interrupts to hand to the CPU
 * before an entry, and exits that the library handled, after which the guest goes on
 * unless somebody asks for attention.
 */
axvcpu_error_t arm_vcpu_go_on(struct arm_vcpu *vcpu);

#endif /* ARM_VCPU_GO_ON_H_ */
