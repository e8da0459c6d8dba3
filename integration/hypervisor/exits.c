/* SPDX-License-Identifier: Apache-2.0 */
/* What the hypervisor does about each exit. */
#include "board.h"
#include "console.h"
#include "exit_log.h"
#include "save.h"
#include "vm.h"

/** Refused accesses of a machine that are logged; a guest could fill the log with them. */
#define REFUSALS_LOGGED 16u

/** An access that nothing answers: the guest gets its architecture's exception. */
static axvcpu_error_t refuse(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	uint64_t refusals = ++vcpu->vm->refusals;

	if (console_logs(AXVCPU_LOG_DEBUG)) {
		/* Every exit is logged already. */
	} else if (refusals <= REFUSALS_LOGGED) {
		exit_log(AXVCPU_LOG_INFO, exit);
	} else if (refusals == REFUSALS_LOGGED + 1) {
		log_line(AXVCPU_LOG_INFO, "more refused accesses; not logged");
	}
	return axvcpu_fail_access(vcpu->handle);
}

/** Whether the access is to memory that is mapped at its first use: then it is there now. */
static bool map_at_first_use(struct vm_vcpu *vcpu, uint64_t gpa)
{
	struct vm *vm = vcpu->vm;

	if ((vm->config->test_devices &&
	     test_device_fault(&vm->test_devices, vm->stage2_root, gpa)) ||
	    board_machine_fault(vcpu, gpa)) {
		__atomic_store_n(&vm->maps, vm->maps + 1, __ATOMIC_RELEASE);
		return true;
	}
	return false;
}

/**
 * An access to memory that nothing answers. Another vCPU may have come to the same page
 * since this one entered the guest, and had it mapped: then the access is made again.
 */
static axvcpu_error_t refuse_access(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	return vcpu->maps_seen != vcpu->vm->maps ? axvcpu_retry_access(vcpu->handle) :
						   refuse(vcpu, exit);
}

static axvcpu_error_t mmio_read(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	struct vm *vm = vcpu->vm;
	uint64_t gpa = exit->u.mmio.gpa;
	uint64_t value;

	if (map_at_first_use(vcpu, gpa)) {
		return axvcpu_retry_access(vcpu->handle);
	}
	if ((vm->config->test_devices &&
	     test_device_read(&vm->test_devices, gpa, exit->u.mmio.width, &value)) ||
	    board_machine_read(vcpu, gpa, exit->u.mmio.width, &value)) {
		return axvcpu_complete_read(vcpu->handle, value);
	}
	return refuse_access(vcpu, exit);
}

static axvcpu_error_t mmio_write(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	struct vm *vm = vcpu->vm;
	uint64_t gpa = exit->u.mmio.gpa;

	if (map_at_first_use(vcpu, gpa)) {
		return axvcpu_retry_access(vcpu->handle);
	}
	if ((vm->config->test_devices && test_device_write(&vm->test_devices, gpa,
							   exit->u.mmio.width, exit->u.mmio.data)) ||
	    board_machine_write(vcpu, gpa, exit->u.mmio.width, exit->u.mmio.data)) {
		return axvcpu_complete_write(vcpu->handle);
	}
	return refuse_access(vcpu, exit);
}

static axvcpu_error_t port_read(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	uint64_t value;

	if (board_port_read(vcpu, &exit->u.port, &value)) {
		return axvcpu_complete_read(vcpu->handle, value);
	}
	return refuse(vcpu, exit);
}

static axvcpu_error_t port_write(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	switch (board_port_write(vcpu, &exit->u.port)) {
	case PORT_DONE:
		return axvcpu_complete_write(vcpu->handle);
	case PORT_AGAIN:
		return axvcpu_retry_access(vcpu->handle);
	case PORT_REFUSED:
	default:
		return refuse(vcpu, exit);
	}
}

static axvcpu_error_t page_fault(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	if (map_at_first_use(vcpu, exit->u.nested_page_fault.gpa)) {
		return axvcpu_retry_access(vcpu->handle);
	}
	return refuse_access(vcpu, exit);
}

