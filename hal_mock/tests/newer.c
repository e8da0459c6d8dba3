/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hypervisor and an arch package built with headers of a later version, with more
 * in every struct that may grow (grow_headers.sed), on today's library: what they do
 * not use of it works, what they use and the library does not know is refused.
 */
#include <string.h>

#include "release_0_1/scenario.h"

#define FUTURE_VALUE UINT64_C(7)

/* hypervisor.c calls it. */
void newer_checks(void);

/** Whether a table is refused; `changed` is put into the copy of a good one. */
static axvcpu_error_t init_with(const struct axvcpu_arch_ops *arch, const struct axvcpu_hal_ops *hal)
{
	static _Alignas(AXVCPU_MEMORY_ALIGN) unsigned char memory[4096];
	struct axvcpu_host *host = NULL;
	axvcpu_error_t error = axvcpu_host_init(memory, sizeof(memory), arch, hal, NULL, &host);

	CHECK((error == AXVCPU_OK) == (host != NULL));
	return error;
}

static axvcpu_error_t no_frames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa)
{
	(void)ctx, (void)count, (void)align, (void)hpa;
	return AXVCPU_ERR_NO_MEMORY;
}

static void free_frames(void *ctx, uint64_t hpa, uint64_t count)
{
	(void)ctx, (void)hpa, (void)count;
}

static void *no_address(void *ctx, uint64_t hpa)
{
	(void)ctx, (void)hpa;
	return NULL;
}

static uint64_t virt_to_phys(void *ctx, const void *virt)
{
	(void)ctx;
	return (uint64_t)(uintptr_t)virt;
}

static void *no_percpu(void *ctx)
{
	(void)ctx;
	return NULL;
}

static void percpu_set(void *ctx, void *pointer)
{
	(void)ctx, (void)pointer;
}

static const struct axvcpu_hal_ops good_hal = {
	.size = sizeof(good_hal),
	.abi_version = AXVCPU_ABI_VERSION,
	.alloc_frames = no_frames,
	.free_frames = free_frames,
	.phys_to_virt = no_address,
	.virt_to_phys = virt_to_phys,
	.percpu_get = no_percpu,
	.percpu_set = percpu_set,
	.future = no_percpu,
};

/** Larger tables of this ABI version are taken, those of another one refused. */
static void tables(void)
{
	struct axvcpu_arch_ops arch = *release_arch_ops();
	struct axvcpu_hal_ops hal = good_hal;

	arch.future = virt_to_phys;
	CHECK(init_with(&arch, &hal) == AXVCPU_OK);
	arch.abi_version = AXVCPU_ABI_VERSION + 1u;
	CHECK(init_with(&arch, &hal) == AXVCPU_ERR_ABI_MISMATCH);
	CHECK(axvcpu_host_size(&arch) == 0u);
	arch.abi_version = AXVCPU_ABI_VERSION;
	hal.abi_version = AXVCPU_ABI_VERSION + 1u;
	CHECK(init_with(&arch, &hal) == AXVCPU_ERR_ABI_MISMATCH);
	hal.abi_version = AXVCPU_ABI_VERSION;
	/* A required operation comes with a flag, which an older library refuses. */
	hal.reserved_flags = 1u;
	CHECK(init_with(&arch, &hal) == AXVCPU_ERR_ABI_MISMATCH);
}

/** A parameter that the library does not know is refused unless it is zero. */
static void parameters(void)
{
	static _Alignas(AXVCPU_MEMORY_ALIGN) unsigned char host_memory[4096];
	static _Alignas(AXVCPU_MEMORY_ALIGN) unsigned char memory[16384];
	struct axvcpu_create_params params = {
		.size = sizeof(params), .preferred_cpu = AXVCPU_CPU_ANY, .future = FUTURE_VALUE,
	};
	struct {
		struct axvcpu_failure known;
		uint64_t behind;
	} failure;
	struct axvcpu_host *host = NULL;
	struct axvcpu *vcpu = NULL;

	CHECK(axvcpu_host_init(host_memory, sizeof(host_memory), release_arch_ops(), &good_hal,
			       NULL, &host) == AXVCPU_OK);
	CHECK(axvcpu_create(host, memory, sizeof(memory), &params, NULL, &vcpu) ==
	      AXVCPU_ERR_INVALID_ARGUMENT);
	CHECK(vcpu == NULL);
	params.future = 0u;
	CHECK(axvcpu_create(host, memory, sizeof(memory), &params, NULL, &vcpu) == AXVCPU_OK);

	/* What the library does not know stays as it was, and `size` tells so. */
	memset(&failure, 0xaa, sizeof(failure));
	failure.known.size = sizeof(failure.known);
	CHECK(axvcpu_get_failure(vcpu, &failure.known) == AXVCPU_OK);
	CHECK(failure.known.size == offsetof(struct axvcpu_failure, future));
	CHECK(failure.known.operation == AXVCPU_OPERATION_NONE);
	CHECK(failure.known.future == UINT64_C(0xaaaaaaaaaaaaaaaa));
	CHECK(failure.behind == UINT64_C(0xaaaaaaaaaaaaaaaa));
	CHECK(axvcpu_destroy(vcpu) == AXVCPU_OK);
}

void newer_checks(void)
{
	tables();
	parameters();
}
