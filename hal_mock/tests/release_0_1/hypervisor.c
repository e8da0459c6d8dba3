/* SPDX-License-Identifier: Apache-2.0 */
/* A hypervisor of release 0.1, on the host, with a HAL of its own. */
#include <string.h>

#include "hal_mock/arch_mock.h"
#include "scenario.h"

static void *this_percpu;
static uint32_t runnable_calls;
static uint32_t injected_vector;

static axvcpu_error_t alloc_frames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa)
{
	void *memory = aligned_alloc((size_t)align, (size_t)(count * AXVCPU_FRAME_SIZE));

	(void)ctx;
	if (memory == NULL) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	*hpa = (uint64_t)(uintptr_t)memory;
	return AXVCPU_OK;
}

static void free_frames(void *ctx, uint64_t hpa, uint64_t count)
{
	(void)ctx;
	(void)count;
	free((void *)(uintptr_t)hpa);
}

static void *phys_to_virt(void *ctx, uint64_t hpa)
{
	(void)ctx;
	return (void *)(uintptr_t)hpa;
}

static uint64_t virt_to_phys(void *ctx, const void *virt)
{
	(void)ctx;
	return (uint64_t)(uintptr_t)virt;
}

static void *percpu_get(void *ctx)
{
	(void)ctx;
	return this_percpu;
}

static void percpu_set(void *ctx, void *pointer)
{
	(void)ctx;
	this_percpu = pointer;
}

static axvcpu_error_t inject(void *ctx, struct axvcpu *vcpu, uint32_t vector)
{
	(void)ctx;
	(void)vcpu;
	injected_vector = vector;
	return AXVCPU_OK;
}

static void vcpu_runnable(void *ctx, struct axvcpu *vcpu)
{
	(void)ctx;
	(void)vcpu;
	runnable_calls++;
}

static void *block(size_t size)
{
	void *memory = aligned_alloc(AXVCPU_MEMORY_ALIGN, size);

	CHECK(size != 0u && memory != NULL);
	memset(memory, 0xcc, size);
	return memory;
}

/** The exits, one after the other, until the guest waits. */
static void run_to_halt(struct axvcpu *vcpu)
{
	const struct axvcpu_exit *exit;
	uint64_t value = 0;

	CHECK(axvcpu_run(vcpu, &exit) == AXVCPU_OK);
	CHECK(exit->size >= sizeof(*exit) && exit->pc == GUEST_ENTRY);
	CHECK(exit->reason == AXVCPU_EXIT_MMIO_READ && exit->u.mmio.gpa == GUEST_DEVICE);
	CHECK(strcmp(axvcpu_exit_reason_string(exit->reason), "MMIO_READ") == 0);
	CHECK(axvcpu_run(vcpu, &exit) == AXVCPU_ERR_INCOMPLETE);
	CHECK(axvcpu_complete_read(vcpu, 0x1ff80u) == AXVCPU_OK);
	CHECK(axvcpu_get_gpr(vcpu, GUEST_REGISTER, &value) == AXVCPU_OK);
	CHECK(value == UINT64_C(0xffffffffffffff80));

	CHECK(axvcpu_run(vcpu, &exit) == AXVCPU_OK);
	CHECK(exit->pc == GUEST_ENTRY + 4u);
	CHECK(exit->reason == AXVCPU_EXIT_HYPERCALL && exit->u.hypercall.number == GUEST_CALL);
	CHECK(axvcpu_set_return_value(vcpu, 77u) == AXVCPU_OK);
	CHECK(axvcpu_get_gpr(vcpu, 0u, &value) == AXVCPU_OK && value == 77u);

	CHECK(axvcpu_run(vcpu, &exit) == AXVCPU_OK);
	CHECK(exit->reason == AXVCPU_EXIT_HALT);
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_BLOCKED);
}

static void interrupts_and_kicks(struct axvcpu *vcpu)
{
	const struct axvcpu_exit *exit;

	CHECK(axvcpu_inject_interrupt(vcpu, GUEST_VECTOR) == AXVCPU_OK);
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_READY && runnable_calls == 1u);
	CHECK(axvcpu_has_pending_interrupt(vcpu) && axvcpu_is_runnable(vcpu));
	CHECK(axvcpu_run(vcpu, &exit) == AXVCPU_OK && exit->reason == AXVCPU_EXIT_NOTHING);
	CHECK(injected_vector == GUEST_VECTOR && !axvcpu_has_pending_interrupt(vcpu));
	CHECK(axvcpu_kick(vcpu) == AXVCPU_OK);
	CHECK(axvcpu_run(vcpu, &exit) == AXVCPU_OK);
	CHECK((exit->flags & AXVCPU_EXIT_FLAG_KICKED) != 0u);
	CHECK(axvcpu_inject_interrupt(vcpu, AXVCPU_VECTOR_MAX) == AXVCPU_ERR_INVALID_ARGUMENT);
}

static void registers(struct axvcpu *vcpu, uint64_t id)
{
	const uint64_t written = UINT64_C(0x0123456789abcdef);
	uint64_t read = 0;
	uint64_t *ids;
	size_t count = 0;
	size_t found = 0;

	CHECK(axvcpu_list_regs(vcpu, NULL, &count) == AXVCPU_ERR_NO_MEMORY && count != 0u);
	ids = (uint64_t *)malloc(count * sizeof(*ids));
	CHECK(ids != NULL && axvcpu_list_regs(vcpu, ids, &count) == AXVCPU_OK);
	for (size_t i = 0; i < count; i++) {
		found += ids[i] == id;
	}
	free(ids);
	CHECK(found == 1u);
	CHECK(axvcpu_set_reg(vcpu, id, &written, sizeof(written)) == AXVCPU_OK);
	CHECK(axvcpu_get_reg(vcpu, id, &read, sizeof(read)) == AXVCPU_OK && read == written);
	CHECK(axvcpu_get_reg(vcpu, id, &read, 4u) == AXVCPU_ERR_INVALID_ARGUMENT);
}

