/* SPDX-License-Identifier: Apache-2.0 */
#include "host_internal.h"
#include "ops_check.h"

bool axvcpu_is_zero(const void *bytes, size_t known, size_t size)
{
	for (size_t i = known; i < size; i++) {
		if (((const unsigned char *)bytes)[i] != 0u) {
			return false;
		}
	}
	return true;
}

size_t axvcpu_host_size(const struct axvcpu_arch_ops *arch)
{
	if (arch == NULL || !axvcpu_may_bind(arch) || !axvcpu_arch_ops_are_readable(arch)) {
		return 0u;
	}
	return AXVCPU_ALIGNED_SIZE(sizeof(struct axvcpu_host)) +
	       AXVCPU_ALIGNED_SIZE(arch->host_size);
}

axvcpu_error_t axvcpu_host_init(void *memory, size_t memory_size,
				const struct axvcpu_arch_ops *arch,
				const struct axvcpu_hal_ops *hal, void *hal_ctx,
				struct axvcpu_host **host)
{
	struct axvcpu_host *made = (struct axvcpu_host *)memory;

	if (arch == NULL || hal == NULL || host == NULL || !axvcpu_memory_is_aligned(memory)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (!axvcpu_may_bind(arch) || !axvcpu_arch_ops_are_complete(arch) ||
	    !axvcpu_hal_ops_are_complete(hal)) {
		return AXVCPU_ERR_ABI_MISMATCH;
	}
	if (memory_size < axvcpu_host_size(arch)) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	__builtin_memset(memory, 0, axvcpu_host_size(arch));
	made->arch = arch;
	made->hal.ops = hal;
	made->hal.ctx = hal_ctx;
	if (arch->host_size != 0u) {
		made->arch_state = axvcpu_arch_part(made, sizeof(*made));
	}
	if (arch->host_init != NULL) {
		axvcpu_error_t error = arch->host_init(made->arch_state, &made->hal);

		if (error != AXVCPU_OK) {
			return error;
		}
	}
	*host = made;
	return AXVCPU_OK;
}

const struct axvcpu_arch_ops *axvcpu_host_arch(const struct axvcpu_host *host)
{
	return host == NULL ? NULL : host->arch;
}

axvcpu_error_t axvcpu_handle_interrupt(struct axvcpu_host *host, uint64_t vector)
{
	if (host == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (vector == AXVCPU_IRQ_NONE) {
		return AXVCPU_OK;
	}
	if (host->hal.ops->irq_handle == NULL) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	host->hal.ops->irq_handle(host->hal.ctx, vector);
	return AXVCPU_OK;
}
