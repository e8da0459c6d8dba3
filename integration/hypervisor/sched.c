/* SPDX-License-Identifier: Apache-2.0 */
#include "sched.h"

#include "board.h"
#include "console.h"
#include "guest_console.h"
#include "pages.h"
#include "save.h"

/** A turn is a hundredth of a second. */
#define TURNS_PER_SECOND 100u
#define SLOTS (CONFIG_MAX_MACHINES * CONFIG_MAX_CPUS)

static struct vm *machines[CONFIG_MAX_MACHINES];
static uint32_t cpu_count = 1;
static bool stopping;

/** A page-aligned object of the library. */
static void *allocate(size_t size)
{
	uint64_t hpa;

	return pages_alloc((size + PAGE_SIZE - 1) / PAGE_SIZE, PAGE_SIZE, &hpa) ?
		       (void *)(uintptr_t)hpa :
		       NULL;
}

axvcpu_error_t sched_cpu_start(struct axvcpu_host *host, struct cpu *cpu)
{
	size_t size = axvcpu_percpu_size(host);
	axvcpu_error_t error =
		axvcpu_percpu_init(host, allocate(size), size, cpu->id, &cpu->percpu);

	return error != AXVCPU_OK ? error : axvcpu_hardware_enable(cpu->percpu);
}

axvcpu_error_t sched_cpu_stop(struct cpu *cpu)
{
	return axvcpu_percpu_destroy(cpu->percpu);
}

uint32_t sched_cpu_count(void)
{
	return cpu_count;
}

void sched_set_cpu_count(uint32_t count)
{
	cpu_count = count;
}

void sched_kick_all(void)
{
	uint32_t self = board_this_cpu()->id;
	uint32_t cpu;

	for (cpu = 0; cpu < cpu_count; cpu++) {
		if (cpu != self) {
			board_kick(cpu);
		}
	}
}

void sched_add(struct vm *vm)
{
	__atomic_store_n(&machines[vm->id], vm, __ATOMIC_RELEASE);
	sched_kick_all();
}

void sched_remove(struct vm *vm)
{
	__atomic_store_n(&machines[vm->id], NULL, __ATOMIC_RELEASE);
}

void sched_stop(void)
{
	__atomic_store_n(&stopping, true, __ATOMIC_RELEASE);
	sched_kick_all();
}

static uint32_t cpu_of(const struct vm_vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->cpu, __ATOMIC_SEQ_CST);
}

void sched_wake(const struct axvcpu *vcpu)
{
	const struct vm *vm =
		__atomic_load_n(&machines[axvcpu_vm_id(vcpu)], __ATOMIC_ACQUIRE);
	uint32_t cpu;

	if (vm == NULL) {
		return;
	}
	cpu = cpu_of(&vm->vcpus[axvcpu_vcpu_id(vcpu)]);
	if (cpu != board_this_cpu()->id) {
		board_kick(cpu);
	}
}

/** The vCPU of slot `slot` if it belongs to this CPU and is not taken apart. */
static struct vm_vcpu *vcpu_at(const struct cpu *cpu, uint32_t slot)
{
	struct vm *vm = __atomic_load_n(&machines[slot / CONFIG_MAX_CPUS], __ATOMIC_ACQUIRE);
	uint32_t index = slot % CONFIG_MAX_CPUS;

	if (vm == NULL || index >= vm->config->cpus || cpu_of(&vm->vcpus[index]) != cpu->id ||
	    vm->vcpus[index].handle == NULL) {
		return NULL;
	}
	return &vm->vcpus[index];
}

static uint64_t deadline_of(struct vm_vcpu *vcpu)
{
	uint64_t devices = board_machine_deadline(vcpu);
	uint64_t deadline;

	return axvcpu_timer_deadline(vcpu->handle, &deadline) == AXVCPU_OK && deadline < devices ?
		       deadline :
		       devices;
}

/**
 * Whether a vCPU that halted has something to go on for. The timer of the one whose
 * registers are here ends the wait of idle() by its interrupt.
 */
