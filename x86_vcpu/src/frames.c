/* SPDX-License-Identifier: Apache-2.0 */
#include "frames.h"

void *x86_vcpu_frames_take(const struct axvcpu_hal *hal, uint64_t count, uint64_t *hpa)
{
	void *memory;

	if (hal->ops->alloc_frames(hal->ctx, count, AXVCPU_FRAME_SIZE, hpa) != AXVCPU_OK) {
		*hpa = 0;
		return NULL;
	}
	memory = hal->ops->phys_to_virt(hal->ctx, *hpa);
	if (memory == NULL) {
		hal->ops->free_frames(hal->ctx, *hpa, count);
		*hpa = 0;
	}
	return memory;
}

void x86_vcpu_frames_give(const struct axvcpu_hal *hal, uint64_t count, uint64_t *hpa)
{
	void *memory;

	if (*hpa == 0u) {
		return;
	}
	memory = hal->ops->phys_to_virt(hal->ctx, *hpa);
	if (memory != NULL) {
		__builtin_memset(memory, 0, count * AXVCPU_FRAME_SIZE);
	}
	hal->ops->free_frames(hal->ctx, *hpa, count);
	*hpa = 0;
}
