/* SPDX-License-Identifier: Apache-2.0 */
/* The life cycle: create, setup, bind, unbind, destroy, and what must not be. */
#include "suite.h"

/** A configuration in a block of its own, to be changed. */
#define CONFIG_SIZE 256u

static void create_and_destroy(struct suite *suite)
{
	struct axvcpu *vcpu;

	PART(suite_make_host(suite));
	for (uint32_t i = 0; i < AXVCPU_CONFORMANCE_VCPUS; i++) {
		PART(suite_make_vcpu(suite, i));
		vcpu = suite->vcpus[i];
		CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_CREATED);
		CHECK(axvcpu_vcpu_id(vcpu) == i && axvcpu_is_bsp(vcpu) == (i == 0u));
		CHECK(axvcpu_host_of(vcpu) == suite->host && axvcpu_arch_state(vcpu) != NULL);
		CHECK(!axvcpu_is_runnable(vcpu) && !axvcpu_has_pending_interrupt(vcpu));
	}
	EXPECT(AXVCPU_OK, axvcpu_destroy(suite->vcpus[0]));
	suite->vcpus[0] = NULL;
	EXPECT(AXVCPU_OK, axvcpu_destroy(suite->vcpus[1]));
	suite->vcpus[1] = NULL;
}

static void create_refuses(struct suite *suite)
{
	const struct axvcpu_conformance_config *config = suite->config;
	struct axvcpu_create_params params = { 0 };
	struct axvcpu *vcpu = NULL;
	unsigned char *memory;
	size_t size;

	PART(suite_make_host(suite));
	size = axvcpu_size(suite->host);
	PART(memory = (unsigned char *)suite_block(suite, size));
	params.size = (uint32_t)sizeof(params);
	params.preferred_cpu = AXVCPU_CPU_ANY;
	EXPECT(AXVCPU_ERR_NO_MEMORY,
	       axvcpu_create(suite->host, memory, size - 1u, &params,
			     config->create_config(config->ctx, 0), &vcpu));
	params.flags = 1u;
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT,
	       axvcpu_create(suite->host, memory, size, &params,
			     config->create_config(config->ctx, 0), &vcpu));
	CHECK(vcpu == NULL && memory[0] == GUARD_FILL && memory[size - 1u] == GUARD_FILL);
}

/** Creates vCPU 0 with a configuration, and ends it again if that worked. */
static axvcpu_error_t try_create(struct suite *suite, void *memory, const void *create_config)
{
	const struct axvcpu_create_params params = {
		.size = sizeof(params), .vm_id = 1u, .preferred_cpu = AXVCPU_CPU_ANY,
	};
	struct axvcpu *vcpu = NULL;
	axvcpu_error_t error = axvcpu_create(suite->host, memory, axvcpu_size(suite->host), &params,
					     create_config, &vcpu);

	return error == AXVCPU_OK ? axvcpu_destroy(vcpu) : error;
}

/** A copy of a configuration with zeros behind it; null if there is none or it is too large. */
static unsigned char *copy_config(const void *config, unsigned char *to, uint32_t *size)
{
	if (config == NULL) {
		return NULL;
	}
	__builtin_memcpy(size, config, sizeof(*size));
	if (*size < sizeof(*size) || *size > CONFIG_SIZE - sizeof(uint64_t)) {
		return NULL;
	}
	__builtin_memset(to, 0, CONFIG_SIZE);
	__builtin_memcpy(to, config, *size);
	return to;
}

static void set_size(unsigned char *config, uint32_t size)
{
	__builtin_memcpy(config, &size, sizeof(size));
}

/* A newer caller's configuration is taken if what is new in it is zero. */
static void config_sizes(struct suite *suite)
{
	const struct axvcpu_conformance_config *config = suite->config;
	_Alignas(8) unsigned char create[CONFIG_SIZE];
	uint32_t size = 0;
	void *memory;

	if (copy_config(config->create_config(config->ctx, 0), create, &size) == NULL) {
		suite->skipped = true;
		return;
	}
	PART(suite_make_host(suite));
	PART(memory = suite_block(suite, axvcpu_size(suite->host)));
	EXPECT(AXVCPU_OK, try_create(suite, memory, create));
	set_size(create, (uint32_t)(size + sizeof(uint64_t)));
	EXPECT(AXVCPU_OK, try_create(suite, memory, create));
	create[size + sizeof(uint64_t) - 1u] = 1u;
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, try_create(suite, memory, create));
	set_size(create, 0u);
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, try_create(suite, memory, create));
	set_size(create, UINT32_MAX);
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, try_create(suite, memory, create));
}

