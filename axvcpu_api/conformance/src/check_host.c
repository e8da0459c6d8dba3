/* SPDX-License-Identifier: Apache-2.0 */
/* The package's table, the host, the physical CPU. */
#include "suite.h"

/** Second-stage tables have as many levels as that on every architecture there is. */
#define MIN_LEVELS 2u
#define MAX_LEVELS 6u

static void table(struct suite *suite)
{
	const struct axvcpu_arch_ops *arch = suite->config->arch;

	CHECK_DETAIL(arch->abi_version == AXVCPU_ABI_VERSION, arch->abi_version);
	CHECK(arch->reserved_flags == 0u && arch->reserved == 0u);
	CHECK(arch->name != NULL && arch->name[0] != '\0');
	CHECK_DETAIL(arch->arch != 0u && arch->arch <= 0xffu, arch->arch);
	CHECK(arch->vcpu_size != 0u);
	CHECK(axvcpu_host_size(arch) % AXVCPU_MEMORY_ALIGN == 0u);
	PART(suite_make_host(suite));
	CHECK(axvcpu_host_arch(suite->host) == arch);
	CHECK(axvcpu_percpu_size(suite->host) >= arch->percpu_size);
	CHECK(axvcpu_size(suite->host) >= arch->vcpu_size);
}

static void sizes_are_checked(struct suite *suite)
{
	const struct axvcpu_conformance_config *config = suite->config;
	struct axvcpu_percpu *percpu = NULL;
	struct axvcpu_host *host = NULL;
	unsigned char *memory;
	size_t size = axvcpu_host_size(config->arch);

	PART(memory = (unsigned char *)suite_block(suite, size));
	EXPECT(AXVCPU_ERR_NO_MEMORY, axvcpu_host_init(memory, size - 1u, config->arch, &suite->hal,
						      suite, &host));
	EXPECT(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_host_init(memory + 8, size, config->arch,
							     &suite->hal, suite, &host));
	CHECK(host == NULL && memory[0] == GUARD_FILL && memory[size - 1u] == GUARD_FILL);
	PART(suite_make_host(suite));
	size = axvcpu_percpu_size(suite->host);
	PART(memory = (unsigned char *)suite_block(suite, size));
	EXPECT(AXVCPU_ERR_NO_MEMORY,
	       axvcpu_percpu_init(suite->host, memory, size - 1u, config->cpu, &percpu));
	CHECK(percpu == NULL && memory[0] == GUARD_FILL && memory[size - 1u] == GUARD_FILL);
	CHECK(axvcpu_this_percpu(suite->host) == NULL);
}

static void percpu_once(struct suite *suite)
{
	struct axvcpu_percpu *second = NULL;
	size_t size;
	void *memory;

	PART(suite_make_host(suite));
	size = axvcpu_percpu_size(suite->host);
	PART(memory = suite_block(suite, size));
	EXPECT(AXVCPU_OK, axvcpu_percpu_init(suite->host, memory, size, suite->config->cpu,
					     &suite->percpu));
	CHECK(axvcpu_this_percpu(suite->host) == suite->percpu);
	CHECK(axvcpu_percpu_cpu(suite->percpu) == suite->config->cpu);
	CHECK(!axvcpu_is_enabled(suite->percpu));
	PART(memory = suite_block(suite, size));
	EXPECT(AXVCPU_ERR_RESOURCE_BUSY,
	       axvcpu_percpu_init(suite->host, memory, size, suite->config->cpu, &second));
	CHECK(second == NULL && axvcpu_this_percpu(suite->host) == suite->percpu);
}

static void enable_and_disable(struct suite *suite)
{
	uint32_t levels;

	PART(suite_make_cpu(suite));
	for (uint32_t round = 0; round < 3u; round++) {
		CHECK(axvcpu_is_enabled(suite->percpu));
		EXPECT(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_hardware_enable(suite->percpu));
		CHECK(axvcpu_is_enabled(suite->percpu));
		levels = axvcpu_max_guest_page_table_levels(suite->percpu);
		CHECK_DETAIL(levels >= MIN_LEVELS && levels <= MAX_LEVELS, levels);
		EXPECT(AXVCPU_OK, axvcpu_hardware_disable(suite->percpu));
		CHECK(!axvcpu_is_enabled(suite->percpu));
		EXPECT(AXVCPU_ERR_BAD_STATE, axvcpu_hardware_disable(suite->percpu));
		EXPECT(AXVCPU_OK, axvcpu_hardware_enable(suite->percpu));
	}
}

static void percpu_destroy_disables(struct suite *suite)
{
	PART(suite_make_cpu(suite));
	EXPECT(AXVCPU_OK, axvcpu_percpu_destroy(suite->percpu));
	suite->percpu = NULL;
	CHECK(axvcpu_this_percpu(suite->host) == NULL);
	/* The CPU is as it was, or this would find virtualization on. */
	suite->block_count = 0;
	suite->arena_used = 0;
	PART(suite_make_cpu(suite));
}

static void cpu_in_use(struct suite *suite)
{
	PART(suite_make_ready(suite));
	EXPECT(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_hardware_disable(suite->percpu));
	EXPECT(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_percpu_destroy(suite->percpu));
	CHECK(axvcpu_is_enabled(suite->percpu));
	CHECK(axvcpu_this_percpu(suite->host) == suite->percpu);
	EXPECT(AXVCPU_OK, axvcpu_unbind(suite->vcpus[0]));
	EXPECT(AXVCPU_OK, axvcpu_hardware_disable(suite->percpu));
	EXPECT(AXVCPU_ERR_WRONG_CPU, axvcpu_bind(suite->vcpus[0]));
	CHECK(axvcpu_get_state(suite->vcpus[0]) == AXVCPU_STATE_FREE);
}

const struct check conformance_host_checks[] = {
	{ "table", table },
	{ "sizes_are_checked", sizes_are_checked },
	{ "percpu_once", percpu_once },
	{ "enable_and_disable", enable_and_disable },
	{ "percpu_destroy_disables", percpu_destroy_disables },
	{ "cpu_in_use", cpu_in_use },
	{ NULL, NULL },
};
