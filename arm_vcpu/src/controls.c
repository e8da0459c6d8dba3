/* SPDX-License-Identifier: Apache-2.0 */
#include "controls.h"

#include "debug.h"
#include "id_view.h"
#include "regs.h"
#include "stage2.h"
#include "sve.h"
#include "sysreg.h"
#include "vmid.h"
#include "world.h"

/** What the guest itself has pending, and what survives its way between CPUs. */
#define HCR_PENDING (HCR_EL2_VSE | HCR_EL2_VI | HCR_EL2_VF)

static uint64_t hcr_of(const struct arm_vcpu *vcpu, const struct arm_features *features)
{
	/*
	 * Stage 2 on, EL1 in AArch64; set/way maintenance becomes clean+invalidate,
	 * TLB maintenance and barriers reach the inner shareable domain, so that a
	 * vCPU may move between CPUs. SErrors are the host's, and DISR_EL1 of the
	 * guest is VDISR_EL2. Trapped: SMC, ID registers, IMPLEMENTATION DEFINED
	 * registers, ACTLR_EL1, LORegions, RAS; memory tagging (ATA = 0, TID5) and
	 * SCXTNUM_ELx (EnSCXT = 0).
	 */
	uint64_t hcr = HCR_EL2_VM | HCR_EL2_SWIO | HCR_EL2_AMO | HCR_EL2_FB | HCR_EL2_BSU_INNER |
		       HCR_EL2_TID1 | HCR_EL2_TID3 | HCR_EL2_TSC | HCR_EL2_TIDCP | HCR_EL2_TACR |
		       HCR_EL2_RW | HCR_EL2_TLOR | HCR_EL2_TERR | HCR_EL2_TID5;

	if ((vcpu->flags & ARM_VCPU_PASSTHROUGH_INTERRUPT) == 0u) {
		hcr |= HCR_EL2_IMO | HCR_EL2_FMO;
	}
	if ((vcpu->flags & ARM_VCPU_TRAP_WFI) != 0u) {
		hcr |= HCR_EL2_TWI;
	}
	if ((vcpu->flags & ARM_VCPU_TRAP_WFE) != 0u) {
		hcr |= HCR_EL2_TWE;
	}
	if (vcpu->uses_pauth && features->pauth) {
		hcr |= HCR_EL2_APK | HCR_EL2_API;
	}
	if (features->vhe) {
		hcr |= HCR_EL2_E2H;
	}
	return hcr | (vcpu->context.hcr & HCR_PENDING);
}

static uint64_t cpacr_hidden(const struct arm_vcpu *vcpu, const struct arm_features *features)
{
	return (features->sve && !arm_vcpu_has_sve(vcpu) ? CPACR_EL1_ZEN : 0u) |
	       (features->sme ? CPACR_EL1_SMEN : 0u);
}

/** Trace, activity monitors and SME trap; FP, SIMD and the guest's SVE until they are used. */
static uint64_t cptr_of(const struct arm_vcpu *vcpu, const struct arm_features *features)
{
	/* CPACR_EL1 as the guest is to know it differs from what it is (state.c). */
	uint64_t cpacr = cpacr_hidden(vcpu, features) != 0u ? CPTR_EL2_TCPAC : 0u;

	if (features->vhe) {
		return cpacr | CPTR_EL2_E2H_TTA | CPTR_EL2_TAM;
	}
	return cpacr | CPTR_EL2_RES1 | CPTR_EL2_TZ | CPTR_EL2_TSM | CPTR_EL2_TTA | CPTR_EL2_TAM |
	       CPTR_EL2_TFP;
}

/** Self-hosted debug, PMU, profiling and trace: all of it traps. */
static uint64_t mdcr_of(const struct arm_features *features)
{
	uint64_t mdcr = MDCR_EL2_TPMCR | MDCR_EL2_TPM | MDCR_EL2_TDA | MDCR_EL2_TDOSA |
			MDCR_EL2_TDRA | MDCR_EL2_TPMS | MDCR_EL2_TTRF | MDCR_EL2_TDCC;

	if (features->pmu) {
		/* All counters belong to EL1: a smaller HPMN would change the host's PMCR_EL0.N. */
		mdcr |= ARM_PLACE(ARM_FIELD(arm_read_PMCR_EL0(), PMCR_EL0_N), MDCR_EL2_HPMN);
	}
	return mdcr;
}

void arm_vcpu_controls_find(struct arm_features *features)
{
	features->guest_mdcr = mdcr_of(features);
	features->midr = arm_read_MIDR_EL1();
}

/*
 * The controls that stay from bind to bind, of which this CPU has. Three of them stay on
 * a host without E2H alone; on others it does no harm that they are kept twice.
 */
#define FOR_EACH_GUEST_CONTROL(features, D)			\
	do {							\
		ARM_GUEST_CONTROLS(D)				\
		if ((features)->hcx) {				\
			ARM_HCX_CONTROLS(D)			\
		}						\
		if ((features)->pmu) {				\
			ARM_PMU_CONTROLS(D)			\
		}						\
		if ((features)->amu) {				\
			ARM_AMU_CONTROLS(D)			\
		}						\
		if ((features)->fgt) {				\
			ARM_FGT_CONTROLS(D)			\
		}						\
		if ((features)->fgt && (features)->amu) {	\
			ARM_FGT_AMU_CONTROLS(D)			\
		}						\
		if ((features)->fgt2) {				\
			ARM_FGT2_CONTROLS(D)			\
		}						\
	} while (0)

