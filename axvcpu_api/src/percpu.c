/* SPDX-License-Identifier: Apache-2.0 */
#include "axvcpu/vcpu.h"
#include "host_internal.h"

size_t axvcpu_percpu_size(const struct axvcpu_host *host)
{
	if (host == NULL) {
		return 0u;
	}
	return AXVCPU_ALIGNED_SIZE(sizeof(struct axvcpu_percpu)) +
	       AXVCPU_ALIGNED_SIZE(axvcpu_host_ops(host)->percpu_size);
}

axvcpu_error_t axvcpu_percpu_init(struct axvcpu_host *host, void *memory, size_t memory_size,
				  uint64_t cpu, struct axvcpu_percpu **percpu)
{
	struct axvcpu_percpu *made = (struct axvcpu_percpu *)memory;
	axvcpu_error_t error;

	if (host == NULL || percpu == NULL || cpu == AXVCPU_CPU_ANY ||
	    !axvcpu_memory_is_aligned(memory)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (memory_size < axvcpu_percpu_size(host)) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	if (axvcpu_percpu_here(host) != NULL) {
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	__builtin_memset(memory, 0, axvcpu_percpu_size(host));
	made->host = host;
	made->cpu = cpu;
	made->arch_state = axvcpu_arch_part(made, sizeof(*made));
	error = axvcpu_host_ops(host)->percpu_init(made->arch_state, host->arch_state, &host->hal);
	if (error != AXVCPU_OK) {
		return error;
	}
	/* Last: until here the CPU has no object, and a second try may succeed. */
	host->hal.ops->percpu_set(host->hal.ctx, made);
	*percpu = made;
	return AXVCPU_OK;
}

/** Whether `percpu` is an object, and that of the CPU that calls. */
static axvcpu_error_t check_here(const struct axvcpu_percpu *percpu)
{
	if (percpu == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	return axvcpu_percpu_here(percpu->host) == percpu ? AXVCPU_OK : AXVCPU_ERR_WRONG_CPU;
}

/** Turns virtualization off; nothing changes on failure. */
static axvcpu_error_t disable(struct axvcpu_percpu *percpu)
{
	axvcpu_error_t error = axvcpu_host_ops(percpu->host)->hardware_disable(percpu->arch_state);

	if (error == AXVCPU_OK) {
		atomic_store_explicit(&percpu->enabled, false, memory_order_release);
	}
	return error;
}

/** Whether the CPU is needed by a vCPU. */
static bool is_in_use(const struct axvcpu_percpu *percpu)
{
	return percpu->bound != NULL || axvcpu_percpu_is_busy(percpu);
}

axvcpu_error_t axvcpu_percpu_destroy(struct axvcpu_percpu *percpu)
{
	axvcpu_error_t error = check_here(percpu);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (is_in_use(percpu)) {
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	if (axvcpu_is_enabled(percpu)) {
		error = disable(percpu);
		if (error != AXVCPU_OK) {
			return error;
		}
	}
	if (axvcpu_host_ops(percpu->host)->percpu_destroy != NULL) {
		axvcpu_host_ops(percpu->host)->percpu_destroy(percpu->arch_state);
	}
	percpu->host->hal.ops->percpu_set(percpu->host->hal.ctx, NULL);
	return AXVCPU_OK;
}

struct axvcpu_percpu *axvcpu_this_percpu(const struct axvcpu_host *host)
{
	return host == NULL ? NULL : axvcpu_percpu_here(host);
}

uint64_t axvcpu_percpu_cpu(const struct axvcpu_percpu *percpu)
{
	return percpu == NULL ? AXVCPU_CPU_ANY : percpu->cpu;
}

bool axvcpu_is_enabled(const struct axvcpu_percpu *percpu)
{
	return percpu != NULL && atomic_load_explicit(&percpu->enabled, memory_order_acquire);
}

axvcpu_error_t axvcpu_hardware_enable(struct axvcpu_percpu *percpu)
{
	axvcpu_error_t error = check_here(percpu);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (axvcpu_is_enabled(percpu)) {
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	error = axvcpu_host_ops(percpu->host)->hardware_enable(percpu->arch_state);
	if (error == AXVCPU_OK) {
		atomic_store_explicit(&percpu->enabled, true, memory_order_release);
	}
	return error;
}

axvcpu_error_t axvcpu_hardware_disable(struct axvcpu_percpu *percpu)
{
	axvcpu_error_t error = check_here(percpu);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (!axvcpu_is_enabled(percpu)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	return is_in_use(percpu) ? AXVCPU_ERR_RESOURCE_BUSY : disable(percpu);
}

uint32_t axvcpu_max_guest_page_table_levels(const struct axvcpu_percpu *percpu)
{
	if (percpu == NULL) {
		return 0u;
	}
	return axvcpu_host_ops(percpu->host)->max_guest_page_table_levels(percpu->arch_state);
}

struct axvcpu *axvcpu_current(const struct axvcpu_host *host)
{
	const struct axvcpu_percpu *percpu = axvcpu_this_percpu(host);

	return percpu == NULL ? NULL : axvcpu_percpu_current(percpu);
}
