/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A 16550A UART (National PC16550D) with byte-wide registers one after the other.
 * What is written is sent at once: the transmitter is always empty. Received
 * characters wait in the 16 bytes of the FIFO, or in one register without it.
 */
#ifndef HYPERVISOR_DEVICES_UART16550_H_
#define HYPERVISOR_DEVICES_UART16550_H_

#include "device.h"

struct state_stream;

/** Bytes of registers. */
#define UART16550_SIZE 8u
#define UART16550_FIFO 16u

struct uart16550 {
	struct device_irq irq;
	struct device_serial output;
	uint8_t ier;
	uint8_t fcr;
	uint8_t lcr;
	uint8_t mcr;
	uint8_t scr;
	uint8_t dll;
	uint8_t dlm;
	/** LSR.OE */
	bool overrun;
	/** Delta bits of MSR. */
	uint8_t msr_delta;
	/** The transmitter became empty, and nobody has been told. */
	bool thre_pending;
	/** Level of the interrupt line. */
	bool line;
	uint8_t received[UART16550_FIFO];
	uint32_t first;
	uint32_t count;
};

extern const struct device_ops uart16550_ops;

/** As after reset. Both connections are copied. */
void uart16550_init(struct uart16550 *uart, const struct device_irq *irq,
		    const struct device_serial *output);
/** Characters that it holds at most: those of the FIFO if that is on, else one. */
uint32_t uart16550_capacity(const struct uart16550 *uart);
/** How many characters it can take from outside now. */
uint32_t uart16550_room(const struct uart16550 *uart);
/** A character from outside; without room one is lost, which LSR tells. */
void uart16550_receive(struct uart16550 *uart, uint8_t byte);
/** Takes a received character past the registers, for another way to the same line; false if none is there. */
bool uart16550_take(struct uart16550 *uart, uint8_t *byte);
/** Saves its state, or loads it, without moving its line. */
void uart16550_state(struct uart16550 *uart, struct state_stream *stream);

#endif /* HYPERVISOR_DEVICES_UART16550_H_ */
