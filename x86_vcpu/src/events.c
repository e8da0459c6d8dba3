/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"

#include "guest_apic.h"

#define WORD_BITS 64u

enum exception_class { CLASS_BENIGN, CLASS_CONTRIBUTORY, CLASS_PAGE_FAULT };

static enum exception_class class_of(uint32_t vector)
{
	switch (vector) {
	case X86_VECTOR_DE:
	case X86_VECTOR_TS:
	case X86_VECTOR_NP:
	case X86_VECTOR_SS:
	case X86_VECTOR_GP:
	case X86_VECTOR_CP:
		return CLASS_CONTRIBUTORY;
	case X86_VECTOR_PF:
		return CLASS_PAGE_FAULT;
	default:
		return CLASS_BENIGN;
	}
}

bool x86_vcpu_has_error_code(uint32_t vector)
{
	switch (vector) {
	case X86_VECTOR_DF:
	case X86_VECTOR_TS:
	case X86_VECTOR_NP:
	case X86_VECTOR_SS:
	case X86_VECTOR_GP:
	case X86_VECTOR_PF:
	case X86_VECTOR_AC:
	case X86_VECTOR_CP:
	case X86_VECTOR_VC:
	case X86_VECTOR_SX:
		return true;
	default:
		return false;
	}
}

static void set_exception(struct x86_vcpu *vcpu, uint32_t vector, bool has_error_code,
			  uint32_t error_code)
{
	vcpu->events_wait = true;
	vcpu->event = (struct x86_event){
		.valid = true,
		.has_error_code = has_error_code,
		.type = X86_EVENT_EXCEPTION,
		.vector = (uint8_t)vector,
		.error_code = error_code,
	};
}

/** What was to be delivered gives way, but is not lost. */
static void postpone(struct x86_vcpu *vcpu)
{
	if (vcpu->event.type == X86_EVENT_INTERRUPT) {
		x86_vcpu_queue_interrupt(vcpu, vcpu->event.vector);
	} else if (vcpu->event.type == X86_EVENT_NMI) {
		vcpu->nmi_pending = true;
		vcpu->nmi_blocked = false;
	}
	vcpu->event.valid = false;
}

void x86_vcpu_queue_exception(struct x86_vcpu *vcpu, uint32_t vector, bool has_error_code,
			 uint32_t error_code)
{
	enum exception_class first, second = class_of(vector);

	if (vcpu->event.valid && vcpu->event.type == X86_EVENT_EXCEPTION) {
		first = class_of(vcpu->event.vector);
		if (vcpu->event.vector == X86_VECTOR_DF && second != CLASS_BENIGN) {
			vcpu->event.valid = false;
			vcpu->triple_fault = true;
			return;
		}
		if ((first == CLASS_CONTRIBUTORY && second == CLASS_CONTRIBUTORY) ||
		    (first == CLASS_PAGE_FAULT && second != CLASS_BENIGN)) {
			set_exception(vcpu, X86_VECTOR_DF, true, 0);
			return;
		}
		/* One after the other: the instruction raises the first again. */
	} else if (vcpu->event.valid) {
		postpone(vcpu);
	}
	set_exception(vcpu, vector, has_error_code, error_code);
}

void x86_vcpu_queue_gp(struct x86_vcpu *vcpu)
{
	x86_vcpu_queue_exception(vcpu, X86_VECTOR_GP, true, 0);
}

void x86_vcpu_queue_ud(struct x86_vcpu *vcpu)
{
	x86_vcpu_queue_exception(vcpu, X86_VECTOR_UD, false, 0);
}

void x86_vcpu_queue_interrupt(struct x86_vcpu *vcpu, uint32_t vector)
{
	vcpu->interrupts[vector / WORD_BITS] |= UINT64_C(1) << (vector % WORD_BITS);
	vcpu->events_wait = true;
}

void x86_vcpu_forget_interrupt(struct x86_vcpu *vcpu, uint32_t vector)
{
	vcpu->interrupts[vector / WORD_BITS] &= ~(UINT64_C(1) << (vector % WORD_BITS));
}

bool x86_vcpu_any_interrupt(const struct x86_vcpu *vcpu)
{
	return (vcpu->interrupts[0] | vcpu->interrupts[1] | vcpu->interrupts[2] |
		vcpu->interrupts[3]) != 0u;
}

/** The highest vector that waits; there is one. */
static uint32_t highest_interrupt(const struct x86_vcpu *vcpu)
{
	uint32_t word = X86_INTERRUPT_WORDS - 1u;

	while (vcpu->interrupts[word] == 0u) {
		word--;
	}
	return word * WORD_BITS + (WORD_BITS - 1u) -
	       (uint32_t)__builtin_clzll(vcpu->interrupts[word]);
}

/** Neither STI nor MOV SS came just before. */
static bool no_shadow(struct x86_vcpu *vcpu)
{
	x86_need(vcpu, X86_GROUP_INTERRUPTIBILITY);
	return !vcpu->interrupt_shadow;
}

static bool nmi_is_open(struct x86_vcpu *vcpu)
{
	return !vcpu->nmi_blocked && no_shadow(vcpu);
}

static bool interrupts_are_open(struct x86_vcpu *vcpu)
{
	return (vcpu->rflags & RFLAGS_IF) != 0u && no_shadow(vcpu);
}

bool x86_vcpu_can_deliver(struct x86_vcpu *vcpu)
{
	bool held_back;
	bool apic = x86_vcpu_apic_pending(vcpu, &held_back) >= 0;

	return vcpu->event.valid || vcpu->triple_fault || (vcpu->nmi_pending && nmi_is_open(vcpu)) ||
	       ((apic || x86_vcpu_any_interrupt(vcpu)) && interrupts_are_open(vcpu));
}

