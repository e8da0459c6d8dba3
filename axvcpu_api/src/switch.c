/* SPDX-License-Identifier: Apache-2.0 */
/* Unbind of one vCPU and bind of another in one. */
#include "state.h"

#define unlikely(condition) __builtin_expect((condition), 0)

/** Looks closer at a switch that is not the plain one: AXVCPU_OK, or why it is refused. */
static __attribute__((noinline)) axvcpu_error_t check_switch(struct axvcpu *from, struct axvcpu *to,
							     const struct axvcpu_percpu *percpu)
{
	axvcpu_error_t error;

	if (from->host != to->host) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	error = axvcpu_check_unbind(from, percpu);
	if (error != AXVCPU_OK || from == to) {
		return error;
	}
	return axvcpu_check_bind(to, percpu, from);
}

/** The two calls, where the arch package cannot do both at once. */
static __attribute__((noinline)) axvcpu_error_t unbind_and_bind(struct axvcpu *from,
								struct axvcpu *to)
{
	axvcpu_error_t error = axvcpu_unbind(from);

	return error == AXVCPU_OK ? axvcpu_bind(to) : error;
}

/** The end of a switch in which `to` did not come onto the CPU. */
static __attribute__((noinline)) axvcpu_error_t end_without(struct axvcpu *from, struct axvcpu *to,
							    struct axvcpu_percpu *percpu,
							    axvcpu_error_t error)
{
	axvcpu_error_t unbound;

	axvcpu_leave_binding(to);
	if (error == AXVCPU_ERR_AGAIN) {
		percpu->bound = from;
		return unbind_and_bind(from, to);
	}
	from->slept = false;
	axvcpu_forget_binding(from, percpu);
	unbound = axvcpu_state_finish(from, AXVCPU_OPERATION_UNBIND, AXVCPU_STATE_READY,
				      AXVCPU_STATE_FREE, AXVCPU_OK);
	error = axvcpu_state_fail(to, AXVCPU_OPERATION_BIND, AXVCPU_STATE_FREE, AXVCPU_STATE_FREE,
				  error);
	return unbound != AXVCPU_OK ? unbound : error;
}

axvcpu_error_t axvcpu_switch(struct axvcpu *from, struct axvcpu *to)
{
	struct axvcpu_percpu *percpu;
	axvcpu_error_t error;

	if (unlikely(from == NULL || to == NULL)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	percpu = axvcpu_percpu_here(from->host);
	/* A CPU that a vCPU is bound to is enabled. */
	if (unlikely(percpu == NULL || percpu->bound != from ||
		     axvcpu_percpu_current(percpu) != NULL || !to->any_cpu ||
		     to->host != from->host || axvcpu_state_of(from) != AXVCPU_STATE_READY ||
		     axvcpu_state_of(to) != AXVCPU_STATE_FREE)) {
		error = check_switch(from, to, percpu);
		if (error != AXVCPU_OK) {
			return error;
		}
		if (from == to) {
			from->slept = false;
			return AXVCPU_OK;
		}
	}
	if (unlikely(!axvcpu_claim_binding(to, percpu))) {
		return axvcpu_state_fail(to, AXVCPU_OPERATION_BIND, AXVCPU_STATE_FREE,
					 AXVCPU_STATE_READY, AXVCPU_ERR_BAD_STATE);
	}
	axvcpu_percpu_set_current(percpu, to);
	error = axvcpu_arch_switch(from, to, percpu->arch_state);
	axvcpu_percpu_set_current(percpu, NULL);
	if (unlikely(error != AXVCPU_OK)) {
		return end_without(from, to, percpu, error);
	}
	from->slept = false;
	axvcpu_leave_binding(from);
	if (unlikely(!axvcpu_state_move_often(from, AXVCPU_STATE_READY, AXVCPU_STATE_FREE))) {
		error = axvcpu_state_lost(from, AXVCPU_OPERATION_UNBIND, AXVCPU_STATE_READY,
					  axvcpu_state_of(from));
	}
	if (unlikely(!axvcpu_state_move_often(to, AXVCPU_STATE_FREE, AXVCPU_STATE_READY))) {
		error = axvcpu_state_lost(to, AXVCPU_OPERATION_BIND, AXVCPU_STATE_FREE,
					  axvcpu_state_of(to));
	}
	return error;
}
