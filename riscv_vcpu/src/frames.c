/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of the HAL, for state that few guests have. */
#include "vcpu.h"

/* Frames one after the other, with what they held before; nothing is taken on failure. */
axvcpu_error_t riscv_vcpu_frames_take(const struct riscv_vcpu *vcpu, uint64_t count, uint64_t *hpa,
				      void **memory)
{
	const struct axvcpu_hal_ops *ops = vcpu->hal->ops;
	axvcpu_error_t error = ops->alloc_frames(vcpu->hal->ctx, count, AXVCPU_FRAME_SIZE, hpa);

	if (error != AXVCPU_OK)
		return error;
	*memory = ops->phys_to_virt(vcpu->hal->ctx, *hpa);
	if (*memory != NULL)
		return AXVCPU_OK;
	ops->free_frames(vcpu->hal->ctx, *hpa, count);
	return AXVCPU_ERR_NO_MEMORY;
}

void riscv_vcpu_frames_give(const struct riscv_vcpu *vcpu, uint64_t count, uint64_t hpa)
{
	vcpu->hal->ops->free_frames(vcpu->hal->ctx, hpa, count);
}
