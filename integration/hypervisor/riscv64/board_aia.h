/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's `virt` board with `aia=aplic-imsic`: an interrupt file for each hart, and more of
 * them for guests, as the AIA has them (RISC-V Advanced Interrupt Architecture 1.0), and an
 * APLIC that sends the devices' interrupts there.
 */
#ifndef HYPERVISOR_RISCV64_BOARD_AIA_H_
#define HYPERVISOR_RISCV64_BOARD_AIA_H_

#include <stdbool.h>
#include <stdint.h>

struct vm_vcpu;

/** Says once whether the board is this one. */
void board_aia_set(bool on);
bool board_aia_is_on(void);

/** Lets this CPU have interrupts of its file. */
void board_aia_init_cpu(void);
/** Lets a source that is active high through to a CPU. */
void board_aia_enable(uint32_t cpu, uint32_t source);
/** The source whose interrupt this CPU has got, and takes with it; 0 if there is none. */
uint32_t board_aia_claim(void);
/** What a source asked for is done; it may ask again. */
void board_aia_complete(uint32_t source);

/** A guest interrupt file of a CPU for the vCPU, which is empty; 0 if all are taken. */
uint32_t board_aia_take_file(struct vm_vcpu *vcpu, uint32_t cpu);
/** Gives the vCPU's file back, empty; on any CPU. */
void board_aia_give_file(struct vm_vcpu *vcpu, uint32_t cpu, uint32_t file);
/** Where a file of a CPU is: a page that takes MSIs. */
uint64_t board_aia_file(uint32_t cpu, uint32_t file);
/** Has the vCPUs of this CPU go on that halted and have interrupts in their files. */
void board_aia_wake_guests(void);

#endif /* HYPERVISOR_RISCV64_BOARD_AIA_H_ */
