/* SPDX-License-Identifier: Apache-2.0 */
/* The devices that are emulated for a machine on this board, laid out like the board's own. */
#ifndef HYPERVISOR_RISCV64_MACHINE_H_
#define HYPERVISOR_RISCV64_MACHINE_H_

#include "axvcpu/axvcpu.h"

struct vm_vcpu;

/** The board's UART has input: it goes to the first machine. */
void machine_console_input(void);
/** Gives a vCPU that starts the level of its line from the PLIC. */
void machine_start_interrupts(struct vm_vcpu *vcpu);
/** The vCPU's guest interrupt file, taken when it is first asked for; 0 if there is none. */
uint32_t machine_guest_file(struct vm_vcpu *vcpu);
/** Answers an SBI call for the console, DBCN or legacy. The machine is locked. */
axvcpu_error_t machine_console_call(struct vm_vcpu *vcpu,
				    const struct axvcpu_exit_hypercall *call);

#endif /* HYPERVISOR_RISCV64_MACHINE_H_ */
