/* SPDX-License-Identifier: Apache-2.0 */
/* The guest: its exits, how they are finished, what run keeps. */
#include "suite.h"

#define RESULT UINT64_C(0x1000)
#define LOADED UINT64_C(0xffffffff80000234)
#define PATTERN UINT64_C(0x1122334455667700)
#define WORD 4u

/** Step 1: the hypercall, answered with RESULT. */
static void call(struct suite *suite, struct axvcpu *vcpu)
{
	const struct axvcpu_exit *exit;

	PART(suite_run(suite, vcpu, &exit));
	CHECK_DETAIL(exit->reason == AXVCPU_EXIT_HYPERCALL, exit->reason);
	CHECK_DETAIL(exit->u.hypercall.number == suite->config->guest.call,
		     exit->u.hypercall.number);
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_READY);
	CHECK(axvcpu_current(suite->host) == NULL);
	EXPECT(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_read(vcpu, 0u));
	EXPECT(AXVCPU_ERR_NOT_FOUND, axvcpu_fail_access(vcpu));
	EXPECT(AXVCPU_OK, axvcpu_set_return_value(vcpu, RESULT));
}

/** Step 2, up to the exit. */
static void load(struct suite *suite, struct axvcpu *vcpu, const struct axvcpu_exit **exit)
{
	PART(suite_run(suite, vcpu, exit));
	CHECK_DETAIL((*exit)->reason == AXVCPU_EXIT_MMIO_READ, (*exit)->reason);
	CHECK_DETAIL((*exit)->u.mmio.gpa == suite->config->guest.mmio_gpa, (*exit)->u.mmio.gpa);
	CHECK_DETAIL((*exit)->u.mmio.width == WORD, (*exit)->u.mmio.width);
	CHECK_DETAIL((*exit)->u.mmio.reg < suite->config->gpr_count, (*exit)->u.mmio.reg);
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_READY);
}

/** The end of step 2 with LOADED, of which the guest sees the low word. */
static void answer(struct suite *suite, struct axvcpu *vcpu, const struct axvcpu_exit *exit)
{
	uint32_t reg = exit->u.mmio.reg;
	uint64_t value = 0;

	EXPECT(AXVCPU_ERR_INCOMPLETE, axvcpu_run(vcpu, &exit));
	CHECK(exit == NULL && axvcpu_get_state(vcpu) == AXVCPU_STATE_READY);
	EXPECT(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_write(vcpu));
	EXPECT(AXVCPU_OK, axvcpu_complete_read(vcpu, LOADED));
	EXPECT(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_read(vcpu, 0u));
	EXPECT(AXVCPU_OK, axvcpu_get_gpr(vcpu, reg, &value));
	CHECK_DETAIL((uint32_t)value == (uint32_t)LOADED, value);
}

/** Step 3: what the guest made of both; left for the next run to finish. */
static void store(struct suite *suite, struct axvcpu *vcpu)
{
	const struct axvcpu_exit *exit;

	PART(suite_run(suite, vcpu, &exit));
	CHECK_DETAIL(exit->reason == AXVCPU_EXIT_MMIO_WRITE, exit->reason);
	CHECK_DETAIL(exit->u.mmio.gpa == suite->config->guest.mmio_gpa + WORD, exit->u.mmio.gpa);
	CHECK_DETAIL(exit->u.mmio.width == WORD, exit->u.mmio.width);
	CHECK_DETAIL(exit->u.mmio.data == (uint32_t)(LOADED + RESULT), exit->u.mmio.data);
	EXPECT(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_read(vcpu, 0u));
}

/** Step 4. */
static void halt(struct suite *suite, struct axvcpu *vcpu)
{
	const struct axvcpu_exit *exit;

	PART(suite_run(suite, vcpu, &exit));
	CHECK_DETAIL(exit->reason == AXVCPU_EXIT_HALT, exit->reason);
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_BLOCKED && !axvcpu_is_runnable(vcpu));
}

/** The wait of a guest that was unblocked goes on; then the guest begins its loop anew. */
static void wait_on(struct suite *suite, struct axvcpu *vcpu)
{
	const struct snapshot *before = &suite->before;

	PART(halt(suite, vcpu));
	EXPECT(AXVCPU_OK, axvcpu_unblock(vcpu));
	EXPECT(AXVCPU_OK, axvcpu_set_regs(vcpu, suite->ids, before->count, before->bytes,
					  before->size));
}

