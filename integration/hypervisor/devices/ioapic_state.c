/* SPDX-License-Identifier: Apache-2.0 */
#include "ioapic.h"

#include "../state_stream.h"

#define VERSION 1u

void ioapic_state(struct ioapic *ioapic, struct state_stream *stream)
{
	struct ioapic copy = *ioapic;
	uint32_t i;

	(void)state_part(stream, "ioapic", VERSION);
	state_u8(stream, &copy.select);
	state_u8(stream, &copy.id);
	state_u32(stream, &copy.lines);
	for (i = 0; i < IOAPIC_INPUTS; i++) {
		state_u64(stream, &copy.entries[i]);
	}
	if (state_is_well(stream)) {
		*ioapic = copy;
	}
}
