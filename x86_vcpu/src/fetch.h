/* SPDX-License-Identifier: Apache-2.0 */
/* The instruction at CS:rIP of a guest, for hardware that does not report it. */
#ifndef X86_VCPU_FETCH_H_
#define X86_VCPU_FETCH_H_

#include "system_insn.h"
#include "vcpu.h"

/** Width of the code that runs: CS.L, CS.D, or 16 bits. */
enum x86_vcpu_code_width x86_vcpu_code_width(struct x86_vcpu *vcpu);
/** Decodes a system instruction; false if its bytes cannot be read or are another one's. */
bool x86_vcpu_fetch_system(struct x86_vcpu *vcpu, struct x86_system_insn *insn);

#endif /* X86_VCPU_FETCH_H_ */
