/* SPDX-License-Identifier: Apache-2.0 */
#include "pl011.h"

#include "../state_stream.h"

#define VERSION 1u

void pl011_state(struct pl011 *uart, struct state_stream *stream)
{
	struct pl011 copy = *uart;

	(void)state_part(stream, "pl011", VERSION);
	state_u32(stream, &copy.ilpr);
	state_u32(stream, &copy.ibrd);
	state_u32(stream, &copy.fbrd);
	state_u32(stream, &copy.lcr_h);
	state_u32(stream, &copy.cr);
	state_u32(stream, &copy.ifls);
	state_u32(stream, &copy.imsc);
	state_u32(stream, &copy.ris);
	state_u32(stream, &copy.dmacr);
	state_bytes(stream, copy.fifo, sizeof(copy.fifo));
	state_u32(stream, &copy.head);
	state_u32(stream, &copy.count);
	state_bool(stream, &copy.line);
	state_check(stream, copy.head < PL011_FIFO && copy.count <= pl011_depth(&copy),
		    "its FIFO holds more than it can");
	if (state_is_well(stream)) {
		*uart = copy;
	}
}
