/* SPDX-License-Identifier: Apache-2.0 */
/* The transitions that do not enter the guest: setup, bind, unbind, unblock. */
#include "state.h"

#define unlikely(condition) __builtin_expect((condition), 0)

axvcpu_error_t axvcpu_set_entry(struct axvcpu *vcpu, uint64_t entry)
{
	if (vcpu == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (!axvcpu_state_in(axvcpu_state_of(vcpu), AXVCPU_STATES_CONFIG)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	return axvcpu_calls_of(vcpu)->set_entry(axvcpu_arch_state_of(vcpu), entry);
}

axvcpu_error_t axvcpu_set_ept_root(struct axvcpu *vcpu, uint64_t root)
{
	if (vcpu == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (!axvcpu_state_in(axvcpu_state_of(vcpu), AXVCPU_STATES_CONFIG)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	return axvcpu_calls_of(vcpu)->set_ept_root(axvcpu_arch_state_of(vcpu), root);
}

/** Whether the state is the one that `operation` needs; the vCPU is Invalid if not. */
static axvcpu_error_t require(struct axvcpu *vcpu, uint32_t operation, uint32_t required)
{
	uint32_t found = axvcpu_state_of(vcpu);

	if (found == required) {
		return AXVCPU_OK;
	}
	return axvcpu_state_fail(vcpu, operation, required, found, AXVCPU_ERR_BAD_STATE);
}

/** Forgets what is not the arch package's, of a vCPU that was forced back to Created. */
static void start_anew(struct axvcpu *vcpu)
{
	vcpu->open_access = AXVCPU_EXIT_NOTHING;
	vcpu->slept = false;
	/* What was taken back is announced by `attention`. */
	if (atomic_load_explicit(&vcpu->attention, memory_order_relaxed) != 0u ||
	    axvcpu_irq_queue_may_have(&vcpu->interrupts)) {
		axvcpu_irq_queue_init(&vcpu->interrupts);
		axvcpu_irq_queue_init(&vcpu->cleared);
		atomic_store_explicit(&vcpu->attention, 0u, memory_order_relaxed);
	}
}

axvcpu_error_t axvcpu_setup(struct axvcpu *vcpu, uint64_t entry, uint64_t ept_root,
			    const void *arch_config)
{
	const struct axvcpu_arch_ops *arch;
	struct axvcpu_percpu *percpu;
	void *state;
	axvcpu_error_t error;

	if (vcpu == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	percpu = axvcpu_percpu_here(vcpu->host);
	if (axvcpu_percpu_is_busy(percpu)) {
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	error = require(vcpu, AXVCPU_OPERATION_SETUP, AXVCPU_STATE_CREATED);
	if (error != AXVCPU_OK) {
		return error;
	}
	arch = axvcpu_calls_of(vcpu);
	state = axvcpu_arch_state_of(vcpu);
	axvcpu_enter(percpu, vcpu);
	error = arch->set_entry(state, entry);
	if (error == AXVCPU_OK) {
		error = arch->set_ept_root(state, ept_root);
	}
	if (error == AXVCPU_OK) {
		error = arch->setup(state, arch_config);
	}
	if (error == AXVCPU_OK) {
		/* Before it is Free: from then on other CPUs queue interrupts. */
		start_anew(vcpu);
	}
	axvcpu_leave(percpu);
	return axvcpu_state_finish(vcpu, AXVCPU_OPERATION_SETUP, AXVCPU_STATE_CREATED,
				   AXVCPU_STATE_FREE, error);
}

axvcpu_error_t axvcpu_check_bind(struct axvcpu *vcpu, const struct axvcpu_percpu *percpu,
				 const struct axvcpu *bound)
{
	axvcpu_error_t error;

	if (axvcpu_percpu_is_busy(percpu)) {
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	error = require(vcpu, AXVCPU_OPERATION_BIND, AXVCPU_STATE_FREE);
	if (error != AXVCPU_OK) {
		return error;
	}
	if (!axvcpu_percpu_is_usable(percpu) || !axvcpu_is_cpu_allowed(vcpu, percpu->cpu)) {
		return AXVCPU_ERR_WRONG_CPU;
	}
	return percpu->bound != bound ? AXVCPU_ERR_RESOURCE_BUSY : AXVCPU_OK;
}

axvcpu_error_t axvcpu_bind(struct axvcpu *vcpu)
{
	struct axvcpu_percpu *percpu;
	axvcpu_error_t error;

	if (unlikely(vcpu == NULL)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	percpu = axvcpu_percpu_here(vcpu->host);
	if (unlikely(!axvcpu_percpu_is_usable(percpu) || percpu->bound != NULL ||
		     axvcpu_percpu_current(percpu) != NULL || !vcpu->any_cpu ||
		     axvcpu_state_of(vcpu) != AXVCPU_STATE_FREE)) {
		error = axvcpu_check_bind(vcpu, percpu, NULL);
		if (error != AXVCPU_OK) {
			return error;
		}
	}
	if (unlikely(!axvcpu_claim_binding(vcpu, percpu))) {
		return axvcpu_state_fail(vcpu, AXVCPU_OPERATION_BIND, AXVCPU_STATE_FREE,
					 AXVCPU_STATE_READY, AXVCPU_ERR_BAD_STATE);
	}
	axvcpu_percpu_set_current(percpu, vcpu);
	error = axvcpu_calls_of(vcpu)->bind(axvcpu_arch_state_of(vcpu), percpu->arch_state);
	axvcpu_percpu_set_current(percpu, NULL);
	if (unlikely(error != AXVCPU_OK)) {
		axvcpu_forget_binding(vcpu, percpu);
	}
	return axvcpu_state_finish_often(vcpu, AXVCPU_OPERATION_BIND, AXVCPU_STATE_FREE,
					 AXVCPU_STATE_READY, error);
}

axvcpu_error_t axvcpu_check_unbind(struct axvcpu *vcpu, const struct axvcpu_percpu *percpu)
{
	axvcpu_error_t error;

	if (axvcpu_percpu_is_busy(percpu)) {
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	error = require(vcpu, AXVCPU_OPERATION_UNBIND, AXVCPU_STATE_READY);
	if (error != AXVCPU_OK) {
		return error;
	}
	return percpu == NULL || axvcpu_binding_of(vcpu) != percpu ? AXVCPU_ERR_WRONG_CPU :
								     AXVCPU_OK;
}

axvcpu_error_t axvcpu_unbind(struct axvcpu *vcpu)
{
	struct axvcpu_percpu *percpu;
	axvcpu_error_t error;

	if (unlikely(vcpu == NULL)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	percpu = axvcpu_percpu_here(vcpu->host);
	if (unlikely(percpu == NULL || axvcpu_binding_of(vcpu) != percpu ||
		     axvcpu_percpu_current(percpu) != NULL ||
		     axvcpu_state_of(vcpu) != AXVCPU_STATE_READY)) {
		error = axvcpu_check_unbind(vcpu, percpu);
		if (error != AXVCPU_OK) {
			return error;
		}
	}
	axvcpu_percpu_set_current(percpu, vcpu);
	error = axvcpu_calls_of(vcpu)->unbind(axvcpu_arch_state_of(vcpu), percpu->arch_state);
	axvcpu_percpu_set_current(percpu, NULL);
	/* Also on failure: the vCPU is Invalid then, and must not hold the CPU. */
	vcpu->slept = false;
	axvcpu_forget_binding(vcpu, percpu);
	return axvcpu_state_finish_often(vcpu, AXVCPU_OPERATION_UNBIND, AXVCPU_STATE_READY,
					 AXVCPU_STATE_FREE, error);
}

axvcpu_error_t axvcpu_unblock(struct axvcpu *vcpu)
{
	uint32_t found;

	if (vcpu == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (axvcpu_state_move(vcpu, AXVCPU_STATE_BLOCKED, AXVCPU_STATE_READY, &found) ||
	    (found == AXVCPU_STATE_READY && vcpu->slept)) {
		return AXVCPU_OK;
	}
	return axvcpu_state_fail(vcpu, AXVCPU_OPERATION_UNBLOCK, AXVCPU_STATE_BLOCKED, found,
				 AXVCPU_ERR_BAD_STATE);
}
