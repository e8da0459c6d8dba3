/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual timer (ARM DDI 0487, D11.2). Its registers move with the guest's others
 * (state.c), its interrupt is the virtual GIC interface's (vgic.c): while the vCPU is
 * bound the hardware fires, at other times the hypervisor looks after the deadline.
 */
#ifndef ARM_VCPU_VTIMER_H_
#define ARM_VCPU_VTIMER_H_

#include "vcpu.h"

/** A time of the guest's counters in the machine's; UINT64_MAX if that does not come. */
uint64_t arm_vcpu_vtimer_machine_time(const struct arm_vcpu *vcpu, uint64_t guest_time);
/** See axvcpu_timer_deadline(). */
uint64_t arm_vcpu_vtimer_deadline(struct arm_vcpu *vcpu);

#endif /* ARM_VCPU_VTIMER_H_ */
