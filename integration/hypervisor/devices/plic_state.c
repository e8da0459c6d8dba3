/* SPDX-License-Identifier: Apache-2.0 */
#include "plic.h"

#include "../state_stream.h"

#define VERSION 1u

/** A bit for each source. Behind the last one there is no priority to look at. */
static void words_state(uint32_t words[PLIC_WORDS], struct state_stream *stream)
{
	uint32_t i;

	for (i = 0; i < PLIC_WORDS; i++) {
		state_u32(stream, &words[i]);
		state_check(stream, (words[i] & ~plic_sources(i)) == 0,
			    "a source that does not exist");
	}
}

void plic_state(struct plic *plic, struct state_stream *stream)
{
	struct plic copy = *plic;
	uint32_t i;

	(void)state_part(stream, "plic", VERSION);
	state_u32(stream, &copy.context_count);
	state_check(stream, copy.context_count == plic->context_count,
		    "another number of contexts");
	state_bytes(stream, copy.priority, sizeof(copy.priority));
	words_state(copy.level, stream);
	words_state(copy.pending, stream);
	words_state(copy.served, stream);
	for (i = 0; i < plic->context_count; i++) {
		words_state(copy.contexts[i].enabled, stream);
		state_u32(stream, &copy.contexts[i].threshold);
		state_bool(stream, &copy.contexts[i].line);
	}
	if (state_is_well(stream)) {
		*plic = copy;
	}
}
