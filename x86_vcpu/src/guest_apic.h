/* SPDX-License-Identifier: Apache-2.0 */
/* The local APIC of lapic.h, joined with the vCPU: its registers' ways in, its interrupts' way out. */
#ifndef X86_VCPU_GUEST_APIC_H_
#define X86_VCPU_GUEST_APIC_H_

#include "msr_policy.h"
#include "vcpu.h"

/** Whether the configuration gives the guest one. */
static inline bool x86_has_apic(const struct x86_vcpu *vcpu)
{
	return (vcpu->config.flags & X86_VCPU_LOCAL_APIC) != 0u;
}

/** As after reset; at setup. */
void x86_vcpu_apic_reset(struct x86_vcpu *vcpu);

/** Whether `gpa` is in its page, in xAPIC form. */
bool x86_vcpu_apic_has_page(const struct x86_vcpu *vcpu, uint64_t gpa);
uint64_t x86_vcpu_apic_page_read(struct x86_vcpu *vcpu, uint64_t gpa, uint32_t width);
void x86_vcpu_apic_page_write(struct x86_vcpu *vcpu, uint64_t gpa, uint32_t width, uint64_t value);

/** IA32_APIC_BASE, IA32_TSC_DEADLINE and the x2APIC range. */
enum x86_msr_result x86_vcpu_apic_msr_read(struct x86_vcpu *vcpu, uint32_t msr, uint64_t *value);
enum x86_msr_result x86_vcpu_apic_msr_write(struct x86_vcpu *vcpu, uint32_t msr, uint64_t value);

/**
 * Before an entry: what the timer owes by now; an NMI that it asked for becomes pending.
 * Gives the vector that the CPU may take, or -1; `*held_back` says that CR8 keeps one back.
 */
int32_t x86_vcpu_apic_pending(struct x86_vcpu *vcpu, bool *held_back);
/** The CPU takes that vector. */
void x86_vcpu_apic_accept(struct x86_vcpu *vcpu, uint32_t vector);

/** What a write of the guest to its APIC has to tell the hypervisor. */
static inline bool x86_apic_has_exit(const struct x86_vcpu *vcpu)
{
	return vcpu->ipi_is_due || vcpu->end_is_due;
}
/** That as an exit, of which x86_apic_has_exit() says that there is one. */
void x86_vcpu_apic_take_exit(struct x86_vcpu *vcpu, struct axvcpu_exit *exit);
/** WRMSR has set the guest's TSC, which is so many ticks later now, modulo 2^64. */
void x86_vcpu_apic_tsc_moved(struct x86_vcpu *vcpu, uint64_t ticks);
/** See axvcpu_timer_deadline(): in ticks of the CPU's time stamp counter. */
axvcpu_error_t x86_vcpu_apic_timer_deadline(void *state, uint64_t *deadline);

/** Registers by id: word `index` of its state. */
uint64_t x86_vcpu_apic_get_word(struct x86_vcpu *vcpu, uint32_t index);
bool x86_vcpu_apic_set_word(struct x86_vcpu *vcpu, uint32_t index, uint64_t value);

#endif /* X86_VCPU_GUEST_APIC_H_ */
