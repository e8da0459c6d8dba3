/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual timer (ARM DDI 0487, D11.2). Its registers move with the guest's others
 * (state.c), its interrupt is the virtual GIC interface's (vgic.c): while the vCPU is
 * bound the hardware fires, at other times the hypervisor looks after the deadline.
 */
#ifndef ARM_VCPU_VTIMER_H_
#define ARM_VCPU_VTIMER_H_

#include "regs.h"
#include "state.h"
#include "sysreg.h"
#include "vcpu.h"

/** The guest's counters now: its physical one has the offset of the virtual one. */
static inline uint64_t arm_guest_count(const struct arm_vcpu *vcpu)
{
	arm_isb();
	return arm_read_CNTPCT_EL0() - arm_vcpu_state_read(vcpu, ARM_SAVED_CNTVOFF_EL2);
}

/**
 * A time of the guest's counters in the machine's; 0 if it was before that one began,
 * UINT64_MAX if it does not come.
 */
uint64_t arm_vcpu_vtimer_machine_time(const struct arm_vcpu *vcpu, uint64_t guest_time);
/** See axvcpu_timer_deadline(). */
uint64_t arm_vcpu_vtimer_deadline(struct arm_vcpu *vcpu);

#endif /* ARM_VCPU_VTIMER_H_ */
