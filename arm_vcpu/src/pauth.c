/* SPDX-License-Identifier: Apache-2.0 */
#include "pauth.h"

#include "controls.h"
#include "regs.h"
#include "sysreg.h"

bool arm_vcpu_pauth_load(struct arm_vcpu *vcpu)
{
	if (!vcpu->features->pauth || (vcpu->on_cpu & ARM_GROUP_PAUTH) != 0u) {
		return false;
	}
#define LOAD(name, op0, op1, crn, crm, op2) arm_write_##name(vcpu->saved[ARM_SAVED_##name]);
	ARM_PAUTH_SYSREGS(LOAD)
#undef LOAD
	vcpu->uses_pauth = true;
	vcpu->plan |= ARM_GROUP_PAUTH;
	vcpu->on_cpu |= ARM_GROUP_PAUTH;
	arm_vcpu_hcr_change(vcpu, 0u, HCR_EL2_API | HCR_EL2_APK);
	return true;
}
