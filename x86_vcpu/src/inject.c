/* SPDX-License-Identifier: Apache-2.0 */
/* Events that the hypervisor gives to a guest. */
#include "inject.h"

#include "axvcpu/vcpu.h"

#include "events.h"
#include "guest_apic.h"

#define VECTORS 256u

static bool is_extint(uint32_t vector)
{
	return vector >= X86_VCPU_INJECT_EXTINT && vector - X86_VCPU_INJECT_EXTINT < VECTORS;
}

static bool is_level(uint32_t vector)
{
	return vector >= X86_VCPU_INJECT_LEVEL && vector - X86_VCPU_INJECT_LEVEL < VECTORS;
}

axvcpu_error_t x86_vcpu_check_interrupt(const void *state, uint32_t vector)
{
	return vector < VECTORS || vector == X86_VCPU_INJECT_NMI || is_extint(vector) ||
			       (is_level(vector) && x86_has_apic((const struct x86_vcpu *)state)) ?
		       AXVCPU_OK :
		       AXVCPU_ERR_INVALID_ARGUMENT;
}

axvcpu_error_t x86_vcpu_inject_interrupt(void *state, uint32_t vector)
{
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;

	if (vector == X86_VCPU_INJECT_NMI) {
		/* A second one waits until the first is done; more than that are one (APM 8.2.3). */
		vcpu->nmi_pending = true;
		vcpu->events_wait = true;
	} else if (is_extint(vector)) {
		x86_vcpu_queue_interrupt(vcpu, vector - X86_VCPU_INJECT_EXTINT);
	} else if (is_level(vector)) {
		x86_vcpu_lapic_raise_level(&vcpu->lapic, vector - X86_VCPU_INJECT_LEVEL);
	} else if (x86_has_apic(vcpu)) {
		x86_vcpu_lapic_raise(&vcpu->lapic, vector);
	} else {
		x86_vcpu_queue_interrupt(vcpu, vector);
	}
	return AXVCPU_OK;
}

axvcpu_error_t x86_vcpu_clear_interrupt(void *state, uint32_t vector)
{
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;

	if (vector == X86_VCPU_INJECT_NMI) {
		vcpu->nmi_pending = false;
	} else if (is_extint(vector)) {
		x86_vcpu_forget_interrupt(vcpu, vector - X86_VCPU_INJECT_EXTINT);
	} else if (is_level(vector)) {
		x86_vcpu_lapic_retract(&vcpu->lapic, vector - X86_VCPU_INJECT_LEVEL);
	} else if (x86_has_apic(vcpu)) {
		x86_vcpu_lapic_retract(&vcpu->lapic, vector);
	} else {
		x86_vcpu_forget_interrupt(vcpu, vector);
	}
	return AXVCPU_OK;
}

axvcpu_error_t x86_vcpu_inject_exception(struct axvcpu *handle, uint32_t vector,
					 uint32_t error_code)
{
	struct x86_vcpu *vcpu;
	bool has_error_code;

	if (handle == NULL || vector >= X86_EXCEPTION_COUNT || vector == X86_VECTOR_NMI) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	has_error_code = x86_vcpu_has_error_code(vector);
	if (!has_error_code && error_code != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	switch (axvcpu_get_state(handle)) {
	case AXVCPU_STATE_FREE:
	case AXVCPU_STATE_READY:
	case AXVCPU_STATE_BLOCKED:
		break;
	default:
		return AXVCPU_ERR_BAD_STATE;
	}
	vcpu = (struct x86_vcpu *)axvcpu_arch_state(handle);
	x86_vcpu_queue_exception(vcpu, vector, has_error_code, error_code);
	return AXVCPU_OK;
}

/** None of a controller's interrupts waits any more. */
static bool has_room(struct axvcpu *handle)
{
	const struct x86_vcpu *vcpu;

	if (handle == NULL || axvcpu_has_pending_interrupt(handle)) {
		return false;
	}
	vcpu = (const struct x86_vcpu *)axvcpu_arch_state(handle);
	return !x86_vcpu_any_interrupt(vcpu) &&
	       !(vcpu->event.valid && vcpu->event.type == X86_EVENT_INTERRUPT);
}

bool x86_vcpu_can_take_interrupt(struct axvcpu *handle)
{
	const struct x86_vcpu *vcpu;

	if (!has_room(handle)) {
		return false;
	}
	vcpu = (const struct x86_vcpu *)axvcpu_arch_state(handle);
	return !x86_has_apic(vcpu) || x86_vcpu_lapic_takes_extint(&vcpu->lapic);
}

bool x86_vcpu_can_take_extint(struct axvcpu *handle)
{
	const struct x86_vcpu *vcpu;

	if (!has_room(handle)) {
		return false;
	}
	vcpu = (const struct x86_vcpu *)axvcpu_arch_state(handle);
	return x86_has_apic(vcpu) && x86_vcpu_lapic_takes_messages(&vcpu->lapic);
}
