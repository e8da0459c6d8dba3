/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine that goes on in another run of the hypervisor: on another board, with more or
 * fewer physical CPUs. Saving stops it for good; its RAM stays where it is and the runner
 * takes it from there, the rest is written as one piece (state_stream.h): the vCPUs, their
 * power, the machine's clock, its devices.
 */
#ifndef HYPERVISOR_SAVE_H_
#define HYPERVISOR_SAVE_H_

#include "vm.h"

/** Has all CPUs stop their vCPUs of this machine. */
void save_request(struct vm *vm);
static inline bool save_is_due(const struct vm *vm)
{
	return __atomic_load_n(&vm->save_due, __ATOMIC_ACQUIRE);
}
/** Counts an exit, after some number of which a machine is to be saved (config.save_after). */
void save_count_exit(struct vm *vm);
/**
 * A vCPU has stopped, is bound to no CPU, and stays so. The CPU that stops the last one
 * saves the machine, which then has ended: VM_SAVED or VM_ERROR.
 */
void save_stop(struct vm_vcpu *vcpu);
/** Tells the runner where the saved machine is, before the board is turned off. */
void save_report(const struct vm *vm);

/**
 * Makes a machine whose RAM is loaded and whose vCPUs are created what it was when it was
 * saved.
 *
 * @return VM_ALIVE; VM_BAD_INPUT if there is no saved machine, or it is damaged or of
 *         another kind, with a line in the log.
 */
enum vm_status save_load(struct vm *vm);

#endif /* HYPERVISOR_SAVE_H_ */
