/* SPDX-License-Identifier: Apache-2.0 */
#include "save.h"

#include "axvcpu/arch.h"
#include "axvcpu/snapshot.h"
#include "board.h"
#include "boot_files.h"
#include "bytes.h"
#include "console.h"
#include "pages.h"
#include "sched.h"
#include "state_stream.h"

#define STATE_FILE "opt/axvcpu/saved"
#define VERSION 1u
/** Bytes of the state besides its vCPUs, and of a vCPU's besides its snapshot: enough for every board. */
#define STATE_ROOM (4u * PAGE_SIZE)
#define VCPU_ROOM 64u
/** Counters that differ by less than one part of this are of the same frequency, measured twice. */
#define FREQUENCY_TOLERANCE 50u

void save_request(struct vm *vm)
{
	__atomic_store_n(&vm->save_due, true, __ATOMIC_RELEASE);
	sched_kick_all();
}

void save_count_exit(struct vm *vm)
{
	if (__atomic_add_fetch(&vm->exit_count, 1u, __ATOMIC_RELAXED) == vm->save_after) {
		save_request(vm);
	}
}

/* ---- what is in it ---- */

/** The kind of machine; one that loads is to be of the same. */
static void kind_state(struct vm *vm, struct state_stream *stream)
{
	uint32_t arch = board_arch_ops()->arch, cpus = vm->config->cpus;
	uint32_t devices = (uint32_t)vm->config->devices;
	bool test_devices = vm->config->test_devices;
	char name[sizeof(vm->config->hypervisor_name)];
	uint64_t sve = vm->config->sve, memory = vm->config->memory;

	(void)state_part(stream, "machine", VERSION);
	state_u32(stream, &arch);
	state_check(stream, arch == board_arch_ops()->arch, "another architecture");
	state_u64(stream, &memory);
	state_check(stream, memory == vm->config->memory, "another size of memory");
	state_u32(stream, &cpus);
	state_check(stream, cpus == vm->config->cpus, "another number of vCPUs");
	state_u32(stream, &devices);
	state_check(stream, devices == (uint32_t)vm->config->devices, "other devices");
	state_u64(stream, &sve);
	state_check(stream, sve == vm->config->sve, "other SVE vectors (--sve)");
	memcpy(name, vm->config->hypervisor_name, sizeof(name));
	state_bytes(stream, name, sizeof(name));
	state_check(stream, memcmp(name, vm->config->hypervisor_name, sizeof(name)) == 0,
		    "another name of the hypervisor (--hypervisor-name)");
	state_bool(stream, &test_devices);
	state_check(stream, test_devices == vm->config->test_devices, "other test devices");
}

static bool is_same_frequency(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : b - a) < b / FREQUENCY_TOLERANCE + 1u;
}

/** Its clocks go on from where they stood. */
static void clock_state(struct vm *vm, struct state_stream *stream)
{
	uint64_t frequency = board_counter_frequency(), now = board_counter(), then = now;

	(void)state_part(stream, "clock", VERSION);
	state_u64(stream, &frequency);
	state_check(stream, is_same_frequency(frequency, board_counter_frequency()),
		    "this board's counter has another frequency");
	state_u64(stream, &then);
	state_u64(stream, &vm->time_offset);
	if (stream->loading) {
		vm->time_offset += now - then;
	}
}

/** The next bytes are a vCPU's snapshot: it is written there, or taken from there. */
static void snapshot_state(struct vm_vcpu *vcpu, struct state_stream *stream)
{
	struct axvcpu_failure failure = { .size = sizeof(failure) };
	uint64_t size = stream->loading ? 0 : axvcpu_save_size(vcpu->handle);
	axvcpu_error_t error;
	void *bytes;

	state_u64(stream, &size);
	bytes = state_room(stream, size);
	if (bytes == NULL) {
		return;
	}
	if (!stream->loading) {
		error = axvcpu_save(vcpu->handle, bytes, size, NULL);
	} else {
		error = board_vcpu_setup(vcpu, vcpu->start_entry, vcpu->start_arg);
		if (error == AXVCPU_OK) {
			error = axvcpu_load(vcpu->handle, bytes, size);
		}
		if (error == AXVCPU_OK) {
			error = board_vcpu_set_clock(vcpu);
		}
	}
	if (error != AXVCPU_OK) {
		if (axvcpu_get_failure(vcpu->handle, &failure) == AXVCPU_OK && failure.reg != 0) {
			log_line(AXVCPU_LOG_ERROR, "register %x of vCPU %u is refused", failure.reg,
				 (uint64_t)vcpu->index);
		}
		state_check(stream, false, axvcpu_error_string(error));
	}
}

