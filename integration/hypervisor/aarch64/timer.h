/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor's own tick: EL2's physical timer. */
#ifndef HYPERVISOR_AARCH64_TIMER_H_
#define HYPERVISOR_AARCH64_TIMER_H_

/** Interrupt of CNTHP on this board. */
#define TIMER_INTID 26u

/** Lets the timer fire one tick from now. */
void timer_arm(void);

#endif /* HYPERVISOR_AARCH64_TIMER_H_ */
