/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Self-hosted debug of the guest (ARM DDI 0487, chapter D2): breakpoints, watchpoints,
 * software step.
 *
 * The guest's accesses to debug registers trap, always: the library knows every value,
 * nothing of the debug communications channel and of the claim tags goes from guest
 * to guest, and no breakpoint reaches beyond EL1. The values are on a CPU only
 * while they can do something, which is while MDSCR_EL1.MDE or SS is set and the OS
 * lock is not; a guest that debugs nothing costs nothing. The exceptions themselves go to
 * the guest's EL1, without an exit.
 */
#ifndef ARM_VCPU_DEBUG_H_
#define ARM_VCPU_DEBUG_H_

#include "vcpu.h"

/** As after a cold reset: the OS lock locked, as many breakpoints and watchpoints as this CPU has. */
void arm_vcpu_debug_reset(struct arm_vcpu *vcpu);
/** Whether a CPU has as many as the guest. */
bool arm_vcpu_debug_fits(const struct arm_debug *debug, const struct arm_features *features);
/** Whether the values can do something. */
bool arm_vcpu_debug_is_active(const struct arm_debug *debug);

/** Puts the guest's values onto the CPU on which it is bound, keeping the host's. */
void arm_vcpu_debug_load(struct arm_vcpu *vcpu, struct arm_percpu *percpu);
/** Gives the CPU back its host's. */
void arm_vcpu_debug_unload(struct arm_vcpu *vcpu, const struct arm_percpu *percpu);

/**
 * An access of the guest to a register of op0 = 2, op1 = 0 (`encoding`, as
 * ARM_VCPU_SYSREG()): reads into `*value`, or writes it. False if there is no such register.
 */
bool arm_vcpu_debug_access(struct arm_vcpu *vcpu, uint32_t encoding, bool read, uint64_t *value);

/** ID_AA64DFR0_EL1 with the guest's own numbers. */
uint64_t arm_vcpu_debug_id(const struct arm_debug *debug, uint64_t dfr0);

/** Registers by id, as arm_vcpu_reg_get() and its like; AXVCPU_ERR_NOT_FOUND if it is none of these. */
axvcpu_error_t arm_vcpu_debug_reg_get(const struct arm_vcpu *vcpu, uint64_t id, uint64_t *value);
axvcpu_error_t arm_vcpu_debug_reg_set(struct arm_vcpu *vcpu, uint64_t id, uint64_t value);
axvcpu_error_t arm_vcpu_debug_reg_at(const struct arm_vcpu *vcpu, size_t index, uint64_t *id);
/** How many there are. */
size_t arm_vcpu_debug_reg_count(const struct arm_vcpu *vcpu);

#endif /* ARM_VCPU_DEBUG_H_ */