void arm_vcpu_controls_keep(struct arm_percpu *percpu)
{
#define KEEP(name, op0, op1, crn, crm, op2) \
	percpu->controls[ARM_CONTROL_##name] = arm_read_##name();
	FOR_EACH_GUEST_CONTROL(&percpu->features, KEEP);
#undef KEEP
}

void arm_vcpu_controls_put_back(const struct arm_percpu *percpu)
{
#define PUT_BACK(name, op0, op1, crn, crm, op2) \
	arm_write_##name(percpu->controls[ARM_CONTROL_##name]);
	FOR_EACH_GUEST_CONTROL(&percpu->features, PUT_BACK);
#undef PUT_BACK
}

static uint32_t plan_of(const struct arm_vcpu *vcpu, const struct arm_features *features)
{
	const bool rare = features->fgt || features->fgt2 || features->amu || features->mpam;
	const struct {
		bool wanted;
		uint32_t bit;
	} bits[] = {
		{ true, ARM_GROUP_COMMON },
		{ true, ARM_GROUP_BANKED },
		{ (vcpu->flags & ARM_VCPU_PASSTHROUGH_TIMER) != 0u, ARM_GROUP_PTIMER },
		{ vcpu->uses_pauth && features->pauth, ARM_GROUP_PAUTH },
		{ features->ras, ARM_GROUP_RAS },
		{ features->sme, ARM_GROUP_SME },
		{ features->hcx, ARM_PLAN_HCX },
		{ features->pmu, ARM_PLAN_PMU },
		{ rare, ARM_PLAN_RARE },
		{ features->vhe, ARM_PLAN_VHE },
		{ vcpu->vgic.enabled, ARM_PLAN_VGIC },
		{ arm_vcpu_debug_is_active(&vcpu->debug), ARM_PLAN_DEBUG },
		{ arm_vcpu_has_sve(vcpu), ARM_PLAN_SVE },
	};
	uint32_t plan = 0;

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		plan |= bits[i].wanted ? bits[i].bit : 0u;
	}
	return plan;
}

axvcpu_error_t arm_vcpu_controls_prepare(struct arm_vcpu *vcpu, const struct arm_features *features)
{
	if (!arm_vcpu_stage2_fits(features, vcpu->ipa_bits, vcpu->stage2_levels) ||
	    vcpu->vmid >> features->vmid_bits != 0u || !arm_vcpu_debug_fits(&vcpu->debug, features) ||
	    ((vcpu->context.pstate & SPSR_NRW) != 0u && !features->aarch32_el0) ||
	    !arm_vcpu_sve_fits(vcpu, features) || !arm_vcpu_id_view_fits(vcpu)) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	vcpu->features = features;
	vcpu->enter = features->vhe ? arm_vcpu_enter_vhe : arm_vcpu_enter;
	vcpu->plan = plan_of(vcpu, features);
	vcpu->vtcr = arm_vcpu_vtcr(features, vcpu->ipa_bits, vcpu->stage2_levels);
	vcpu->vttbr = ARM_PLACE(vcpu->vmid, VTTBR_EL2_VMID) | vcpu->stage2_root;
	vcpu->vpidr = vcpu->midr != 0u ? vcpu->midr : features->midr;
	vcpu->cptr = cptr_of(vcpu, features);
	vcpu->cpacr_hidden = cpacr_hidden(vcpu, features);
	vcpu->context.hcr = hcr_of(vcpu, features);
	vcpu->prepared = features->serial;
	return AXVCPU_OK;
}

uint64_t arm_vcpu_midr_of(const struct arm_vcpu *vcpu)
{
	return vcpu->midr != 0u ? vcpu->midr : arm_read_MIDR_EL1();
}

void arm_vcpu_controls_identify(struct arm_vcpu *vcpu)
{
	vcpu->vpidr = arm_vcpu_midr_of(vcpu);
	arm_write_VMPIDR_EL2(vcpu->mpidr);
	arm_write_VPIDR_EL2(vcpu->vpidr);
}

axvcpu_error_t arm_vcpu_controls_flush(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	arm_isb();
	arm_vcpu_hcr_guest(vcpu);
	arm_vcpu_vmid_flush(vcpu, percpu);
	arm_vcpu_hcr_host(vcpu);
	arm_isb();
	return AXVCPU_OK;
}

void arm_vcpu_controls_allow_fp(const struct arm_vcpu *vcpu)
{
	uint64_t cptr = vcpu->cptr;

	if (vcpu->features->vhe) {
		cptr |= CPTR_EL2_E2H_FPEN | (arm_vcpu_has_sve(vcpu) ? CPTR_EL2_E2H_ZEN : 0u);
	} else {
		cptr &= ~(CPTR_EL2_TFP | (arm_vcpu_has_sve(vcpu) ? CPTR_EL2_TZ : 0u));
	}
	arm_write_CPTR_EL2(cptr);
	arm_isb();
}

void arm_vcpu_hcr_guest(const struct arm_vcpu *vcpu)
{
	if (vcpu->features->vhe) {
		arm_write_HCR_EL2(vcpu->context.hcr);
		arm_isb();
	}
}

void arm_vcpu_hcr_host(const struct arm_vcpu *vcpu)
{
	if (vcpu->features->vhe) {
		arm_write_HCR_EL2(vcpu->context.host_hcr);
		arm_isb();
	}
}

uint64_t arm_vcpu_hcr_read(const struct arm_vcpu *vcpu)
{
	return arm_vcpu_is_on_cpu(vcpu) && !vcpu->features->vhe ? arm_read_HCR_EL2() : vcpu->context.hcr;
}

void arm_vcpu_hcr_change(struct arm_vcpu *vcpu, uint64_t clear, uint64_t set)
{
	vcpu->context.hcr = (arm_vcpu_hcr_read(vcpu) & ~clear) | set;
	if (arm_vcpu_is_on_cpu(vcpu) && !vcpu->features->vhe) {
		arm_write_HCR_EL2(vcpu->context.hcr);
	}
}
