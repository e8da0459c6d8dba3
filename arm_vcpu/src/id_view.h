/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ID registers of a guest with ARM_VCPU_KEEP_ID: what it was shown first, wherever it
 * runs since. A guest without it sees the CPU that it is on (id_regs.h).
 */
#ifndef ARM_VCPU_ID_VIEW_H_
#define ARM_VCPU_ID_VIEW_H_

#include "vcpu.h"

/** Whether the guest keeps what it is shown. */
static inline bool arm_vcpu_keeps_id(const struct arm_vcpu *vcpu)
{
	return (vcpu->flags & ARM_VCPU_KEEP_ID) != 0u;
}

/** At setup: the guest is shown the CPU that calls. */
void arm_vcpu_id_view_take(struct arm_vcpu *vcpu);
/** What the guest reads of the register with op0 = 3, CRn = 0 and these (D19.1). */
uint64_t arm_vcpu_id_view_read(const struct arm_vcpu *vcpu, uint32_t op1, uint32_t crm, uint32_t op2);
/**
 * Whether the CPU that calls has all that the guest was shown. If not, the name of the first
 * register that says more goes to the log.
 */
bool arm_vcpu_id_view_fits(const struct arm_vcpu *vcpu);

/*
 * By id, as arm_vcpu_reg_get() and its like; AXVCPU_ERR_NOT_FOUND for an id of others.
 * AXVCPU_ERR_UNSUPPORTED for a value that says more than the CPU that calls has.
 */
axvcpu_error_t arm_vcpu_id_view_reg_get(const struct arm_vcpu *vcpu, uint64_t id, uint64_t *value);
axvcpu_error_t arm_vcpu_id_view_reg_set(struct arm_vcpu *vcpu, uint64_t id, uint64_t value);
uint32_t arm_vcpu_id_view_reg_count(const struct arm_vcpu *vcpu);
uint64_t arm_vcpu_id_view_reg_at(uint32_t index);

#endif /* ARM_VCPU_ID_VIEW_H_ */
