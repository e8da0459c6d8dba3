/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include "regs.h"
#include "stage2.h"
#include "sysreg.h"
#include "world.h"

static void save_sysregs(struct arm_vcpu *vcpu, bool pauth)
{
#define SAVE(name, op0, op1, crn, crm, op2) vcpu->saved[ARM_SAVED_##name] = arm_read_##name();
	ARM_GUEST_SYSREGS(SAVE)
	if (pauth) {
		ARM_PAUTH_SYSREGS(SAVE)
	}
#undef SAVE
}

static void load_sysregs(const struct arm_vcpu *vcpu, bool pauth)
{
#define LOAD(name, op0, op1, crn, crm, op2) arm_write_##name(vcpu->saved[ARM_SAVED_##name]);
	ARM_GUEST_SYSREGS(LOAD)
	if (pauth) {
		ARM_PAUTH_SYSREGS(LOAD)
	}
#undef LOAD
}

static uint64_t hcr_of(const struct arm_vcpu *vcpu, const struct arm_features *features)
{
	/*
	 * Stage 2 on, EL1 in AArch64; set/way maintenance becomes clean+invalidate,
	 * TLB maintenance and barriers reach the inner shareable domain, so that a
	 * vCPU may move between CPUs. SErrors are the host's. Trapped: SMC, ID
	 * registers, IMPLEMENTATION DEFINED registers, ACTLR_EL1, LORegions, RAS.
	 */
	uint64_t hcr = HCR_EL2_VM | HCR_EL2_SWIO | HCR_EL2_AMO | HCR_EL2_FB | HCR_EL2_BSU_INNER |
		       HCR_EL2_TID3 | HCR_EL2_TSC | HCR_EL2_TIDCP | HCR_EL2_TACR | HCR_EL2_RW |
		       HCR_EL2_TLOR | HCR_EL2_TERR;

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
	return hcr;
}

static void load_controls(const struct arm_vcpu *vcpu, const struct arm_features *features)
{
	uint64_t mdcr = MDCR_EL2_TPMCR | MDCR_EL2_TPM | MDCR_EL2_TDA | MDCR_EL2_TDOSA |
			MDCR_EL2_TDRA | MDCR_EL2_TPMS | MDCR_EL2_TTRF;

	if (features->pmu) {
		/* All counters belong to EL1; a smaller HPMN would change PMCR_EL0.N for the host. */
		mdcr |= ARM_PLACE(ARM_FIELD(arm_read_PMCR_EL0(), PMCR_EL0_N), MDCR_EL2_HPMN);
	}
	arm_write_MDCR_EL2(mdcr);
	/* FP and SIMD are the guest's; SVE, SME, trace and activity monitors trap. */
	arm_write_CPTR_EL2(CPTR_EL2_RES1 | CPTR_EL2_TZ | CPTR_EL2_TSM | CPTR_EL2_TTA | CPTR_EL2_TAM);
	arm_write_HSTR_EL2(0);
	arm_write_CNTHCTL_EL2((vcpu->flags & ARM_VCPU_PASSTHROUGH_TIMER) != 0u ?
				      CNTHCTL_EL2_EL1PCTEN | CNTHCTL_EL2_EL1PCEN :
				      0u);
	arm_write_VMPIDR_EL2(vcpu->mpidr);
	arm_write_VPIDR_EL2(vcpu->midr != 0u ? vcpu->midr : arm_read_MIDR_EL1());
	arm_write_VTCR_EL2(arm_vtcr(features, vcpu->ipa_bits, vcpu->stage2_levels));
	arm_write_VTTBR_EL2(ARM_PLACE(vcpu->vmid, VTTBR_EL2_VMID) | vcpu->stage2_root);
	arm_write_HCR_EL2(hcr_of(vcpu, features));
}

/**
 * Two vCPUs of one machine share a VMID but not what their ASIDs mean: when
 * another one ran last on this CPU, its stage-1 entries must go (D8.14.3, as for
 * a change of ASID use).
 */
