/* SPDX-License-Identifier: Apache-2.0 */
#include "at.h"

#include "controls.h"
#include "regs.h"
#include "sysreg.h"

uint64_t arm_vcpu_translate(const struct arm_vcpu *vcpu, enum arm_at at, uint64_t va)
{
	uint64_t guest_par = arm_read_PAR_EL1();
	uint64_t par;

	arm_vcpu_hcr_guest(vcpu);
	switch (at) {
	case ARM_AT_S1E1R:
	case ARM_AT_S1E1W:
		arm_at_s1e1(va, at == ARM_AT_S1E1W);
		break;
	case ARM_AT_S1E0R:
	case ARM_AT_S1E0W:
		arm_at_s1e0(va, at == ARM_AT_S1E0W);
		break;
	case ARM_AT_S12E1R:
	default:
		arm_at_s12e1r(va);
		break;
	}
	arm_vcpu_hcr_host(vcpu);
	par = arm_read_PAR_EL1();
	arm_write_PAR_EL1(guest_par);
	return par;
}

bool arm_vcpu_is_stage2_fault(uint64_t par, uint32_t type)
{
	return (par & (PAR_EL1_F | PAR_EL1_S)) == (PAR_EL1_F | PAR_EL1_S) &&
	       (ARM_FIELD(par, PAR_EL1_FST) & ESR_FSC_TYPE) == type;
}
