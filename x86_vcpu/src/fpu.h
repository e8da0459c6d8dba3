/* SPDX-License-Identifier: Apache-2.0 */
/* What bind puts onto the CPU besides the VMCB or VMCS, and unbind takes off it. */
#ifndef X86_VCPU_FPU_H_
#define X86_VCPU_FPU_H_

#include "vcpu.h"

/** Finds the XSAVE components of this CPU and what they take. */
void x86_vcpu_fpu_detect(struct x86_features *features);
/** The x87 and SSE state after reset, nothing else (SDM volume 1, 13.6). */
void x86_vcpu_fpu_reset(struct x86_vcpu *vcpu);

/** Whether a CPU with these features can hold the guest's XCR0 and XSAVE area. */
bool x86_vcpu_fpu_fits(const struct x86_vcpu *vcpu, const struct x86_features *features);

/** Finds where this CPU has the components. */
void x86_vcpu_fpu_find_places(struct x86_vcpu *vcpu);
/**
 * X86_VCPU_REG_XSAVE(chunk), 64 bytes, out of vcpu->xsave and into it. Its places are
 * one vendor's; false if XRSTOR would fault on the bytes, which changes nothing.
 */
void x86_vcpu_fpu_get_chunk(const struct x86_vcpu *vcpu, uint32_t chunk, uint8_t *bytes);
bool x86_vcpu_fpu_set_chunk(struct x86_vcpu *vcpu, uint32_t chunk, const uint8_t *bytes);
/** The guest's PKRU, out of vcpu->xsave. */
uint32_t x86_vcpu_fpu_pkru(const struct x86_vcpu *vcpu);

/** The guest's state onto the CPU, and back; the host's XCR0, IA32_XSS and TSC_AUX the other way. */
void x86_vcpu_fpu_bind(struct x86_vcpu *vcpu, struct x86_percpu *cpu);
void x86_vcpu_fpu_unbind(struct x86_vcpu *vcpu, struct x86_percpu *cpu);
/** From one guest to another, both on this CPU; the host's stay away. */
void x86_vcpu_fpu_switch(struct x86_vcpu *from, const struct x86_vcpu *to);
/** While bound: vcpu->xcr0 as the CPU has it. */
void x86_vcpu_xcr0_sync(struct x86_vcpu *vcpu);
/** While bound: vcpu->xsave as the CPU has it, and the other way round. */
void x86_vcpu_fpu_save(struct x86_vcpu *vcpu);
void x86_vcpu_fpu_load(struct x86_vcpu *vcpu);

/** The host's DR6; first, as VMX has the guest's on the CPU too. */
void x86_vcpu_debug_note_host(struct x86_percpu *cpu);
/** DR0 to DR3, and the host's DR6 and DR7. */
void x86_vcpu_debug_bind(struct x86_vcpu *vcpu, struct x86_percpu *cpu);
void x86_vcpu_debug_unbind(struct x86_vcpu *vcpu, struct x86_percpu *cpu);
void x86_vcpu_debug_switch(struct x86_vcpu *from, const struct x86_vcpu *to);
/** While bound: DR0 to DR3 into vcpu->dr, or out of it. */
void x86_vcpu_debug_save(struct x86_vcpu *vcpu);
void x86_vcpu_debug_load(const struct x86_vcpu *vcpu);

/** While bound: TSC_AUX onto the CPU; only we write it there. */
void x86_vcpu_tsc_aux_load(const struct x86_vcpu *vcpu);

#endif /* X86_VCPU_FPU_H_ */
