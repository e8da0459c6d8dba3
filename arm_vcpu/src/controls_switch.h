/* SPDX-License-Identifier: Apache-2.0 */
/* What bind and unbind do with EL2's controls; in line, as it is a good part of a switch. */
#ifndef ARM_VCPU_CONTROLS_SWITCH_H_
#define ARM_VCPU_CONTROLS_SWITCH_H_

#include "controls.h"
#include "regs.h"
#include "sysreg.h"

/*
 * Those of optional features that bind keeps and unbind puts back, as D(list): with E2H
 * the host's own EL0 is under the first three. MPAM2_EL2 has the host's partition.
 */
#define ARM_FOR_EACH_OPTIONAL_CONTROL(plan, features, D)			\
	do {									\
		const bool vhe = ((plan) & ARM_PLAN_VHE) != 0u;			\
										\
		if (vhe && ((plan) & ARM_PLAN_HCX) != 0u) {			\
			ARM_HCX_CONTROLS(D)					\
		}								\
		if (vhe && ((plan) & ARM_PLAN_PMU) != 0u) {			\
			ARM_PMU_CONTROLS(D)					\
		}								\
		if (__builtin_expect(((plan) & ARM_PLAN_RARE) != 0u, 0)) {	\
			if (vhe && (features)->amu) {				\
				ARM_AMU_CONTROLS(D)				\
			}							\
			if ((features)->mpam) {					\
				ARM_MPAM_CONTROLS(D)				\
			}							\
			if ((features)->mpam_hcr) {				\
				ARM_MPAM_HCR_CONTROLS(D)			\
			}							\
		}								\
	} while (0)

/**
 * Controls of optional features, none of which the guest sees. In the fine-grained
 * traps a 0 traps what came with or after them, and leaves alone what is older.
 */
static inline void arm_write_rare_controls(const struct arm_features *features,
					   const struct arm_percpu *percpu)
{
#define WRITE_ZERO(name, op0, op1, crn, crm, op2) arm_write_##name(0);
	if (features->fgt) {
		ARM_FGT_CONTROLS(WRITE_ZERO)
	}
	if (features->fgt && features->amu) {
		ARM_FGT_AMU_CONTROLS(WRITE_ZERO)
	}
	if (features->fgt2) {
		ARM_FGT2_CONTROLS(WRITE_ZERO)
	}
#undef WRITE_ZERO
	if (features->amu) {
		arm_write_AMUSERENR_EL0(AMUSERENR_EL0_EN);
	}
	if (features->mpam) {
		arm_write_MPAM2_EL2(percpu->controls[ARM_CONTROL_MPAM2_EL2] |
				    MPAM2_EL2_TRAPMPAM0EL1 | MPAM2_EL2_TRAPMPAM1EL1);
	}
	if (features->mpam_hcr) {
		arm_write_MPAMHCR_EL2(percpu->controls[ARM_CONTROL_MPAMHCR_EL2] |
				      MPAMHCR_EL2_TRAP_MPAMIDR_EL1);
	}
}

static inline uint64_t arm_guest_cnthctl(const struct arm_percpu *percpu, uint32_t plan)
{
	bool physical = (plan & ARM_GROUP_PTIMER) != 0u;

	if ((plan & ARM_PLAN_VHE) != 0u) {
		return (percpu->controls[ARM_CONTROL_CNTHCTL_EL2] & CNTHCTL_EL2_E2H_HOST) |
		       (physical ? CNTHCTL_EL2_E2H_EL1PCTEN | CNTHCTL_EL2_E2H_EL1PTEN : 0u);
	}
	return physical ? CNTHCTL_EL2_EL1PCTEN | CNTHCTL_EL2_EL1PCEN : 0u;
}

