/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

/* Layout of axvcpu.failure: one atomic word, as two owners at once may both fail. */
#define FAILURE_OPERATION_SHIFT 0u
#define FAILURE_REQUIRED_SHIFT 8u
#define FAILURE_FOUND_SHIFT 16u
#define FAILURE_ERROR_SHIFT 32u
#define FAILURE_BYTE UINT64_C(0xff)

/** Bytes of struct axvcpu_failure that every caller has: `size` and `operation`. */
#define FAILURE_MIN_SIZE 8u

static void record(struct axvcpu *vcpu, uint32_t operation, uint32_t required, uint32_t found,
		   axvcpu_error_t error, uint64_t reg)
{
	uint64_t failure = ((uint64_t)operation << FAILURE_OPERATION_SHIFT) |
			   ((uint64_t)required << FAILURE_REQUIRED_SHIFT) |
			   ((uint64_t)found << FAILURE_FOUND_SHIFT) |
			   ((uint64_t)(uint32_t)error << FAILURE_ERROR_SHIFT);

	atomic_store_explicit(&vcpu->failed_reg, reg, memory_order_relaxed);
	atomic_store_explicit(&vcpu->failure, failure, memory_order_relaxed);
}

axvcpu_error_t axvcpu_state_fail(struct axvcpu *vcpu, uint32_t operation, uint32_t required,
				 uint32_t found, axvcpu_error_t error)
{
	record(vcpu, operation, required, found, error, 0u);
	atomic_store_explicit(&vcpu->state, AXVCPU_STATE_INVALID, memory_order_seq_cst);
	return error;
}

axvcpu_error_t axvcpu_state_refuse_load(struct axvcpu *vcpu, uint32_t state, axvcpu_error_t error,
					uint64_t reg)
{
	record(vcpu, AXVCPU_OPERATION_LOAD, state, state, error, reg);
	return error;
}

axvcpu_error_t axvcpu_state_lost(struct axvcpu *vcpu, uint32_t operation, uint32_t from,
				 uint32_t found)
{
	if (found == AXVCPU_STATE_INVALID) {
		/* The wrong transition that came between has recorded itself. */
		return AXVCPU_ERR_BAD_STATE;
	}
	return axvcpu_state_fail(vcpu, operation, from, found, AXVCPU_ERR_BAD_STATE);
}

axvcpu_error_t axvcpu_state_finish(struct axvcpu *vcpu, uint32_t operation, uint32_t from,
				   uint32_t to, axvcpu_error_t error)
{
	uint32_t found;

	if (error != AXVCPU_OK) {
		return axvcpu_state_fail(vcpu, operation, from, from, error);
	}
	if (axvcpu_state_move(vcpu, from, to, &found)) {
		return AXVCPU_OK;
	}
	return axvcpu_state_lost(vcpu, operation, from, found);
}

bool axvcpu_state_settle_blocked(struct axvcpu *vcpu)
{
	uint32_t found = AXVCPU_STATE_BLOCKED;

	vcpu->slept = true;
	/*
	 * No wake-up is lost: this side wrote Blocked and now reads `attention`; the
	 * side that wakes wrote `attention` and then reads the state. All four are
	 * sequentially consistent, so at least one of the two sees the other's write.
	 * The queue is looked at for what the arch package did not take (AGAIN), for
	 * which nobody sets attention.
	 */
	if (atomic_load_explicit(&vcpu->attention, memory_order_seq_cst) != 0u ||
	    axvcpu_irq_queue_has_any(&vcpu->interrupts)) {
		axvcpu_state_move(vcpu, AXVCPU_STATE_BLOCKED, AXVCPU_STATE_READY, &found);
	}
	return found == AXVCPU_STATE_BLOCKED || found == AXVCPU_STATE_READY;
}

uint32_t axvcpu_get_state(const struct axvcpu *vcpu)
{
	return vcpu == NULL ? (uint32_t)AXVCPU_STATE_INVALID : axvcpu_state_of(vcpu);
}

axvcpu_error_t axvcpu_set_state(struct axvcpu *vcpu, uint32_t state)
{
	uint32_t found;

	if (vcpu == NULL || state >= AXVCPU_STATE_COUNT || state == AXVCPU_STATE_RUNNING) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	found = axvcpu_state_of(vcpu);
	/* A loop, as an injection may make a Blocked vCPU Ready meanwhile. */
	do {
		if (found == AXVCPU_STATE_RUNNING) {
			return AXVCPU_ERR_BAD_STATE;
		}
		if (state != AXVCPU_STATE_INVALID &&
		    axvcpu_state_in(state, AXVCPU_STATES_BOUND) !=
			    (axvcpu_binding_of(vcpu) != NULL)) {
			return AXVCPU_ERR_BAD_STATE;
		}
	} while (!atomic_compare_exchange_weak_explicit(&vcpu->state, &found, state,
							memory_order_seq_cst,
							memory_order_seq_cst));
	vcpu->slept = state == AXVCPU_STATE_BLOCKED;
	return AXVCPU_OK;
}