static void set_interrupt(struct x86_vcpu *vcpu, uint32_t vector)
{
	vcpu->event = (struct x86_event){
		.valid = true,
		.type = X86_EVENT_INTERRUPT,
		.vector = (uint8_t)vector,
	};
}

/** Makes the next of what waits the event; `apic` is what the local APIC has, or -1. */
static void choose(struct x86_vcpu *vcpu, int32_t *apic)
{
	uint32_t vector;

	if (vcpu->nmi_pending && nmi_is_open(vcpu)) {
		vcpu->nmi_pending = false;
		vcpu->nmi_blocked = true;
		vcpu->event = (struct x86_event){
			.valid = true,
			.type = X86_EVENT_NMI,
			.vector = X86_VECTOR_NMI,
		};
	} else if (!interrupts_are_open(vcpu)) {
		return;
	} else if (x86_vcpu_any_interrupt(vcpu)) {
		vector = highest_interrupt(vcpu);
		x86_vcpu_forget_interrupt(vcpu, vector);
		set_interrupt(vcpu, vector);
	} else if (*apic >= 0) {
		set_interrupt(vcpu, (uint32_t)*apic);
		x86_vcpu_apic_accept(vcpu, (uint32_t)*apic);
		/* The next one has a lower priority, or waits for the EOI. */
		*apic = -1;
	}
}

void x86_vcpu_prepare_events(struct x86_vcpu *vcpu)
{
	uint32_t windows = 0;
	bool held_back;
	int32_t apic = x86_vcpu_apic_pending(vcpu, &held_back);

	if (!vcpu->event.valid && (apic >= 0 || vcpu->nmi_pending || x86_vcpu_any_interrupt(vcpu))) {
		choose(vcpu, &apic);
	}
	vcpu->trap_injected = false;
	if (vcpu->event.valid) {
		/* Its delivery saves the guest's RFLAGS, which have no TF of ours. */
		if (vcpu->nmi_step) {
			x86_vcpu_cancel_iret_step(vcpu);
		}
		vcpu->vendor->inject(vcpu);
	}
	if (apic >= 0 || x86_vcpu_any_interrupt(vcpu)) {
		windows |= X86_WINDOW_INTERRUPT;
	}
	if (held_back) {
		windows |= X86_WINDOW_TPR;
	}
	/* An IRET is the end of an NMI's handler, and so where the next one can come. */
	if ((vcpu->nmi_pending || vcpu->nmi_blocked) && !vcpu->nmi_step) {
		windows |= X86_WINDOW_NMI;
	}
	vcpu->vendor->want_windows(vcpu, windows);
	/*
	 * A local APIC's timer is asked for at each entry; a window that is open has to be closed,
	 * and what is known of the last entry alone forgotten.
	 */
	vcpu->events_wait = windows != 0u || vcpu->nmi_step || x86_has_apic(vcpu) ||
			    vcpu->trap_injected;
}

void x86_vcpu_step_iret(struct x86_vcpu *vcpu)
{
	if (!vcpu->nmi_pending) {
		/* Until the next entry nothing can be pending again. */
		vcpu->nmi_blocked = false;
		return;
	}
	x86_change(vcpu, X86_GROUP_SYSTEM);
	vcpu->nmi_step = true;
	vcpu->nmi_step_tf = (vcpu->rflags & RFLAGS_TF) != 0u;
	vcpu->nmi_step_dr6 = vcpu->dr6;
	/* So that it tells what the next #DB comes of. */
	vcpu->dr6 &= ~(DR6_BS | DR6_BREAKPOINTS);
	vcpu->rflags |= RFLAGS_TF;
}

uint64_t x86_vcpu_guest_rflags(const struct x86_vcpu *vcpu)
{
	return vcpu->nmi_step && !vcpu->nmi_step_tf ? vcpu->rflags & ~RFLAGS_TF : vcpu->rflags;
}

uint64_t x86_vcpu_guest_dr6(const struct x86_vcpu *vcpu)
{
	return vcpu->dr6 |
	       (vcpu->nmi_step ? vcpu->nmi_step_dr6 & (DR6_BS | DR6_BREAKPOINTS) : 0u);
}

void x86_vcpu_cancel_iret_step(struct x86_vcpu *vcpu)
{
	if (!vcpu->nmi_step) {
		return;
	}
	x86_change(vcpu, X86_GROUP_SYSTEM);
	vcpu->rflags = x86_vcpu_guest_rflags(vcpu);
	vcpu->dr6 = x86_vcpu_guest_dr6(vcpu);
	vcpu->nmi_step = false;
}

bool x86_vcpu_end_iret_step(struct x86_vcpu *vcpu)
{
	uint64_t met;

	if (!vcpu->nmi_step) {
		return false;
	}
	x86_change(vcpu, X86_GROUP_SYSTEM);
	met = vcpu->dr6 & DR6_BREAKPOINTS;
	if ((vcpu->dr6 & DR6_BS) == 0u) {
		/* A breakpoint at the IRET, which has not been executed. */
		x86_vcpu_cancel_iret_step(vcpu);
		return false;
	}
	vcpu->nmi_step = false;
	vcpu->nmi_blocked = false;
	if (vcpu->nmi_step_tf) {
		return false;
	}
	vcpu->dr6 = vcpu->nmi_step_dr6;
	if (met == 0u) {
		return true;
	}
	/* IRET met breakpoints on its stack as well: those are the guest's. */
	vcpu->dr6 = (vcpu->dr6 & ~(DR6_BS | DR6_BREAKPOINTS)) | met;
	return false;
}
