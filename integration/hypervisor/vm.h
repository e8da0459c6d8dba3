/* SPDX-License-Identifier: Apache-2.0 */
/* One virtual machine with one vCPU: its memory, and the loop that answers its exits. */
#ifndef HYPERVISOR_VM_H_
#define HYPERVISOR_VM_H_

#include "axvcpu/axvcpu.h"

#include "config.h"

/** How a machine ended: the runner's exit status, but for the last two. */
enum vm_status {
	VM_POWERED_OFF = 0,
	VM_BAD_INPUT = 2,
	VM_RESET = 3,
	VM_ERROR = 4,
	/** It has not. */
	VM_ALIVE = 256,
	/** It was ended at the exit that vm_run() was told. */
	VM_KILLED = 257,
};

struct vm {
	const struct config *config;
	/** Exits by reason, of all machines that used this struct. */
	uint64_t exits[AXVCPU_EXIT_REASON_COUNT];
	/* What the machine owns; zero where it does not exist. */
	struct axvcpu *vcpu;
	uint64_t vcpu_memory;
	uint64_t vcpu_pages;
	uint64_t ram;
	uint64_t stage2_root;
	/** Accesses that nothing answered. */
	uint64_t refusals;
};

/** Builds the machine that `config` describes: VM_ALIVE, or why not. Destroy it in either case. */
enum vm_status vm_create(struct vm *vm, struct axvcpu_host *host, const struct config *config);
/** Runs it to its end, or to exit number `kill_at` if that is not 0. */
enum vm_status vm_run(struct vm *vm, uint64_t kill_at);
/** Takes it apart, in whatever state it is, and gives its memory back. */
void vm_destroy(struct vm *vm);

#endif /* HYPERVISOR_VM_H_ */
