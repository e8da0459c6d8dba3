/* SPDX-License-Identifier: Apache-2.0 */
/* The instruction at the guest's pc, as the guest sees it: by its stage 1 and by stage 2. */
#ifndef ARM_VCPU_GUEST_FETCH_H_
#define ARM_VCPU_GUEST_FETCH_H_

#include "decode.h"
#include "vcpu.h"

/** What came of a fetch. */
enum arm_fetch_result {
	ARM_FETCH_OK,
	/**
	 * The guest's tables, or stage 2, do not map the pc any more: another CPU changed
	 * them. Executed again, the instruction takes that fault itself.
	 */
	ARM_FETCH_GONE,
	/** It is where the hypervisor cannot read, or stage 2 lets the guest execute, not read. */
	ARM_FETCH_UNREADABLE,
};

/** An instruction of the guest. */
struct arm_fetched {
	/** As arm_vcpu_decode() takes it. */
	uint32_t word;
	enum arm_instruction_set set;
	/** Bytes: 4, or 2 in T32. */
	uint32_t length;
};

/**
 * Fetches it. Instructions are little-endian whatever data are (B2.8.1). The
 * guest's PAR_EL1 is kept. On the CPU on which the vCPU is loaded.
 */
enum arm_fetch_result arm_vcpu_fetch(const struct arm_vcpu *vcpu, struct arm_fetched *fetched);

#endif /* ARM_VCPU_GUEST_FETCH_H_ */
