/* SPDX-License-Identifier: Apache-2.0 */
#include "hal_mock/hal_mock.h"

void hal_mock_init(struct hal_mock *mock, void *arena, size_t size)
{
	size_t frames = size / AXVCPU_FRAME_SIZE;

	__builtin_memset(mock, 0, sizeof(*mock));
	mock->pending_irq = AXVCPU_IRQ_NONE;
	mock->arena = (unsigned char *)arena;
	mock->frame_count = frames < HAL_MOCK_FRAMES ? (uint32_t)frames : HAL_MOCK_FRAMES;
}

/** The slot of the CPU that calls. */
static void **percpu_slot(struct hal_mock *mock)
{
	uint64_t cpu = mock->cpu_of_caller != NULL ? mock->cpu_of_caller(mock->cpu_arg) :
						     mock->cpu;

	return &mock->percpu[cpu % HAL_MOCK_CPUS];
}

/** Whether `count` frames from `first` on are there and free. */
static bool frames_are_free(const struct hal_mock *mock, uint64_t first, uint64_t count)
{
	if (count == 0u || first >= mock->frame_count || count > mock->frame_count - first) {
		return false;
	}
	for (uint64_t i = first; i < first + count; i++) {
		if (mock->frame_used[i] != 0u) {
			return false;
		}
	}
	return true;
}

static axvcpu_error_t alloc_frames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;
	axvcpu_error_t error =
		hal_mock_record(&mock->trace, HAL_MOCK_ALLOC_FRAMES, NULL, count, align);

	if (error != AXVCPU_OK) {
		return error;
	}
	for (uint64_t first = 0; first < mock->frame_count; first++) {
		uint64_t address = HAL_MOCK_HPA_BASE + first * AXVCPU_FRAME_SIZE;

		if (address % align != 0u || !frames_are_free(mock, first, count)) {
			continue;
		}
		__builtin_memset(&mock->frame_used[first], 1, count);
		mock->run_length[first] = (uint16_t)count;
		mock->used_frames += (uint32_t)count;
		*hpa = address;
		return AXVCPU_OK;
	}
	return AXVCPU_ERR_NO_MEMORY;
}

static void free_frames(void *ctx, uint64_t hpa, uint64_t count)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;
	uint64_t first = (hpa - HAL_MOCK_HPA_BASE) / AXVCPU_FRAME_SIZE;

	(void)hal_mock_record(&mock->trace, HAL_MOCK_FREE_FRAMES, NULL, hpa, count);
	if (hpa < HAL_MOCK_HPA_BASE || hpa % AXVCPU_FRAME_SIZE != 0u ||
	    first >= mock->frame_count || count == 0u || mock->run_length[first] != count) {
		mock->bad_frees++;
		return;
	}
	__builtin_memset(&mock->frame_used[first], 0, count);
	mock->run_length[first] = 0u;
	mock->used_frames -= (uint32_t)count;
}

static void *phys_to_virt(void *ctx, uint64_t hpa)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;
	uint64_t offset = hpa - HAL_MOCK_HPA_BASE;

	if (hal_mock_record(&mock->trace, HAL_MOCK_PHYS_TO_VIRT, NULL, hpa, 0u) != AXVCPU_OK ||
	    hpa < HAL_MOCK_HPA_BASE ||
	    offset >= (uint64_t)mock->frame_count * AXVCPU_FRAME_SIZE) {
		return NULL;
	}
	return mock->arena + offset;
}

static uint64_t virt_to_phys(void *ctx, const void *virt)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;

	(void)hal_mock_record(&mock->trace, HAL_MOCK_VIRT_TO_PHYS, virt, 0u, 0u);
	return HAL_MOCK_HPA_BASE + ((uintptr_t)virt - (uintptr_t)mock->arena);
}

static void *percpu_get(void *ctx)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;

	(void)hal_mock_record(&mock->trace, HAL_MOCK_PERCPU_GET, NULL, 0u, 0u);
	return *percpu_slot(mock);
}

static void percpu_set(void *ctx, void *pointer)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;

	(void)hal_mock_record(&mock->trace, HAL_MOCK_PERCPU_SET, pointer, 0u, 0u);
	*percpu_slot(mock) = pointer;
}

static uint64_t irq_fetch(void *ctx)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;
	uint64_t vector = mock->pending_irq;

	(void)hal_mock_record(&mock->trace, HAL_MOCK_IRQ_FETCH, NULL, vector, 0u);
	mock->pending_irq = AXVCPU_IRQ_NONE;
	return vector;
}

static void irq_handle(void *ctx, uint64_t vector)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;

	(void)hal_mock_record(&mock->trace, HAL_MOCK_IRQ_HANDLE, NULL, vector, 0u);
}

static axvcpu_error_t inject_virtual_interrupt(void *ctx, struct axvcpu *vcpu, uint32_t vector)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;
	axvcpu_error_t error = hal_mock_record(&mock->trace, HAL_MOCK_INJECT_VIRTUAL_INTERRUPT,
					       vcpu, vector, 0u);

	if (error == AXVCPU_OK) {
		__atomic_add_fetch(&mock->injected[vector], 1u, __ATOMIC_ACQ_REL);
	}
	return error;
}

static void kick_cpu(void *ctx, uint64_t cpu)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;

	(void)hal_mock_record(&mock->trace, HAL_MOCK_KICK_CPU, NULL, cpu, 0u);
}

static void vcpu_runnable(void *ctx, struct axvcpu *vcpu)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;

	(void)hal_mock_record(&mock->trace, HAL_MOCK_VCPU_RUNNABLE, vcpu, 0u, 0u);
}

static uint64_t time_ns(void *ctx)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;

	(void)hal_mock_record(&mock->trace, HAL_MOCK_TIME_NS, NULL, mock->now_ns, 0u);
	return mock->now_ns;
}

static void write_log(void *ctx, uint32_t level, const char *text)
{
	struct hal_mock *mock = (struct hal_mock *)ctx;

	(void)hal_mock_record(&mock->trace, HAL_MOCK_LOG, text, level, 0u);
}

void hal_mock_fill_ops(struct axvcpu_hal_ops *ops)
{
	__builtin_memset(ops, 0, sizeof(*ops));
	ops->size = (uint32_t)sizeof(*ops);
	ops->abi_version = AXVCPU_ABI_VERSION;
	ops->alloc_frames = alloc_frames;
	ops->free_frames = free_frames;
	ops->phys_to_virt = phys_to_virt;
	ops->virt_to_phys = virt_to_phys;
	ops->percpu_get = percpu_get;
	ops->percpu_set = percpu_set;
	ops->irq_fetch = irq_fetch;
	ops->irq_handle = irq_handle;
	ops->inject_virtual_interrupt = inject_virtual_interrupt;
	ops->kick_cpu = kick_cpu;
	ops->vcpu_runnable = vcpu_runnable;
	ops->time_ns = time_ns;
	ops->log = write_log;
}

struct hal_mock *hal_mock_of(const struct axvcpu_hal_ops *ops, void *ctx)
{
	return ops->percpu_get == percpu_get ? (struct hal_mock *)ctx : NULL;
}
