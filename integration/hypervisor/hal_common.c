/* SPDX-License-Identifier: Apache-2.0 */
#include "hal_common.h"

#include "board.h"
#include "console.h"
#include "pages.h"
#include "sched.h"

axvcpu_error_t hal_alloc_frames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa)
{
	(void)ctx;
	return pages_alloc(count, align, hpa) ? AXVCPU_OK : AXVCPU_ERR_NO_MEMORY;
}

void hal_free_frames(void *ctx, uint64_t hpa, uint64_t count)
{
	(void)ctx;
	pages_free(hpa, count);
}

void *hal_phys_to_virt(void *ctx, uint64_t hpa)
{
	(void)ctx;
	return (void *)(uintptr_t)hpa;
}

uint64_t hal_virt_to_phys(void *ctx, const void *virt)
{
	(void)ctx;
	return (uintptr_t)virt;
}

void *hal_percpu_get(void *ctx)
{
	(void)ctx;
	return board_this_cpu()->library_slot;
}

void hal_percpu_set(void *ctx, void *pointer)
{
	(void)ctx;
	board_this_cpu()->library_slot = pointer;
}

void hal_kick_cpu(void *ctx, uint64_t cpu)
{
	(void)ctx;
	board_kick((uint32_t)cpu);
}

void hal_vcpu_runnable(void *ctx, struct axvcpu *vcpu)
{
	(void)ctx;
	sched_wake(vcpu);
}

uint64_t hal_time_ns(void *ctx)
{
	(void)ctx;
	return board_time_ns();
}

void hal_log(void *ctx, uint32_t level, const char *text)
{
	(void)ctx;
	log_line(level, "%s", text);
}
