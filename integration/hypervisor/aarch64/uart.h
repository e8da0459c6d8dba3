/* SPDX-License-Identifier: Apache-2.0 */
/* The board's PL011 (ARM DDI 0183G), while it is the hypervisor's: the guests' console. */
#ifndef HYPERVISOR_AARCH64_UART_H_
#define HYPERVISOR_AARCH64_UART_H_

#include <stdbool.h>
#include <stdint.h>

/** Turns it on, with an interrupt for what comes in. */
void uart_init(void);
void uart_put(uint8_t character);
/** Takes a character that came in; false if there is none. */
bool uart_get(uint8_t *character);
/** Lets what comes in interrupt, or not. */
void uart_enable_interrupt(bool enable);

#endif /* HYPERVISOR_AARCH64_UART_H_ */
