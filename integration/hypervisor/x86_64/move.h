/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests: a machine of one CPU that goes on in another hypervisor, on another
 * vendor's CPU too. Its state leaves as lines of the log, "state KIND OFFSET WORDS...",
 * and comes in as the boot file opt/axvcpu/state, which has these lines. The devices
 * begin anew.
 */
#ifndef HYPERVISOR_X86_64_MOVE_H_
#define HYPERVISOR_X86_64_MOVE_H_

#include "../vm.h"

/** Writes the machine's state and ends the hypervisor; the vCPU is not running. */
_Noreturn void move_away(struct vm_vcpu *vcpu);
/** Whether such a state is among the boot files, and not loaded yet. */
bool move_is_wanted(void);
/** Loads it into the memory and into a vCPU that is set up. */
axvcpu_error_t move_load(struct vm_vcpu *vcpu);

#endif /* HYPERVISOR_X86_64_MOVE_H_ */
