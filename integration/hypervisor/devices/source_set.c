/* SPDX-License-Identifier: Apache-2.0 */
#include "source_set.h"

#include "../state_stream.h"

void source_set_state(uint32_t *words, struct state_stream *stream)
{
	uint32_t i;

	for (i = 0; i < SOURCE_WORDS; i++) {
		state_u32(stream, &words[i]);
		state_check(stream, (words[i] & ~source_set_mask(i)) == 0,
			    "a source that does not exist");
	}
}
