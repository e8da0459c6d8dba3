/* SPDX-License-Identifier: Apache-2.0 */
#include "fp.h"

#include "controls.h"
#include "sysreg.h"
#include "world.h"

void arm_vcpu_fp_load(struct arm_vcpu *vcpu)
{
	/* The trap is EL2's as well: it goes first. */
	arm_vcpu_controls_allow_fp(vcpu->features);
	arm_vcpu_fpsimd_load(vcpu->fpsimd);
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
	arm_vcpu_fpsimd_save(vcpu->fpsimd);
#define SAVE(name, op0, op1, crn, crm, op2) vcpu->saved[ARM_SAVED_##name] = arm_read_##name();
	ARM_FP_SYSREGS(SAVE)
#undef SAVE
}
