/* SPDX-License-Identifier: Apache-2.0 */
/* What other CPUs do to a vCPU: inject interrupts and kick it. Lock-free. */
#include "ops_check.h"
#include "state.h"

/** Makes the guest of a Running vCPU exit; false if the HAL cannot. */
static bool interrupt_guest(struct axvcpu *vcpu)
{
	const struct axvcpu_hal *hal = &vcpu->host->hal;
	uint64_t cpu;

	if (hal->ops->kick_cpu == NULL) {
		return false;
	}
	/* It may have left the CPU since: nothing to interrupt then. */
	cpu = atomic_load_explicit(&vcpu->bound_cpu, memory_order_relaxed);
	if (cpu != AXVCPU_CPU_ANY) {
		hal->ops->kick_cpu(hal->ctx, cpu);
	}
	return true;
}

/**
 * Tells whoever works on the vCPU that `attention` was set: wakes a Blocked one,
 * interrupts a Running one.
 *
 * @return false if it is Running and the HAL cannot interrupt it.
 */
static bool notify(struct axvcpu *vcpu)
{
	const struct axvcpu_hal *hal = &vcpu->host->hal;
	uint32_t found;

	/* A failed wake-up tells the state now, which may be Running meanwhile. */
	if (axvcpu_state_move(vcpu, AXVCPU_STATE_BLOCKED, AXVCPU_STATE_READY, &found) ||
	    found == AXVCPU_STATE_FREE) {
		if (hal->ops->vcpu_runnable != NULL) {
			hal->ops->vcpu_runnable(hal->ctx, vcpu);
		}
		return true;
	}
	if (found != AXVCPU_STATE_RUNNING) {
		return true;
	}
	return interrupt_guest(vcpu);
}

axvcpu_error_t axvcpu_inject_interrupt(struct axvcpu *vcpu, uint32_t vector)
{
	axvcpu_error_t error;

	if (vcpu == NULL || vector >= AXVCPU_VECTOR_MAX) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (!axvcpu_state_in(axvcpu_state_of(vcpu), AXVCPU_STATES_LIVE)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	error = axvcpu_arch_of(vcpu)->check_interrupt(axvcpu_const_arch_state_of(vcpu), vector);
	if (error != AXVCPU_OK) {
		return error;
	}
	/* The order matters, see axvcpu_state_settle_blocked() and run.c. */
	axvcpu_irq_queue_set(&vcpu->interrupts, vector);
	atomic_fetch_or_explicit(&vcpu->attention, AXVCPU_ATTENTION_INTERRUPT,
				 memory_order_seq_cst);
	(void)notify(vcpu);
	return AXVCPU_OK;
}

axvcpu_error_t axvcpu_clear_interrupt(struct axvcpu *vcpu, uint32_t vector)
{
	axvcpu_error_t error;

	if (vcpu == NULL || vector >= AXVCPU_VECTOR_MAX) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (!axvcpu_state_in(axvcpu_state_of(vcpu), AXVCPU_STATES_LIVE)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	if (!AXVCPU_OPS_HAVE(axvcpu_arch_of(vcpu), clear_interrupt)) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	error = axvcpu_arch_of(vcpu)->check_interrupt(axvcpu_const_arch_state_of(vcpu), vector);
	if (error != AXVCPU_OK) {
		return error;
	}
	axvcpu_irq_queue_remove(&vcpu->interrupts, vector);
	axvcpu_irq_queue_set(&vcpu->cleared, vector);
	atomic_fetch_or_explicit(&vcpu->attention, AXVCPU_ATTENTION_INTERRUPT,
				 memory_order_seq_cst);
	/* No reason to wake anybody: only a guest that runs could still accept it. */
	if (axvcpu_state_of(vcpu) == AXVCPU_STATE_RUNNING) {
		(void)interrupt_guest(vcpu);
	}
	return AXVCPU_OK;
}

axvcpu_error_t axvcpu_timer_deadline(struct axvcpu *vcpu, uint64_t *deadline)
{
	if (vcpu == NULL || deadline == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (!axvcpu_state_in(axvcpu_state_of(vcpu), AXVCPU_STATES_EXITED)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	if (!AXVCPU_OPS_HAVE(axvcpu_arch_of(vcpu), timer_deadline)) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	if (!axvcpu_is_accessible_here(vcpu)) {
		return AXVCPU_ERR_WRONG_CPU;
	}
	return axvcpu_arch_of(vcpu)->timer_deadline(axvcpu_arch_state_of(vcpu), deadline);
}

axvcpu_error_t axvcpu_kick(struct axvcpu *vcpu)
{
	if (vcpu == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (!axvcpu_state_in(axvcpu_state_of(vcpu), AXVCPU_STATES_LIVE)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	atomic_fetch_or_explicit(&vcpu->attention, AXVCPU_ATTENTION_KICK, memory_order_seq_cst);
	return notify(vcpu) ? AXVCPU_OK : AXVCPU_ERR_UNSUPPORTED;
}

bool axvcpu_has_pending_interrupt(const struct axvcpu *vcpu)
{
	return vcpu != NULL && axvcpu_irq_queue_has_any(&vcpu->interrupts);
}

bool axvcpu_is_runnable(const struct axvcpu *vcpu)
{
	uint32_t kick;

	if (vcpu == NULL) {
		return false;
	}
	switch (axvcpu_state_of(vcpu)) {
	case AXVCPU_STATE_READY:
		return true;
	case AXVCPU_STATE_FREE:
	case AXVCPU_STATE_BLOCKED:
		kick = atomic_load_explicit(&vcpu->attention, memory_order_seq_cst) &
		       (uint32_t)AXVCPU_ATTENTION_KICK;
		return kick != 0u || axvcpu_irq_queue_has_any(&vcpu->interrupts);
	default:
		return false;
	}
}