static bool wakes_up(const struct cpu *cpu, struct vm_vcpu *vcpu)
{
	/* With config.again a machine does not wait for ever. */
	return axvcpu_is_runnable(vcpu->handle) || vcpu->vm->again != 0 ||
	       (cpu->bound != vcpu && deadline_of(vcpu) <= board_counter());
}

/** It waits no more: bound ones leave Blocked. */
static void wake(struct vm_vcpu *vcpu)
{
	vcpu->waiting = false;
	if (axvcpu_get_state(vcpu->handle) == AXVCPU_STATE_BLOCKED &&
	    axvcpu_unblock(vcpu->handle) != AXVCPU_OK) {
		vm_end(vcpu->vm, VM_ERROR);
	}
}

/** Takes the vCPU off this CPU whose registers are here. */
static void unbind(struct cpu *cpu)
{
	struct vm_vcpu *vcpu = cpu->bound;
	axvcpu_error_t error = AXVCPU_OK;

	cpu->bound = NULL;
	if (vcpu->handle == NULL) {
		return;
	}
	if (axvcpu_get_state(vcpu->handle) == AXVCPU_STATE_BLOCKED) {
		error = axvcpu_unblock(vcpu->handle);
	}
	if (error == AXVCPU_OK && axvcpu_get_state(vcpu->handle) == AXVCPU_STATE_READY) {
		error = axvcpu_unbind(vcpu->handle);
	}
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "cannot unbind a vCPU: %s", axvcpu_error_string(error));
		vm_end(vcpu->vm, VM_ERROR);
	}
}

/** The machine is over: nothing of this vCPU stays. */
static void retire(struct cpu *cpu, struct vm_vcpu *vcpu)
{
	if (cpu->bound == vcpu) {
		unbind(cpu);
	}
	if (vcpu->handle != NULL) {
		vm_vcpu_destroy(vcpu);
	}
}

static bool is_to_stop(const struct vm_vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->stop_due, __ATOMIC_ACQUIRE);
}

/** Its machine is to be saved. */
static void halt_for_save(struct cpu *cpu, struct vm_vcpu *vcpu)
{
	/* Any vCPU: what this one has of the CPU may be reached only when it is bound. */
	if (cpu->bound != NULL) {
		unbind(cpu);
	}
	save_stop(vcpu);
}

/** It was turned off, and may be started anew. */
static void stop(struct cpu *cpu, struct vm_vcpu *vcpu)
{
	if (cpu->bound == vcpu) {
		unbind(cpu);
	}
	(void)vm_vcpu_stop(vcpu);
}

/** Whether a vCPU may have a turn now. Does what its power state asks for on the way. */
static bool may_run(struct cpu *cpu, struct vm_vcpu *vcpu)
{
	enum vcpu_power power;

	if (vm_is_alive(vcpu->vm) && is_to_stop(vcpu)) {
		stop(cpu, vcpu);
	}
	if (!vm_is_alive(vcpu->vm)) {
		retire(cpu, vcpu);
		return false;
	}
	if (save_is_due(vcpu->vm)) {
		halt_for_save(cpu, vcpu);
		return false;
	}
	power = __atomic_load_n(&vcpu->power, __ATOMIC_ACQUIRE);
	if (power == VCPU_OFF) {
		return false;
	}
	if (power == VCPU_STARTING) {
		return vm_vcpu_start(vcpu);
	}
	if (vcpu->waiting) {
		if (!wakes_up(cpu, vcpu)) {
			return false;
		}
		wake(vcpu);
	}
	return true;
}

/** The next vCPU in turn that has something to do, or null. */
static struct vm_vcpu *next(struct cpu *cpu)
{
	struct vm_vcpu *vcpu;
	uint32_t i;

	for (i = 0; i < SLOTS; i++) {
		cpu->turn = (cpu->turn + 1) % SLOTS;
		vcpu = vcpu_at(cpu, cpu->turn);
		if (vcpu != NULL && may_run(cpu, vcpu)) {
			return vcpu;
		}
	}
	return NULL;
}