static void failure(struct axvcpu *vcpu)
{
	struct axvcpu_failure failure = { .size = sizeof(failure) };

	CHECK(axvcpu_bind(vcpu) == AXVCPU_ERR_BAD_STATE);
	CHECK(axvcpu_get_failure(vcpu, &failure) == AXVCPU_OK);
	CHECK(failure.operation == AXVCPU_OPERATION_BIND && failure.error == AXVCPU_ERR_BAD_STATE);
	CHECK(failure.required_state == AXVCPU_STATE_FREE);
	CHECK(failure.found_state == AXVCPU_STATE_READY);
	CHECK(axvcpu_get_state(vcpu) == AXVCPU_STATE_INVALID);
	CHECK(axvcpu_set_state(vcpu, AXVCPU_STATE_READY) == AXVCPU_OK);
}

void release_scenario(const struct axvcpu_arch_ops *arch, const void *create_config, uint64_t id)
{
	const struct axvcpu_hal_ops hal = {
		.size = sizeof(hal),
		.abi_version = AXVCPU_ABI_VERSION,
		.alloc_frames = alloc_frames,
		.free_frames = free_frames,
		.phys_to_virt = phys_to_virt,
		.virt_to_phys = virt_to_phys,
		.percpu_get = percpu_get,
		.percpu_set = percpu_set,
		.inject_virtual_interrupt = inject,
		.vcpu_runnable = vcpu_runnable,
	};
	const struct axvcpu_create_params params = {
		.size = sizeof(params),
		.vm_id = 5u,
		.preferred_cpu = AXVCPU_CPU_ANY,
	};
	size_t host_size = axvcpu_host_size(arch);
	void *host_memory = block(host_size);
	void *percpu_memory;
	void *vcpu_memory;
	struct axvcpu_host *host = NULL;
	struct axvcpu_percpu *percpu = NULL;
	struct axvcpu *vcpu = NULL;

	runnable_calls = 0;
	injected_vector = 0;
	CHECK(axvcpu_host_init(host_memory, host_size, arch, &hal, NULL, &host) == AXVCPU_OK);
	percpu_memory = block(axvcpu_percpu_size(host));
	CHECK(axvcpu_percpu_init(host, percpu_memory, axvcpu_percpu_size(host), 0u, &percpu) ==
	      AXVCPU_OK);
	CHECK(axvcpu_hardware_enable(percpu) == AXVCPU_OK);
	CHECK(axvcpu_max_guest_page_table_levels(percpu) == 4u);

	vcpu_memory = block(axvcpu_size(host));
	CHECK(axvcpu_create(host, vcpu_memory, axvcpu_size(host), &params, create_config, &vcpu) ==
	      AXVCPU_OK);
	CHECK(axvcpu_vm_id(vcpu) == 5u && axvcpu_is_bsp(vcpu));
	CHECK(axvcpu_setup(vcpu, GUEST_ENTRY, GUEST_ROOT, NULL) == AXVCPU_OK);
	CHECK(axvcpu_bind(vcpu) == AXVCPU_OK);
	run_to_halt(vcpu);
	interrupts_and_kicks(vcpu);
	failure(vcpu);
	CHECK(axvcpu_unbind(vcpu) == AXVCPU_OK);
	registers(vcpu, id);
	CHECK(axvcpu_destroy(vcpu) == AXVCPU_OK);
	CHECK(axvcpu_percpu_destroy(percpu) == AXVCPU_OK && this_percpu == NULL);
	free(vcpu_memory);
	free(percpu_memory);
	free(host_memory);
}

/* The same program built with later headers asks for more; see tests/newer.c. */
#ifdef NEWER_HEADERS
void newer_checks(void);
#else
static void newer_checks(void)
{
}
#endif

int main(void)
{
	struct arch_mock_step steps[3];
	struct arch_mock_script script = { steps, 3u, 0u };
	const struct arch_mock_create_config config = { sizeof(config), 0u, &script };

	memset(steps, 0, sizeof(steps));
	steps[0].exit.reason = AXVCPU_EXIT_MMIO_READ;
	steps[0].exit.u.mmio.gpa = GUEST_DEVICE;
	steps[0].exit.u.mmio.width = 1u;
	steps[0].exit.u.mmio.reg = GUEST_REGISTER;
	steps[0].exit.u.mmio.reg_width = 8u;
	steps[0].exit.u.mmio.sign_extend = 1u;
	steps[1].exit.reason = AXVCPU_EXIT_HYPERCALL;
	steps[1].exit.u.hypercall.number = GUEST_CALL;
	steps[2].exit.reason = AXVCPU_EXIT_HALT;

	CHECK(axvcpu_api_version() >= AXVCPU_VERSION(AXVCPU_API_VERSION_MAJOR,
						     AXVCPU_API_VERSION_MINOR, 0));
	release_scenario(arch_mock_ops(), &config, ARCH_MOCK_REG_GPR(5));
	release_scenario(release_arch_ops(), NULL, AXVCPU_REG_ID(AXVCPU_ARCH_MOCK, 3, 0, 5));
	newer_checks();
	printf("built against %u.%u, linked with %u.%u: PASS\n", AXVCPU_API_VERSION_MAJOR,
	       AXVCPU_API_VERSION_MINOR, axvcpu_api_version() >> 24,
	       (axvcpu_api_version() >> 16) & 0xffu);
	return 0;
}
