/* SPDX-License-Identifier: Apache-2.0 */
/* One virtual machine with one vCPU: its memory, and the loop that answers its exits. */
#ifndef HYPERVISOR_VM_H_
#define HYPERVISOR_VM_H_

#include "axvcpu/axvcpu.h"

#include "config.h"

/** How a machine ended; the runner's exit status. */
enum vm_status {
	VM_POWERED_OFF = 0,
	VM_BAD_INPUT = 2,
	VM_RESET = 3,
	VM_ERROR = 4,
};

struct vm {
	const struct config *config;
	struct axvcpu *vcpu;
	uint64_t stage2_root;
	uint64_t exits[AXVCPU_EXIT_REASON_COUNT];
};

/** Builds the machine that `config` describes. */
enum vm_status vm_create(struct vm *vm, struct axvcpu_host *host, const struct config *config);
/** Runs it to its end. */
enum vm_status vm_run(struct vm *vm);

#endif /* HYPERVISOR_VM_H_ */
