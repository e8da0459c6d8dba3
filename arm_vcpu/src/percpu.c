/* SPDX-License-Identifier: Apache-2.0 */
#include "percpu.h"

#include "controls.h"
#include "regs.h"
#include "stage2.h"
#include "sysreg.h"
#include "vmid.h"

static void find_registers(struct arm_features *features)
{
	uint64_t pfr0 = arm_read_ID_AA64PFR0_EL1();
	uint64_t pfr1 = arm_read_ID_AA64PFR1_EL1();
	uint64_t fgt = ARM_FIELD(arm_read_ID_AA64MMFR0_EL1(), ID_AA64MMFR0_FGT);

	features->fgt = fgt != 0u;
	features->fgt2 = fgt >= ID_AA64MMFR0_FGT_2;
	features->hcx = (arm_read_ID_AA64MMFR1_EL1() & ID_AA64MMFR1_HCX) != 0u;
	features->amu = (pfr0 & ID_AA64PFR0_AMU) != 0u;
	features->sve = (pfr0 & ID_AA64PFR0_SVE) != 0u;
	features->ras = (pfr0 & ID_AA64PFR0_RAS) != 0u;
	features->sme = (pfr1 & ID_AA64PFR1_SME) != 0u;
	features->mpam = (pfr0 & ID_AA64PFR0_MPAM) != 0u || (pfr1 & ID_AA64PFR1_MPAM_FRAC) != 0u;
	features->mpam_hcr = features->mpam &&
			     (arm_read_MPAMIDR_EL1() & MPAMIDR_EL1_HAS_HCR) != 0u;
}

void arm_vcpu_features_find(struct arm_features *features)
{
	uint64_t pmu = ARM_FIELD(arm_read_ID_AA64DFR0_EL1(), ID_AA64DFR0_PMUVER);

	features->pa_bits = arm_vcpu_pa_bits(arm_read_ID_AA64MMFR0_EL1());
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
	features->breakpoints =
		(uint8_t)(ARM_FIELD(arm_read_ID_AA64DFR0_EL1(), ID_AA64DFR0_BRPS) + 1u);
	features->watchpoints =
		(uint8_t)(ARM_FIELD(arm_read_ID_AA64DFR0_EL1(), ID_AA64DFR0_WRPS) + 1u);
	features->vhe = (arm_read_HCR_EL2() & HCR_EL2_E2H) != 0u;
	find_registers(features);
	arm_vcpu_controls_find(features);
}

static void look_at_cpu(struct arm_percpu *cpu)
{
	arm_vcpu_features_find(&cpu->features);
	cpu->features.serial = arm_vcpu_vmid_host_add_cpu(cpu->host, cpu->features.vmid_bits);
}

axvcpu_error_t arm_vcpu_percpu_init(void *percpu, void *host, const struct axvcpu_hal *hal)
{
	struct arm_percpu *cpu = (struct arm_percpu *)percpu;

	if (ARM_FIELD(arm_read_CURRENTEL(), CURRENTEL_EL) != CURRENTEL_EL2) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	cpu->hal = hal;
	cpu->host = (struct arm_host *)host;
	look_at_cpu(cpu);
	return AXVCPU_OK;
}

axvcpu_error_t arm_vcpu_hardware_enable(void *percpu)
{
	struct arm_percpu *cpu = (struct arm_percpu *)percpu;

	/* The host may have moved to the other kind of EL2 since percpu_init. */
	look_at_cpu(cpu);
	arm_vcpu_controls_keep(cpu);
	if (!cpu->features.gic && cpu->hal->ops->log != NULL) {
		cpu->hal->ops->log(cpu->hal->ctx, AXVCPU_LOG_WARN,
				   "arm_vcpu: no GICv3 system registers, so no ARM_VCPU_VIRTUAL_GIC");
	}
	/*
	 * EL2 itself needs no switch to be turned on: stage 2 and the traps are in
	 * force from bind to unbind. But nothing is known of the TLB.
	 */
	cpu->vmid_generation = 0;
	return AXVCPU_OK;
}

axvcpu_error_t arm_vcpu_hardware_disable(void *percpu)
{
	/* No vCPU is bound: all else is the host's again already. */
	arm_vcpu_controls_put_back((const struct arm_percpu *)percpu);
	arm_vcpu_vgic_give_back((struct arm_percpu *)percpu);
	return AXVCPU_OK;
}

uint32_t arm_vcpu_max_guest_page_table_levels(const void *percpu)
{
	const struct arm_percpu *cpu = (const struct arm_percpu *)percpu;

	return arm_vcpu_stage2_levels_for(cpu->features.pa_bits);
}
