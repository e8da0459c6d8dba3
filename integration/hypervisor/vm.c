/* SPDX-License-Identifier: Apache-2.0 */
#include "vm.h"

#include "board.h"
#include "bytes.h"
#include "console.h"
#include "loader.h"
#include "pages.h"
#include "save.h"
#include "sched.h"

/** Guest RAM is aligned to a stage-2 block, so that blocks map it. */
#define GUEST_RAM_ALIGN (UINT64_C(2) << 20)

/** Turns after which a machine that is to begin anew does so at the latest. */
#define AGAIN_TURNS 8u
/** Once in so many times, and at the last, the hypervisor looks whether it is unharmed. */
#define AGAIN_CHECKS 64u

/** A vCPU in the state Created, in the memory that it has. */
static axvcpu_error_t create(struct vm_vcpu *vcpu)
{
	const struct axvcpu_create_params params = {
		.size = sizeof(params),
		.vm_id = vcpu->vm->id,
		.vcpu_id = vcpu->index,
		.preferred_cpu = vcpu->cpu,
	};

	return board_vcpu_create(vcpu, &params);
}

static axvcpu_error_t add_vcpu(struct vm *vm, uint32_t index, uint32_t cpus)
{
	struct vm_vcpu *vcpu = &vm->vcpus[index];
	axvcpu_error_t error;

	vcpu->vm = vm;
	vcpu->index = index;
	vcpu->cpu = (vm->id + index) % cpus;
	vcpu->pages = (axvcpu_size(vm->host) + PAGE_SIZE - 1) / PAGE_SIZE;
	if (!pages_alloc(vcpu->pages, PAGE_SIZE, &vcpu->memory)) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	error = create(vcpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	vm->vcpus_left++;
	if (index == 0) {
		vcpu->power = VCPU_STARTING;
		vcpu->start_entry = vm->config->entry;
		vcpu->start_arg = vm->config->arg;
	}
	return AXVCPU_OK;
}

/** As new, but for the counts of all machines that used this struct. */
static void clear(struct vm *vm)
{
	uint64_t exits[CONFIG_MAX_CPUS][AXVCPU_EXIT_REASON_COUNT];
	uint64_t made = vm->test_devices.machine;
	uint32_t i;

	for (i = 0; i < CONFIG_MAX_CPUS; i++) {
		memcpy(exits[i], vm->vcpus[i].exits, sizeof(exits[i]));
	}
	memset(vm, 0, sizeof(*vm));
	for (i = 0; i < CONFIG_MAX_CPUS; i++) {
		memcpy(vm->vcpus[i].exits, exits[i], sizeof(exits[i]));
	}
	vm->test_devices.machine = made;
}

/** What its memory begins with, its second-stage tables and its devices: VM_ALIVE, or why not. */
static enum vm_status build(struct vm *vm)
{
	if (!loader_run(vm->config, vm->ram)) {
		return VM_BAD_INPUT;
	}
	vm->stage2_root = board_stage2_create(vm->config, vm->ram);
	/* Devices may map memory of their own. */
	vm->machine = vm->stage2_root != 0 ? board_machine_create(vm) : NULL;
	if (vm->machine == NULL) {
		log_line(AXVCPU_LOG_ERROR, "no memory for stage-2 tables or devices");
		return VM_ERROR;
	}
	return VM_ALIVE;
}

/** Undoes build(); no vCPU of the machine is left, or none that has run. */
static void take_apart(struct vm *vm)
{
	if (vm->machine != NULL) {
		board_machine_destroy(vm->machine);
		vm->machine = NULL;
	}
	if (vm->stage2_root != 0) {
		board_stage2_destroy(vm->stage2_root);
		vm->stage2_root = 0;
	}
	/* Only now is the memory in no table and no TLB any more. */
	test_devices_reset(&vm->test_devices);
}

enum vm_status vm_create(struct vm *vm, struct axvcpu_host *host, uint32_t id,
			 const struct machine_config *config, uint32_t cpus)
{
	axvcpu_error_t error = AXVCPU_OK;
	enum vm_status status;
	uint32_t i;

	clear(vm);
	vm->config = config;
	vm->host = host;
	vm->id = id;
	vm->status = VM_ALIVE;
	if (!pages_alloc(config->memory / PAGE_SIZE, GUEST_RAM_ALIGN, &vm->ram)) {
		log_line(AXVCPU_LOG_ERROR, "%u MiB of guest memory do not fit this machine",
			 config->memory >> 20);
		return VM_BAD_INPUT;
	}
	status = build(vm);
	if (status != VM_ALIVE) {
		return status;
	}
	for (i = 0; i < config->cpus && error == AXVCPU_OK; i++) {
		error = add_vcpu(vm, i, cpus);
	}
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "cannot create a vCPU: %s", axvcpu_error_string(error));
		return VM_ERROR;
	}
	return config->saved ? save_load(vm) : VM_ALIVE;
}

