/* SPDX-License-Identifier: Apache-2.0 */
/* Injection, kicks, waking. */
#include "suite.h"

/** Steps of the guest program from anywhere to its wait. */
#define GUEST_STEPS 4u

static void set_up_one(struct suite *suite)
{
	PART(suite_make_cpu(suite));
	PART(suite_make_vcpu(suite, 0));
	PART(suite_set_up(suite, 0));
}

static void vectors_are_checked(struct suite *suite)
{
	const struct axvcpu_conformance_config *config = suite->config;
	struct axvcpu *vcpu;
	axvcpu_error_t error;

	PART(suite_make_cpu(suite));
	PART(suite_make_vcpu(suite, 0));
	vcpu = suite->vcpus[0];
	EXPECT(AXVCPU_ERR_BAD_STATE, axvcpu_inject_interrupt(vcpu, config->vector));
	EXPECT(AXVCPU_ERR_BAD_STATE, axvcpu_kick(vcpu));
	PART(suite_set_up(suite, 0));
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_inject_interrupt(vcpu, AXVCPU_VECTOR_MAX));
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_inject_interrupt(vcpu, UINT32_MAX));
	error = axvcpu_inject_interrupt(vcpu, config->bad_vector);
	CHECK_DETAIL(error == AXVCPU_ERR_INVALID_ARGUMENT || error == AXVCPU_ERR_UNSUPPORTED,
		     (int64_t)error);
	CHECK(!axvcpu_has_pending_interrupt(vcpu) && !axvcpu_is_runnable(vcpu));
	CHECK_DETAIL(suite->runnable == 0u && suite->kicks == 0u, suite->runnable);
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_FREE);
}

/* An interrupt for a vCPU on no CPU waits, and is given once when it runs. */
static void queued_once(struct suite *suite)
{
	const struct axvcpu_conformance_config *config = suite->config;
	const struct axvcpu_exit *exit;
	struct axvcpu *vcpu;

	PART(set_up_one(suite));
	vcpu = suite->vcpus[0];
	EXPECT(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, config->vector));
	EXPECT(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, config->vector));
	CHECK(axvcpu_has_pending_interrupt(vcpu) && axvcpu_is_runnable(vcpu));
	CHECK_DETAIL(suite->runnable != 0u && suite->injected == 0u, suite->runnable);
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_FREE);
	EXPECT(AXVCPU_OK, axvcpu_bind(vcpu));
	PART(suite_run(suite, vcpu, &exit));
	CHECK(!axvcpu_has_pending_interrupt(vcpu));
	/* A package with an interrupt controller of its own does not ask the HAL. */
	CHECK_DETAIL(suite->injected <= 1u, suite->injected);
	CHECK(suite->injected == 0u || suite->injected_vector == config->vector);
}

/* What cannot be given now is given at a later run. */
static void again(struct suite *suite)
{
	const struct axvcpu_exit *exit;
	struct axvcpu *vcpu;

	PART(suite_make_ready(suite));
	vcpu = suite->vcpus[0];
	suite->inject_result = AXVCPU_ERR_AGAIN;
	EXPECT(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, suite->config->vector));
	PART(suite_run(suite, vcpu, &exit));
	if (suite->injected == 0u) {
		suite->skipped = true;
		return;
	}
	CHECK(axvcpu_has_pending_interrupt(vcpu));
	suite->inject_result = AXVCPU_OK;
	EXPECT(AXVCPU_OK, axvcpu_set_return_value(vcpu, 0u));
	PART(suite_run(suite, vcpu, &exit));
	CHECK(!axvcpu_has_pending_interrupt(vcpu));
	CHECK_DETAIL(suite->injected == 2u, suite->injected);
}

