/* SPDX-License-Identifier: Apache-2.0 */
/* Registers by id; see arm_vcpu.h for the ids. */
#ifndef ARM_VCPU_REG_ACCESS_H_
#define ARM_VCPU_REG_ACCESS_H_

#include "vcpu.h"

axvcpu_error_t arm_vcpu_reg_get(struct arm_vcpu *vcpu, uint64_t id, void *buffer);
axvcpu_error_t arm_vcpu_reg_set(struct arm_vcpu *vcpu, uint64_t id, const void *buffer);
axvcpu_error_t arm_vcpu_reg_at(const struct arm_vcpu *vcpu, size_t index, uint64_t *id);

#endif /* ARM_VCPU_REG_ACCESS_H_ */
