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

enum vm_status vm_create(struct vm *vm, struct axvcpu_host *host, const struct config *config)
{
	uint64_t memory;
	axvcpu_error_t error;

	vm->config = config;
	if (!pages_alloc(config->memory / PAGE_SIZE, GUEST_RAM_ALIGN, &memory)) {
		log_line(AXVCPU_LOG_ERROR, "%u MiB of guest memory do not fit this machine",
			 config->memory >> 20);
		return VM_BAD_INPUT;
	}
	if (!loader_run(config, memory)) {
		return VM_BAD_INPUT;
	}
	vm->stage2_root = board_stage2_create(config, memory, config->memory);
	if (vm->stage2_root == 0) {
		log_line(AXVCPU_LOG_ERROR, "no memory for stage-2 tables");
		return VM_ERROR;
	}
	error = board_vcpu_create(host, config, vm->stage2_root, &vm->vcpu);
	if (error == AXVCPU_OK) {
		error = axvcpu_bind(vm->vcpu);
	}
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "cannot create the vCPU: %s", axvcpu_error_string(error));
		return VM_ERROR;
	}
	return VM_POWERED_OFF;
}

/** An access that nothing answers: the guest gets its architecture's exception. */
static axvcpu_error_t refuse(struct vm *vm, const struct axvcpu_exit *exit)
{
	if (!console_logs(AXVCPU_LOG_DEBUG)) { /* where every exit is logged already */
		exit_log(AXVCPU_LOG_INFO, exit);
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

enum vm_status vm_run(struct vm *vm)
{
	const struct axvcpu_exit *exit;
	axvcpu_error_t error;

	for (;;) {
		error = axvcpu_run(vm->vcpu, &exit);
		if (error != AXVCPU_OK) {
			log_line(AXVCPU_LOG_ERROR, "the vCPU cannot run: %s",
				 axvcpu_error_string(error));
			return VM_ERROR;
		}
		vm->exits[exit->reason < AXVCPU_EXIT_REASON_COUNT ? exit->reason :
								    AXVCPU_EXIT_UNKNOWN]++;
		if (console_logs(AXVCPU_LOG_DEBUG)) {
			exit_log(AXVCPU_LOG_DEBUG, exit);
		}
		if (exit->reason == AXVCPU_EXIT_SYSTEM_DOWN) {
			return system_down(exit);
		}
		if (exit->reason == AXVCPU_EXIT_CPU_DOWN) {
			log_line(AXVCPU_LOG_ERROR, "the guest stopped its only CPU at pc %x",
				 exit->pc);
			return VM_ERROR;
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
	}
}