const char *axvcpu_state_string(uint32_t state)
{
	switch (state) {
	case AXVCPU_STATE_INVALID:
		return "Invalid";
	case AXVCPU_STATE_CREATED:
		return "Created";
	case AXVCPU_STATE_FREE:
		return "Free";
	case AXVCPU_STATE_READY:
		return "Ready";
	case AXVCPU_STATE_RUNNING:
		return "Running";
	case AXVCPU_STATE_BLOCKED:
		return "Blocked";
	default:
		return "unknown";
	}
}

axvcpu_error_t axvcpu_get_failure(const struct axvcpu *vcpu, struct axvcpu_failure *failure)
{
	struct axvcpu_failure known = { 0 };
	uint64_t word;

	if (vcpu == NULL || failure == NULL || failure->size < FAILURE_MIN_SIZE) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	known.size = failure->size < sizeof(known) ? failure->size : (uint32_t)sizeof(known);
	word = atomic_load_explicit(&vcpu->failure, memory_order_relaxed);
	known.operation = (uint32_t)((word >> FAILURE_OPERATION_SHIFT) & FAILURE_BYTE);
	known.required_state = (uint32_t)((word >> FAILURE_REQUIRED_SHIFT) & FAILURE_BYTE);
	known.found_state = (uint32_t)((word >> FAILURE_FOUND_SHIFT) & FAILURE_BYTE);
	known.error = (int32_t)(uint32_t)(word >> FAILURE_ERROR_SHIFT);
	known.reg = atomic_load_explicit(&vcpu->failed_reg, memory_order_relaxed);
	__builtin_memcpy(failure, &known, known.size);
	return AXVCPU_OK;
}

/** Whether axvcpu_transition() may go between these: ordinary, and the binding stays. */
static bool transition_is_possible(uint32_t from, uint32_t to)
{
	if (from >= AXVCPU_STATE_COUNT || to >= AXVCPU_STATE_COUNT) {
		return false;
	}
	return (axvcpu_state_in(from, AXVCPU_STATES_BOUND) &&
		axvcpu_state_in(to, AXVCPU_STATES_BOUND)) ||
	       (axvcpu_state_in(from, AXVCPU_STATES_CONFIG) &&
		axvcpu_state_in(to, AXVCPU_STATES_CONFIG));
}

/** Whether a transition from `from` may start in state `found`. */
static bool transition_may_start(const struct axvcpu *vcpu, uint32_t from, uint32_t found)
{
	/* An interrupt may have ended the wait of a Blocked vCPU before the owner came. */
	return found == from || (from == AXVCPU_STATE_BLOCKED && found == AXVCPU_STATE_READY &&
				 vcpu->slept);
}

/** The end of axvcpu_transition() whose operation was successful. */
static axvcpu_error_t finish_transition(struct axvcpu *vcpu, uint32_t from, uint32_t to)
{
	uint32_t found;

	if (!axvcpu_state_move(vcpu, from, to, &found)) {
		if (from == AXVCPU_STATE_BLOCKED && found == AXVCPU_STATE_READY) {
			/* Woken; to whichever of Ready and Blocked it was to go, Ready it is. */
			return AXVCPU_OK;
		}
		return axvcpu_state_lost(vcpu, AXVCPU_OPERATION_TRANSITION, from, found);
	}
	if (to == AXVCPU_STATE_BLOCKED && !axvcpu_state_settle_blocked(vcpu)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	return AXVCPU_OK;
}

axvcpu_error_t axvcpu_transition(struct axvcpu *vcpu, uint32_t from, uint32_t to,
				 axvcpu_transition_fn operation, void *arg)
{
	struct axvcpu_percpu *percpu;
	uint32_t found;
	axvcpu_error_t error;

	if (vcpu == NULL || operation == NULL || !transition_is_possible(from, to)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	percpu = axvcpu_percpu_here(vcpu->host);
	if (axvcpu_percpu_is_busy(percpu)) {
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	found = axvcpu_state_of(vcpu);
	if (!transition_may_start(vcpu, from, found)) {
		return axvcpu_state_fail(vcpu, AXVCPU_OPERATION_TRANSITION, from, found,
					 AXVCPU_ERR_BAD_STATE);
	}
	if (axvcpu_binding_of(vcpu) != NULL && axvcpu_binding_of(vcpu) != percpu) {
		return AXVCPU_ERR_WRONG_CPU;
	}
	axvcpu_enter(percpu, vcpu);
	error = operation(axvcpu_arch_state_of(vcpu), arg);
	axvcpu_leave(percpu);
	if (error != AXVCPU_OK) {
		return axvcpu_state_fail(vcpu, AXVCPU_OPERATION_TRANSITION, from, found, error);
	}
	return finish_transition(vcpu, from, to);
}
