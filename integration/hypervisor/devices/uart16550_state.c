/* SPDX-License-Identifier: Apache-2.0 */
#include "uart16550.h"

#include "../state_stream.h"

#define VERSION 1u

void uart16550_state(struct uart16550 *uart, struct state_stream *stream)
{
	struct uart16550 copy = *uart;

	(void)state_part(stream, "uart16550", VERSION);
	state_u8(stream, &copy.ier);
	state_u8(stream, &copy.fcr);
	state_u8(stream, &copy.lcr);
	state_u8(stream, &copy.mcr);
	state_u8(stream, &copy.scr);
	state_u8(stream, &copy.dll);
	state_u8(stream, &copy.dlm);
	state_bool(stream, &copy.overrun);
	state_u8(stream, &copy.msr_delta);
	state_bool(stream, &copy.thre_pending);
	state_bool(stream, &copy.line);
	state_bytes(stream, copy.received, sizeof(copy.received));
	state_u32(stream, &copy.first);
	state_u32(stream, &copy.count);
	state_check(stream, copy.first < UART16550_FIFO && copy.count <= uart16550_capacity(&copy),
		    "its FIFO holds more than it can");
	if (state_is_well(stream)) {
		*uart = copy;
	}
}
