/* SPDX-License-Identifier: Apache-2.0 */
/* Power State Coordination Interface 1.1 (ARM DEN 0022D, chapter 5). */
#ifndef ARM_VCPU_PSCI_H_
#define ARM_VCPU_PSCI_H_

#include "exits.h"
#include "smccc.h"

/** First id of PSCI, and how many are its own: 0x00 to 0x1f (5.1.1, function ids; DEN 0028, table 6-1). */
#define ARM_PSCI_FIRST 0x84000000u
#define ARM_PSCI_IDS 0x20u

/** Whether `function` belongs to PSCI, answered or not. */
static inline bool arm_psci_owns(uint32_t function)
{
	return (function & ~(uint32_t)SMCCC_64) - ARM_PSCI_FIRST < ARM_PSCI_IDS;
}

/** Whether PSCI_FEATURES and the call itself know `function`. */
bool arm_vcpu_psci_implements(uint32_t function);

/** Carries out the call in x0 to x3. */
enum arm_action arm_vcpu_psci_call(struct arm_vcpu *vcpu, struct axvcpu_exit *exit);

#endif /* ARM_VCPU_PSCI_H_ */