static void setup_config_sizes(struct suite *suite)
{
	const struct axvcpu_conformance_config *config = suite->config;
	const struct axvcpu_conformance_guest *guest = &config->guest;
	_Alignas(8) unsigned char setup[CONFIG_SIZE];
	uint32_t size = 0;

	if (copy_config(config->setup_config(config->ctx, 0), setup, &size) == NULL) {
		suite->skipped = true;
		return;
	}
	PART(suite_make_cpu(suite));
	PART(suite_make_vcpu(suite, 0));
	set_size(setup, (uint32_t)(size + sizeof(uint64_t)));
	setup[size] = 1u;
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT,
	       axvcpu_setup(suite->vcpus[0], guest->entry, guest->ept_root, setup));
	CHECK(axvcpu_get_state(suite->vcpus[0]) == AXVCPU_STATE_INVALID);
	EXPECT(AXVCPU_OK, axvcpu_set_state(suite->vcpus[0], AXVCPU_STATE_CREATED));
	setup[size] = 0u;
	EXPECT(AXVCPU_OK, axvcpu_setup(suite->vcpus[0], guest->entry, guest->ept_root, setup));
}

/** Creates vCPU 0, sets it up and ends it; the first error of these. */
static axvcpu_error_t try_set_up(struct suite *suite, void *memory)
{
	const struct axvcpu_conformance_config *config = suite->config;
	const struct axvcpu_conformance_guest *guest = &config->guest;
	const struct axvcpu_create_params params = {
		.size = sizeof(params), .vm_id = 1u, .preferred_cpu = AXVCPU_CPU_ANY,
	};
	struct axvcpu *vcpu = NULL;
	axvcpu_error_t destroyed;
	axvcpu_error_t error = axvcpu_create(suite->host, memory, axvcpu_size(suite->host), &params,
					     config->create_config(config->ctx, 0), &vcpu);

	if (error != AXVCPU_OK) {
		return error;
	}
	error = axvcpu_setup(vcpu, guest->entry, guest->ept_root,
			     config->setup_config(config->ctx, 0));
	destroyed = axvcpu_destroy(vcpu);
	return error != AXVCPU_OK ? error : destroyed;
}

/* Whatever the package takes, it gets from the HAL, and gives back when that says no. */
static void memory_failures(struct suite *suite)
{
	uint32_t kept = 0;
	uint32_t needed;
	void *memory;

	PART(suite_make_cpu(suite));
	for (uint32_t i = 0; i < MAX_FRAMES; i++) {
		kept += suite->frames[i].count != 0u;
	}
	PART(memory = suite_block(suite, axvcpu_size(suite->host)));
	suite->allocations = 0;
	EXPECT(AXVCPU_OK, try_set_up(suite, memory));
	needed = suite->allocations;
	for (uint32_t i = 1; i <= needed; i++) {
		uint32_t now = 0;

		suite->fail_allocation = i;
		EXPECT(AXVCPU_ERR_NO_MEMORY, try_set_up(suite, memory));
		CHECK_DETAIL(suite->fail_allocation == 0u, i);
		for (uint32_t j = 0; j < MAX_FRAMES; j++) {
			now += suite->frames[j].count != 0u;
		}
		CHECK_DETAIL(now == kept, i);
	}
}

static void life_cycle(struct suite *suite)
{
	struct axvcpu *vcpu;

	PART(suite_make_cpu(suite));
	PART(suite_make_vcpu(suite, 0));
	vcpu = suite->vcpus[0];
	PART(suite_set_up(suite, 0));
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_FREE);
	suite->allocations = 0;
	for (uint32_t round = 0; round < 3u; round++) {
		EXPECT(AXVCPU_OK, axvcpu_bind(vcpu));
		CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_READY && axvcpu_is_runnable(vcpu));
		EXPECT(AXVCPU_ERR_BAD_STATE, axvcpu_destroy(vcpu));
		CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_READY);
		EXPECT(AXVCPU_OK, axvcpu_unbind(vcpu));
		CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_FREE && !axvcpu_is_runnable(vcpu));
	}
	CHECK_DETAIL(suite->allocations == 0u, suite->allocations);
}

