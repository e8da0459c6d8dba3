/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state machine. Every change is a compare-exchange from the state that the
 * operation needs, so that the state which it finds instead is what it reports.
 *
 * Setup, bind and unbind change the state when their work is done: until then
 * other CPUs see the old one and act on it. Run changes it before, as that is
 * what others must see.
 */
#ifndef AXVCPU_SRC_STATE_H_
#define AXVCPU_SRC_STATE_H_

#include "vcpu_internal.h"

/** The set that holds one state. */
#define AXVCPU_STATE_BIT(state) (UINT32_C(1) << (state))

/** States in which another CPU may inject and kick. */
#define AXVCPU_STATES_LIVE                                                             \
	(AXVCPU_STATE_BIT(AXVCPU_STATE_FREE) | AXVCPU_STATE_BIT(AXVCPU_STATE_READY) |  \
	 AXVCPU_STATE_BIT(AXVCPU_STATE_RUNNING) | AXVCPU_STATE_BIT(AXVCPU_STATE_BLOCKED))
/** States in which an exit may be finished. */
#define AXVCPU_STATES_EXITED                                                           \
	(AXVCPU_STATE_BIT(AXVCPU_STATE_FREE) | AXVCPU_STATE_BIT(AXVCPU_STATE_READY) |  \
	 AXVCPU_STATE_BIT(AXVCPU_STATE_BLOCKED))
/** States in which registers may be read and written. */
#define AXVCPU_STATES_REGS (AXVCPU_STATES_EXITED | AXVCPU_STATE_BIT(AXVCPU_STATE_CREATED))
/** States in which entry point and page-table root may be set. */
#define AXVCPU_STATES_CONFIG                                                           \
	(AXVCPU_STATE_BIT(AXVCPU_STATE_CREATED) | AXVCPU_STATE_BIT(AXVCPU_STATE_FREE))
/** States that need a binding. */
#define AXVCPU_STATES_BOUND                                                            \
	(AXVCPU_STATE_BIT(AXVCPU_STATE_READY) | AXVCPU_STATE_BIT(AXVCPU_STATE_BLOCKED))

static inline bool axvcpu_state_in(uint32_t state, uint32_t set)
{
	return (AXVCPU_STATE_BIT(state) & set) != 0u;
}

/** Whether the state is in `set`, which has Ready; that one, the usual, is asked first. */
static inline bool axvcpu_state_is_ready_or_in(const struct axvcpu *vcpu, uint32_t set)
{
	uint32_t state = axvcpu_state_of(vcpu);

	return __builtin_expect(state == AXVCPU_STATE_READY, 1) || axvcpu_state_in(state, set);
}

/** Compare-exchange; `*found` becomes the state found, also on success. */
static inline bool axvcpu_state_move(struct axvcpu *vcpu, uint32_t from, uint32_t to,
				     uint32_t *found)
{
	*found = from;
	return atomic_compare_exchange_strong_explicit(&vcpu->state, found, to,
						       memory_order_seq_cst,
						       memory_order_seq_cst);
}

/**
 * The same for the paths that are walked often, without what was found: the compiler
 * need not remember how the exchange ended (3 instructions less where it is a pair of
 * exclusive ones). Whoever needs the state that was found looks again.
 */
static inline bool axvcpu_state_move_often(struct axvcpu *vcpu, uint32_t from, uint32_t to)
{
	return atomic_compare_exchange_strong_explicit(&vcpu->state, &from, to,
						       memory_order_seq_cst,
						       memory_order_seq_cst);
}

/** Records a failed transition and makes the vCPU Invalid. Returns `error`. */
axvcpu_error_t axvcpu_state_fail(struct axvcpu *vcpu, uint32_t operation, uint32_t required,
				 uint32_t found, axvcpu_error_t error);

/** Records a load that changed nothing, and the register because of which. Returns `error`. */
axvcpu_error_t axvcpu_state_refuse_load(struct axvcpu *vcpu, uint32_t state, axvcpu_error_t error,
					uint64_t reg);

/**
 * Ends a transition during which somebody else changed the state to `found`: a
 * second owner. Makes the vCPU Invalid. Returns AXVCPU_ERR_BAD_STATE.
 */
axvcpu_error_t axvcpu_state_lost(struct axvcpu *vcpu, uint32_t operation, uint32_t from,
				 uint32_t found);

/**
 * Ends a transition whose work gave `error`: to `to`, or to Invalid.
 *
 * @return `error`, or AXVCPU_ERR_BAD_STATE if the state is not `from` any more.
 */
axvcpu_error_t axvcpu_state_finish(struct axvcpu *vcpu, uint32_t operation, uint32_t from,
				   uint32_t to, axvcpu_error_t error);

/** axvcpu_state_finish() where success is usual. */
static inline axvcpu_error_t axvcpu_state_finish_often(struct axvcpu *vcpu, uint32_t operation,
						       uint32_t from, uint32_t to,
						       axvcpu_error_t error)
{
	if (__builtin_expect(error == AXVCPU_OK && axvcpu_state_move_often(vcpu, from, to), 1)) {
		return AXVCPU_OK;
	}
	return error != AXVCPU_OK ?
		       axvcpu_state_fail(vcpu, operation, from, from, error) :
		       axvcpu_state_lost(vcpu, operation, from, axvcpu_state_of(vcpu));
}

/**
 * Looks closer at a bind that something may refuse: AXVCPU_OK if nothing does. `bound` is
 * what the CPU may have now: null, or the vCPU that goes.
 */
__attribute__((noinline)) axvcpu_error_t axvcpu_check_bind(struct axvcpu *vcpu,
							   const struct axvcpu_percpu *percpu,
							   const struct axvcpu *bound);
/** The same for an unbind. */
__attribute__((noinline)) axvcpu_error_t axvcpu_check_unbind(struct axvcpu *vcpu,
							     const struct axvcpu_percpu *percpu);

/**
 * Makes a vCPU that has just become Blocked Ready again if something is pending
 * for it. False if it is neither Blocked nor Ready any more.
 */
bool axvcpu_state_settle_blocked(struct axvcpu *vcpu);

/**
 * Starts an operation that must not be nested: makes `vcpu` the current one of
 * this CPU. `percpu` may be null, then nothing is tracked.
 */
static inline void axvcpu_enter(struct axvcpu_percpu *percpu, struct axvcpu *vcpu)
{
	if (percpu != NULL) {
		axvcpu_percpu_set_current(percpu, vcpu);
	}
}

static inline void axvcpu_leave(struct axvcpu_percpu *percpu)
{
	if (percpu != NULL) {
		axvcpu_percpu_set_current(percpu, NULL);
	}
}

#endif /* AXVCPU_SRC_STATE_H_ */
