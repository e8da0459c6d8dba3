/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's own breakpoints, at accesses that we do in its CPU's place (SDM volume 3, 18.2). */
#ifndef X86_VCPU_BREAKPOINTS_H_
#define X86_VCPU_BREAKPOINTS_H_

#include "vcpu.h"

/** Bits 7:0 of DR7: L0 to G3. Without one of them there is no breakpoint. */
#define DR7_ENABLED UINT64_C(0xff)

/** The breakpoints that `width` bytes at a linear address meet: bit n is for that of DRn. */
uint8_t x86_vcpu_data_breakpoints(struct x86_vcpu *vcpu, uint64_t linear, uint32_t width,
				  bool write);
/** Behind the instruction, or an element of it: #DB, a trap, for those that were met. */
void x86_vcpu_raise_breakpoints(struct x86_vcpu *vcpu, uint8_t met);

/**
 * Behind an IN or OUT of vcpu->access.io, or an element of INS or OUTS: raises what its port
 * and its memory operand meet. Only needed if io.breakpoints is set.
 */
void x86_vcpu_check_io_breakpoints(struct x86_vcpu *vcpu);

#endif /* X86_VCPU_BREAKPOINTS_H_ */
