/* SPDX-License-Identifier: Apache-2.0 */
/* The events that wait for the guest, and which of them comes next. */
#ifndef X86_VCPU_EVENTS_H_
#define X86_VCPU_EVENTS_H_

#include "vendor.h"

/**
 * Queues an exception. One that is pending and this one become a double fault, a
 * triple fault, or this one alone (SDM 6.15, table 6-5); an interrupted interrupt
 * or NMI waits again.
 */
void x86_vcpu_queue_exception(struct x86_vcpu *vcpu, uint32_t vector, bool has_error_code,
			 uint32_t error_code);
/** #GP(0). */
void x86_vcpu_queue_gp(struct x86_vcpu *vcpu);
/** #UD. */
void x86_vcpu_queue_ud(struct x86_vcpu *vcpu);
/** Whether the exception pushes an error code (SDM 6.15). */
bool x86_vcpu_has_error_code(uint32_t vector);

/** Puts an interrupt among those that wait. */
void x86_vcpu_queue_interrupt(struct x86_vcpu *vcpu, uint32_t vector);
/** Takes it out again. */
void x86_vcpu_forget_interrupt(struct x86_vcpu *vcpu, uint32_t vector);
/** Whether one waits. */
bool x86_vcpu_any_interrupt(const struct x86_vcpu *vcpu);
/** Whether the guest would take something now: what ends HLT. */
bool x86_vcpu_can_deliver(struct x86_vcpu *vcpu);
/**
 * Before an entry: hands the next event to the hardware and asks for the windows of the
 * others. Needed while vcpu->events_wait is set, as whoever makes something wait does.
 */
void x86_vcpu_prepare_events(struct x86_vcpu *vcpu);

/** The guest is at the IRET that ends an NMI's handler: the next NMI comes behind it. */
void x86_vcpu_step_iret(struct x86_vcpu *vcpu);
/** RFLAGS as the guest has them, without that step's TF. */
uint64_t x86_vcpu_guest_rflags(const struct x86_vcpu *vcpu);
/** DR6 likewise; its group is up to date. */
uint64_t x86_vcpu_guest_dr6(const struct x86_vcpu *vcpu);
/**
 * Its registers are set from outside, or something else comes first: no such step is
 * under way any more, and RFLAGS and DR6 are the guest's own.
 */
void x86_vcpu_cancel_iret_step(struct x86_vcpu *vcpu);
/** At a #DB: whether it came of that step alone, and the guest is not to see it. */
bool x86_vcpu_end_iret_step(struct x86_vcpu *vcpu);

#endif /* X86_VCPU_EVENTS_H_ */
