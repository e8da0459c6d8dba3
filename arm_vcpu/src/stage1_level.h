/* SPDX-License-Identifier: Apache-2.0 */
/* At which level of the guest's own tables a walk stopped for want of a stage-2 mapping. */
#ifndef ARM_VCPU_STAGE1_LEVEL_H_
#define ARM_VCPU_STAGE1_LEVEL_H_

#include "vcpu.h"

/**
 * The level of the stage-1 table in guest physical page `table_page` from which the
 * walk for `va` takes a descriptor. The hardware says the level of stage 2 alone.
 * False if the tables do not lead there: the guest changed them since, the
 * hypervisor cannot read one, or they have descriptors of 52 bits (LPA2), 128 bits
 * or another format that is not walked here. Reads guest memory through the HAL.
 */
bool arm_vcpu_stage1_level(const struct arm_vcpu *vcpu, uint64_t va, uint64_t table_page,
		      uint32_t *level);

/**
 * The level of an address size fault for `va` (D8.2.3): that of the descriptor which
 * holds the address that is too large, of a table (`walk`) in guest physical page
 * `page` or of the memory itself; 0 if it is TTBRn_EL1's or there is no translation.
 * 0 as well where the tables cannot be walked, see above.
 */
uint32_t arm_vcpu_stage1_size_level(const struct arm_vcpu *vcpu, uint64_t va, bool walk,
				    uint64_t page);

#endif /* ARM_VCPU_STAGE1_LEVEL_H_ */
