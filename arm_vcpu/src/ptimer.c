/* SPDX-License-Identifier: Apache-2.0 */
#include "ptimer.h"

#include "vtimer.h"

/**
 * CNTP_CTL_EL0 as last looked at: with ISTATUS, so that it also says what the timer's
 * output is, which the interrupt controller was told.
 */
static uint64_t *ctl_of(struct arm_vcpu *vcpu)
{
	return &vcpu->saved[ARM_SAVED_CNTP_CTL_EL0];
}

/** Whether the output is high. */
static bool is_asking(uint64_t ctl)
{
	const uint64_t asking = CNT_CTL_ENABLE | CNT_CTL_ISTATUS;

	return (ctl & (asking | CNT_CTL_IMASK)) == asking;
}

/** Whether the time alone makes it high. */
static bool is_waiting(uint64_t ctl)
{
	return (ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK | CNT_CTL_ISTATUS)) == CNT_CTL_ENABLE;
}

/** Looks at the time, and tells the interrupt controller if that changes the output. */
static void look(struct arm_vcpu *vcpu, uint64_t ctl)
{
	bool before = is_asking(*ctl_of(vcpu));

	ctl &= CNT_CTL_ENABLE | CNT_CTL_IMASK;
	if ((ctl & CNT_CTL_ENABLE) != 0u &&
	    arm_guest_count(vcpu) >= vcpu->saved[ARM_SAVED_CNTP_CVAL_EL0]) {
		ctl |= CNT_CTL_ISTATUS;
	}
	*ctl_of(vcpu) = ctl;
	if (is_asking(ctl) == before) {
		return;
	}
	if (before) {
		arm_vcpu_vgic_lower(vcpu, vcpu->vgic.ptimer_intid);
	} else {
		arm_vcpu_vgic_raise(vcpu, vcpu->vgic.ptimer_intid);
	}
}

uint64_t arm_vcpu_ptimer_read(struct arm_vcpu *vcpu, enum arm_ptimer_reg reg)
{
	switch (reg) {
	case ARM_PTIMER_COUNT:
		return arm_guest_count(vcpu);
	case ARM_PTIMER_TVAL:
		return (uint32_t)(vcpu->saved[ARM_SAVED_CNTP_CVAL_EL0] - arm_guest_count(vcpu));
	case ARM_PTIMER_CTL:
		look(vcpu, *ctl_of(vcpu));
		return *ctl_of(vcpu);
	case ARM_PTIMER_CVAL:
	default:
		return vcpu->saved[ARM_SAVED_CNTP_CVAL_EL0];
	}
}

bool arm_vcpu_ptimer_write(struct arm_vcpu *vcpu, enum arm_ptimer_reg reg, uint64_t value)
{
	switch (reg) {
	case ARM_PTIMER_TVAL:
		/* 32 bits with a sign (D19.12.18). */
		vcpu->saved[ARM_SAVED_CNTP_CVAL_EL0] =
			arm_guest_count(vcpu) + (uint64_t)(int64_t)(int32_t)(uint32_t)value;
		break;
	case ARM_PTIMER_CVAL:
		vcpu->saved[ARM_SAVED_CNTP_CVAL_EL0] = value;
		break;
	default:
		break;
	}
	look(vcpu, reg == ARM_PTIMER_CTL ? value : *ctl_of(vcpu));
	if (is_waiting(*ctl_of(vcpu))) {
		arm_vgic_ask(&vcpu->vgic);
		return true;
	}
	return false;
}

bool arm_vcpu_ptimer_poll(struct arm_vcpu *vcpu)
{
	struct arm_vgic *vgic = &vcpu->vgic;

	if (is_waiting(*ctl_of(vcpu))) {
		look(vcpu, *ctl_of(vcpu));
	}
	/* A level that asks is pending, whatever the guest wrote to GICR_ICPENDR0 meanwhile. */
	if (is_asking(*ctl_of(vcpu)) &&
	    (arm_vgic_attr(vgic, vgic->ptimer_intid) & ARM_VGIC_ATTR_LEVEL) != 0u) {
		arm_vgic_put(&vgic->line, vgic->ptimer_intid, true);
		arm_vgic_put(&vgic->pending, vgic->ptimer_intid, true);
	}
	return is_waiting(*ctl_of(vcpu));
}

void arm_vcpu_ptimer_set_ctl(struct arm_vcpu *vcpu, uint64_t value)
{
	bool before = is_asking(*ctl_of(vcpu));

	*ctl_of(vcpu) = value & (CNT_CTL_ENABLE | CNT_CTL_IMASK | CNT_CTL_ISTATUS);
	if (before && !is_asking(value)) {
		arm_vcpu_vgic_lower(vcpu, vcpu->vgic.ptimer_intid);
	}
	arm_vgic_ask(&vcpu->vgic);
}

uint64_t arm_vcpu_ptimer_deadline(const struct arm_vcpu *vcpu)
{
	if (!is_waiting(vcpu->saved[ARM_SAVED_CNTP_CTL_EL0])) {
		return UINT64_MAX;
	}
	return arm_vcpu_vtimer_machine_time(vcpu, vcpu->saved[ARM_SAVED_CNTP_CVAL_EL0]);
}