static axvcpu_error_t sysreg_read(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	uint64_t value;

	if (board_sysreg_read(&exit->u.sysreg, &value)) {
		return axvcpu_complete_read(vcpu->handle, value);
	}
	return refuse(vcpu, exit);
}

static axvcpu_error_t hypercall(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	uint64_t result;

	if (vcpu->vm->config->test_devices &&
	    test_device_call(vcpu, &exit->u.hypercall, &result)) {
		return axvcpu_set_return_value(vcpu->handle, result);
	}
	return board_hypercall(vcpu, &exit->u.hypercall);
}

static enum cpu_up_result start(struct vm_vcpu *target, const struct axvcpu_exit_cpu_up *wish)
{
	if (target->power == VCPU_ON) {
		return CPU_UP_ALREADY_ON;
	}
	if (target->power == VCPU_STARTING) {
		return CPU_UP_PENDING;
	}
	if (wish->entry_point < board.ram ||
	    wish->entry_point - board.ram >= target->vm->config->memory) {
		return CPU_UP_BAD_ADDRESS;
	}
	target->start_entry = wish->entry_point;
	target->start_arg = wish->arg;
	__atomic_store_n(&target->power, VCPU_STARTING, __ATOMIC_RELEASE);
	board_kick(target->cpu);
	return CPU_UP_STARTED;
}

static axvcpu_error_t cpu_up(struct vm_vcpu *vcpu, const struct axvcpu_exit_cpu_up *wish)
{
	struct vm *vm = vcpu->vm;
	enum cpu_up_result result = CPU_UP_NO_SUCH_CPU;
	uint32_t i;

	for (i = 0; i < vm->config->cpus; i++) {
		if (board_is_cpu_up_target(&vm->vcpus[i], wish)) {
			result = start(&vm->vcpus[i], wish);
		}
	}
	return axvcpu_set_return_value(vcpu->handle, board_cpu_up_value(result));
}

/** The guest turned this CPU off; it ends with the last one. */
static axvcpu_error_t cpu_down(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	struct vm *vm = vcpu->vm;
	uint32_t i;

	vm_vcpu_turn_off(vcpu);
	for (i = 0; i < vm->config->cpus; i++) {
		if (vm->vcpus[i].power != VCPU_OFF) {
			return AXVCPU_OK;
		}
	}
	log_line(AXVCPU_LOG_ERROR, "the guest stopped its only CPU at pc %x", exit->pc);
	vm_end(vm, VM_ERROR);
	return AXVCPU_OK;
}

static void system_down(struct vm *vm, const struct axvcpu_exit *exit)
{
	switch (exit->u.system_down.type) {
	case AXVCPU_SYSTEM_DOWN_POWER_OFF:
		vm_guest_ended(vm, VM_POWERED_OFF);
		break;
	case AXVCPU_SYSTEM_DOWN_RESET:
		vm_guest_ended(vm, VM_RESET);
		break;
	default:
		if (vm->again == 0) {
			log_line(AXVCPU_LOG_ERROR, "the guest reports a crash");
		}
		vm_guest_ended(vm, VM_ERROR);
		break;
	}
}

