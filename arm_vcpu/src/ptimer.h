/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical timer of a guest that has one of its own (ARM DDI 0487, D11.2.4), with
 * ARM_VCPU_EMULATE_TIMER: its registers trap and are in memory, its interrupt is raised at
 * an entry when it is due. The hypervisor looks after the deadline, also while the
 * guest runs. Its counter is the one that the guest's virtual timer has.
 */
#ifndef ARM_VCPU_PTIMER_H_
#define ARM_VCPU_PTIMER_H_

#include "vcpu.h"

/** The registers of the timer that EL1 and EL0 name. */
enum arm_ptimer_reg {
	ARM_PTIMER_COUNT,
	ARM_PTIMER_TVAL,
	ARM_PTIMER_CTL,
	ARM_PTIMER_CVAL,
};

static inline bool arm_ptimer_is_emulated(const struct arm_vcpu *vcpu)
{
	return (vcpu->flags & ARM_VCPU_EMULATE_TIMER) != 0u;
}

/** What the guest reads now. */
uint64_t arm_vcpu_ptimer_read(struct arm_vcpu *vcpu, enum arm_ptimer_reg reg);
/** The guest writes a register that is not the counter. True if it waits for a time now. */
bool arm_vcpu_ptimer_write(struct arm_vcpu *vcpu, enum arm_ptimer_reg reg, uint64_t value);
/** Raises the interrupt if it is due; no list register is in use. True if the timer still waits. */
bool arm_vcpu_ptimer_poll(struct arm_vcpu *vcpu);
/** CNTP_CTL_EL0 by id: a timer that does not ask for its interrupt any more takes it back. */
void arm_vcpu_ptimer_set_ctl(struct arm_vcpu *vcpu, uint64_t value);
/** When it asks for its interrupt, in the machine's count; UINT64_MAX if not. */
uint64_t arm_vcpu_ptimer_deadline(const struct arm_vcpu *vcpu);

#endif /* ARM_VCPU_PTIMER_H_ */
