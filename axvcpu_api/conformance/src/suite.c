/* SPDX-License-Identifier: Apache-2.0 */
/* The watched HAL, blocks between guards, and what every check starts and ends with. */
#include "suite.h"

/** Exits without meaning for the suite that may come in a row. */
#define MAX_IDLE_EXITS 1000u

static struct suite *of(void *ctx)
{
	return (struct suite *)ctx;
}

void suite_fail(struct suite *suite, const char *text, uint32_t line, uint64_t detail)
{
	if (suite->text == NULL) {
		suite->text = text;
		suite->line = line;
		suite->detail = detail;
	}
}

/* The HAL. Memory and what concerns interrupts is watched; the rest is the caller's. */

static axvcpu_error_t alloc_frames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa)
{
	struct suite *suite = of(ctx);
	struct frames *free_slot = NULL;
	axvcpu_error_t error;

	suite->allocations++;
	if (suite->fail_allocation != 0u && --suite->fail_allocation == 0u) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	for (uint32_t i = 0; i < MAX_FRAMES && free_slot == NULL; i++) {
		if (suite->frames[i].count == 0u) {
			free_slot = &suite->frames[i];
		}
	}
	if (free_slot == NULL) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	error = suite->config->hal->alloc_frames(suite->config->hal_ctx, count, align, hpa);
	if (error == AXVCPU_OK) {
		free_slot->hpa = *hpa;
		free_slot->count = count;
	}
	return error;
}

static void free_frames(void *ctx, uint64_t hpa, uint64_t count)
{
	struct suite *suite = of(ctx);

	for (uint32_t i = 0; i < MAX_FRAMES; i++) {
		if (suite->frames[i].count == count && suite->frames[i].hpa == hpa &&
		    count != 0u) {
			suite->frames[i].count = 0u;
			suite->config->hal->free_frames(suite->config->hal_ctx, hpa, count);
			return;
		}
	}
	suite->bad_frees++;
}

static void *phys_to_virt(void *ctx, uint64_t hpa)
{
	return of(ctx)->config->hal->phys_to_virt(of(ctx)->config->hal_ctx, hpa);
}

static uint64_t virt_to_phys(void *ctx, const void *virt)
{
	return of(ctx)->config->hal->virt_to_phys(of(ctx)->config->hal_ctx, virt);
}

static void *percpu_get(void *ctx)
{
	return of(ctx)->config->hal->percpu_get(of(ctx)->config->hal_ctx);
}

static void percpu_set(void *ctx, void *pointer)
{
	of(ctx)->config->hal->percpu_set(of(ctx)->config->hal_ctx, pointer);
}

static uint64_t irq_fetch(void *ctx)
{
	return of(ctx)->config->hal->irq_fetch(of(ctx)->config->hal_ctx);
}

static void irq_handle(void *ctx, uint64_t vector)
{
	of(ctx)->config->hal->irq_handle(of(ctx)->config->hal_ctx, vector);
}

static axvcpu_error_t inject_virtual_interrupt(void *ctx, struct axvcpu *vcpu, uint32_t vector)
{
	struct suite *suite = of(ctx);

	(void)vcpu;
	suite->injected++;
	suite->injected_vector = vector;
	return suite->inject_result;
}

static void kick_cpu(void *ctx, uint64_t cpu)
{
	(void)cpu;
	of(ctx)->kicks++;
}

static void vcpu_runnable(void *ctx, struct axvcpu *vcpu)
{
	(void)vcpu;
	of(ctx)->runnable++;
}

static uint64_t time_ns(void *ctx)
{
	return of(ctx)->config->hal->time_ns(of(ctx)->config->hal_ctx);
}

static void write_log(void *ctx, uint32_t level, const char *text)
{
	of(ctx)->config->hal->log(of(ctx)->config->hal_ctx, level, text);
}

