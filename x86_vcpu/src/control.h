/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What MOV to a control register, WRMSR to IA32_EFER and XSETBV do: the checks of
 * SDM volume 2 ("MOV - Move to/from Control Registers") and 3, 4.1. False means
 * #GP(0), and nothing is changed.
 */
#ifndef X86_VCPU_CONTROL_H_
#define X86_VCPU_CONTROL_H_

#include "vcpu.h"

bool x86_vcpu_set_cr0(struct x86_vcpu *vcpu, uint64_t value);
bool x86_vcpu_set_cr3(struct x86_vcpu *vcpu, uint64_t value);
bool x86_vcpu_set_cr4(struct x86_vcpu *vcpu, uint64_t value);
bool x86_vcpu_set_cr8(struct x86_vcpu *vcpu, uint64_t value);
bool x86_vcpu_set_efer(struct x86_vcpu *vcpu, uint64_t value);
bool x86_vcpu_set_xcr0(struct x86_vcpu *vcpu, uint64_t value);
/** LMSW: the low four bits of CR0, of which PE is never cleared. */
bool x86_vcpu_lmsw(struct x86_vcpu *vcpu, uint16_t msw);
void x86_vcpu_clts(struct x86_vcpu *vcpu);

/** Whether a value of XCR0 is one that the guest may have. */
bool x86_vcpu_xcr0_is_allowed(const struct x86_vcpu *vcpu, uint64_t value);
/** Whether the guest runs 64-bit code now. */
bool x86_vcpu_in_64bit_code(struct x86_vcpu *vcpu);

#endif /* X86_VCPU_CONTROL_H_ */
