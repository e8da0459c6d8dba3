/* SPDX-License-Identifier: Apache-2.0 */
#include "vtimer.h"

uint64_t arm_vcpu_vtimer_machine_time(const struct arm_vcpu *vcpu, uint64_t guest_time)
{
	uint64_t count = arm_guest_count(vcpu);
	uint64_t now = count + arm_vcpu_state_read(vcpu, ARM_SAVED_CNTVOFF_EL2);
	uint64_t time;

	/*
	 * From now on, not from 0: the offset is one modulo 2^64 (D11.2.4), "negative" for a guest
	 * that has run for longer than this machine.
	 */
	if (guest_time <= count) {
		return count - guest_time < now ? now - (count - guest_time) : 0u;
	}
	return __builtin_add_overflow(now, guest_time - count, &time) ? UINT64_MAX : time;
}

uint64_t arm_vcpu_vtimer_deadline(struct arm_vcpu *vcpu)
{
	const struct arm_vgic *vgic = &vcpu->vgic;
	uint64_t ctl = arm_vcpu_state_read(vcpu, ARM_SAVED_CNTV_CTL_EL0);

	if ((ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK)) != CNT_CTL_ENABLE) {
		return UINT64_MAX;
	}
	if (vgic->enabled) {
		/* The guest has its interrupt already, or does not want it. */
		if (arm_vcpu_vgic_guest_has(vgic, vgic->timer_intid) ||
		    (arm_vgic_attr(vgic, vgic->timer_intid) & ARM_VGIC_ATTR_ENABLED) == 0u) {
			return UINT64_MAX;
		}
	}
	return arm_vcpu_vtimer_machine_time(vcpu,
					    arm_vcpu_state_read(vcpu, ARM_SAVED_CNTV_CVAL_EL0));
}