static void watch_hal(struct suite *suite)
{
	const struct axvcpu_hal_ops *given = suite->config->hal;
	struct axvcpu_hal_ops *hal = &suite->hal;

	__builtin_memset(hal, 0, sizeof(*hal));
	hal->size = (uint32_t)sizeof(*hal);
	hal->abi_version = AXVCPU_ABI_VERSION;
	hal->alloc_frames = alloc_frames;
	hal->free_frames = free_frames;
	hal->phys_to_virt = phys_to_virt;
	hal->virt_to_phys = virt_to_phys;
	hal->percpu_get = percpu_get;
	hal->percpu_set = percpu_set;
	hal->irq_fetch = given->irq_fetch != NULL ? irq_fetch : NULL;
	hal->irq_handle = given->irq_handle != NULL ? irq_handle : NULL;
	hal->inject_virtual_interrupt = inject_virtual_interrupt;
	hal->kick_cpu = kick_cpu;
	hal->vcpu_runnable = vcpu_runnable;
	hal->time_ns = given->time_ns != NULL ? time_ns : NULL;
	hal->log = given->log != NULL ? write_log : NULL;
}

/* Memory. */

void *suite_block(struct suite *suite, size_t size)
{
	size_t padded = (size + AXVCPU_MEMORY_ALIGN - 1u) & ~(size_t)(AXVCPU_MEMORY_ALIGN - 1u);
	size_t whole = padded + 2u * GUARD_SIZE;
	struct block *block;

	if (suite->block_count == MAX_BLOCKS || whole > suite->arena_size - suite->arena_used) {
		suite_fail(suite, "the suite has memory for this", __LINE__, size);
		return NULL;
	}
	block = &suite->blocks[suite->block_count++];
	block->start = suite->arena + suite->arena_used + GUARD_SIZE;
	block->size = size;
	__builtin_memset(block->start - GUARD_SIZE, GUARD_FILL, whole);
	suite->arena_used += whole;
	return block->start;
}

/** Whether nobody wrote outside of what the package asked for. */
static bool guards_hold(const struct suite *suite)
{
	for (uint32_t i = 0; i < suite->block_count; i++) {
		const struct block *block = &suite->blocks[i];

		for (size_t j = 0; j < GUARD_SIZE; j++) {
			if (block->start[block->size + j] != GUARD_FILL ||
			    block->start[0 - (ptrdiff_t)(j + 1u)] != GUARD_FILL) {
				return false;
			}
		}
	}
	return true;
}

/* What a check is made of. */

void suite_make_host(struct suite *suite)
{
	const struct axvcpu_arch_ops *arch = suite->config->arch;
	size_t size = axvcpu_host_size(arch);
	void *memory;

	PART(memory = suite_block(suite, size));
	EXPECT(AXVCPU_OK, axvcpu_host_init(memory, size, arch, &suite->hal, suite, &suite->host));
}

void suite_make_cpu(struct suite *suite)
{
	size_t size;
	void *memory;

	PART(suite_make_host(suite));
	size = axvcpu_percpu_size(suite->host);
	PART(memory = suite_block(suite, size));
	EXPECT(AXVCPU_OK, axvcpu_percpu_init(suite->host, memory, size, suite->config->cpu,
					     &suite->percpu));
	EXPECT(AXVCPU_OK, axvcpu_hardware_enable(suite->percpu));
}

void suite_make_vcpu(struct suite *suite, uint32_t index)
{
	const struct axvcpu_conformance_config *config = suite->config;
	struct axvcpu_create_params params;
	size_t size = axvcpu_size(suite->host);
	void *memory;

	__builtin_memset(&params, 0, sizeof(params));
	params.size = (uint32_t)sizeof(params);
	params.vm_id = 1u;
	params.vcpu_id = index;
	params.preferred_cpu = AXVCPU_CPU_ANY;
	PART(memory = suite_block(suite, size));
	EXPECT(AXVCPU_OK, axvcpu_create(suite->host, memory, size, &params,
					config->create_config(config->ctx, index),
					&suite->vcpus[index]));
}

