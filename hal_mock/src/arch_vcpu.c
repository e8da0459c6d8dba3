/* SPDX-License-Identifier: Apache-2.0 */
/* Life cycle of the mock vCPU. */
#include "arch_internal.h"

/** What fills the copy of registers that live in the CPU, so that stale reads show. */
#define POISON 0xa5

axvcpu_error_t arch_mock_vcpu_create(void *vcpu, const struct axvcpu_arch_vcpu_info *info,
				     const void *config)
{
	struct arch_mock_create_config create;
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error;

	mock->machine = ((struct arch_mock_host *)info->host)->machine;
	mock->hal = info->hal;
	mock->handle = info->vcpu;
	mock->vector_count = AXVCPU_VECTOR_MAX;
	error = arch_mock_record(mock->machine, ARCH_MOCK_VCPU_CREATE, vcpu, info->vm_id,
				 info->vcpu_id);
	if (error != AXVCPU_OK) {
		return error;
	}
	if (config != NULL) {
		if (!axvcpu_copy_config(&create, sizeof(create), sizeof(create), config) ||
		    create.vector_count > AXVCPU_VECTOR_MAX) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		mock->script = create.script;
		if (create.vector_count != 0u) {
			mock->vector_count = create.vector_count;
		}
	}
	return mock->hal->ops->alloc_frames(mock->hal->ctx, 1u, AXVCPU_FRAME_SIZE,
					    &mock->save_area);
}

void arch_mock_vcpu_destroy(void *vcpu)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;

	(void)arch_mock_record(mock->machine, ARCH_MOCK_VCPU_DESTROY, vcpu, 0u, 0u);
	mock->hal->ops->free_frames(mock->hal->ctx, mock->save_area, 1u);
}

axvcpu_error_t arch_mock_set_entry(void *vcpu, uint64_t entry)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error =
		arch_mock_record(mock->machine, ARCH_MOCK_SET_ENTRY, vcpu, entry, 0u);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (entry % ARCH_MOCK_INSTRUCTION_SIZE != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	mock->pc = entry;
	return AXVCPU_OK;
}

axvcpu_error_t arch_mock_set_ept_root(void *vcpu, uint64_t root)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error =
		arch_mock_record(mock->machine, ARCH_MOCK_SET_EPT_ROOT, vcpu, root, 0u);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (root % AXVCPU_FRAME_SIZE != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	mock->root = root;
	return AXVCPU_OK;
}

axvcpu_error_t arch_mock_setup(void *vcpu, const void *config)
{
	struct arch_mock_setup_config setup;
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error = arch_mock_record(mock->machine, ARCH_MOCK_SETUP, vcpu, 0u, 0u);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (config != NULL) {
		if (!axvcpu_copy_config(&setup, sizeof(setup), sizeof(setup), config) ||
		    (setup.flags & ~(uint32_t)ARCH_MOCK_SETUP_VECTOR) != 0u) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		mock->has_vector = (setup.flags & (uint32_t)ARCH_MOCK_SETUP_VECTOR) != 0u;
		mock->gpr[ARCH_MOCK_ACCUMULATOR] = setup.argument;
	}
	return AXVCPU_OK;
}

/** Puts the registers that live in the CPU there; what is left in memory is poisoned. */
static void load(struct arch_mock_vcpu *mock, struct arch_mock_percpu *cpu)
{
	cpu->live = mock->saved;
	cpu->loaded = mock;
	mock->loaded_on = cpu;
	__builtin_memset(&mock->saved, POISON, sizeof(mock->saved));
}

/** The other way around. */
static void save(struct arch_mock_vcpu *mock, struct arch_mock_percpu *cpu)
{
	mock->saved = cpu->live;
	cpu->loaded = NULL;
	mock->loaded_on = NULL;
	__builtin_memset(&cpu->live, POISON, sizeof(cpu->live));
}

