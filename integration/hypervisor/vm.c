/* SPDX-License-Identifier: Apache-2.0 */
#include "vm.h"

#include "board.h"
#include "console.h"
#include "exit_log.h"
#include "loader.h"
#include "pages.h"
#include "test_devices.h"

/** Guest RAM is aligned to a stage-2 block, so that blocks map it. */
#define GUEST_RAM_ALIGN (UINT64_C(2) << 20)

static const struct axvcpu_create_params vcpu_params = {
	.size = sizeof(vcpu_params),
	.vm_id = 1,
	.vcpu_id = 0,
	.preferred_cpu = AXVCPU_CPU_ANY,
};

/** Refused accesses of a machine that are logged; a guest could fill the log with them. */
#define REFUSALS_LOGGED 16u

static axvcpu_error_t create_vcpu(struct vm *vm, struct axvcpu_host *host)
{
	size_t size = axvcpu_size(host);
	uint64_t count = (size + PAGE_SIZE - 1) / PAGE_SIZE;
	axvcpu_error_t error;

	if (!pages_alloc(count, PAGE_SIZE, &vm->vcpu_memory)) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	vm->vcpu_pages = count;
	error = axvcpu_create(host, (void *)(uintptr_t)vm->vcpu_memory, size, &vcpu_params, NULL,
			      &vm->vcpu);
	if (error == AXVCPU_OK) {
		error = board_vcpu_setup(vm->vcpu, vm->config, vm->stage2_root);
	}
	if (error == AXVCPU_OK) {
		error = axvcpu_bind(vm->vcpu);
	}
	return error;
}

enum vm_status vm_create(struct vm *vm, struct axvcpu_host *host, const struct config *config)
{
	axvcpu_error_t error;

	vm->config = config;
	vm->refusals = 0;
	if (!pages_alloc(config->memory / PAGE_SIZE, GUEST_RAM_ALIGN, &vm->ram)) {
		log_line(AXVCPU_LOG_ERROR, "%u MiB of guest memory do not fit this machine",
			 config->memory >> 20);
		return VM_BAD_INPUT;
	}
	if (!loader_run(config, vm->ram)) {
		return VM_BAD_INPUT;
	}
	vm->stage2_root = board_stage2_create(config, vm->ram, config->memory);
	if (vm->stage2_root == 0) {
		log_line(AXVCPU_LOG_ERROR, "no memory for stage-2 tables");
		return VM_ERROR;
	}
	error = create_vcpu(vm, host);
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "cannot create the vCPU: %s", axvcpu_error_string(error));
		return VM_ERROR;
	}
	return VM_ALIVE;
}

static void destroy_vcpu(struct vm *vm)
{
	axvcpu_error_t error = AXVCPU_OK;

	switch (axvcpu_get_state(vm->vcpu)) {
	case AXVCPU_STATE_BLOCKED:
		error = axvcpu_unblock(vm->vcpu);
		if (error == AXVCPU_OK) {
			error = axvcpu_unbind(vm->vcpu);
		}
		break;
	case AXVCPU_STATE_READY:
		error = axvcpu_unbind(vm->vcpu);
		break;
	default:
		break;
	}
	if (error == AXVCPU_OK) {
		error = axvcpu_destroy(vm->vcpu);
	}
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "cannot destroy the vCPU: %s",
			 axvcpu_error_string(error));
	}
	vm->vcpu = NULL;
}

void vm_destroy(struct vm *vm)
{
	if (vm->vcpu != NULL) {
		destroy_vcpu(vm);
	}
	if (vm->vcpu_memory != 0) {
		pages_free(vm->vcpu_memory, vm->vcpu_pages);
		vm->vcpu_memory = 0;
	}
	if (vm->stage2_root != 0) {
		board_stage2_destroy(vm->stage2_root);
		vm->stage2_root = 0;
	}
	/* Only now is the memory in no table and no TLB any more. */
	test_devices_reset();
	if (vm->ram != 0) {
		pages_free(vm->ram, vm->config->memory / PAGE_SIZE);
		vm->ram = 0;
	}
}