/** Whether a CPU has another vCPU than this one that could want a turn. */
static bool has_others(const struct cpu *cpu, const struct vm_vcpu *vcpu)
{
	const struct vm_vcpu *other;
	uint32_t slot;

	for (slot = 0; slot < SLOTS; slot++) {
		other = vcpu_at(cpu, slot);
		if (other != NULL && other != vcpu) {
			return true;
		}
	}
	return false;
}

/** Whether the vCPU whose registers are here can make room by a switch: Ready, after its wait. */
static bool can_make_room(const struct vm_vcpu *vcpu)
{
	if (vcpu->handle == NULL) {
		return false;
	}
	if (axvcpu_get_state(vcpu->handle) == AXVCPU_STATE_BLOCKED) {
		(void)axvcpu_unblock(vcpu->handle);
	}
	return axvcpu_get_state(vcpu->handle) == AXVCPU_STATE_READY;
}

/** Brings a vCPU onto this CPU in place of the one whose registers are here, if there is one. */
static axvcpu_error_t load(struct cpu *cpu, const struct vm_vcpu *vcpu)
{
	struct vm_vcpu *from = cpu->bound;
	axvcpu_error_t error;

	if (from == NULL || !can_make_room(from)) {
		if (from != NULL) {
			unbind(cpu);
		}
		return axvcpu_bind(vcpu->handle);
	}
	/* What the library leaves in place between two guests, this host does not use. */
	error = axvcpu_switch(from->handle, vcpu->handle);
	if (error != AXVCPU_OK && axvcpu_get_state(from->handle) != AXVCPU_STATE_READY) {
		cpu->bound = NULL;
		if (axvcpu_get_state(from->handle) == AXVCPU_STATE_INVALID) {
			vm_end(from->vm, VM_ERROR);
		}
	}
	return error;
}

static bool switch_to(struct cpu *cpu, struct vm_vcpu *vcpu)
{
	axvcpu_error_t error;

	if (cpu->bound == vcpu) {
		return true;
	}
	error = load(cpu, vcpu);
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "cannot bind a vCPU: %s", axvcpu_error_string(error));
		vm_end(vcpu->vm, VM_ERROR);
		return false;
	}
	cpu->bound = vcpu;
	return true;
}

/** Whether nothing but its turn's end keeps a vCPU from going on. */
static bool may_go_on(const struct vm_vcpu *vcpu)
{
	return !vcpu->waiting && !is_to_stop(vcpu) && vm_is_alive(vcpu->vm) &&
	       !vcpu->vm->begins_anew && !save_is_due(vcpu->vm);
}

static bool is_to_move(const struct vm_vcpu *vcpu)
{
	return vcpu->vm->move != 0 && vcpu->exits_here >= vcpu->vm->move;
}

/** A vCPU goes on to the next CPU; this one turns virtualization off and on, for the test's sake. */
static void move(struct cpu *cpu, struct vm_vcpu *vcpu)
{
	uint32_t to = (cpu->id + 1) % cpu_count;
	axvcpu_error_t error;

	if (cpu->bound == vcpu) {
		unbind(cpu);
	}
	vcpu->exits_here = 0;
	lock_take(&vcpu->vm->lock);
	error = board_vcpu_move(vcpu, to);
	lock_release(&vcpu->vm->lock);
	if (error == AXVCPU_ERR_NO_MEMORY) {
		return; /* no room there */
	}
	if (error == AXVCPU_OK) {
		error = axvcpu_hardware_disable(cpu->percpu);
	}
	if (error == AXVCPU_OK) {
		error = axvcpu_hardware_enable(cpu->percpu);
	}
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "a vCPU cannot move, or virtualization is not off and on again: %s",
			 axvcpu_error_string(error));
		vm_end(vcpu->vm, VM_ERROR);
		return;
	}
	vcpu->moves++;
	__atomic_store_n(&vcpu->cpu, to, __ATOMIC_SEQ_CST);
	if (to != cpu->id) {
		board_kick(to);
	}
}

