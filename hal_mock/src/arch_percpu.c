/* SPDX-License-Identifier: Apache-2.0 */
/* Host and physical CPU of the mock arch package. */
#include "arch_internal.h"

axvcpu_error_t arch_mock_host_init(void *host, const struct axvcpu_hal *hal)
{
	struct arch_mock_host *mock = (struct arch_mock_host *)host;

	mock->machine = hal_mock_of(hal->ops, hal->ctx);
	return arch_mock_record(mock->machine, ARCH_MOCK_HOST_INIT, host, 0u, 0u);
}

axvcpu_error_t arch_mock_percpu_init(void *percpu, void *host, const struct axvcpu_hal *hal)
{
	struct arch_mock_percpu *mock = (struct arch_mock_percpu *)percpu;
	axvcpu_error_t error;

	mock->machine = ((struct arch_mock_host *)host)->machine;
	mock->hal = hal;
	error = arch_mock_record(mock->machine, ARCH_MOCK_PERCPU_INIT, percpu, 0u, 0u);
	if (error != AXVCPU_OK) {
		return error;
	}
	return hal->ops->alloc_frames(hal->ctx, 1u, AXVCPU_FRAME_SIZE, &mock->region);
}

void arch_mock_percpu_destroy(void *percpu)
{
	struct arch_mock_percpu *mock = (struct arch_mock_percpu *)percpu;

	(void)arch_mock_record(mock->machine, ARCH_MOCK_PERCPU_DESTROY, percpu, 0u, 0u);
	mock->hal->ops->free_frames(mock->hal->ctx, mock->region, 1u);
}

axvcpu_error_t arch_mock_hardware_enable(void *percpu)
{
	struct arch_mock_percpu *mock = (struct arch_mock_percpu *)percpu;
	axvcpu_error_t error =
		arch_mock_record(mock->machine, ARCH_MOCK_HARDWARE_ENABLE, percpu, 0u, 0u);

	if (error == AXVCPU_OK) {
		mock->enabled = true;
	}
	return error;
}

axvcpu_error_t arch_mock_hardware_disable(void *percpu)
{
	struct arch_mock_percpu *mock = (struct arch_mock_percpu *)percpu;
	axvcpu_error_t error =
		arch_mock_record(mock->machine, ARCH_MOCK_HARDWARE_DISABLE, percpu, 0u, 0u);

	if (error == AXVCPU_OK) {
		mock->enabled = false;
	}
	return error;
}

uint32_t arch_mock_max_levels(const void *percpu)
{
	const struct arch_mock_percpu *mock = (const struct arch_mock_percpu *)percpu;

	(void)arch_mock_record(mock->machine, ARCH_MOCK_MAX_LEVELS, percpu, 0u, 0u);
	return ARCH_MOCK_LEVELS;
}