axvcpu_error_t arch_mock_bind(void *vcpu, void *percpu)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	struct arch_mock_percpu *cpu = (struct arch_mock_percpu *)percpu;
	axvcpu_error_t error = arch_mock_record(mock->machine, ARCH_MOCK_BIND, vcpu, 0u, 0u);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (!cpu->enabled || cpu->loaded != NULL || mock->loaded_on != NULL) {
		return AXVCPU_ERR_HARDWARE;
	}
	load(mock, cpu);
	return AXVCPU_OK;
}

axvcpu_error_t arch_mock_unbind(void *vcpu, void *percpu)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	struct arch_mock_percpu *cpu = (struct arch_mock_percpu *)percpu;
	axvcpu_error_t error = arch_mock_record(mock->machine, ARCH_MOCK_UNBIND, vcpu, 0u, 0u);

	if (cpu->loaded != mock) {
		return AXVCPU_ERR_HARDWARE;
	}
	/* Also when told to fail: an error does not make the CPU unusable. */
	save(mock, cpu);
	return error;
}

axvcpu_error_t arch_mock_switch_vcpus(void *from, void *to, void *percpu)
{
	struct arch_mock_vcpu *leaving = (struct arch_mock_vcpu *)from;
	struct arch_mock_vcpu *coming = (struct arch_mock_vcpu *)to;
	struct arch_mock_percpu *cpu = (struct arch_mock_percpu *)percpu;
	axvcpu_error_t error =
		arch_mock_record(coming->machine, ARCH_MOCK_SWITCH_VCPUS, to, 0u, 0u);

	if (error == AXVCPU_ERR_AGAIN) {
		return error;
	}
	if (cpu->loaded != leaving || coming->loaded_on != NULL) {
		return AXVCPU_ERR_HARDWARE;
	}
	save(leaving, cpu);
	if (error == AXVCPU_OK) {
		load(coming, cpu);
	}
	return error;
}

axvcpu_error_t arch_mock_check_interrupt(const void *vcpu, uint32_t vector)
{
	const struct arch_mock_vcpu *mock = (const struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error =
		arch_mock_record(mock->machine, ARCH_MOCK_CHECK_INTERRUPT, vcpu, vector, 0u);

	if (error != AXVCPU_OK) {
		return error;
	}
	/* There is no interrupt controller in here: the machine's must do it. */
	if (mock->hal->ops->inject_virtual_interrupt == NULL) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	return vector < mock->vector_count ? AXVCPU_OK : AXVCPU_ERR_INVALID_ARGUMENT;
}

axvcpu_error_t arch_mock_inject_interrupt(void *vcpu, uint32_t vector)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error =
		arch_mock_record(mock->machine, ARCH_MOCK_INJECT_INTERRUPT, vcpu, vector, 0u);

	if (error != AXVCPU_OK) {
		return error;
	}
	return mock->hal->ops->inject_virtual_interrupt(mock->hal->ctx, mock->handle, vector);
}

axvcpu_error_t arch_mock_clear_interrupt(void *vcpu, uint32_t vector)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;

	return arch_mock_record(mock->machine, ARCH_MOCK_CLEAR_INTERRUPT, vcpu, vector, 0u);
}

/** This CPU has no timer; what it says otherwise is ordered as a failure. */
axvcpu_error_t arch_mock_timer_deadline(void *vcpu, uint64_t *deadline)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error =
		arch_mock_record(mock->machine, ARCH_MOCK_TIMER_DEADLINE, vcpu, 0u, 0u);

	if (error == AXVCPU_OK) {
		*deadline = UINT64_MAX;
	}
	return error;
}

uint64_t arch_mock_pc(struct axvcpu *vcpu)
{
	return ((struct arch_mock_vcpu *)axvcpu_arch_state(vcpu))->pc;
}

uint64_t arch_mock_root(struct axvcpu *vcpu)
{
	return ((struct arch_mock_vcpu *)axvcpu_arch_state(vcpu))->root;
}
