/* SPDX-License-Identifier: Apache-2.0 */
#include "controls.h"

#include "regs.h"
#include "stage2.h"
#include "sysreg.h"

/** What the guest itself has pending, and what survives its way between CPUs. */
#define HCR_PENDING (HCR_EL2_VSE | HCR_EL2_VI | HCR_EL2_VF)

/* Each group of controls that this CPU has, as D(list). */
#define FOR_EACH_GROUP(features, D)				\
	do {							\
		ARM_BASE_CONTROLS(D)				\
		if ((features)->hcx) {				\
			ARM_HCX_CONTROLS(D)			\
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
		if ((features)->pmu) {				\
			ARM_PMU_CONTROLS(D)			\
		}						\
		if ((features)->amu) {				\
			ARM_AMU_CONTROLS(D)			\
		}						\
		if ((features)->mpam) {				\
			ARM_MPAM_CONTROLS(D)			\
		}						\
		if ((features)->mpam_hcr) {			\
			ARM_MPAM_HCR_CONTROLS(D)		\
		}						\
	} while (0)

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
	if (features->pauth) {
		hcr |= HCR_EL2_APK | HCR_EL2_API;
	}
	if (features->vhe) {
		hcr |= HCR_EL2_E2H;
	}
	return hcr | (vcpu->context.hcr & HCR_PENDING);
}

uint64_t arm_vcpu_cpacr_hidden(const struct arm_features *features)
{
	return (features->sve ? CPACR_EL1_ZEN : 0u) | (features->sme ? CPACR_EL1_SMEN : 0u);
}

/** Trace, activity monitors, SVE and SME trap; FP and SIMD as `allow_fp` says. */
static void write_cptr(const struct arm_features *features, bool allow_fp)
{
	/* CPACR_EL1 as the guest is to know it differs from what it is (state.c). */
	uint64_t cpacr = arm_vcpu_cpacr_hidden(features) != 0u ? CPTR_EL2_TCPAC : 0u;

	if (features->vhe) {
		arm_write_CPTR_EL2(cpacr | CPTR_EL2_E2H_TTA | CPTR_EL2_TAM |
				   (allow_fp ? CPTR_EL2_E2H_FPEN : 0u));
	} else {
		arm_write_CPTR_EL2(cpacr | CPTR_EL2_RES1 | CPTR_EL2_TZ | CPTR_EL2_TSM |
				   CPTR_EL2_TTA | CPTR_EL2_TAM | (allow_fp ? 0u : CPTR_EL2_TFP));
	}
}

static void write_cnthctl(const struct arm_vcpu *vcpu, const struct arm_percpu *percpu)
{
	bool physical = (vcpu->flags & ARM_VCPU_PASSTHROUGH_TIMER) != 0u;

	if (percpu->features.vhe) {
		arm_write_CNTHCTL_EL2(
			(percpu->controls[ARM_CONTROL_CNTHCTL_EL2] & CNTHCTL_EL2_E2H_HOST) |
			(physical ? CNTHCTL_EL2_E2H_EL1PCTEN | CNTHCTL_EL2_E2H_EL1PTEN : 0u));
	} else {
		arm_write_CNTHCTL_EL2(physical ? CNTHCTL_EL2_EL1PCTEN | CNTHCTL_EL2_EL1PCEN : 0u);
	}
}

/** Self-hosted debug, PMU, profiling and trace: all of it traps. */
static void write_debug(const struct arm_features *features)
{
	uint64_t mdcr = MDCR_EL2_TPMCR | MDCR_EL2_TPM | MDCR_EL2_TDA | MDCR_EL2_TDOSA |
			MDCR_EL2_TDRA | MDCR_EL2_TPMS | MDCR_EL2_TTRF | MDCR_EL2_TDCC;

	if (features->pmu) {
		/* All counters belong to EL1: a smaller HPMN would change the host's PMCR_EL0.N. */
		mdcr |= ARM_PLACE(ARM_FIELD(arm_read_PMCR_EL0(), PMCR_EL0_N), MDCR_EL2_HPMN);
		arm_write_PMUSERENR_EL0(PMUSERENR_EL0_EN);
	}
	arm_write_MDCR_EL2(mdcr);
	/* The host's breakpoints and single steps are not the guest's. */
	arm_write_MDSCR_EL1(0);
}

/**
 * Controls of optional features, none of which the guest sees. In the fine-grained
 * traps a 0 traps what came with or after them, and leaves alone what is older.
 */
static void write_optional(const struct arm_features *features, const struct arm_percpu *percpu)
{
#define WRITE_ZERO(name, op0, op1, crn, crm, op2) arm_write_##name(0);
	if (features->hcx) {
		arm_write_HCRX_EL2(HCRX_EL2_TALLINT);
	}
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

void arm_vcpu_controls_load(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	const struct arm_features *features = &percpu->features;

#define KEEP(name, op0, op1, crn, crm, op2) \
	percpu->controls[ARM_CONTROL_##name] = arm_read_##name();
	FOR_EACH_GROUP(features, KEEP);
#undef KEEP
	write_debug(features);
	write_cptr(features, false);
	arm_write_HSTR_EL2(0);
	write_cnthctl(vcpu, percpu);
	write_optional(features, percpu);
	arm_write_VMPIDR_EL2(vcpu->mpidr);
	arm_write_VPIDR_EL2(vcpu->midr != 0u ? vcpu->midr : arm_read_MIDR_EL1());
	arm_write_VTCR_EL2(arm_vcpu_vtcr(features, vcpu->ipa_bits, vcpu->stage2_levels));
	arm_write_VTTBR_EL2(ARM_PLACE(vcpu->vmid, VTTBR_EL2_VMID) | vcpu->stage2_root);
	vcpu->context.host_hcr = percpu->controls[ARM_CONTROL_HCR_EL2];
	vcpu->context.hcr = hcr_of(vcpu, features);
	arm_write_HCR_EL2(vcpu->context.hcr);
}

void arm_vcpu_controls_unload(struct arm_vcpu *vcpu, const struct arm_percpu *percpu)
{
	vcpu->context.hcr = arm_vcpu_hcr_read(vcpu);
#define PUT_BACK(name, op0, op1, crn, crm, op2) \
	arm_write_##name(percpu->controls[ARM_CONTROL_##name]);
	FOR_EACH_GROUP(&percpu->features, PUT_BACK);
#undef PUT_BACK
}

void arm_vcpu_controls_allow_fp(const struct arm_features *features)
{
	write_cptr(features, true);
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
	return vcpu->loaded && !vcpu->features->vhe ? arm_read_HCR_EL2() : vcpu->context.hcr;
}

void arm_vcpu_hcr_change(struct arm_vcpu *vcpu, uint64_t clear, uint64_t set)
{
	vcpu->context.hcr = (arm_vcpu_hcr_read(vcpu) & ~clear) | set;
	if (vcpu->loaded && !vcpu->features->vhe) {
		arm_write_HCR_EL2(vcpu->context.hcr);
	}
}