/** An access that nothing answers: the guest gets its architecture's exception. */
static axvcpu_error_t refuse(struct vm *vm, const struct axvcpu_exit *exit)
{
	vm->refusals++;
	if (console_logs(AXVCPU_LOG_DEBUG)) {
		/* Every exit is logged already. */
	} else if (vm->refusals <= REFUSALS_LOGGED) {
		exit_log(AXVCPU_LOG_INFO, exit);
	} else if (vm->refusals == REFUSALS_LOGGED + 1) {
		log_line(AXVCPU_LOG_INFO, "more refused accesses; not logged");
	}
	return axvcpu_fail_access(vm->vcpu);
}

/** Whether the access is to memory that is mapped at its first use: then it is there now. */
static bool map_at_first_use(struct vm *vm, uint64_t gpa)
{
	return vm->config->test_devices && test_device_fault(vm->stage2_root, gpa);
}

static axvcpu_error_t mmio_read(struct vm *vm, const struct axvcpu_exit *exit)
{
	uint64_t value;

	if (map_at_first_use(vm, exit->u.mmio.gpa)) {
		return axvcpu_retry_access(vm->vcpu);
	}
	if (vm->config->test_devices &&
	    test_device_read(exit->u.mmio.gpa, exit->u.mmio.width, &value)) {
		return axvcpu_complete_read(vm->vcpu, value);
	}
	return refuse(vm, exit);
}

static axvcpu_error_t mmio_write(struct vm *vm, const struct axvcpu_exit *exit)
{
	if (map_at_first_use(vm, exit->u.mmio.gpa)) {
		return axvcpu_retry_access(vm->vcpu);
	}
	if (vm->config->test_devices &&
	    test_device_write(exit->u.mmio.gpa, exit->u.mmio.width, exit->u.mmio.data)) {
		return axvcpu_complete_write(vm->vcpu);
	}
	return refuse(vm, exit);
}

static axvcpu_error_t page_fault(struct vm *vm, const struct axvcpu_exit *exit)
{
	if (map_at_first_use(vm, exit->u.nested_page_fault.gpa)) {
		return axvcpu_retry_access(vm->vcpu);
	}
	return refuse(vm, exit);
}

static axvcpu_error_t sysreg_read(struct vm *vm, const struct axvcpu_exit *exit)
{
	uint64_t value;

	if (board_sysreg_read(&exit->u.sysreg, &value)) {
		return axvcpu_complete_read(vm->vcpu, value);
	}
	return refuse(vm, exit);
}

static axvcpu_error_t hypercall(struct vm *vm, const struct axvcpu_exit *exit)
{
	uint64_t result;

	if (!vm->config->test_devices ||
	    !test_device_call(vm->vcpu, &exit->u.hypercall, vm->exits, &result)) {
		result = board_hypercall(vm->vcpu, &exit->u.hypercall);
	}
	return axvcpu_set_return_value(vm->vcpu, result);
}

static axvcpu_error_t halt(struct vm *vm)
{
	/* Runnable already if an interrupt was queued meanwhile. */
	if (axvcpu_get_state(vm->vcpu) == AXVCPU_STATE_BLOCKED) {
		board_wait();
	}
	return axvcpu_unblock(vm->vcpu);
}

/** The guest is not to be interrupted to itself: this machine has one CPU, which is the sender. */
static axvcpu_error_t send_ipi(struct vm *vm, const struct axvcpu_exit_send_ipi *ipi)
{
	bool self = ipi->target_cpu == 0 && ipi->range_selector == 0 && (ipi->target_mask & 1) != 0;

	if (self || (ipi->flags & AXVCPU_SEND_IPI_SELF) != 0) {
		return axvcpu_inject_interrupt(vm->vcpu, (uint32_t)ipi->vector);
	}
	return AXVCPU_OK;
}

