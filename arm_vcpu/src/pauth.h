/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pointer-authentication keys: HCR_EL2.API and APK trap the first use that a guest ever
 * makes of them. From there on they move at each bind, as a guest that uses them once
 * uses them always; one that does not never sees those that another left on the CPU.
 */
#ifndef ARM_VCPU_PAUTH_H_
#define ARM_VCPU_PAUTH_H_

#include "vcpu.h"

/**
 * The trap: the guest's keys are on the CPU from here on. False if they were there
 * already, or the CPU has none.
 */
bool arm_vcpu_pauth_load(struct arm_vcpu *vcpu);

#endif /* ARM_VCPU_PAUTH_H_ */