void vm_destroy(struct vm *vm)
{
	uint32_t i;

	for (i = 0; i < CONFIG_MAX_CPUS; i++) {
		if (vm->vcpus[i].handle != NULL) {
			vm_vcpu_destroy(&vm->vcpus[i]); /* of a machine that never ran */
		}
		if (vm->vcpus[i].memory != 0) {
			pages_free(vm->vcpus[i].memory, vm->vcpus[i].pages);
			vm->vcpus[i].memory = 0;
		}
	}
	take_apart(vm);
	if (vm->state != 0) {
		pages_free(vm->state, vm->state_pages);
		vm->state = 0;
	}
	if (vm->ram != 0) {
		pages_free(vm->ram, vm->config->memory / PAGE_SIZE);
		vm->ram = 0;
	}
}

void vm_end(struct vm *vm, enum vm_status status)
{
	uint32_t expected = VM_ALIVE;

	if (__atomic_compare_exchange_n(&vm->status, &expected, (uint32_t)status, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		sched_kick_all();
	}
}

void vm_guest_ended(struct vm *vm, enum vm_status status)
{
	if (vm->again == 0) {
		vm_end(vm, status);
	} else {
		vm->begins_anew = true;
	}
}

void vm_count_turn(struct vm *vm)
{
	if (vm->again != 0 && ++vm->turns >= AGAIN_TURNS) {
		vm->begins_anew = true;
	}
}

/** Whether the hypervisor is what it was; looked at now and then. */
static bool is_unharmed(struct vm *vm)
{
	if (vm->again % AGAIN_CHECKS != 0 && vm->again != 1 && vm->checksum != 0) {
		return true;
	}
	if (vm->checksum == 0) {
		vm->checksum = test_device_checksum();
	}
	return vm->checksum == test_device_checksum();
}

/** Exits that the guest made, not what the hypervisor wanted of it. */
static uint64_t own_exits(const struct vm_vcpu *vcpu)
{
	uint64_t sum = 0;
	uint32_t reason;

	for (reason = 0; reason < AXVCPU_EXIT_REASON_COUNT; reason++) {
		if (reason != AXVCPU_EXIT_EXTERNAL_INTERRUPT && reason != AXVCPU_EXIT_NOTHING) {
			sum += vcpu->exits[reason];
		}
	}
	return sum;
}

static void log_exits(struct vm *vm)
{
	uint64_t sum = own_exits(&vm->vcpus[0]);

	log_line(AXVCPU_LOG_INFO, "beginning %u made %u exits", vm->test_devices.machine,
		 sum - vm->exits_before);
	vm->exits_before = sum;
}

/** All that vm_begin_anew() makes; VM_ALIVE, or why not. */
static enum vm_status make_anew(struct vm *vm)
{
	log_exits(vm);
	if (!is_unharmed(vm)) {
		log_line(AXVCPU_LOG_ERROR, "the hypervisor's memory has changed");
		return VM_ERROR;
	}
	if (--vm->again == 0) {
		return VM_POWERED_OFF;
	}
	if (!vm_vcpu_stop(&vm->vcpus[0])) {
		return VM_ERROR;
	}
	take_apart(vm);
	return build(vm);
}

void vm_begin_anew(struct vm *vm)
{
	enum vm_status status = make_anew(vm);

	vm->begins_anew = false;
	vm->turns = 0;
	vm->vcpus[0].waiting = false;
	if (status != VM_ALIVE) {
		vm_end(vm, status);
		return;
	}
	__atomic_store_n(&vm->vcpus[0].power, VCPU_STARTING, __ATOMIC_RELEASE);
}

bool vm_vcpu_start(struct vm_vcpu *vcpu)
{
	axvcpu_error_t error;

	lock_take(&vcpu->vm->lock);
	if (vcpu->power != VCPU_STARTING) {
		lock_release(&vcpu->vm->lock); /* turned off again meanwhile */
		return false;
	}
	error = board_vcpu_setup(vcpu, vcpu->start_entry, vcpu->start_arg);
	vcpu->waiting = false;
	__atomic_store_n(&vcpu->power, error == AXVCPU_OK ? VCPU_ON : VCPU_OFF, __ATOMIC_RELEASE);
	lock_release(&vcpu->vm->lock);
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "cannot set up vCPU %u: %s", (uint64_t)vcpu->index,
			 axvcpu_error_string(error));
		vm_end(vcpu->vm, VM_ERROR);
		return false;
	}
	return true;
}

