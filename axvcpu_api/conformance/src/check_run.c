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

static void guest_loop(struct suite *suite)
{
	const struct axvcpu_exit *exit;
	struct axvcpu *vcpu;

	PART(suite_make_ready(suite));
	vcpu = suite->vcpus[0];
	suite->allocations = 0;
	for (uint32_t round = 0; round < 3u; round++) {
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

/* Two vCPUs take turns on the CPU; none sees the other's registers. */
static void isolation(struct suite *suite)
{
	const struct axvcpu_conformance_config *config = suite->config;
	const struct axvcpu_exit *exit;

	PART(suite_make_ready(suite));
	PART(suite_make_vcpu(suite, 1));
	PART(suite_set_up(suite, 1));
	PART(call(suite, suite->vcpus[0]));
	PART(load(suite, suite->vcpus[0], &exit));
	EXPECT(AXVCPU_OK, axvcpu_unbind(suite->vcpus[0]));
	PART(suite_read_state(suite, suite->vcpus[0], &suite->before));

	for (uint32_t reg = 0; reg < config->gpr_count; reg++) {
		EXPECT(AXVCPU_OK, axvcpu_set_gpr(suite->vcpus[1], reg, PATTERN + reg));
	}
	EXPECT(AXVCPU_OK, axvcpu_bind(suite->vcpus[1]));
	PART(call(suite, suite->vcpus[1]));
	PART(load(suite, suite->vcpus[1], &exit));
	PART(answer(suite, suite->vcpus[1], exit));
	EXPECT(AXVCPU_OK, axvcpu_unbind(suite->vcpus[1]));

	PART(suite_expect_state(suite, suite->vcpus[0]));
	EXPECT(AXVCPU_OK, axvcpu_bind(suite->vcpus[0]));
	EXPECT(AXVCPU_OK, axvcpu_complete_read(suite->vcpus[0], LOADED));
	PART(store(suite, suite->vcpus[0]));
	PART(halt(suite, suite->vcpus[0]));
	EXPECT(AXVCPU_OK, axvcpu_unblock(suite->vcpus[0]));
	EXPECT(AXVCPU_OK, axvcpu_unbind(suite->vcpus[0]));
	EXPECT(AXVCPU_OK, axvcpu_bind(suite->vcpus[1]));
	PART(store(suite, suite->vcpus[1]));
}

const struct check conformance_run_checks[] = {
	{ "guest_loop", guest_loop },
	{ "run_refuses", run_refuses },
	{ "retry_and_restore", retry_and_restore },
	{ "finish_while_free", finish_while_free },
	{ "isolation", isolation },
	{ NULL, NULL },
};
