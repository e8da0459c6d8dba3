/* SPDX-License-Identifier: Apache-2.0 */
/* What the bench asks of an architecture and its board. One implementation a folder. */
#ifndef BENCH_ARCH_H_
#define BENCH_ARCH_H_

#include <stdbool.h>
#include <stdint.h>

#include "axvcpu/axvcpu.h"

/** What a guest of the bench does, again and again. */
enum bench_guest {
	/** Calls the hypervisor. */
	BENCH_GUEST_HYPERCALL,
	/** The same after an instruction that uses an FP register. */
	BENCH_GUEST_FP,
	/** Makes as many calls that the library answers as its counter says, then calls the hypervisor. */
	BENCH_GUEST_LIBRARY_CALL,
	/** Loads from, stores to an address that is not mapped. */
	BENCH_GUEST_MMIO_READ,
	BENCH_GUEST_MMIO_WRITE,
	/** Reads from a port; on x86. */
	BENCH_GUEST_PORT_READ,
	/** Calls the hypervisor with interrupts enabled, and ends those that come. */
	BENCH_GUEST_INTERRUPT,
	BENCH_GUEST_COUNT,
};

struct bench_program {
	/** Where it starts: guest addresses are the kernel's own. 0: there is none here. */
	uint64_t entry;
	/** Instructions of a round apart from the one that exits. */
	uint64_t overhead;
};
extern const struct bench_program bench_programs[BENCH_GUEST_COUNT];

/** Vector that BENCH_GUEST_INTERRUPT is sent. */
extern const uint32_t bench_vector;
/** Whether the library has an interrupt controller here, to be chosen at setup. */
extern const bool bench_has_controller;
/** Instructions that arch_raise_interrupt() takes. */
extern const uint64_t bench_raise_cost;

/** "arm64" and the like: names the figures. Called when a vCPU has been set up. */
const char *arch_name(void);
const struct axvcpu_arch_ops *arch_ops(void);
/** One table that maps RAM to itself and nothing else, for all vCPUs. */
uint64_t arch_stage2_root(void);
/** Sets a vCPU up; `controller`: with an interrupt controller of the library's. */
axvcpu_error_t arch_setup(struct axvcpu *vcpu, uint64_t entry, uint64_t root, bool controller);
/** Sets the counter of BENCH_GUEST_LIBRARY_CALL. */
axvcpu_error_t arch_set_counter(struct axvcpu *vcpu, uint64_t count);

/** Instructions executed so far, by a clock that counts them. */
uint64_t arch_instructions(void);

/**
 * The floor: enters the guest at `entry` `rounds` times, and does nothing between two
 * entries but to save, restore and answer. A vCPU is bound.
 */
void arch_floor(uint64_t entry, uint64_t rounds);

/** The slot of axvcpu_hal_ops.percpu_get. */
void *arch_percpu_get(void);
void arch_percpu_set(void *pointer);
/** Makes a physical interrupt pending on this CPU, where it is masked. */
void arch_raise_interrupt(void);
/** The physical interrupt controller: acknowledge, end. */
uint64_t arch_interrupt_fetch(void);
void arch_interrupt_end(uint64_t vector);

void arch_put_char(char c);
/** What stands at the address at which the launcher leaves a word for the kernel. */
uint32_t arch_mode(void);
_Noreturn void arch_power_off(void);

/** Called by the board with a stack and memory on; `memory` is free RAM. */
_Noreturn void bench_main(uint8_t *memory);

#endif /* BENCH_ARCH_H_ */
