/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU that the guest sees: this one, less what the library does not isolate. */
#ifndef ARM_VCPU_ID_REGS_H_
#define ARM_VCPU_ID_REGS_H_

#include <stdbool.h>
#include <stdint.h>

/**
 * The ID register with op0 = 3, op1 = 0, CRn = 0 and this CRm (1 to 7) and op2, as
 * the guest reads it. Ones that the manual reserves read as zero (D19.1).
 *
 * @param ipa_bits  the guest's physical address size, which bounds PARange.
 */
uint64_t arm_vcpu_id_register(uint32_t crm, uint32_t op2, uint32_t ipa_bits,
			      bool sve);

/**
 * REVIDR_EL1, or AIDR_EL1 if `auxiliary`: the CPU's own for a guest that has the
 * CPU's own MIDR_EL1 (`midr` is the configured one or 0), else zero.
 */
uint64_t arm_vcpu_revision_register(bool auxiliary, uint64_t midr);

#endif /* ARM_VCPU_ID_REGS_H_ */
