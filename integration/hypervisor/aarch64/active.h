/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which interrupts are active, and pending, is in the CPU interface of each vCPU, which its own CPU alone may
 * look at. For a vCPU of another CPU that one is asked, by an SGI, and answers between two
 * entries; who waits for an answer gives answers meanwhile, so that two may ask each other.
 */
#ifndef HYPERVISOR_AARCH64_ACTIVE_H_
#define HYPERVISOR_AARCH64_ACTIVE_H_

#include <stdbool.h>
#include <stdint.h>

struct vm_vcpu;

/**
 * Those of INTIDs 32 index to 32 index + 31 that are active for a vCPU; before that, those of
 * `clear` become inactive and those of `set` active. The machine is locked; while another CPU
 * is waited for, it is not.
 */
uint32_t active_change(struct vm_vcpu *vcpu, uint32_t index, uint32_t clear, uint32_t set);
/** The same for pending ones, none of which changes. */
uint32_t active_find_pending(struct vm_vcpu *vcpu, uint32_t index);
/** This CPU gives the answers that it is asked for; no guest of its own is running. */
void active_answer(void);

#endif /* HYPERVISOR_AARCH64_ACTIVE_H_ */
