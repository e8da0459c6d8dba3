/* SPDX-License-Identifier: Apache-2.0 */
#include "mc146818.h"

#include "../state_stream.h"

#define VERSION 1u

void mc146818_state(struct mc146818 *rtc, struct state_stream *stream)
{
	struct mc146818 copy = *rtc;

	(void)state_part(stream, "mc146818", VERSION);
	state_u8(stream, &copy.index);
	state_bytes(stream, copy.memory, sizeof(copy.memory));
	state_check(stream, copy.index < MC146818_BYTES, "its index is behind its memory");
	if (state_is_well(stream)) {
		*rtc = copy;
	}
}
