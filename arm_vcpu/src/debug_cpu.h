/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU's breakpoints and watchpoints by number, which the instruction set names one by one. */
#ifndef ARM_VCPU_DEBUG_CPU_H_
#define ARM_VCPU_DEBUG_CPU_H_

#include "vcpu.h"

/** DBGBVR<n>_EL1 and the others, n below 16; 0 and nothing otherwise. */
uint64_t arm_vcpu_debug_cpu_read(enum arm_debug_kind kind, uint32_t n);
void arm_vcpu_debug_cpu_write(enum arm_debug_kind kind, uint32_t n, uint64_t value);

#endif /* ARM_VCPU_DEBUG_CPU_H_ */
