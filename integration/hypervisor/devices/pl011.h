/* SPDX-License-Identifier: Apache-2.0 */
/* Arm's PL011 UART (ARM DDI 0183G): programmer's model without modem lines and DMA. */
#ifndef HYPERVISOR_DEVICES_PL011_H_
#define HYPERVISOR_DEVICES_PL011_H_

#include <stdbool.h>
#include <stdint.h>

/** Bytes of its registers. */
#define PL011_SIZE 0x1000u
/** Receive FIFO, in characters (r1p5). */
#define PL011_FIFO 32u

struct state_stream;

struct pl011_ops {
	/** The guest sends a character. */
	void (*put)(void *ctx, uint8_t character);
	/** Its interrupt line (UARTINTR) changes to `high`. */
	void (*set_line)(void *ctx, bool high);
};

struct pl011 {
	const struct pl011_ops *ops;
	void *ctx;
	uint32_t ilpr, ibrd, fbrd, lcr_h, cr, ifls, imsc, ris, dmacr;
	uint8_t fifo[PL011_FIFO];
	uint32_t head;
	uint32_t count;
	bool line;
};

/** As after reset. */
void pl011_init(struct pl011 *uart, const struct pl011_ops *ops, void *ctx);
/** A register at byte `offset`, below PL011_SIZE; those that do not exist read as zero. */
uint32_t pl011_read(struct pl011 *uart, uint32_t offset);
void pl011_write(struct pl011 *uart, uint32_t offset, uint32_t value);
/** Characters that it holds at most: those of the FIFO if that is on, else one. */
uint32_t pl011_depth(const struct pl011 *uart);
/** Whether it can take a character. */
bool pl011_can_receive(const struct pl011 *uart);
/** A character comes in; lost if it cannot take it. */
void pl011_receive(struct pl011 *uart, uint8_t character);
/** Saves its state, or loads it, without moving its line: who it goes to is saved too. */
void pl011_state(struct pl011 *uart, struct state_stream *stream);

#endif /* HYPERVISOR_DEVICES_PL011_H_ */
