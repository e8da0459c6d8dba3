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

/** A zeroed page, aligned to its size; there are enough for the boards. */
void *kernel_page(void);
void kernel_print(const char *text);
void kernel_print_hex(uint64_t number);

#endif /* CONFORMANCE_KERNEL_H_ */