/** An operation in a state that does not allow it. */
static void refuse(struct suite *suite, struct axvcpu *vcpu, uint32_t state, uint32_t operation,
		   axvcpu_error_t error)
{
	struct axvcpu_failure failure = { .size = sizeof(failure) };

	CHECK_DETAIL(error == AXVCPU_ERR_BAD_STATE, operation);
	CHECK_DETAIL(axvcpu_get_state(vcpu) == AXVCPU_STATE_INVALID, operation);
	EXPECT(AXVCPU_OK, axvcpu_get_failure(vcpu, &failure));
	CHECK_DETAIL(failure.operation == operation, failure.operation);
	CHECK_DETAIL(failure.found_state == state, failure.found_state);
	CHECK_DETAIL(failure.error == AXVCPU_ERR_BAD_STATE, (int64_t)failure.error);
	EXPECT(AXVCPU_OK, axvcpu_set_state(vcpu, state));
}

static void wrong_transitions(struct suite *suite)
{
	const struct axvcpu_conformance_guest *guest = &suite->config->guest;
	const struct axvcpu_exit *exit;
	struct axvcpu *vcpu;

	PART(suite_make_cpu(suite));
	PART(suite_make_vcpu(suite, 0));
	vcpu = suite->vcpus[0];
	PART(refuse(suite, vcpu, AXVCPU_STATE_CREATED, AXVCPU_OPERATION_BIND, axvcpu_bind(vcpu)));
	PART(refuse(suite, vcpu, AXVCPU_STATE_CREATED, AXVCPU_OPERATION_UNBIND,
		    axvcpu_unbind(vcpu)));
	PART(refuse(suite, vcpu, AXVCPU_STATE_CREATED, AXVCPU_OPERATION_RUN,
		    axvcpu_run(vcpu, &exit)));
	PART(suite_set_up(suite, 0));
	PART(refuse(suite, vcpu, AXVCPU_STATE_FREE, AXVCPU_OPERATION_SETUP,
		    axvcpu_setup(vcpu, guest->entry, guest->ept_root, NULL)));
	PART(refuse(suite, vcpu, AXVCPU_STATE_FREE, AXVCPU_OPERATION_RUN,
		    axvcpu_run(vcpu, &exit)));
	CHECK(exit == NULL);
	EXPECT(AXVCPU_OK, axvcpu_bind(vcpu));
	PART(refuse(suite, vcpu, AXVCPU_STATE_READY, AXVCPU_OPERATION_BIND, axvcpu_bind(vcpu)));
	PART(refuse(suite, vcpu, AXVCPU_STATE_READY, AXVCPU_OPERATION_UNBLOCK,
		    axvcpu_unblock(vcpu)));
	EXPECT(AXVCPU_OK, axvcpu_unbind(vcpu));
}

static void one_vcpu_a_cpu(struct suite *suite)
{
	PART(suite_make_ready(suite));
	PART(suite_make_vcpu(suite, 1));
	PART(suite_set_up(suite, 1));
	EXPECT(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_bind(suite->vcpus[1]));
	CHECK(axvcpu_get_state(suite->vcpus[1]) == AXVCPU_STATE_FREE);
	CHECK(axvcpu_get_state(suite->vcpus[0]) == AXVCPU_STATE_READY);
	EXPECT(AXVCPU_OK, axvcpu_unbind(suite->vcpus[0]));
	EXPECT(AXVCPU_OK, axvcpu_bind(suite->vcpus[1]));
	EXPECT(AXVCPU_OK, axvcpu_unbind(suite->vcpus[1]));
}

static void switch_refuses(struct suite *suite)
{
	struct axvcpu *from, *to;

	PART(suite_make_ready(suite));
	PART(suite_make_vcpu(suite, 1));
	from = suite->vcpus[0];
	to = suite->vcpus[1];
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_switch(from, NULL));
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_switch(NULL, to));
	PART(refuse(suite, to, AXVCPU_STATE_CREATED, AXVCPU_OPERATION_BIND,
		    axvcpu_switch(from, to)));
	CHECK(axvcpu_get_state(from) == AXVCPU_STATE_READY);
	PART(suite_set_up(suite, 1));
	PART(refuse(suite, to, AXVCPU_STATE_FREE, AXVCPU_OPERATION_UNBIND,
		    axvcpu_switch(to, from)));
	CHECK(axvcpu_get_state(from) == AXVCPU_STATE_READY);
	EXPECT(AXVCPU_OK, axvcpu_switch(from, from));
	CHECK(axvcpu_get_state(from) == AXVCPU_STATE_READY);
	EXPECT(AXVCPU_OK, axvcpu_switch(from, to));
	EXPECT(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_bind(from));
	EXPECT(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_hardware_disable(suite->percpu));
	EXPECT(AXVCPU_OK, axvcpu_unbind(to));
	EXPECT(AXVCPU_OK, axvcpu_bind(from));
}

