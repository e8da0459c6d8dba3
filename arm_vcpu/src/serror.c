/* SPDX-License-Identifier: Apache-2.0 */
#include "serror.h"

#include "axvcpu/vcpu.h"

#include "controls.h"
#include "regs.h"
#include "state.h"

uint64_t arm_vcpu_serror_get(const struct arm_vcpu *vcpu)
{
	uint64_t syndrome = arm_vcpu_state_read(vcpu, ARM_SAVED_VSESR_EL2) & VSESR_EL2_SYNDROME;

	/* The CPU clears VSE when the guest takes it (D1.3.2). */
	return (arm_vcpu_hcr_read(vcpu) & HCR_EL2_VSE) != 0u ? syndrome | ARM_VCPU_SERROR_PENDING :
							  syndrome;
}

axvcpu_error_t arm_vcpu_serror_set(struct arm_vcpu *vcpu, uint64_t value)
{
	if ((value & ~(ARM_VCPU_SERROR_PENDING | VSESR_EL2_SYNDROME)) != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	arm_vcpu_state_write(vcpu, ARM_SAVED_VSESR_EL2, value & VSESR_EL2_SYNDROME);
	arm_vcpu_hcr_change(vcpu, HCR_EL2_VSE,
		       (value & ARM_VCPU_SERROR_PENDING) != 0u ? HCR_EL2_VSE : 0u);
	return AXVCPU_OK;
}

axvcpu_error_t arm_vcpu_inject_serror(struct axvcpu *handle, uint64_t syndrome)
{
	uint64_t value = syndrome | ARM_VCPU_SERROR_PENDING;

	if ((syndrome & ~VSESR_EL2_SYNDROME) != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	return axvcpu_set_reg(handle, ARM_VCPU_REG_SERROR, &value, sizeof(value));
}
