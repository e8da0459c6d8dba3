/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's own breakpoints, at accesses that we do in its CPU's place. */
#ifndef X86_VCPU_BREAKPOINTS_H_
#define X86_VCPU_BREAKPOINTS_H_

#include "vcpu.h"

/** Bits 7:0 of DR7: L0 to G3. Without one of them there is no breakpoint. */
#define DR7_ENABLED UINT64_C(0xff)

/**
 * Behind an IN or OUT of vcpu->access.io, or an element of INS or OUTS: breakpoints on its
 * port (SDM volume 3, 18.2.4) raise #DB, a trap. Only needed if io.breakpoints is set.
 */
void x86_vcpu_check_io_breakpoints(struct x86_vcpu *vcpu);

#endif /* X86_VCPU_BREAKPOINTS_H_ */
