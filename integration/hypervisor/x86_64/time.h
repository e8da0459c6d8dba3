/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_X86_64_TIME_H_
#define HYPERVISOR_X86_64_TIME_H_

#include <stdbool.h>
#include <stdint.h>

/** Measures the time stamp counter and the local APIC's timer against the PIT. */
void time_init(void);
/** This CPU's timer interrupt has come; true if the scheduler's deadline is over. */
bool time_interrupt(void);
/** Interrupts this CPU at that count of the time stamp counter at the latest; UINT64_MAX: not at all. */
void time_set_device_deadline(uint64_t deadline);

#endif /* HYPERVISOR_X86_64_TIME_H_ */
