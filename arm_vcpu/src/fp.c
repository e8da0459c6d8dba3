/* SPDX-License-Identifier: Apache-2.0 */
#include "fp.h"

#include "controls.h"
#include "sve.h"
#include "sysreg.h"
#include "world.h"

void arm_vcpu_fp_load(struct arm_vcpu *vcpu)
{
	/* The trap is EL2's as well: it goes first. */
	arm_vcpu_controls_allow_fp(vcpu);
	if (arm_vcpu_has_sve(vcpu)) {
		arm_vcpu_sve_load(vcpu);
	} else {
		arm_vcpu_fpsimd_load(vcpu->fpsimd);
	}
#define LOAD(name, op0, op1, crn, crm, op2) arm_write_##name(vcpu->saved[ARM_SAVED_##name]);
	ARM_FP_SYSREGS(LOAD)
#undef LOAD
	vcpu->on_cpu |= ARM_GROUP_FP;
}

void arm_vcpu_fp_save(struct arm_vcpu *vcpu)
{
	if ((vcpu->on_cpu & ARM_GROUP_FP) == 0u) {
		return;
	}
	if (arm_vcpu_has_sve(vcpu)) {
		arm_vcpu_sve_save(vcpu);
	} else {
		arm_vcpu_fpsimd_save(vcpu->fpsimd);
	}
#define SAVE(name, op0, op1, crn, crm, op2) vcpu->saved[ARM_SAVED_##name] = arm_read_##name();
	ARM_FP_SYSREGS(SAVE)
#undef SAVE
}

void arm_vcpu_fp_unload(struct arm_vcpu *vcpu)
{
	arm_vcpu_fp_save(vcpu);
	if (arm_vcpu_has_sve(vcpu)) {
		arm_vcpu_sve_unload(vcpu);
	}
}

uint8_t *arm_vcpu_fp_vector(struct arm_vcpu *vcpu, uint32_t n)
{
	return arm_vcpu_has_sve(vcpu) ? vcpu->sve.state + (size_t)n * vcpu->sve.vector_bytes :
					vcpu->fpsimd[n];
}