/** Keeps the host's controls and sets the guest's; a VHE host keeps its HCR_EL2. */
static inline __attribute__((always_inline)) void
arm_controls_load(struct arm_vcpu *vcpu, struct arm_percpu *percpu, uint32_t plan)
{
	const struct arm_features *features = &percpu->features;
	uint64_t first, second;

#define FIRST(name, ...) first = arm_read_##name();
#define SECOND(name, ...)                                      \
	second = arm_read_##name();                            \
	percpu->controls[(int)ARM_CONTROL_##name - 1] = first; \
	percpu->controls[ARM_CONTROL_##name] = second;
#define KEEP(name, op0, op1, crn, crm, op2) \
	percpu->controls[ARM_CONTROL_##name] = arm_read_##name();
	ARM_OWN_CONTROL_PAIRS(FIRST, SECOND)
	ARM_FOR_EACH_OPTIONAL_CONTROL(plan, features, KEEP);
#undef FIRST
#undef SECOND
#undef KEEP
	first = vcpu->vtcr;
	second = vcpu->vttbr;
	arm_write_VTCR_EL2(first);
	arm_write_VTTBR_EL2(second);
	if ((plan & ARM_PLAN_VHE) != 0u) {
		vcpu->context.host_hcr = percpu->controls[ARM_CONTROL_HCR_EL2];
	} else {
		arm_write_HCR_EL2(vcpu->context.hcr);
	}
	first = vcpu->cptr;
	second = features->guest_mdcr;
	arm_write_CPTR_EL2(first);
	arm_write_MDCR_EL2(second);
	arm_write_CNTHCTL_EL2(arm_guest_cnthctl(percpu, plan));
	arm_write_HSTR_EL2(0);
	/* The host's breakpoints and single steps are not the guest's. */
	arm_write_MDSCR_EL1(0);
	first = vcpu->vpidr;
	second = vcpu->mpidr;
	arm_write_VPIDR_EL2(first);
	arm_write_VMPIDR_EL2(second);
	if ((plan & ARM_PLAN_HCX) != 0u) {
		arm_write_HCRX_EL2(HCRX_EL2_TALLINT);
	}
	if ((plan & ARM_PLAN_PMU) != 0u) {
		arm_write_PMUSERENR_EL0(PMUSERENR_EL0_EN);
	}
	if (__builtin_expect((plan & ARM_PLAN_RARE) != 0u, 0)) {
		arm_write_rare_controls(features, percpu);
	}
}

/** Puts back the host's that it looks at itself. */
static inline __attribute__((always_inline)) void
arm_controls_unload(struct arm_vcpu *vcpu, const struct arm_percpu *percpu, uint32_t plan)
{
	uint64_t first, second;

	if ((plan & ARM_PLAN_VHE) == 0u) {
		/* The CPU clears VSE when the guest takes its SError. */
		vcpu->context.hcr = arm_read_HCR_EL2();
	}
#define FIRST(name, ...)                                   \
	first = percpu->controls[ARM_CONTROL_##name];      \
	second = percpu->controls[ARM_CONTROL_##name + 1]; \
	arm_write_##name(first);
#define SECOND(name, ...) arm_write_##name(second);
#define PUT_BACK(name, op0, op1, crn, crm, op2) \
	arm_write_##name(percpu->controls[ARM_CONTROL_##name]);
	ARM_OWN_CONTROL_PAIRS(FIRST, SECOND)
	ARM_FOR_EACH_OPTIONAL_CONTROL(plan, &percpu->features, PUT_BACK);
#undef FIRST
#undef SECOND
#undef PUT_BACK
}

/**
 * Between two guests: `from` is out of force, and so is its VMID; of the controls only what
 * differs between guests of one CPU changes. A speculative AT finds the host's values, as
 * between unbind and bind.
 */
static inline __attribute__((always_inline)) void
arm_controls_suspend(struct arm_vcpu *from, const struct arm_percpu *percpu, uint32_t plan)
{
	uint64_t hcr = percpu->controls[ARM_CONTROL_HCR_EL2];
	uint64_t vttbr = percpu->controls[ARM_CONTROL_VTTBR_EL2];

	if ((plan & ARM_PLAN_VHE) == 0u) {
		from->context.hcr = arm_read_HCR_EL2();
		arm_write_HCR_EL2(hcr);
	}
	arm_write_VTTBR_EL2(vttbr);
	arm_isb();
}

/** The same for the guest that comes. */
static inline __attribute__((always_inline)) void
arm_controls_resume(struct arm_vcpu *to, const struct arm_percpu *percpu, uint32_t plan)
{
	uint64_t first, second;

	first = to->vtcr;
	second = to->vttbr;
	arm_write_VTCR_EL2(first);
	arm_write_VTTBR_EL2(second);
	if ((plan & ARM_PLAN_VHE) != 0u) {
		to->context.host_hcr = percpu->controls[ARM_CONTROL_HCR_EL2];
	} else {
		arm_write_HCR_EL2(to->context.hcr);
	}
	/* FP and SIMD trap again, and what else this guest does not have. */
	arm_write_CPTR_EL2(to->cptr);
	first = to->vpidr;
	second = to->mpidr;
	arm_write_VPIDR_EL2(first);
	arm_write_VMPIDR_EL2(second);
}

#endif /* ARM_VCPU_CONTROLS_SWITCH_H_ */