static enum vm_status system_down(const struct axvcpu_exit *exit)
{
	switch (exit->u.system_down.type) {
	case AXVCPU_SYSTEM_DOWN_POWER_OFF:
		return VM_POWERED_OFF;
	case AXVCPU_SYSTEM_DOWN_RESET:
		return VM_RESET;
	default:
		log_line(AXVCPU_LOG_ERROR, "the guest reports a crash");
		return VM_ERROR;
	}
}

/** Answers an exit that does not end the machine. */
static axvcpu_error_t answer(struct vm *vm, const struct axvcpu_exit *exit)
{
	switch (exit->reason) {
	case AXVCPU_EXIT_NOTHING:
		return AXVCPU_OK;
	case AXVCPU_EXIT_HYPERCALL:
		return hypercall(vm, exit);
	case AXVCPU_EXIT_MMIO_READ:
		return mmio_read(vm, exit);
	case AXVCPU_EXIT_MMIO_WRITE:
		return mmio_write(vm, exit);
	case AXVCPU_EXIT_SYSREG_READ:
		return sysreg_read(vm, exit);
	case AXVCPU_EXIT_SYSREG_WRITE:
	case AXVCPU_EXIT_PORT_READ:
	case AXVCPU_EXIT_PORT_WRITE:
		return refuse(vm, exit);
	case AXVCPU_EXIT_NESTED_PAGE_FAULT:
		return page_fault(vm, exit);
	case AXVCPU_EXIT_EXTERNAL_INTERRUPT:
		return axvcpu_handle_interrupt(axvcpu_host_of(vm->vcpu), exit->u.interrupt.vector);
	case AXVCPU_EXIT_HALT:
		return halt(vm);
	case AXVCPU_EXIT_CPU_UP:
		return axvcpu_set_return_value(vm->vcpu, board_cpu_up(&exit->u.cpu_up));
	case AXVCPU_EXIT_SEND_IPI:
		return send_ipi(vm, &exit->u.send_ipi);
	default:
		return AXVCPU_ERR_UNSUPPORTED;
	}
}

/** Enters the guest once and answers its exit. */
static enum vm_status run_once(struct vm *vm)
{
	const struct axvcpu_exit *exit;
	axvcpu_error_t error = axvcpu_run(vm->vcpu, &exit);

	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "the vCPU cannot run: %s", axvcpu_error_string(error));
		return VM_ERROR;
	}
	vm->exits[exit->reason < AXVCPU_EXIT_REASON_COUNT ? exit->reason : AXVCPU_EXIT_UNKNOWN]++;
	if (console_logs(AXVCPU_LOG_DEBUG)) {
		exit_log(AXVCPU_LOG_DEBUG, exit);
	}
	switch (exit->reason) {
	case AXVCPU_EXIT_SYSTEM_DOWN:
		return system_down(exit);
	case AXVCPU_EXIT_CPU_DOWN:
		log_line(AXVCPU_LOG_ERROR, "the guest stopped its only CPU at pc %x", exit->pc);
		return VM_ERROR;
	default:
		break;
	}
	error = answer(vm, exit);
	if (error != AXVCPU_OK) {
		exit_log(AXVCPU_LOG_ERROR, exit);
		log_line(AXVCPU_LOG_ERROR, "the vCPU stops at pc %x on %s, syndrome %x: %s",
			 exit->pc, axvcpu_exit_reason_string(exit->reason),
			 (exit->flags & AXVCPU_EXIT_FLAG_RAW) != 0 ? exit->raw.word[0] : 0,
			 axvcpu_error_string(error));
		return VM_ERROR;
	}
	return VM_ALIVE;
}

enum vm_status vm_run(struct vm *vm, uint64_t kill_at)
{
	enum vm_status status;
	uint64_t count = 0;

	do {
		status = run_once(vm);
		count++;
	} while (status == VM_ALIVE && count != kill_at);
	return status == VM_ALIVE ? VM_KILLED : status;
}
