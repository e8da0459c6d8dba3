/* SPDX-License-Identifier: Apache-2.0 */
/* Power State Coordination Interface 1.1 (ARM DEN 0022D, chapter 5). */
#ifndef ARM_VCPU_PSCI_H_
#define ARM_VCPU_PSCI_H_

#include "exits.h"

/** Whether `function` belongs to PSCI, answered or not (5.1.1, function ids). */
bool arm_psci_owns(uint32_t function);

/** Whether PSCI_FEATURES and the call itself know `function`. */
bool arm_psci_implements(uint32_t function);

/** Carries out the call in x0 to x3. */
enum arm_action arm_psci_call(struct arm_vcpu *vcpu, struct axvcpu_exit *exit);

#endif /* ARM_VCPU_PSCI_H_ */
