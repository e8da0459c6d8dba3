/* SPDX-License-Identifier: Apache-2.0 */
/* What a CPU gives to the kernel that runs the conformance suite, and the other way round. */
#ifndef CONFORMANCE_KERNEL_H_
#define CONFORMANCE_KERNEL_H_

#include "axvcpu/conformance.h"

#define PAGE_SIZE 4096u

/** Starts on the boot CPU with a stack and zeroed .bss; ends with board_power_off(). */
_Noreturn void kernel_main(void);

/** Writes one character to the board's serial port. */
void board_putc(char character);
_Noreturn void board_power_off(void);

/** Instructions that this CPU has executed, under QEMU's -icount shift=0. */
uint64_t board_instructions(void);

/** Number of this CPU. */
uint64_t board_cpu(void);
/** The HAL's irq_fetch: AXVCPU_IRQ_NONE if nothing is pending. */
uint64_t board_irq_fetch(void);

/** A way to configure the arch package, each of which the suite runs on. */
struct variant {
	const char *name;
	/** Fills in what depends on the architecture. */
	void (*configure)(struct axvcpu_conformance_config *config);
};
/** The variants of this board, up to one without a name. */
extern const struct variant variants[];

/**
 * Where the second guest program is, from the entry on: nothing but the hypercall
 * of the first one, in an endless loop.
 */
#define GUEST_CALLS_OFFSET 0x800u

/** Without an interrupt controller: what the suite or a benchmark needs. */
extern const struct axvcpu_hal_ops kernel_hal;

/** A zeroed page, aligned to its size; there are enough for the boards. */
void *kernel_page(void);
void kernel_print(const char *text);
void kernel_print_hex(uint64_t number);
void kernel_print_decimal(uint32_t number);

#endif /* CONFORMANCE_KERNEL_H_ */