/* Ending a vCPU that is bound and Invalid takes it off the CPU. */
static void destroy_while_bound(struct suite *suite)
{
	PART(suite_make_ready(suite));
	EXPECT(AXVCPU_OK, axvcpu_set_state(suite->vcpus[0], AXVCPU_STATE_INVALID));
	EXPECT(AXVCPU_OK, axvcpu_destroy(suite->vcpus[0]));
	suite->vcpus[0] = NULL;
	PART(suite_make_vcpu(suite, 1));
	PART(suite_set_up(suite, 1));
	EXPECT(AXVCPU_OK, axvcpu_bind(suite->vcpus[1]));
}

static void bad_entry_and_root(struct suite *suite)
{
	const struct axvcpu_conformance_config *config = suite->config;
	struct axvcpu *vcpu;

	PART(suite_make_cpu(suite));
	PART(suite_make_vcpu(suite, 0));
	PART(suite_set_up(suite, 0));
	vcpu = suite->vcpus[0];
	PART(suite_read_state(suite, vcpu, &suite->before));
	if (config->bad_entry != 0u) {
		EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_entry(vcpu, config->bad_entry));
	}
	if (config->bad_root != 0u) {
		EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_ept_root(vcpu, config->bad_root));
	}
	PART(suite_expect_state(suite, vcpu));
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_FREE);
	EXPECT(AXVCPU_OK, axvcpu_set_entry(vcpu, config->guest.entry));
	EXPECT(AXVCPU_OK, axvcpu_set_ept_root(vcpu, config->guest.ept_root));
	PART(suite_expect_state(suite, vcpu));
}

/** What an operation of a transition needs, and found. */
struct nested {
	struct suite *suite;
	uint32_t calls;
};

/* Called inside an operation on vCPU 0: nothing else may be begun there. */
static axvcpu_error_t nest(void *arch_state, void *arg)
{
	struct nested *nested = (struct nested *)arg;
	struct suite *suite = nested->suite;
	const struct axvcpu_exit *exit;
	const struct axvcpu_conformance_guest *guest = &suite->config->guest;
	const axvcpu_error_t busy = AXVCPU_ERR_RESOURCE_BUSY;

	nested->calls++;
	if (arch_state != axvcpu_arch_state(suite->vcpus[0]) ||
	    axvcpu_current(suite->host) != suite->vcpus[0]) {
		return AXVCPU_ERR_HARDWARE;
	}
	for (uint32_t i = 0; i < AXVCPU_CONFORMANCE_VCPUS; i++) {
		struct axvcpu *vcpu = suite->vcpus[i];

		if (axvcpu_run(vcpu, &exit) != busy || axvcpu_bind(vcpu) != busy ||
		    axvcpu_unbind(vcpu) != busy ||
		    axvcpu_switch(suite->vcpus[0], vcpu) != busy ||
		    axvcpu_setup(vcpu, guest->entry, guest->ept_root, NULL) != busy ||
		    axvcpu_transition(vcpu, AXVCPU_STATE_READY, AXVCPU_STATE_READY, nest, arg) !=
			    busy) {
			return AXVCPU_ERR_BAD_STATE;
		}
	}
	return AXVCPU_OK;
}

static void reentrancy(struct suite *suite)
{
	struct nested nested = { suite, 0 };

	PART(suite_make_ready(suite));
	PART(suite_make_vcpu(suite, 1));
	CHECK(axvcpu_current(suite->host) == NULL);
	EXPECT(AXVCPU_OK, axvcpu_transition(suite->vcpus[0], AXVCPU_STATE_READY,
					    AXVCPU_STATE_READY, nest, &nested));
	CHECK_DETAIL(nested.calls == 1u, nested.calls);
	CHECK(axvcpu_current(suite->host) == NULL);
	CHECK(axvcpu_get_state(suite->vcpus[0]) == AXVCPU_STATE_READY);
	CHECK(axvcpu_get_state(suite->vcpus[1]) == AXVCPU_STATE_CREATED);
}

const struct check conformance_life_checks[] = {
	{ "create_and_destroy", create_and_destroy },
	{ "create_refuses", create_refuses },
	{ "create_config_sizes", config_sizes },
	{ "setup_config_sizes", setup_config_sizes },
	{ "memory_failures", memory_failures },
	{ "life_cycle", life_cycle },
	{ "wrong_transitions", wrong_transitions },
	{ "one_vcpu_a_cpu", one_vcpu_a_cpu },
	{ "switch_refuses", switch_refuses },
	{ "destroy_while_bound", destroy_while_bound },
	{ "bad_entry_and_root", bad_entry_and_root },
	{ "reentrancy", reentrancy },
	{ NULL, NULL },
};
