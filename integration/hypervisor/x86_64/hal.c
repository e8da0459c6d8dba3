/* SPDX-License-Identifier: Apache-2.0 */
/* The HAL that the library runs on: identity-mapped memory, the local APIC, the time stamp counter. */
#include "../board.h"
#include "../console.h"
#include "../pages.h"
#include "../sched.h"
#include "trap.h"

static axvcpu_error_t alloc_frames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa)
{
	(void)ctx;
	return pages_alloc(count, align, hpa) ? AXVCPU_OK : AXVCPU_ERR_NO_MEMORY;
}

static void free_frames(void *ctx, uint64_t hpa, uint64_t count)
{
	(void)ctx;
	pages_free(hpa, count);
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
	return board_this_cpu()->library_slot;
}

static void percpu_set(void *ctx, void *pointer)
{
	(void)ctx;
	board_this_cpu()->library_slot = pointer;
}

/** The interrupt is taken here: its handler runs and notes its vector. */
static uint64_t irq_fetch(void *ctx)
{
	(void)ctx;
	board_handle_interrupts();
	return trap_take_interrupt();
}

static void irq_handle(void *ctx, uint64_t vector)
{
	/* All was done when it was taken. */
	(void)ctx;
	(void)vector;
}

static void kick_cpu(void *ctx, uint64_t cpu)
{
	(void)ctx;
	board_kick((uint32_t)cpu);
}

static void vcpu_runnable(void *ctx, struct axvcpu *vcpu)
{
	(void)ctx;
	sched_wake(vcpu);
}

static uint64_t time_ns(void *ctx)
{
	(void)ctx;
	return board_time_ns();
}

static void log_text(void *ctx, uint32_t level, const char *text)
{
	(void)ctx;
	log_line(level, "%s", text);
}

const struct axvcpu_hal_ops *board_hal_ops(void)
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
		.kick_cpu = kick_cpu,
		.vcpu_runnable = vcpu_runnable,
		.time_ns = time_ns,
		.log = log_text,
	};

	return &ops;
}
