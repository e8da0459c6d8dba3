/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MMIO by instructions that the syndrome does not describe: one exit for each
 * element, at most eight bytes wide, in the order of their addresses. Nothing of
 * the guest changes before the last one is completed; then registers, base
 * register and pc do at once. An access that is failed or retried in between
 * leaves the guest as it was before the instruction; retried, it begins anew.
 */
#ifndef ARM_VCPU_ACCESS_H_
#define ARM_VCPU_ACCESS_H_

#include "exits.h"

#define ARM_ACCESS_REG_BYTES 64u
/** Registers with the data of an access. */
#define ARM_ACCESS_DATA_REGS (ARM_TRANSFER_BYTES / ARM_ACCESS_REG_BYTES)

/** What arm_vcpu_access_start() made of an abort. */
enum arm_access_start_result {
	/** `exit` is its first part. */
	ARM_ACCESS_EXIT,
	/** The instruction is not mapped any more: the guest executes it again. */
	ARM_ACCESS_RETRY,
	/** Not decodable, or not what was fetched: the abort is reported as it is. */
	ARM_ACCESS_NOT_DECODED,
};

/**
 * Decodes the instruction that took the data abort context.esr at virtual address
 * `far`, whose page is guest physical page `page`.
 */
enum arm_access_start_result arm_vcpu_access_start(
	struct arm_vcpu *vcpu, uint64_t far, uint64_t page, struct axvcpu_exit *exit);

/** Before an entry: true if `exit` is the next part of an access, and the guest is not entered. */
bool arm_vcpu_access_resume(struct arm_vcpu *vcpu, struct axvcpu_exit *exit);

/** Whether the last exit is a part of an access, for the functions below. */
static inline bool arm_access_is_open(const struct arm_vcpu *vcpu)
{
	return vcpu->access.stage == ARM_ACCESS_OPEN;
}

/**
 * ARM_VCPU_REG_ACCESS and ARM_VCPU_REG_ACCESS_DATA(): ARM_ACCESS_REG_BYTES bytes each.
 * AXVCPU_ERR_NOT_FOUND for another id; AXVCPU_ERR_INVALID_ARGUMENT for what no access has
 * left.
 */
axvcpu_error_t arm_vcpu_access_reg_get(const struct arm_vcpu *vcpu, uint64_t id, void *buffer);
axvcpu_error_t arm_vcpu_access_reg_set(struct arm_vcpu *vcpu, uint64_t id, const void *buffer);

/** Completes a part: `value` is what was read, of its width. Any CPU. */
void arm_vcpu_access_complete(struct arm_vcpu *vcpu, uint64_t value);

/**
 * Registers that are on the CPU get what a completed load left for them. Where
 * they are looked at, or leave the CPU; on the CPU on which the vCPU is loaded.
 */
void arm_vcpu_access_settle(struct arm_vcpu *vcpu);

/** Whether the data accesses of a guest that is on this CPU are big-endian (B2.8.2; E2.8.2). */
bool arm_vcpu_data_is_big_endian(const struct arm_vcpu *vcpu);

#endif /* ARM_VCPU_ACCESS_H_ */
