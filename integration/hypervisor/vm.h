/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual machine: its memory, its vCPUs, its devices, and how it ended. */
#ifndef HYPERVISOR_VM_H_
#define HYPERVISOR_VM_H_

#include "axvcpu/axvcpu.h"

#include "config.h"
#include "lock.h"
#include "test_devices.h"

/** How a machine ended: the runner's exit status, but for the last two. */
enum vm_status {
	VM_POWERED_OFF = 0,
	VM_BAD_INPUT = 2,
	VM_RESET = 3,
	VM_ERROR = 4,
	/** It ended with a value of its own, which is in the report. */
	VM_GUEST_EXIT = 5,
	/** It was stopped, and can go on elsewhere. */
	VM_SAVED = 6,
	/** It has not. */
	VM_ALIVE = 256,
	/** It was ended at the exit that config.kill_first and kill_step name. */
	VM_KILLED = 257,
};

/** A guest's view of one of its CPUs. */
enum vcpu_power {
	VCPU_OFF,
	/** Another one asked for it; its physical CPU sets it up. */
	VCPU_STARTING,
	VCPU_ON,
};

struct vm_vcpu {
	struct vm *vm;
	/** Number in its machine. */
	uint32_t index;
	/** Physical CPU that it belongs to; changed by that one. */
	uint32_t cpu;
	/** Null once it is destroyed, as its machine is over. Others touch it with the machine locked. */
	struct axvcpu *handle;
	uint64_t memory;
	uint64_t pages;
	/** With the machine locked. */
	enum vcpu_power power;
	/** It has run and is to be taken apart before it can start again. */
	bool stop_due;
	uint64_t start_entry;
	uint64_t start_arg;
	/** vm.maps at its last entry. */
	uint64_t maps_seen;
	/** Entries so far, for who waits for it to leave its guest. */
	uint64_t runs;
	/* Its CPU's own. */
	/** It halted, and nothing has come for it since. */
	bool waiting;
	/** Its timer may have another deadline than the board was told of. */
	bool timer_changed;
	uint64_t exits[AXVCPU_EXIT_REASON_COUNT];
	/** Exits since it was made or made anew (config.renew), and how often it was made anew. */
	uint64_t exits_of_this;
	uint64_t renewals;
	/** Exits on the CPU where it is (config.move), and how often it came to another one. */
	uint64_t exits_here;
	uint64_t moves;
	/** For save.c: it runs no more. With the machine locked. */
	bool stopped;
};

struct vm {
	const struct machine_config *config;
	struct axvcpu_host *host;
	uint32_t id;
	/** VM_*; changed once, by vm_end(). */
	uint32_t status;
	/** The value of VM_GUEST_EXIT. */
	uint64_t exit_value;
	/** Exit at which it ends, 0 for none (one vCPU); and exits that it had, if counted. */
	uint64_t kill_at;
	uint64_t exit_count;
	/** What follows belongs to who holds it; devices and power of vCPUs do too. */
	struct lock lock;
	struct vm_vcpu vcpus[CONFIG_MAX_CPUS];
	/** vCPUs that are not taken apart yet. */
	uint32_t vcpus_left;
	/** config.renew, config.move */
	uint64_t renew;
	uint64_t move;
	/** How often memory was mapped at its first use. */
	uint64_t maps;
	/** config.again, counted down; whether it has ended and is to begin anew; turns since it began. */
	uint64_t again;
	bool begins_anew;
	uint32_t turns;
	/** Exits that the guest made before it began last. */
	uint64_t exits_before;
	/** Of the hypervisor's code, when it began first. */
	uint64_t checksum;
	/** Accesses that nothing answered. */
	uint64_t refusals;
	/* What the machine owns; zero where it does not exist. */
	uint64_t ram;
	uint64_t stage2_root;
	/** Count at which the guest's own time is 0; 0 until its first vCPU starts. */
	uint64_t time_offset;
	/** All CPUs are to stop its vCPUs, so that it is saved; how many have; config.save_after. */
	bool save_due;
	uint32_t stopped;
	uint64_t save_after;
	/** Its state once it is saved: HPA, pages, bytes. */
	uint64_t state;
	uint64_t state_pages;
	uint64_t state_size;
	struct board_machine *machine;
	struct test_devices test_devices;
};

/** Builds the machine that `config` describes: VM_ALIVE, or why not. Destroy it in either case. */
enum vm_status vm_create(struct vm *vm, struct axvcpu_host *host, uint32_t id,
			 const struct machine_config *config, uint32_t cpus);
/** Takes it apart and gives its memory back; its vCPUs are gone already. */
void vm_destroy(struct vm *vm);

/** Ends the machine with `status` if it has not ended yet, and tells all CPUs. */
void vm_end(struct vm *vm, enum vm_status status);
/** The guest brought its end about: as vm_end(), or it begins anew (config.again). */
void vm_guest_ended(struct vm *vm, enum vm_status status);
static inline bool vm_is_alive(const struct vm *vm)
{
	return __atomic_load_n(&vm->status, __ATOMIC_ACQUIRE) == VM_ALIVE;
}

/** Makes and sets up a vCPU that is to start, on its CPU. False if that failed: the machine ends. */
bool vm_vcpu_start(struct vm_vcpu *vcpu);
/**
 * Turns it off, whoever asks: it waits for a start. Its CPU calls vm_vcpu_stop() once it
 * has left its guest. The machine is locked.
 */
void vm_vcpu_turn_off(struct vm_vcpu *vcpu);
/**
 * After it was turned off, or its machine begins anew: it waits for a start. It is on no CPU.
 * False if that failed: the machine ends.
 */
bool vm_vcpu_stop(struct vm_vcpu *vcpu);
/**
 * Destroys it and creates it in the same memory, as it was before its first start; what it has
 * of its CPU (board_vcpu_destroy()) it keeps. It is on no CPU, and the machine is locked. If that
 * fails it may be gone, and the machine is to end.
 */
axvcpu_error_t vm_vcpu_make_new(struct vm_vcpu *vcpu);
/** Whether config.renew asks for vm_vcpu_renew(). */
bool vm_vcpu_is_to_be_renewed(const struct vm_vcpu *vcpu);
/**
 * Saves it, destroys it, and loads it into a new one in its place, without its guest
 * noticing. It is on no CPU. If that fails, the machine ends.
 */
void vm_vcpu_renew(struct vm_vcpu *vcpu);
/** Counts a turn of a machine that is to end at some time (config.again). */
void vm_count_turn(struct vm *vm);
/** Begins anew with fresh memory, devices and vCPU, which is on no CPU. */
void vm_begin_anew(struct vm *vm);
/** Takes one apart for good, in whatever state it is, on its CPU. */
void vm_vcpu_destroy(struct vm_vcpu *vcpu);

/** Enters the guest once and answers its exit (exits.c). */
void vm_vcpu_run_once(struct vm_vcpu *vcpu);

#endif /* HYPERVISOR_VM_H_ */
