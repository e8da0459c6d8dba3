/* SPDX-License-Identifier: Apache-2.0 */
/* The devices that are emulated for a machine on this board, laid out like the board's own. */
#ifndef HYPERVISOR_AARCH64_MACHINE_H_
#define HYPERVISOR_AARCH64_MACHINE_H_

/** The board's UART has input: it goes to the first machine. */
void machine_console_input(void);

#endif /* HYPERVISOR_AARCH64_MACHINE_H_ */