/** Runs the guest to its wait, without a look at what it says. */
static void run_to_halt(struct suite *suite, struct axvcpu *vcpu)
{
	const struct axvcpu_exit *exit;

	for (uint32_t i = 0; i < GUEST_STEPS; i++) {
		PART(suite_run(suite, vcpu, &exit));
		if (exit->reason == AXVCPU_EXIT_HALT) {
			return;
		}
		if (exit->reason == AXVCPU_EXIT_MMIO_READ) {
			EXPECT(AXVCPU_OK, axvcpu_complete_read(vcpu, 0u));
		} else if (exit->reason == AXVCPU_EXIT_HYPERCALL) {
			EXPECT(AXVCPU_OK, axvcpu_set_return_value(vcpu, 0u));
		} else {
			CHECK_DETAIL(exit->reason == AXVCPU_EXIT_MMIO_WRITE, exit->reason);
		}
	}
	suite_fail(suite, "the guest comes to its wait", __LINE__, exit->pc);
}

static void interrupt_wakes(struct suite *suite)
{
	struct axvcpu *vcpu;

	PART(suite_make_ready(suite));
	vcpu = suite->vcpus[0];
	PART(run_to_halt(suite, vcpu));
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_BLOCKED);
	suite->runnable = 0;
	EXPECT(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, suite->config->vector));
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_READY && axvcpu_is_runnable(vcpu));
	CHECK_DETAIL(suite->runnable == 1u, suite->runnable);
	/* To unblock what is awake already is no mistake: the two may cross. */
	EXPECT(AXVCPU_OK, axvcpu_unblock(vcpu));
}

static void kicks(struct suite *suite)
{
	const struct axvcpu_exit *exit;
	struct axvcpu *vcpu;

	PART(suite_make_ready(suite));
	vcpu = suite->vcpus[0];
	EXPECT(AXVCPU_OK, axvcpu_kick(vcpu));
	EXPECT(AXVCPU_OK, axvcpu_run(vcpu, &exit));
	CHECK_DETAIL(exit->reason == AXVCPU_EXIT_NOTHING && exit->pc == 0u, exit->reason);
	CHECK((exit->flags & (uint32_t)AXVCPU_EXIT_FLAG_KICKED) != 0u);
	PART(suite_run(suite, vcpu, &exit));
	CHECK((exit->flags & (uint32_t)AXVCPU_EXIT_FLAG_KICKED) == 0u);
	CHECK_DETAIL(exit->reason == AXVCPU_EXIT_HYPERCALL, exit->reason);
	PART(run_to_halt(suite, vcpu));
	EXPECT(AXVCPU_OK, axvcpu_kick(vcpu));
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_READY);
}

static void taken_back(struct suite *suite)
{
	const struct axvcpu_exit *exit;
	axvcpu_error_t error;
	struct axvcpu *vcpu;

	PART(set_up_one(suite));
	vcpu = suite->vcpus[0];
	EXPECT(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, suite->config->vector));
	error = axvcpu_clear_interrupt(vcpu, suite->config->vector);
	if (error == AXVCPU_ERR_UNSUPPORTED) {
		suite->skipped = true;
		return;
	}
	CHECK_DETAIL(error == AXVCPU_OK, (int64_t)error);
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_clear_interrupt(vcpu, AXVCPU_VECTOR_MAX));
	CHECK(!axvcpu_has_pending_interrupt(vcpu));
	EXPECT(AXVCPU_OK, axvcpu_bind(vcpu));
	PART(suite_run(suite, vcpu, &exit));
	CHECK_DETAIL(suite->injected == 0u, suite->injected);
}

static void timer_deadline(struct suite *suite)
{
	uint64_t deadline = 0;
	axvcpu_error_t error;

	PART(set_up_one(suite));
	error = axvcpu_timer_deadline(suite->vcpus[0], &deadline);
	if (error == AXVCPU_ERR_UNSUPPORTED) {
		suite->skipped = true;
		return;
	}
	CHECK_DETAIL(error == AXVCPU_OK, (int64_t)error);
	CHECK_DETAIL(deadline == UINT64_MAX, deadline); /* the guest has set no timer yet */
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_timer_deadline(suite->vcpus[0], NULL));
}

const struct check conformance_interrupt_checks[] = {
	{ "vectors_are_checked", vectors_are_checked },
	{ "queued_once", queued_once },
	{ "injection_again", again },
	{ "interrupt_wakes", interrupt_wakes },
	{ "kicks", kicks },
	{ "interrupt_taken_back", taken_back },
	{ "timer_deadline", timer_deadline },
	{ NULL, NULL },
};