static void flush_if_other_ran(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	uint32_t slot = vcpu->vmid % ARM_LAST_VCPU_SLOTS;

	if (!vcpu->was_bound || percpu->last[slot].vcpu != vcpu ||
	    percpu->last[slot].vmid != vcpu->vmid) {
		arm_tlbi_vmalle1();
	}
	percpu->last[slot].vcpu = vcpu;
	percpu->last[slot].vmid = vcpu->vmid;
	vcpu->was_bound = true;
}

axvcpu_error_t arm_state_bind(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	const struct arm_features *features = &percpu->features;

	if (vcpu->vmid >> features->vmid_bits != 0u ||
	    !arm_stage2_fits(features, vcpu->ipa_bits, vcpu->stage2_levels) ||
	    ((vcpu->context.pstate & SPSR_NRW) != 0u && !features->aarch32_el0)) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	if (vcpu->vgic.enabled) {
		axvcpu_error_t error = arm_vgic_bind(vcpu, percpu);

		if (error != AXVCPU_OK) {
			return error;
		}
	}
#define KEEP(name, op0, op1, crn, crm, op2) \
	percpu->controls[ARM_CONTROL_##name] = arm_read_##name();
	ARM_CONTROL_SYSREGS(KEEP)
#undef KEEP
	percpu->cntvoff = arm_read_CNTVOFF_EL2();
	load_controls(vcpu, features);
	load_sysregs(vcpu, features->pauth);
	arm_fpsimd_load(vcpu->fpsimd);
	/* The VMID is in force before TLB entries are dropped by it, and all before the eret. */
	arm_isb();
	flush_if_other_ran(vcpu, percpu);
	arm_isb();
	vcpu->features = features;
	vcpu->loaded = true;
	return AXVCPU_OK;
}

void arm_state_unbind(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	arm_fpsimd_save(vcpu->fpsimd);
	if (vcpu->vgic.enabled) {
		arm_vgic_unbind(vcpu);
	}
	save_sysregs(vcpu, percpu->features.pauth);
	/* A timer that nobody looks after any more must not fire. */
	arm_write_CNTV_CTL_EL0(0);
	arm_write_CNTP_CTL_EL0(0);
	arm_write_CNTVOFF_EL2(percpu->cntvoff);
#define PUT_BACK(name, op0, op1, crn, crm, op2) arm_write_##name(percpu->controls[ARM_CONTROL_##name]);
	ARM_CONTROL_SYSREGS(PUT_BACK)
#undef PUT_BACK
	arm_isb();
	vcpu->loaded = false;
}

/** Whether the CPU holds a register now; keys that it does not have stay in memory. */
static bool is_on_cpu(const struct arm_vcpu *vcpu, enum arm_saved_reg reg)
{
	return vcpu->loaded && (vcpu->features->pauth || reg < ARM_SAVED_FIRST_PAUTH);
}

uint64_t arm_state_read(const struct arm_vcpu *vcpu, enum arm_saved_reg reg)
{
	if (!is_on_cpu(vcpu, reg)) {
		return vcpu->saved[reg];
	}
	switch (reg) {
#define READ_CASE(name, op0, op1, crn, crm, op2) \
	case ARM_SAVED_##name:                   \
		return arm_read_##name();
		ARM_GUEST_SYSREGS(READ_CASE)
		ARM_PAUTH_SYSREGS(READ_CASE)
#undef READ_CASE
	default:
		return 0;
	}
}

void arm_state_write(struct arm_vcpu *vcpu, enum arm_saved_reg reg, uint64_t value)
{
	if (!is_on_cpu(vcpu, reg)) {
		vcpu->saved[reg] = value;
		return;
	}
	switch (reg) {
#define WRITE_CASE(name, op0, op1, crn, crm, op2) \
	case ARM_SAVED_##name:                    \
		arm_write_##name(value);          \
		break;
		ARM_GUEST_SYSREGS(WRITE_CASE)
		ARM_PAUTH_SYSREGS(WRITE_CASE)
#undef WRITE_CASE
	default:
		break;
	}
}
