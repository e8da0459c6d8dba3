/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the world switch moves, and where: shared by C and assembly. The offsets
 * are written here once and asserted against the struct in vcpu.h.
 */
#ifndef ARM_VCPU_CONTEXT_H_
#define ARM_VCPU_CONTEXT_H_

#define ARM_CONTEXT_X 0
/* Pairs that are moved as such: X30 and the pc, PSTATE and ESR_EL2. */
#define ARM_CONTEXT_X30 240
#define ARM_CONTEXT_PC 248
#define ARM_CONTEXT_PSTATE 256
#define ARM_CONTEXT_ESR 264
#define ARM_CONTEXT_HOST_SP 272
#define ARM_CONTEXT_HOST_VBAR 280
#define ARM_CONTEXT_HCR 288
#define ARM_CONTEXT_HOST_HCR 296
#define ARM_CONTEXT_SIZE 304

#endif /* ARM_VCPU_CONTEXT_H_ */
