/* SPDX-License-Identifier: Apache-2.0 */
#include "hal.h"

#include "arch.h"

static uint8_t *free_memory;
static uint64_t calls;

void hal_set_memory(uint8_t *memory)
{
	free_memory = memory;
}

void *hal_allocate(uint64_t size)
{
	uintptr_t start = ((uintptr_t)free_memory + AXVCPU_FRAME_SIZE - 1u) &
			  ~(uintptr_t)(AXVCPU_FRAME_SIZE - 1u);

	free_memory = (uint8_t *)(start + size);
	return (void *)start;
}

static axvcpu_error_t alloc_frames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa)
{
	uintptr_t start;

	(void)ctx;
	start = ((uintptr_t)free_memory + align - 1u) & ~(uintptr_t)(align - 1u);
	free_memory = (uint8_t *)(start + count * AXVCPU_FRAME_SIZE);
	*hpa = start;
	return AXVCPU_OK;
}

static void free_frames(void *ctx, uint64_t hpa, uint64_t count)
{
	(void)ctx;
	/* What was taken last comes back first, which is all that the bench does. */
	if ((uintptr_t)free_memory == hpa + count * AXVCPU_FRAME_SIZE) {
		free_memory = (uint8_t *)(uintptr_t)hpa;
	}
}

static void *phys_to_virt(void *ctx, uint64_t hpa)
{
	(void)ctx;
	return (void *)(uintptr_t)hpa;
}

static uint64_t virt_to_phys(void *ctx, const void *virt)
{
	(void)ctx;
	return (uintptr_t)virt;
}

static void *percpu_get(void *ctx)
{
	(void)ctx;
	return arch_percpu_get();
}

static void percpu_set(void *ctx, void *pointer)
{
	(void)ctx;
	arch_percpu_set(pointer);
}

static uint64_t irq_fetch(void *ctx)
{
	(void)ctx;
	return arch_interrupt_fetch();
}

static void irq_handle(void *ctx, uint64_t vector)
{
	(void)ctx;
	arch_interrupt_end(vector);
}

static uint64_t time_ns(void *ctx)
{
	(void)ctx;
	return arch_instructions();
}

const struct axvcpu_hal_ops *hal_plain(void)
{
	static const struct axvcpu_hal_ops ops = {
		.size = sizeof(ops),
		.abi_version = AXVCPU_ABI_VERSION,
		.alloc_frames = alloc_frames,
		.free_frames = free_frames,
		.phys_to_virt = phys_to_virt,
		.virt_to_phys = virt_to_phys,
		.percpu_get = percpu_get,
		.percpu_set = percpu_set,
		.irq_fetch = irq_fetch,
		.irq_handle = irq_handle,
		.time_ns = time_ns,
	};

	return &ops;
}

static axvcpu_error_t count_alloc_frames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa)
{
	calls++;
	return alloc_frames(ctx, count, align, hpa);
}

static void count_free_frames(void *ctx, uint64_t hpa, uint64_t count)
{
	calls++;
	free_frames(ctx, hpa, count);
}

static void *count_phys_to_virt(void *ctx, uint64_t hpa)
{
	calls++;
	return phys_to_virt(ctx, hpa);
}

static uint64_t count_virt_to_phys(void *ctx, const void *virt)
{
	calls++;
	return virt_to_phys(ctx, virt);
}

static void *count_percpu_get(void *ctx)
{
	calls++;
	return percpu_get(ctx);
}

static void count_percpu_set(void *ctx, void *pointer)
{
	calls++;
	percpu_set(ctx, pointer);
}

static uint64_t count_irq_fetch(void *ctx)
{
	calls++;
	return irq_fetch(ctx);
}

static void count_irq_handle(void *ctx, uint64_t vector)
{
	calls++;
	irq_handle(ctx, vector);
}

static uint64_t count_time_ns(void *ctx)
{
	calls++;
	return time_ns(ctx);
}

const struct axvcpu_hal_ops *hal_counting(void)
{
	static const struct axvcpu_hal_ops ops = {
		.size = sizeof(ops),
		.abi_version = AXVCPU_ABI_VERSION,
		.alloc_frames = count_alloc_frames,
		.free_frames = count_free_frames,
		.phys_to_virt = count_phys_to_virt,
		.virt_to_phys = count_virt_to_phys,
		.percpu_get = count_percpu_get,
		.percpu_set = count_percpu_set,
		.irq_fetch = count_irq_fetch,
		.irq_handle = count_irq_handle,
		.time_ns = count_time_ns,
	};

	return &ops;
}

uint64_t hal_calls(void)
{
	return calls;
}
