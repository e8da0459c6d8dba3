/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The preemption timer (SDM volume 3, 26.5.1 and 27.7.4): while the guest runs, it ends
 * when the guest's local APIC has to raise its timer's interrupt, so that this does not
 * wait for a physical interrupt. The next entry delivers it.
 */
#include "../cpu.h"
#include "../guest_apic.h"
#include "vmx.h"

/** One more than the quotient, as the interrupt is due then; none for one that is due already. */
static uint32_t counts_of(uint64_t ticks, uint32_t shift)
{
	uint64_t counts = ticks != 0u ? (ticks >> shift) + 1u : 0u;

	return counts < UINT32_MAX ? (uint32_t)counts : UINT32_MAX;
}

void x86_vcpu_vmx_timer_before_entry(struct x86_vcpu *vcpu, const struct x86_percpu *cpu)
{
	struct x86_vmx *vmx = &vcpu->u.vmx;
	uint64_t deadline = UINT64_MAX, left;
	uint32_t pin = vmx->pin & ~PIN_PREEMPTION_TIMER;

	if (cpu->u.vmx.preemption_timer && x86_has_apic(vcpu)) {
		deadline = x86_vcpu_lapic_deadline(&vcpu->lapic);
	}
	if (deadline != UINT64_MAX) {
		left = x86_vcpu_lapic_ticks_to(&vcpu->lapic, deadline,
					       x86_cpu_rdtsc() + vcpu->tsc_offset);
		pin |= PIN_PREEMPTION_TIMER;
		vmx_write(VMCS_PREEMPTION_TIMER, counts_of(left, cpu->u.vmx.timer_shift));
	}
	if (pin != vmx->pin) {
		vmx->pin = pin;
		vmx_write(VMCS_PIN_CONTROLS, pin);
	}
}