/** Runs one vCPU until its turn is over, it waits, or it or its machine is off. */
static void take_turn(struct cpu *cpu, struct vm_vcpu *vcpu)
{
	/* With config.move another one may come at any time; with config.again its turns are counted. */
	bool others = vcpu->vm->move != 0 || vcpu->vm->again != 0 || has_others(cpu, vcpu);
	uint64_t end = others ? board_counter() + board_counter_frequency() / TURNS_PER_SECOND :
				UINT64_MAX;

	cpu->turn_over = false;
	vcpu->timer_changed = true;
	board_timer_set(end);
	while (!cpu->turn_over && may_go_on(vcpu) && !vm_vcpu_is_to_be_renewed(vcpu) &&
	       !is_to_move(vcpu)) {
		vm_vcpu_run_once(vcpu);
	}
	if (may_go_on(vcpu) && vm_vcpu_is_to_be_renewed(vcpu)) {
		unbind(cpu);
		vm_vcpu_renew(vcpu);
	}
	if (is_to_stop(vcpu) && vm_is_alive(vcpu->vm)) {
		stop(cpu, vcpu);
	} else if (is_to_move(vcpu) && vm_is_alive(vcpu->vm)) {
		move(cpu, vcpu);
	}
	vm_count_turn(vcpu->vm);
	if (vcpu->vm->begins_anew && vm_is_alive(vcpu->vm)) {
		if (cpu->bound == vcpu) {
			unbind(cpu);
		}
		vm_begin_anew(vcpu->vm);
	}
}

/** Nobody has anything to do: until an interrupt, or until somebody's timer. */
static void idle(struct cpu *cpu)
{
	uint64_t deadline = guest_console_settle();
	struct vm_vcpu *vcpu;
	uint64_t earlier;
	uint32_t slot;

	for (slot = 0; slot < SLOTS; slot++) {
		vcpu = vcpu_at(cpu, slot);
		if (vcpu != NULL && !vm_is_alive(vcpu->vm)) {
			return; /* ended by this CPU since next() looked: nobody would wake it up */
		}
		if (vcpu == NULL || !vcpu->waiting) {
			continue;
		}
		earlier = deadline_of(vcpu);
		deadline = earlier < deadline ? earlier : deadline;
	}
	if (cpu->bound != NULL && !cpu->bound->waiting) {
		/* Turned off since next() looked. Its timer's line stays high while it is here. */
		unbind(cpu);
		return;
	}
	board_timer_set(deadline);
	board_wait();
	if (cpu->bound != NULL && save_is_due(cpu->bound->vm)) {
		return; /* its timer's line may be high until it is off this CPU */
	}
	if (cpu->bound != NULL) {
		/* Its entry takes the interrupt, which may be the guest's own timer's. */
		wake(cpu->bound);
		take_turn(cpu, cpu->bound);
	} else {
		board_handle_interrupts();
	}
}

/** Whether every machine has ended and nothing of their vCPUs is left. */
static bool all_over(void)
{
	const struct vm *vm;
	uint32_t i;

	for (i = 0; i < CONFIG_MAX_MACHINES; i++) {
		vm = __atomic_load_n(&machines[i], __ATOMIC_ACQUIRE);
		if (vm != NULL && (vm_is_alive(vm) ||
				   __atomic_load_n(&vm->vcpus_left, __ATOMIC_ACQUIRE) != 0)) {
			return false;
		}
	}
	return true;
}

void sched_run(struct cpu *cpu)
{
	struct vm_vcpu *vcpu;

	for (;;) {
		(void)guest_console_settle();
		vcpu = next(cpu);
		if (vcpu != NULL) {
			if (switch_to(cpu, vcpu)) {
				take_turn(cpu, vcpu);
			}
			continue;
		}
		if (cpu->id == 0 ? all_over() : __atomic_load_n(&stopping, __ATOMIC_ACQUIRE)) {
			return;
		}
		idle(cpu);
	}
}