static void vcpu_state(struct vm_vcpu *vcpu, struct state_stream *stream)
{
	uint32_t power = (uint32_t)vcpu->power;

	(void)state_part(stream, "vcpu", VERSION);
	state_u32(stream, &power);
	state_check(stream, power <= (uint32_t)VCPU_ON, "a vCPU is neither on nor off");
	state_bool(stream, &vcpu->waiting);
	state_u64(stream, &vcpu->start_entry);
	state_u64(stream, &vcpu->start_arg);
	if (power == (uint32_t)VCPU_ON) {
		snapshot_state(vcpu, stream);
	}
	/* Only now: until it is set up nothing is to reach it. */
	vcpu->power = state_is_well(stream) ? (enum vcpu_power)power : VCPU_OFF;
}

static bool machine_state(struct vm *vm, struct state_stream *stream)
{
	uint32_t i;

	kind_state(vm, stream);
	board_features_state(vm, stream);
	clock_state(vm, stream);
	/* Before the vCPUs: their set-up asks devices for interrupts, which the snapshots then replace. */
	board_machine_state(vm->machine, stream);
	if (vm->config->test_devices) {
		test_devices_state(&vm->test_devices, vm->stage2_root, stream);
	}
	for (i = 0; i < vm->config->cpus && state_is_well(stream); i++) {
		vcpu_state(&vm->vcpus[i], stream);
	}
	return state_end(stream);
}

/* ---- saving ---- */

static size_t room_for(const struct vm *vm)
{
	size_t size = STATE_ROOM + (vm->config->test_devices ? TEST_DEVICES_ROOM : 0u);
	uint32_t i;

	for (i = 0; i < vm->config->cpus; i++) {
		size += VCPU_ROOM + axvcpu_save_size(vm->vcpus[i].handle);
	}
	return size;
}

/** With the machine locked and all its vCPUs stopped. */
static enum vm_status save(struct vm *vm)
{
	struct state_stream stream;
	size_t room = room_for(vm);

	vm->state_pages = (room + PAGE_SIZE - 1) / PAGE_SIZE;
	if (!pages_alloc(vm->state_pages, PAGE_SIZE, &vm->state)) {
		log_line(AXVCPU_LOG_ERROR, "no memory for the state of the machine");
		return VM_ERROR;
	}
	state_begin_save(&stream, (void *)(uintptr_t)vm->state, vm->state_pages * PAGE_SIZE);
	if (!machine_state(vm, &stream)) {
		log_line(AXVCPU_LOG_ERROR, "the machine cannot be saved: %s: %s", stream.part,
			 stream.problem);
		return VM_ERROR;
	}
	vm->state_size = stream.at;
	log_line(AXVCPU_LOG_INFO, "the machine is saved: %u bytes besides its memory",
		 vm->state_size);
	return VM_SAVED;
}

void save_stop(struct vm_vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	enum vm_status status = VM_ALIVE;
	axvcpu_error_t error;

	lock_take(&vm->lock);
	error = vcpu->stopped ? AXVCPU_OK : board_vcpu_save(vcpu);
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "vCPU %u cannot leave its CPU: %s", (uint64_t)vcpu->index,
			 axvcpu_error_string(error));
		status = VM_ERROR;
	} else if (!vcpu->stopped) {
		vcpu->stopped = true;
		vm->stopped++;
		if (vm->stopped == vm->config->cpus) {
			status = save(vm);
		}
	}
	lock_release(&vm->lock);
	if (status != VM_ALIVE) {
		vm_end(vm, status);
	}
}

void save_report(const struct vm *vm)
{
	report_line("saved memory %u %u", vm->ram - board.ram, vm->config->memory);
	report_line("saved state %u %u", vm->state - board.ram, vm->state_size);
}

/* ---- loading ---- */

static enum vm_status load(struct vm *vm, const void *bytes, size_t size)
{
	struct state_stream stream;
	uint32_t i;

	for (i = 0; i < vm->config->cpus; i++) {
		vm->vcpus[i].power = VCPU_OFF;
	}
	state_begin_load(&stream, bytes, size);
	if (!machine_state(vm, &stream)) {
		log_line(AXVCPU_LOG_ERROR, "the saved machine cannot go on here: %s: %s", stream.part,
			 stream.problem);
		return VM_BAD_INPUT;
	}
	log_line(AXVCPU_LOG_INFO, "a saved machine goes on here");
	return VM_ALIVE;
}

enum vm_status save_load(struct vm *vm)
{
	enum vm_status status = VM_BAD_INPUT;
	struct boot_file file;
	uint64_t pages;
	uint64_t hpa;

	if (!boot_file_find(STATE_FILE, &file) || file.size == 0) {
		log_line(AXVCPU_LOG_ERROR, "no file " STATE_FILE " of a saved machine");
		return status;
	}
	pages = (file.size + PAGE_SIZE - 1) / PAGE_SIZE;
	if (!pages_alloc(pages, PAGE_SIZE, &hpa)) {
		return VM_ERROR;
	}
	if (boot_file_read(&file, 0, (void *)(uintptr_t)hpa, file.size)) {
		status = load(vm, (const void *)(uintptr_t)hpa, file.size);
	}
	pages_free(hpa, pages);
	return status;
}