void vm_vcpu_turn_off(struct vm_vcpu *vcpu)
{
	if (vcpu->power == VCPU_ON) {
		__atomic_store_n(&vcpu->stop_due, true, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&vcpu->power, VCPU_OFF, __ATOMIC_RELEASE);
	board_kick(vcpu->cpu);
}

/** It is destroyed. The machine is locked: nobody has its handle, or takes it for one that is on. */
static void forget(struct vm_vcpu *vcpu)
{
	vcpu->handle = NULL;
	__atomic_store_n(&vcpu->power, VCPU_OFF, __ATOMIC_RELEASE);
	__atomic_fetch_sub(&vcpu->vm->vcpus_left, 1u, __ATOMIC_ACQ_REL);
	sched_kick_all();
}

axvcpu_error_t vm_vcpu_make_new(struct vm_vcpu *vcpu)
{
	axvcpu_error_t error = axvcpu_destroy(vcpu->handle);

	if (error != AXVCPU_OK) {
		return error;
	}
	/* Nothing tells the new one what the old one was. */
	memset((void *)(uintptr_t)vcpu->memory, 0, vcpu->pages * PAGE_SIZE);
	error = create(vcpu);
	if (error != AXVCPU_OK) {
		/* What it has of its CPU nobody gets: it cannot be cleared any more. */
		forget(vcpu);
	}
	return error;
}

bool vm_vcpu_stop(struct vm_vcpu *vcpu)
{
	axvcpu_error_t error;

	/* Locked: another vCPU may be about to send it an interrupt. */
	lock_take(&vcpu->vm->lock);
	vcpu->stop_due = false;
	error = vcpu->vm->begins_anew ? AXVCPU_ERR_UNSUPPORTED : board_vcpu_stop(vcpu);
	if (error == AXVCPU_ERR_UNSUPPORTED) {
		board_vcpu_destroy(vcpu);
		error = vm_vcpu_make_new(vcpu);
	}
	lock_release(&vcpu->vm->lock);
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "cannot stop vCPU %u: %s", (uint64_t)vcpu->index,
			 axvcpu_error_string(error));
		vm_end(vcpu->vm, VM_ERROR);
	}
	return error == AXVCPU_OK;
}

bool vm_vcpu_is_to_be_renewed(const struct vm_vcpu *vcpu)
{
	return vcpu->vm->renew != 0 && vcpu->exits_of_this >= vcpu->vm->renew;
}

/** All of vm_vcpu_renew() that may fail, with `size` bytes for the snapshot. */
static axvcpu_error_t renew(struct vm_vcpu *vcpu, void *snapshot, size_t size)
{
	axvcpu_error_t error = axvcpu_save(vcpu->handle, snapshot, size, &size);

	if (error == AXVCPU_OK) {
		error = vm_vcpu_make_new(vcpu);
	}
	if (error == AXVCPU_OK) {
		error = board_vcpu_setup(vcpu, vcpu->start_entry, vcpu->start_arg);
	}
	return error == AXVCPU_OK ? axvcpu_load(vcpu->handle, snapshot, size) : error;
}

void vm_vcpu_renew(struct vm_vcpu *vcpu)
{
	size_t size = axvcpu_save_size(vcpu->handle);
	uint64_t count = (size + PAGE_SIZE - 1) / PAGE_SIZE;
	axvcpu_error_t error = AXVCPU_ERR_NO_MEMORY;
	uint64_t hpa;

	if (pages_alloc(count, PAGE_SIZE, &hpa)) {
		/* Locked: nobody sends it an interrupt that would get lost. */
		lock_take(&vcpu->vm->lock);
		error = renew(vcpu, (void *)(uintptr_t)hpa, size);
		lock_release(&vcpu->vm->lock);
		pages_free(hpa, count);
	}
	vcpu->exits_of_this = 0;
	vcpu->renewals++;
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "cannot make vCPU %u anew: %s", (uint64_t)vcpu->index,
			 axvcpu_error_string(error));
		vm_end(vcpu->vm, VM_ERROR);
	}
}

void vm_vcpu_destroy(struct vm_vcpu *vcpu)
{
	axvcpu_error_t error;

	lock_take(&vcpu->vm->lock);
	board_vcpu_destroy(vcpu);
	error = axvcpu_destroy(vcpu->handle);
	forget(vcpu);
	lock_release(&vcpu->vm->lock);
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "cannot destroy vCPU %u: %s", (uint64_t)vcpu->index,
			 axvcpu_error_string(error));
	}
}