static void guest_loop(struct suite *suite)
{
	const struct axvcpu_exit *exit;
	struct axvcpu *vcpu;

	PART(suite_make_ready(suite));
	vcpu = suite->vcpus[0];
	suite->allocations = 0;
	for (uint32_t round = 0; round < 3u; round++) {
		PART(suite_read_state(suite, vcpu, &suite->before));
		PART(call(suite, vcpu));
		PART(load(suite, vcpu, &exit));
		PART(answer(suite, vcpu, exit));
		PART(store(suite, vcpu));
		if (round == 1u) {
			EXPECT(AXVCPU_OK, axvcpu_complete_write(vcpu));
			EXPECT(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_write(vcpu));
		}
		PART(halt(suite, vcpu));
		EXPECT(AXVCPU_OK, axvcpu_unblock(vcpu));
		if (suite->config->wait_stays != 0u) {
			PART(wait_on(suite, vcpu));
		}
	}
	CHECK_DETAIL(suite->allocations == 0u, suite->allocations);
}

static void run_refuses(struct suite *suite)
{
	const struct axvcpu_exit *exit = NULL;

	PART(suite_make_ready(suite));
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_run(suite->vcpus[0], NULL));
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_run(NULL, &exit));
	CHECK(axvcpu_get_state(suite->vcpus[0]) == AXVCPU_STATE_READY);
	PART(call(suite, suite->vcpus[0]));
}

/* A retried access is made again; a state that is put back makes it happen once more. */
static void retry_and_restore(struct suite *suite)
{
	const struct snapshot *before = &suite->before;
	const struct axvcpu_exit *exit;
	struct axvcpu *vcpu;
	uint64_t pc;

	PART(suite_make_ready(suite));
	vcpu = suite->vcpus[0];
	PART(call(suite, vcpu));
	PART(load(suite, vcpu, &exit));
	pc = exit->pc;
	PART(suite_read_state(suite, vcpu, &suite->before));
	EXPECT(AXVCPU_OK, axvcpu_retry_access(vcpu));
	EXPECT(AXVCPU_ERR_NOT_FOUND, axvcpu_retry_access(vcpu));
	PART(load(suite, vcpu, &exit));
	CHECK_DETAIL(exit->pc == pc, exit->pc);
	/* The guest gets its exception, which goes with the state before it. */
	EXPECT(AXVCPU_OK, axvcpu_fail_access(vcpu));
	EXPECT(AXVCPU_ERR_NOT_FOUND, axvcpu_fail_access(vcpu));
	PART(suite_read_state(suite, vcpu, &suite->after));
	EXPECT(AXVCPU_OK, axvcpu_set_regs(vcpu, suite->ids, before->count, before->bytes,
					  before->size));
	PART(suite_expect_state(suite, vcpu));
	PART(load(suite, vcpu, &exit));
	CHECK_DETAIL(exit->pc == pc, exit->pc);
	PART(answer(suite, vcpu, exit));
	PART(store(suite, vcpu));
	PART(halt(suite, vcpu));
}

/* An exit may be finished while the vCPU is on no CPU. */
static void finish_while_free(struct suite *suite)
{
	const struct axvcpu_exit *exit;
	struct axvcpu *vcpu;

	PART(suite_make_ready(suite));
	vcpu = suite->vcpus[0];
	PART(call(suite, vcpu));
	PART(load(suite, vcpu, &exit));
	EXPECT(AXVCPU_OK, axvcpu_unbind(vcpu));
	EXPECT(AXVCPU_OK, axvcpu_complete_read(vcpu, LOADED));
	EXPECT(AXVCPU_OK, axvcpu_bind(vcpu));
	PART(store(suite, vcpu));
	EXPECT(AXVCPU_OK, axvcpu_unbind(vcpu));
	EXPECT(AXVCPU_OK, axvcpu_complete_write(vcpu));
	EXPECT(AXVCPU_OK, axvcpu_bind(vcpu));
	PART(halt(suite, vcpu));
}

