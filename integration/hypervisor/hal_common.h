/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the HAL that is the same on every board: frames of the page allocator,
 * memory at its own address, the library's slot of a CPU, what the scheduler and the
 * console do.
 */
#ifndef HYPERVISOR_HAL_COMMON_H_
#define HYPERVISOR_HAL_COMMON_H_

#include "axvcpu/hal.h"

axvcpu_error_t hal_alloc_frames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa);
void hal_free_frames(void *ctx, uint64_t hpa, uint64_t count);
/** For boards on which the library may read all that there is. */
void *hal_phys_to_virt(void *ctx, uint64_t hpa);
uint64_t hal_virt_to_phys(void *ctx, const void *virt);
void *hal_percpu_get(void *ctx);
void hal_percpu_set(void *ctx, void *pointer);
void hal_kick_cpu(void *ctx, uint64_t cpu);
void hal_vcpu_runnable(void *ctx, struct axvcpu *vcpu);
uint64_t hal_time_ns(void *ctx);
void hal_log(void *ctx, uint32_t level, const char *text);

/** Initialises those members of a struct axvcpu_hal_ops; phys_to_virt and interrupts are the board's. */
#define HAL_COMMON_OPS                                                                          \
	.size = sizeof(struct axvcpu_hal_ops), .abi_version = AXVCPU_ABI_VERSION,              \
	.alloc_frames = hal_alloc_frames, .free_frames = hal_free_frames,                      \
	.virt_to_phys = hal_virt_to_phys, .percpu_get = hal_percpu_get,                        \
	.percpu_set = hal_percpu_set, .kick_cpu = hal_kick_cpu,                                \
	.vcpu_runnable = hal_vcpu_runnable, .time_ns = hal_time_ns, .log = hal_log

#endif /* HYPERVISOR_HAL_COMMON_H_ */
