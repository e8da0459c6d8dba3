/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the generic part of the hypervisor asks of a board and its CPU. One
 * implementation a folder: aarch64/.
 */
#ifndef HYPERVISOR_BOARD_H_
#define HYPERVISOR_BOARD_H_

#include <stddef.h>
#include <stdint.h>

#include "axvcpu/axvcpu.h"

struct config;

/** Where the board keeps what the generic drivers need; HPAs. */
struct board {
	/** PCI Express configuration space of bus 0 (ECAM). */
	uint64_t pci_ecam;
	/** The window of PCI I/O ports. */
	uint64_t pci_io;
	/** QEMU's fw_cfg device, memory-mapped form. */
	uint64_t fw_cfg;
	/** First byte of RAM. */
	uint64_t ram;
	/** The board's device tree. */
	uint64_t device_tree;
};
extern const struct board board;

/** The arch package of this CPU. */
const struct axvcpu_arch_ops *board_arch_ops(void);
/** The HAL of this board. */
const struct axvcpu_hal_ops *board_hal_ops(void);

/** Prepares the interrupt controller for what `config` asks, and for a new machine. */
void board_interrupts_init(const struct config *config);

/**
 * Builds the guest's second-stage table: `size` bytes of RAM at guest address
 * board.ram from `hpa` on, and the devices that are passed through.
 * @return the root's HPA, 0 if there is no memory.
 */
uint64_t board_stage2_create(const struct config *config, uint64_t hpa, uint64_t size);
/** Adds one page of RAM. False if there is no memory. */
bool board_stage2_add_page(uint64_t root, uint64_t gpa, uint64_t hpa);
/** Frees the tables, not what they map, and drops what TLBs have of them. */
void board_stage2_destroy(uint64_t root);

/** Sets up and gives first registers to the guest's vCPU. */
axvcpu_error_t board_vcpu_setup(struct axvcpu *vcpu, const struct config *config,
				uint64_t stage2_root);

/** Fills RAM with zeros, quickly. */
void board_zero(void *memory, size_t size);
/** Makes what was written visible to the guest's instruction fetches. */
void board_sync_code(const void *memory, size_t size);
/** Waits for a physical interrupt to become pending. */
void board_wait(void);
/** Monotonic nanoseconds. */
uint64_t board_time_ns(void);
/** What a hypercall for the arch-specific standard services is answered with. */
uint64_t board_hypercall(struct axvcpu *vcpu, const struct axvcpu_exit_hypercall *call);
/** What the guest's start of another CPU is answered with: this machine has one. */
uint64_t board_cpu_up(const struct axvcpu_exit_cpu_up *cpu_up);
/** Answers a read of a trapped system register; false if the guest may not. */
bool board_sysreg_read(const struct axvcpu_exit_sysreg *sysreg, uint64_t *value);
/** Turns the machine off. */
_Noreturn void board_power_off(void);

/** The generic part's start, on the boot CPU with a stack and the MMU on. */
_Noreturn void hypervisor_main(void);

#endif /* HYPERVISOR_BOARD_H_ */
