/* SPDX-License-Identifier: Apache-2.0 */
#include "percpu.h"

#include "regs.h"
#include "stage2.h"
#include "sysreg.h"

static void find_features(struct arm_features *features)
{
	uint64_t pmu = ARM_FIELD(arm_read_ID_AA64DFR0_EL1(), ID_AA64DFR0_PMUVER);

	features->pa_bits = arm_pa_bits(arm_read_ID_AA64MMFR0_EL1());
	features->vmid_bits =
		ARM_FIELD(arm_read_ID_AA64MMFR1_EL1(), ID_AA64MMFR1_VMIDBITS) ==
				ID_AA64MMFR1_VMIDBITS_16 ?
			16u :
			8u;
	features->aarch32_el0 = ARM_FIELD(arm_read_ID_AA64PFR0_EL1(), ID_AA64PFR0_EL0) ==
				ID_AA64PFR0_EL0_AARCH32;
	/* Address or generic authentication, by any of the three algorithms. */
	features->pauth = (arm_read_ID_AA64ISAR1_EL1() & ID_AA64ISAR1_PAUTH) != 0u ||
			  (arm_read_ID_AA64ISAR2_EL1() & ID_AA64ISAR2_PAUTH) != 0u;
	features->gic = ARM_FIELD(arm_read_ID_AA64PFR0_EL1(), ID_AA64PFR0_GIC) != 0u;
	features->pmu = pmu != 0u && pmu != ID_AA64DFR0_PMUVER_IMPDEF;
}

axvcpu_error_t arm_percpu_init(void *percpu, void *host, const struct axvcpu_hal *hal)
{
	struct arm_percpu *cpu = (struct arm_percpu *)percpu;

	(void)host;
	if (ARM_FIELD(arm_read_CURRENTEL(), CURRENTEL_EL) != CURRENTEL_EL2) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	find_features(&cpu->features);
	cpu->hal = hal;
	return AXVCPU_OK;
}

axvcpu_error_t arm_hardware_enable(void *percpu)
{
	struct arm_percpu *cpu = (struct arm_percpu *)percpu;
	uint32_t i;

	/* With E2H, EL1 registers at EL2 are the host's own: another set of accessors. */
	if ((arm_read_HCR_EL2() & HCR_EL2_E2H) != 0u) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	if (!cpu->features.gic && cpu->hal->ops->log != NULL) {
		cpu->hal->ops->log(cpu->hal->ctx, AXVCPU_LOG_WARN,
				   "arm_vcpu: no GICv3 system registers, so no ARM_VCPU_VIRTUAL_GIC");
	}
	/*
	 * EL2 itself needs no switch to be turned on: stage 2 and the traps are in
	 * force from bind to unbind. But nothing is known of the TLB.
	 */
	for (i = 0; i < ARM_LAST_VCPU_SLOTS; i++) {
		cpu->last[i].vcpu = NULL;
	}
	return AXVCPU_OK;
}

axvcpu_error_t arm_hardware_disable(void *percpu)
{
	/* Nothing of a guest is on the CPU: no vCPU is bound. */
	(void)percpu;
	return AXVCPU_OK;
}

uint32_t arm_max_guest_page_table_levels(const void *percpu)
{
	const struct arm_percpu *cpu = (const struct arm_percpu *)percpu;

	return arm_stage2_levels_for(cpu->features.pa_bits);
}
