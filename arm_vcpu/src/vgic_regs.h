/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GIC interface's state by register id; see arm_vcpu.h for the ids. */
#ifndef ARM_VCPU_VGIC_REGS_H_
#define ARM_VCPU_VGIC_REGS_H_

#include "vcpu.h"

/** AXVCPU_ERR_NOT_FOUND for an id that is none of these, or without ARM_VCPU_VIRTUAL_GIC. */
axvcpu_error_t arm_vcpu_vgic_reg_get(struct arm_vcpu *vcpu, uint64_t id, uint64_t *value);
axvcpu_error_t arm_vcpu_vgic_reg_set(struct arm_vcpu *vcpu, uint64_t id, uint64_t value);
axvcpu_error_t arm_vcpu_vgic_reg_at(const struct arm_vcpu *vcpu, size_t index, uint64_t *id);

#endif /* ARM_VCPU_VGIC_REGS_H_ */
