/* SPDX-License-Identifier: Apache-2.0 */
#include "pl011.h"

#include "../bytes.h"

/* Registers, DDI 0183G, table 3-1 */
#define UARTDR 0x000u
#define UARTRSR 0x004u
#define UARTFR 0x018u
#define UARTILPR 0x020u
#define UARTIBRD 0x024u
#define UARTFBRD 0x028u
#define UARTLCR_H 0x02cu
#define UARTCR 0x030u
#define UARTIFLS 0x034u
#define UARTIMSC 0x038u
#define UARTRIS 0x03cu
#define UARTMIS 0x040u
#define UARTICR 0x044u
#define UARTDMACR 0x048u
/* UARTPeriphID0 to 3 and UARTPCellID0 to 3: one byte each in eight words */
#define UARTPERIPHID0 0xfe0u

/* UARTFR, 3.3.3 */
#define FR_RXFE 0x10u
#define FR_RXFF 0x40u
#define FR_TXFE 0x80u
/* UARTLCR_H, 3.3.7 */
#define LCR_H_FEN 0x10u
/* UARTCR, 3.3.8: reset value, and what enables reception */
#define CR_RESET 0x300u
/* UARTIFLS, 3.3.9: RXIFLSEL, and its reset value */
#define IFLS_RX_SHIFT 3u
#define IFLS_MASK 7u
#define IFLS_RESET 0x12u
/* Interrupt bits, 3.3.10 to 3.3.13 */
#define INT_RX 0x010u
#define INT_TX 0x020u
#define INT_RT 0x040u
#define INT_ALL 0x7ffu

/* 3.3.16, revision r1p5; PrimeCell's own id */
static const uint8_t ids[] = { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

void pl011_init(struct pl011 *uart, const struct pl011_ops *ops, void *ctx)
{
	memset(uart, 0, sizeof(*uart));
	uart->ops = ops;
	uart->ctx = ctx;
	uart->cr = CR_RESET;
	uart->ifls = IFLS_RESET;
}

static void update_line(struct pl011 *uart)
{
	bool high = (uart->ris & uart->imsc) != 0;

	if (high != uart->line) {
		uart->line = high;
		uart->ops->set_line(uart->ctx, high);
	}
}

uint32_t pl011_depth(const struct pl011 *uart)
{
	return (uart->lcr_h & LCR_H_FEN) != 0 ? PL011_FIFO : 1;
}

/** Characters at which the receive interrupt comes: 1/8, 1/4, 1/2, 3/4 or 7/8 of the FIFO. */
static uint32_t trigger(const struct pl011 *uart)
{
	static const uint32_t eighths[] = { 1, 2, 4, 6, 7 };
	uint32_t level = uart->ifls >> IFLS_RX_SHIFT & IFLS_MASK;

	if (pl011_depth(uart) == 1) {
		return 1;
	}
	return PL011_FIFO / 8 * eighths[level < sizeof(eighths) / sizeof(eighths[0]) ? level : 2];
}

static void update_receive(struct pl011 *uart)
{
	uart->ris &= ~(INT_RX | INT_RT);
	if (uart->count >= trigger(uart)) {
		uart->ris |= INT_RX;
	}
	/* "Receive timeout": no more comes for now, so that too few for a trigger are noticed. */
	if (uart->count > 0) {
		uart->ris |= INT_RT;
	}
}

static uint32_t read_data(struct pl011 *uart)
{
	uint32_t value;

	if (uart->count == 0) {
		return 0;
	}
	value = uart->fifo[uart->head];
	uart->head = (uart->head + 1) % PL011_FIFO;
	uart->count--;
	update_receive(uart);
	update_line(uart);
	return value;
}

static uint32_t flags(const struct pl011 *uart)
{
	uint32_t value = FR_TXFE; /* what is sent is gone at once */

	if (uart->count == 0) {
		value |= FR_RXFE;
	}
	if (uart->count >= pl011_depth(uart)) {
		value |= FR_RXFF;
	}
	return value;
}

uint32_t pl011_read(struct pl011 *uart, uint32_t offset)
{
	switch (offset) {
	case UARTDR:
		return read_data(uart);
	case UARTFR:
		return flags(uart);
	case UARTILPR:
		return uart->ilpr;
	case UARTIBRD:
		return uart->ibrd;
	case UARTFBRD:
		return uart->fbrd;
	case UARTLCR_H:
		return uart->lcr_h;
	case UARTCR:
		return uart->cr;
	case UARTIFLS:
		return uart->ifls;
	case UARTIMSC:
		return uart->imsc;
	case UARTRIS:
		return uart->ris;
	case UARTMIS:
		return uart->ris & uart->imsc;
	case UARTDMACR:
		return uart->dmacr;
	default:
		if (offset >= UARTPERIPHID0 && offset < PL011_SIZE && offset % 4 == 0) {
			return ids[(offset - UARTPERIPHID0) / 4];
		}
		return 0; /* UARTRSR: no receive errors here; UARTICR: write only */
	}
}

void pl011_write(struct pl011 *uart, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case UARTDR:
		uart->ops->put(uart->ctx, (uint8_t)value);
		/* The FIFO passes its trigger on the way out again. */
		uart->ris |= INT_TX;
		break;
	case UARTILPR:
		uart->ilpr = value & 0xff;
		break;
	case UARTIBRD:
		uart->ibrd = value & 0xffff;
		break;
	case UARTFBRD:
		uart->fbrd = value & 0x3f;
		break;
	case UARTLCR_H:
		if (((uart->lcr_h ^ value) & LCR_H_FEN) != 0) {
			uart->head = 0;
			uart->count = 0;
		}
		uart->lcr_h = value & 0xff;
		update_receive(uart);
		break;
	case UARTCR:
		uart->cr = value & 0xffff;
		break;
	case UARTIFLS:
		uart->ifls = value & 0x3f;
		update_receive(uart);
		break;
	case UARTIMSC:
		uart->imsc = value & INT_ALL;
		break;
	case UARTICR:
		uart->ris &= ~(value & INT_ALL);
		break;
	case UARTDMACR:
		uart->dmacr = value & 7;
		break;
	default:
		break;
	}
	update_line(uart);
}

bool pl011_can_receive(const struct pl011 *uart)
{
	return uart->count < pl011_depth(uart);
}

void pl011_receive(struct pl011 *uart, uint8_t character)
{
	if (!pl011_can_receive(uart)) {
		return;
	}
	uart->fifo[(uart->head + uart->count) % PL011_FIFO] = character;
	uart->count++;
	update_receive(uart);
	update_line(uart);
}