/** Exits that need what belongs to the whole machine. */
static axvcpu_error_t answer_locked(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	switch (exit->reason) {
	case AXVCPU_EXIT_HYPERCALL:
		return hypercall(vcpu, exit);
	case AXVCPU_EXIT_MMIO_READ:
		return mmio_read(vcpu, exit);
	case AXVCPU_EXIT_MMIO_WRITE:
		return mmio_write(vcpu, exit);
	case AXVCPU_EXIT_SYSREG_READ:
		return sysreg_read(vcpu, exit);
	case AXVCPU_EXIT_PORT_READ:
		return port_read(vcpu, exit);
	case AXVCPU_EXIT_PORT_WRITE:
		return port_write(vcpu, exit);
	case AXVCPU_EXIT_SYSREG_WRITE:
		return refuse(vcpu, exit);
	case AXVCPU_EXIT_NESTED_PAGE_FAULT:
		return page_fault(vcpu, exit);
	case AXVCPU_EXIT_CPU_UP:
		return cpu_up(vcpu, &exit->u.cpu_up);
	case AXVCPU_EXIT_CPU_DOWN:
		return cpu_down(vcpu, exit);
	case AXVCPU_EXIT_END_OF_INTERRUPT:
		board_end_of_interrupt(vcpu, exit->u.interrupt.vector);
		return AXVCPU_OK;
	case AXVCPU_EXIT_SEND_IPI:
		board_send_ipi(vcpu, &exit->u.send_ipi);
		return AXVCPU_OK;
	default:
		return AXVCPU_ERR_UNSUPPORTED;
	}
}

static axvcpu_error_t answer(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	axvcpu_error_t error;
	uint64_t value;

	if (exit->reason == AXVCPU_EXIT_PORT_READ && board_clock_read(vcpu, &exit->u.port, &value)) {
		return axvcpu_complete_read(vcpu->handle, value);
	}
	switch (exit->reason) {
	case AXVCPU_EXIT_NOTHING:
		vcpu->timer_changed = true;
		return AXVCPU_OK;
	case AXVCPU_EXIT_EXTERNAL_INTERRUPT:
		return axvcpu_handle_interrupt(vcpu->vm->host, exit->u.interrupt.vector);
	case AXVCPU_EXIT_HALT:
		/* Not if an interrupt was queued meanwhile. */
		vcpu->waiting = axvcpu_get_state(vcpu->handle) == AXVCPU_STATE_BLOCKED;
		return AXVCPU_OK;
	case AXVCPU_EXIT_SYSTEM_DOWN:
		system_down(vcpu->vm, exit);
		return AXVCPU_OK;
	default:
		lock_take(&vcpu->vm->lock);
		error = answer_locked(vcpu, exit);
		lock_release(&vcpu->vm->lock);
		return error;
	}
}

static void count(struct vm_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	struct vm *vm = vcpu->vm;

	vcpu->exits[exit->reason < AXVCPU_EXIT_REASON_COUNT ? exit->reason : AXVCPU_EXIT_UNKNOWN]++;
	vcpu->exits_of_this++;
	vcpu->exits_here++;
	if (vm->kill_at != 0 && ++vm->exit_count == vm->kill_at) {
		vm_end(vm, VM_KILLED);
	}
	if (vm->save_after != 0) {
		save_count_exit(vm);
	}
}

void vm_vcpu_run_once(struct vm_vcpu *vcpu)
{
	const struct axvcpu_exit *exit;
	axvcpu_error_t error;

	board_before_run(vcpu);
	vcpu->maps_seen = __atomic_load_n(&vcpu->vm->maps, __ATOMIC_ACQUIRE);
	(void)__atomic_fetch_add(&vcpu->runs, 1u, __ATOMIC_SEQ_CST);
	error = axvcpu_run(vcpu->handle, &exit);
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "vCPU %u cannot run: %s", (uint64_t)vcpu->index,
			 axvcpu_error_string(error));
		vm_end(vcpu->vm, VM_ERROR);
		return;
	}
	if (console_logs(AXVCPU_LOG_DEBUG)) {
		exit_log(AXVCPU_LOG_DEBUG, exit);
	}
	error = answer(vcpu, exit);
	count(vcpu, exit);
	if (error != AXVCPU_OK) {
		exit_log(AXVCPU_LOG_ERROR, exit);
		log_line(AXVCPU_LOG_ERROR, "the vCPU stops at pc %x on %s, syndrome %x: %s", exit->pc,
			 axvcpu_exit_reason_string(exit->reason),
			 (exit->flags & AXVCPU_EXIT_FLAG_RAW) != 0 ? exit->raw.word[0] : 0,
			 axvcpu_error_string(error));
		vm_end(vcpu->vm, VM_ERROR);
	}
}