void suite_set_up(struct suite *suite, uint32_t index)
{
	const struct axvcpu_conformance_config *config = suite->config;

	EXPECT(AXVCPU_OK, axvcpu_setup(suite->vcpus[index], config->guest.entry,
				       config->guest.ept_root,
				       config->setup_config(config->ctx, index)));
}

void suite_make_ready(struct suite *suite)
{
	PART(suite_make_cpu(suite));
	PART(suite_make_vcpu(suite, 0));
	PART(suite_set_up(suite, 0));
	EXPECT(AXVCPU_OK, axvcpu_bind(suite->vcpus[0]));
}

void suite_read_state(struct suite *suite, struct axvcpu *vcpu, struct snapshot *snapshot)
{
	size_t count = MAX_REGS;
	size_t size = 0;

	EXPECT(AXVCPU_OK, axvcpu_list_regs(vcpu, suite->ids, &count));
	for (size_t i = 0; i < count; i++) {
		size += AXVCPU_REG_SIZE(suite->ids[i]);
	}
	CHECK_DETAIL(size <= SNAPSHOT_SIZE, size);
	snapshot->count = count;
	snapshot->size = size;
	EXPECT(AXVCPU_OK, axvcpu_get_regs(vcpu, suite->ids, count, snapshot->bytes, size));
}

void suite_expect_state(struct suite *suite, struct axvcpu *vcpu)
{
	const struct snapshot *before = &suite->before;
	struct snapshot *after = &suite->after;
	size_t offset = 0;

	PART(suite_read_state(suite, vcpu, after));
	CHECK(after->count == before->count);
	for (size_t i = 0; i < before->count; i++) {
		for (uint32_t j = 0; j < AXVCPU_REG_SIZE(suite->ids[i]); j++) {
			CHECK_DETAIL(after->bytes[offset + j] == before->bytes[offset + j],
				     suite->ids[i]);
		}
		offset += AXVCPU_REG_SIZE(suite->ids[i]);
	}
}

void suite_run(struct suite *suite, struct axvcpu *vcpu, const struct axvcpu_exit **exit)
{
	for (uint32_t i = 0; i < MAX_IDLE_EXITS; i++) {
		EXPECT(AXVCPU_OK, axvcpu_run(vcpu, exit));
		CHECK(*exit != NULL && (*exit)->size == sizeof(**exit));
		if ((*exit)->reason == AXVCPU_EXIT_EXTERNAL_INTERRUPT) {
			(void)axvcpu_handle_interrupt(suite->host, (*exit)->u.interrupt.vector);
		} else if ((*exit)->reason != AXVCPU_EXIT_NOTHING) {
			return;
		}
	}
	suite_fail(suite, "the guest gets somewhere", __LINE__, (*exit)->pc);
}

/** Makes the suite as new; the caller's memory keeps what it has. */
static void start(struct suite *suite)
{
	suite->arena_used = 0;
	suite->block_count = 0;
	__builtin_memset(suite->frames, 0, sizeof(suite->frames));
	suite->allocations = 0;
	suite->bad_frees = 0;
	suite->fail_allocation = 0;
	suite->injected = 0;
	suite->inject_result = AXVCPU_OK;
	suite->kicks = 0;
	suite->runnable = 0;
	suite->host = NULL;
	suite->percpu = NULL;
	suite->text = NULL;
	suite->skipped = false;
	for (uint32_t i = 0; i < AXVCPU_CONFORMANCE_VCPUS; i++) {
		suite->vcpus[i] = NULL;
	}
}

