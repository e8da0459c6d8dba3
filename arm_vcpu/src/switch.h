/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU comes onto a CPU and leaves it: bind, unbind, switch. */
#ifndef ARM_VCPU_SWITCH_H_
#define ARM_VCPU_SWITCH_H_

#include "vcpu.h"

/** Loads the guest onto this CPU; AXVCPU_ERR_UNSUPPORTED if the CPU cannot run it. */
axvcpu_error_t arm_vcpu_switch_in(struct arm_vcpu *vcpu, struct arm_percpu *percpu);
/** Saves it and gives the CPU back as bind found it. AXVCPU_OK, as unbind returns. */
axvcpu_error_t arm_vcpu_switch_out(struct arm_vcpu *vcpu, struct arm_percpu *percpu);

/**
 * Both in one: `from`, which is on this CPU, goes and `to` comes. AXVCPU_ERR_AGAIN, with
 * nothing done, if that is not less than the two; other errors as arm_vcpu_switch_in(),
 * with `from` saved and the CPU as bind found it.
 */
axvcpu_error_t arm_vcpu_switch_over(struct arm_vcpu *from, struct arm_vcpu *to,
				    struct arm_percpu *percpu);

#endif /* ARM_VCPU_SWITCH_H_ */
