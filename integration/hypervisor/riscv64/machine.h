/* SPDX-License-Identifier: Apache-2.0 */
/* The devices that are emulated for a machine on this board, laid out like the board's own. */
#ifndef HYPERVISOR_RISCV64_MACHINE_H_
#define HYPERVISOR_RISCV64_MACHINE_H_

#include "axvcpu/axvcpu.h"

struct board_machine;
struct guest_files;
struct vm_vcpu;

/** The board's UART has input: it goes to the first machine. */
void machine_console_input(void);
/** Gives a vCPU that starts the level of its line from the PLIC. */
void machine_start_interrupts(struct vm_vcpu *vcpu);
/** The interrupt files of its harts, if the board has the AIA. */
struct guest_files *machine_guest_files(struct board_machine *machine);
/** Answers an SBI call for the console, DBCN or legacy. The machine is locked. */
axvcpu_error_t machine_console_call(struct vm_vcpu *vcpu,
				    const struct axvcpu_exit_hypercall *call);

#endif /* HYPERVISOR_RISCV64_MACHINE_H_ */
