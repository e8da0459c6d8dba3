/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entering the guest: the one path that is walked at every exit. Its fast part
 * has one branch for all that may refuse the run and one for all that may be
 * pending.
 */
#include "complete.h"
#include "state.h"
#include "tracing.h"

#define likely(condition) __builtin_expect((condition), 1)
#define unlikely(condition) __builtin_expect((condition), 0)

_Static_assert(sizeof(_Atomic uint32_t) == sizeof(uint32_t),
	       "arch packages see `attention` as a plain word");

/**
 * Looks closer at a run that is not the plain one: AXVCPU_OK, or why it cannot
 * enter. A wrong state comes before a wrong CPU: a vCPU that is not even bound is
 * a mistake of its owner, not of the place.
 */
static axvcpu_error_t check_run(struct axvcpu *vcpu, const struct axvcpu_percpu *percpu)
{
	uint32_t found;

	if (axvcpu_percpu_is_busy(percpu)) {
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	found = axvcpu_state_of(vcpu);
	if (found != AXVCPU_STATE_READY) {
		return axvcpu_state_fail(vcpu, AXVCPU_OPERATION_RUN, AXVCPU_STATE_READY, found,
					 AXVCPU_ERR_BAD_STATE);
	}
	if (percpu == NULL || percpu != axvcpu_binding_of(vcpu)) {
		return AXVCPU_ERR_WRONG_CPU;
	}
	return axvcpu_reason_in(vcpu->open_access, AXVCPU_REASONS_READ) ? AXVCPU_ERR_INCOMPLETE :
									   AXVCPU_OK;
}

/** Gives one queued interrupt to the arch package; for axvcpu_irq_queue_drain(). */
static axvcpu_error_t deliver(void *arg, uint32_t vector)
{
	struct axvcpu *vcpu = (struct axvcpu *)arg;

	return axvcpu_calls_of(vcpu)->inject_interrupt(axvcpu_arch_state_of(vcpu), vector);
}

/** The same for one that was taken back. */
static axvcpu_error_t take_back(void *arg, uint32_t vector)
{
	struct axvcpu *vcpu = (struct axvcpu *)arg;

	return axvcpu_calls_of(vcpu)->clear_interrupt(axvcpu_arch_state_of(vcpu), vector);
}

static void clear_attention(struct axvcpu *vcpu, enum axvcpu_attention bit)
{
	atomic_fetch_and_explicit(&vcpu->attention, ~(uint32_t)bit, memory_order_seq_cst);
}

static void set_attention(struct axvcpu *vcpu, enum axvcpu_attention bit)
{
	atomic_fetch_or_explicit(&vcpu->attention, (uint32_t)bit, memory_order_seq_cst);
}

/** Steps over the instruction of a write that nobody completed. */
static __attribute__((noinline)) axvcpu_error_t finish_access(struct axvcpu *vcpu)
{
	axvcpu_error_t error = AXVCPU_OK;

	/* Of a nested page fault nothing is left to do: the guest tries again. */
	if (axvcpu_reason_in(vcpu->open_access, AXVCPU_REASONS_WRITE)) {
		error = axvcpu_calls_of(vcpu)->complete_write(axvcpu_arch_state_of(vcpu),
							     &vcpu->exit);
	}
	if (error == AXVCPU_OK) {
		vcpu->open_access = AXVCPU_EXIT_NOTHING;
	}
	return error;
}

/**
 * Does what is pending before an entry, and enters; `attention` is what was found. A
 * kick asks to return without entering.
 */
static __attribute__((noinline)) axvcpu_error_t prepare_and_run(struct axvcpu *vcpu,
								struct axvcpu_percpu *percpu,
								uint32_t attention)
{
	axvcpu_error_t error;

	if ((attention & (uint32_t)AXVCPU_ATTENTION_KICK) != 0u) {
		clear_attention(vcpu, AXVCPU_ATTENTION_KICK);
		vcpu->exit.flags = AXVCPU_EXIT_FLAG_KICKED;
		/* The guest did not run: nothing of the last exit may seem to be of this one. */
		vcpu->exit.instruction_length = 0u;
		vcpu->exit.pc = 0u;
		return AXVCPU_OK;
	}
	if ((attention & (uint32_t)AXVCPU_ATTENTION_INTERRUPT) != 0u) {
		/* Before the queue: what is queued after the drain sets it again. */
		clear_attention(vcpu, AXVCPU_ATTENTION_INTERRUPT);
	}
	/* A vector in both sets was injected again after it was taken back. */
	error = axvcpu_irq_queue_drain(&vcpu->cleared, take_back, vcpu);
	if (error != AXVCPU_OK) {
		/* For the next run, if there is one: nothing else tells of this set. */
		set_attention(vcpu, AXVCPU_ATTENTION_INTERRUPT);
		return error;
	}
	error = axvcpu_irq_queue_drain(&vcpu->interrupts, deliver, vcpu);
	return error == AXVCPU_OK ? axvcpu_arch_run(vcpu, percpu->arch_state) : error;
}

/** The part of axvcpu_run() in which the vCPU is Running and this CPU's current one. */
static axvcpu_error_t enter(struct axvcpu *vcpu, struct axvcpu_percpu *percpu)
{
	uint32_t attention;

	/* 256 bytes are not worth clearing: what `reason` does not name is undefined. */
	vcpu->exit.size = (uint32_t)sizeof(vcpu->exit);
	vcpu->exit.reason = AXVCPU_EXIT_NOTHING;
	vcpu->exit.flags = 0u;
	/*
	 * Sequentially consistent after the state became Running, as in
	 * axvcpu_state_settle_blocked(): who set `attention` too late to be seen here
	 * sees Running and sends a physical interrupt, which ends the run.
	 */
	attention = atomic_load_explicit(&vcpu->attention, memory_order_seq_cst);
	if (unlikely(attention != 0u || axvcpu_irq_queue_may_have(&vcpu->interrupts))) {
		return prepare_and_run(vcpu, percpu, attention);
	}
	return axvcpu_arch_run(vcpu, percpu->arch_state);
}

/** Tells of a kick that came while the guest ran: it has got what it asked for. */
static void take_kick(struct axvcpu *vcpu)
{
	if (unlikely((atomic_load_explicit(&vcpu->attention, memory_order_acquire) &
		      (uint32_t)AXVCPU_ATTENTION_KICK) != 0u)) {
		clear_attention(vcpu, AXVCPU_ATTENTION_KICK);
		vcpu->exit.flags |= AXVCPU_EXIT_FLAG_KICKED;
	}
}

/** Leaves Running for Blocked, unless something is pending. */
static __attribute__((noinline)) axvcpu_error_t leave_halted(struct axvcpu *vcpu)
{
	uint32_t found;

	if (!axvcpu_state_move(vcpu, AXVCPU_STATE_RUNNING, AXVCPU_STATE_BLOCKED, &found)) {
		return axvcpu_state_lost(vcpu, AXVCPU_OPERATION_RUN, AXVCPU_STATE_RUNNING, found);
	}
	if (!axvcpu_state_settle_blocked(vcpu)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	take_kick(vcpu);
	return AXVCPU_OK;
}

_Static_assert((AXVCPU_REASON_BIT(AXVCPU_EXIT_HYPERCALL + 1) - 1u) ==
		       (AXVCPU_REASON_BIT(AXVCPU_EXIT_NOTHING) |
			AXVCPU_REASON_BIT(AXVCPU_EXIT_HYPERCALL)),
	       "the first two reasons");

/** Leaves Running for the state that the exit asks for. No access is open before it. */
static axvcpu_error_t leave(struct axvcpu *vcpu)
{
	const uint32_t remembered = AXVCPU_REASONS_ACCESS | AXVCPU_REASON_BIT(AXVCPU_EXIT_HALT);
	uint32_t reason = vcpu->exit.reason;

	vcpu->slept = false;
	/* The first two reasons are in no set, and a hypercall is what has to be quick. */
	if (reason > AXVCPU_EXIT_HYPERCALL && axvcpu_reason_in(reason, remembered)) {
		if (reason == AXVCPU_EXIT_HALT) {
			return leave_halted(vcpu);
		}
		vcpu->open_access = reason;
	}
	if (unlikely(!axvcpu_state_move_often(vcpu, AXVCPU_STATE_RUNNING, AXVCPU_STATE_READY))) {
		/* Nobody sees this exit: the guest's instruction is executed again. */
		vcpu->open_access = AXVCPU_EXIT_NOTHING;
		return axvcpu_state_lost(vcpu, AXVCPU_OPERATION_RUN, AXVCPU_STATE_RUNNING,
					 axvcpu_state_of(vcpu));
	}
	take_kick(vcpu);
	return AXVCPU_OK;
}

/** The run itself, when nothing refuses it. Twice in the code: with and without a trace. */
static inline __attribute__((always_inline)) axvcpu_error_t
run_checked(struct axvcpu *vcpu, struct axvcpu_percpu *percpu, const struct axvcpu_exit **exit)
{
	axvcpu_error_t error;

	if (unlikely(!axvcpu_state_move_often(vcpu, AXVCPU_STATE_READY, AXVCPU_STATE_RUNNING))) {
		return axvcpu_state_fail(vcpu, AXVCPU_OPERATION_RUN, AXVCPU_STATE_READY,
					 axvcpu_state_of(vcpu), AXVCPU_ERR_BAD_STATE);
	}
	axvcpu_percpu_set_current(percpu, vcpu);
	error = enter(vcpu, percpu);
	axvcpu_percpu_set_current(percpu, NULL);
	if (unlikely(error != AXVCPU_OK)) {
		return axvcpu_state_fail(vcpu, AXVCPU_OPERATION_RUN, AXVCPU_STATE_READY,
					 AXVCPU_STATE_READY, error);
	}
	error = leave(vcpu);
	if (likely(error == AXVCPU_OK)) {
		*exit = &vcpu->exit;
	}
	return error;
}

static __attribute__((noinline)) axvcpu_error_t run_traced(struct axvcpu *vcpu,
							    struct axvcpu_percpu *percpu,
							    const struct axvcpu_exit **exit)
{
	uint64_t enter_time = axvcpu_tracing_now(&vcpu->tracing);
	axvcpu_error_t error = run_checked(vcpu, percpu, exit);

	if (error == AXVCPU_OK) {
		axvcpu_tracing_exit(&vcpu->tracing, &vcpu->exit, enter_time);
	}
	return error;
}

axvcpu_error_t axvcpu_run(struct axvcpu *vcpu, const struct axvcpu_exit **exit)
{
	struct axvcpu_percpu *percpu;
	axvcpu_error_t error;

	if (unlikely(exit == NULL)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	*exit = NULL;
	if (unlikely(vcpu == NULL)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	percpu = axvcpu_percpu_here(vcpu->host);
	/* A bound vCPU's CPU is enabled: axvcpu_hardware_disable() sees to it. */
	if (unlikely(percpu == NULL || percpu != axvcpu_binding_of(vcpu) ||
		     axvcpu_percpu_current(percpu) != NULL ||
		     vcpu->special != 0u)) {
		error = check_run(vcpu, percpu);
		if (error != AXVCPU_OK) {
			return error;
		}
		error = finish_access(vcpu);
		if (error != AXVCPU_OK) {
			return axvcpu_state_fail(vcpu, AXVCPU_OPERATION_RUN, AXVCPU_STATE_READY,
						 AXVCPU_STATE_READY, error);
		}
		if (vcpu->traced != 0u) {
			return run_traced(vcpu, percpu, exit);
		}
	}
	return run_checked(vcpu, percpu, exit);
}