/** Takes apart what a check left, in whatever state, and looks at what remains. */
static void finish(struct suite *suite)
{
	for (uint32_t i = 0; i < AXVCPU_CONFORMANCE_VCPUS; i++) {
		if (suite->vcpus[i] != NULL) {
			(void)axvcpu_set_state(suite->vcpus[i], AXVCPU_STATE_INVALID);
			EXPECT(AXVCPU_OK, axvcpu_destroy(suite->vcpus[i]));
		}
	}
	if (suite->percpu != NULL) {
		EXPECT(AXVCPU_OK, axvcpu_percpu_destroy(suite->percpu));
	}
	CHECK_DETAIL(suite->bad_frees == 0u, suite->bad_frees);
	for (uint32_t i = 0; i < MAX_FRAMES; i++) {
		CHECK_DETAIL(suite->frames[i].count == 0u, suite->frames[i].hpa);
	}
	CHECK(guards_hold(suite));
	CHECK(percpu_get(suite) == NULL);
}

static const struct check *const tables[] = {
	conformance_host_checks, conformance_life_checks,	conformance_reg_checks,
	conformance_run_checks,	 conformance_interrupt_checks,
};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

static const struct check *check_at(uint32_t index)
{
	for (size_t i = 0; i < TABLES; i++) {
		for (const struct check *check = tables[i]; check->name != NULL; check++) {
			if (index-- == 0u) {
				return check;
			}
		}
	}
	return NULL;
}

uint32_t axvcpu_conformance_count(void)
{
	uint32_t count = 0;

	while (check_at(count) != NULL) {
		count++;
	}
	return count;
}

const char *axvcpu_conformance_name(uint32_t index)
{
	const struct check *check = check_at(index);

	return check == NULL ? NULL : check->name;
}

#define ALIGNED(size) \
	(((size_t)(size) + AXVCPU_MEMORY_ALIGN - 1u) & ~(size_t)(AXVCPU_MEMORY_ALIGN - 1u))
/** What the library puts before the package's part of a block; generous. */
#define GENERIC_SIZE 4096u

size_t axvcpu_conformance_memory_size(const struct axvcpu_arch_ops *arch)
{
	size_t largest = arch->host_size;

	if (arch->percpu_size > largest) {
		largest = arch->percpu_size;
	}
	if (arch->vcpu_size > largest) {
		largest = arch->vcpu_size;
	}
	return ALIGNED(sizeof(struct suite)) +
	       MAX_BLOCKS * (ALIGNED(largest) + GENERIC_SIZE + 2u * GUARD_SIZE);
}

static void run_one(struct suite *suite, const struct check *check,
		    struct axvcpu_conformance_summary *summary)
{
	const struct axvcpu_conformance_config *config = suite->config;
	uint32_t result;

	start(suite);
	check->run(suite);
	finish(suite);
	if (suite->text != NULL) {
		result = AXVCPU_CONFORMANCE_FAILED;
		summary->failed++;
	} else if (suite->skipped) {
		result = AXVCPU_CONFORMANCE_SKIPPED;
		summary->skipped++;
	} else {
		result = AXVCPU_CONFORMANCE_PASSED;
		summary->passed++;
	}
	config->report(config->ctx, check->name, result, suite->text, suite->line, suite->detail);
}

axvcpu_error_t axvcpu_conformance_run(const struct axvcpu_conformance_config *config,
				      struct axvcpu_conformance_summary *summary)
{
	struct suite *suite;

	if (config == NULL || summary == NULL || config->arch == NULL || config->hal == NULL ||
	    config->create_config == NULL || config->setup_config == NULL ||
	    config->report == NULL || config->memory == NULL ||
	    (uintptr_t)config->memory % AXVCPU_MEMORY_ALIGN != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (config->memory_size < axvcpu_conformance_memory_size(config->arch)) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	suite = (struct suite *)config->memory;
	suite->config = config;
	suite->arena = (unsigned char *)config->memory + ALIGNED(sizeof(*suite));
	suite->arena_size = config->memory_size - ALIGNED(sizeof(*suite));
	watch_hal(suite);
	__builtin_memset(summary, 0, sizeof(*summary));
	for (uint32_t i = 0; check_at(i) != NULL; i++) {
		run_one(suite, check_at(i), summary);
	}
	return AXVCPU_OK;
}
