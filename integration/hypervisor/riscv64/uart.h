/* SPDX-License-Identifier: Apache-2.0 */
/* The board's own 16550 (National PC16550D): the outside of the guests' console. */
#ifndef HYPERVISOR_RISCV64_UART_H_
#define HYPERVISOR_RISCV64_UART_H_

#include <stdbool.h>
#include <stdint.h>

/** Turns it on, and ends what the firmware printed there: the runner drops all up to here. */
void uart_begin(void);
void uart_put(uint8_t character);
/** Takes a character that came in; false if there is none. */
bool uart_get(uint8_t *character);
/** Lets what comes in interrupt, or not. */
void uart_enable_interrupt(bool enable);

#endif /* HYPERVISOR_RISCV64_UART_H_ */
