/* SPDX-License-Identifier: Apache-2.0 */
/* bind, unbind, and the loop between the guest and the hypervisor. */
#include "run.h"

#include "axvcpu/vcpu.h"

#include "cpuid_guest.h"
#include "events.h"
#include "fpu.h"
#include "known_code.h"
#include "run_loop.h"

axvcpu_error_t x86_vcpu_bind(void *state, void *percpu)
{
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;
	struct x86_percpu *cpu = (struct x86_percpu *)percpu;
	axvcpu_error_t error;

	if (vcpu->vendor != cpu->vendor || !x86_vcpu_fpu_fits(vcpu, &cpu->features)) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	x86_vcpu_debug_note_host(cpu);
	error = vcpu->vendor->bind(vcpu, cpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	vcpu->cpu = cpu;
	if (!x86_was_last_on(vcpu, cpu)) {
		vcpu->last_cpu = cpu;
		vcpu->last_enabled_at = cpu->enabled_at;
		x86_vcpu_cpuid_forget(vcpu); /* it says what the CPU has */
	}
	x86_vcpu_fpu_bind(vcpu, cpu);
	x86_vcpu_debug_bind(vcpu, cpu);
	return AXVCPU_OK;
}

axvcpu_error_t x86_vcpu_unbind(void *state, void *percpu)
{
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;
	struct x86_percpu *cpu = (struct x86_percpu *)percpu;

	/* First, as VMX leaves DR6 on the CPU. */
	axvcpu_error_t error = vcpu->vendor->unbind(vcpu, cpu);

	x86_vcpu_debug_unbind(vcpu, cpu);
	x86_vcpu_fpu_unbind(vcpu, cpu);
	vcpu->cpu = NULL;
	return error;
}

/**
 * What bind puts away of the host's stays away: XCR0, IA32_XSS, TSC_AUX, debug registers,
 * with VMX system-call MSRs and descriptor tables too.
 */
axvcpu_error_t x86_vcpu_switch(void *from_state, void *to_state, void *percpu)
{
	struct x86_vcpu *from = (struct x86_vcpu *)from_state;
	struct x86_vcpu *to = (struct x86_vcpu *)to_state;
	struct x86_percpu *cpu = (struct x86_percpu *)percpu;
	axvcpu_error_t error;

	if (to->vendor != cpu->vendor || !x86_was_last_on(to, cpu) ||
	    !x86_vcpu_fpu_fits(to, &cpu->features)) {
		return AXVCPU_ERR_AGAIN;
	}
	error = cpu->vendor->switch_over(from, to, cpu);
	if (error != AXVCPU_OK) {
		x86_vcpu_debug_unbind(from, cpu);
		x86_vcpu_fpu_unbind(from, cpu);
		from->cpu = NULL;
		return error;
	}
	x86_vcpu_debug_switch(from, to);
	x86_vcpu_fpu_switch(from, to);
	from->cpu = NULL;
	to->cpu = cpu;
	return AXVCPU_OK;
}

/** What comes without the guest running: true if `exit` says it. */
static bool exit_before_entry(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	if (x86_apic_has_exit(vcpu)) {
		x86_vcpu_apic_take_exit(vcpu, exit);
		return true;
	}
	if (vcpu->timer_changed) {
		vcpu->timer_changed = false;
		return true;
	}
	if (vcpu->triple_fault) {
		vcpu->triple_fault = false;
		exit->reason = AXVCPU_EXIT_SYSTEM_DOWN;
		exit->u.system_down.type = AXVCPU_SYSTEM_DOWN_CRASH;
		exit->u.system_down.reserved = 0;
		exit->u.system_down.code = 0;
		return true;
	}
	if (vcpu->halted) {
		if (!x86_vcpu_can_deliver(vcpu)) {
			exit->reason = AXVCPU_EXIT_HALT;
			return true;
		}
		vcpu->halted = false;
	}
	return false;
}

enum x86_before x86_vcpu_before_entry(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	if (x86_vcpu_take_due_store(vcpu, exit)) {
		return X86_BEFORE_EXIT;
	}
	if (exit_before_entry(vcpu, exit)) {
		return X86_BEFORE_RETURN;
	}
	if (vcpu->events_wait) {
		x86_vcpu_prepare_events(vcpu);
	}
	if (__atomic_load_n(&vcpu->flush_requested, __ATOMIC_RELAXED) != 0u) {
		(void)__atomic_exchange_n(&vcpu->flush_requested, 0u, __ATOMIC_ACQUIRE);
		x86_vcpu_code_forget(vcpu);
		vcpu->vendor->flush_tlb(vcpu);
	}
	if (vcpu->dirty != 0u) {
		if ((vcpu->dirty & X86_GROUP_CONTROL) != 0u) {
			x86_vcpu_cpuid_forget(vcpu); /* it shows bits of CR4 */
			x86_vcpu_code_forget(vcpu);
		}
		vcpu->vendor->store(vcpu, vcpu->dirty);
		vcpu->dirty = 0;
	}
	if (vcpu->tlb_due) {
		vcpu->vendor->prepare_tlb(vcpu, vcpu->cpu);
		vcpu->tlb_due = false;
	}
	return X86_BEFORE_ENTER;
}

axvcpu_error_t x86_vcpu_run(void *state, void *percpu, const uint32_t *attention,
			    struct axvcpu_exit *exit)
{
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;

	return vcpu->vendor->run(vcpu, (struct x86_percpu *)percpu, attention, exit);
}

axvcpu_error_t x86_vcpu_flush_tlb(struct axvcpu *handle)
{
	struct x86_vcpu *vcpu;

	if (handle == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	vcpu = (struct x86_vcpu *)axvcpu_arch_state(handle);
	/*
	 * Who then finds the vCPU not Running may free what the second stage had: a run that
	 * begins later became Running before it looks here, and sees it.
	 */
	__atomic_store_n(&vcpu->flush_requested, 1u, __ATOMIC_SEQ_CST);
	/* For an exit before the next entry; what is kept meanwhile goes at that. */
	x86_vcpu_code_forget(vcpu);
	return AXVCPU_OK;
}
