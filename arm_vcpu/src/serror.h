/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's asynchronous aborts: a virtual SError that waits for PSTATE.A
 * (HCR_EL2.VSE, D1.3.2), and its syndrome (VSESR_EL2, with RAS).
 */
#ifndef ARM_VCPU_SERROR_H_
#define ARM_VCPU_SERROR_H_

#include "vcpu.h"

/** ARM_VCPU_REG_SERROR; AXVCPU_ERR_INVALID_ARGUMENT for bits that it does not have. */
uint64_t arm_vcpu_serror_get(const struct arm_vcpu *vcpu);
axvcpu_error_t arm_vcpu_serror_set(struct arm_vcpu *vcpu, uint64_t value);

#endif /* ARM_VCPU_SERROR_H_ */