/** Takes one vCPU off the CPU and brings the other onto it. */
typedef void (*turn_fn)(struct suite *suite, struct axvcpu *from, struct axvcpu *to);

static void turn_by_two_calls(struct suite *suite, struct axvcpu *from, struct axvcpu *to)
{
	EXPECT(AXVCPU_OK, axvcpu_unbind(from));
	EXPECT(AXVCPU_OK, axvcpu_bind(to));
}

static void turn_by_switch(struct suite *suite, struct axvcpu *from, struct axvcpu *to)
{
	EXPECT(AXVCPU_OK, axvcpu_switch(from, to));
	CHECK(axvcpu_get_state(from) == AXVCPU_STATE_FREE);
	CHECK(axvcpu_get_state(to) == AXVCPU_STATE_READY);
	CHECK(axvcpu_current(suite->host) == NULL);
}

/** Two vCPUs take turns on the CPU; none sees the other's registers. */
static void isolation_by(struct suite *suite, turn_fn turn)
{
	const struct axvcpu_conformance_config *config = suite->config;
	const struct axvcpu_exit *exit;
	struct axvcpu *one, *other;

	PART(suite_make_ready(suite));
	PART(suite_make_vcpu(suite, 1));
	PART(suite_set_up(suite, 1));
	one = suite->vcpus[0];
	other = suite->vcpus[1];
	for (uint32_t reg = 0; reg < config->gpr_count; reg++) {
		EXPECT(AXVCPU_OK, axvcpu_set_gpr(other, reg, PATTERN + reg));
	}
	PART(call(suite, one));
	PART(load(suite, one, &exit));
	PART(suite_read_state(suite, one, &suite->before));
	suite->allocations = 0;
	PART(turn(suite, one, other));
	PART(suite_expect_state(suite, one));
	PART(call(suite, other));
	PART(load(suite, other, &exit));
	PART(answer(suite, other, exit));
	PART(suite_expect_state(suite, one));
	PART(turn(suite, other, one));
	EXPECT(AXVCPU_OK, axvcpu_complete_read(one, LOADED));
	PART(store(suite, one));
	PART(halt(suite, one));
	EXPECT(AXVCPU_OK, axvcpu_unblock(one));
	PART(turn(suite, one, other));
	PART(store(suite, other));
	CHECK_DETAIL(suite->allocations == 0u, suite->allocations);
}

static void isolation(struct suite *suite)
{
	PART(isolation_by(suite, turn_by_two_calls));
}

static void isolation_by_switch(struct suite *suite)
{
	PART(isolation_by(suite, turn_by_switch));
}

/* What a guest that did not run has in its registers is the same after any number of switches. */
static void switch_keeps_state(struct suite *suite)
{
	struct axvcpu *one, *other;

	PART(suite_make_ready(suite));
	PART(suite_make_vcpu(suite, 1));
	PART(suite_set_up(suite, 1));
	one = suite->vcpus[0];
	other = suite->vcpus[1];
	PART(call(suite, one));
	PART(suite_read_state(suite, one, &suite->before));
	PART(turn_by_switch(suite, one, other));
	PART(call(suite, other));
	for (uint32_t round = 0; round < 3u; round++) {
		PART(turn_by_switch(suite, other, one));
		PART(suite_expect_state(suite, one));
		PART(turn_by_switch(suite, one, other));
		PART(suite_expect_state(suite, one));
	}
	/* What it left on the CPU is what an unbind leaves there. */
	PART(turn_by_switch(suite, other, one));
	EXPECT(AXVCPU_OK, axvcpu_unbind(one));
	PART(suite_expect_state(suite, one));
	EXPECT(AXVCPU_OK, axvcpu_hardware_disable(suite->percpu));
	EXPECT(AXVCPU_OK, axvcpu_hardware_enable(suite->percpu));
}

const struct check conformance_run_checks[] = {
	{ "guest_loop", guest_loop },
	{ "run_refuses", run_refuses },
	{ "retry_and_restore", retry_and_restore },
	{ "finish_while_free", finish_while_free },
	{ "isolation", isolation },
	{ "isolation_by_switch", isolation_by_switch },
	{ "switch_keeps_state", switch_keeps_state },
	{ NULL, NULL },
};
