/* SPDX-License-Identifier: Apache-2.0 */
#include "plic.h"

#include "../state_stream.h"

#define VERSION 1u

void plic_state(struct plic *plic, struct state_stream *stream)
{
	struct plic copy = *plic;
	uint32_t i;

	(void)state_part(stream, "plic", VERSION);
	state_u32(stream, &copy.context_count);
	state_check(stream, copy.context_count == plic->context_count,
		    "another number of contexts");
	state_bytes(stream, copy.priority, sizeof(copy.priority));
	source_set_state(copy.level, stream);
	source_set_state(copy.pending, stream);
	source_set_state(copy.served, stream);
	for (i = 0; i < plic->context_count; i++) {
		source_set_state(copy.contexts[i].enabled, stream);
		state_u32(stream, &copy.contexts[i].threshold);
		state_bool(stream, &copy.contexts[i].line);
	}
	if (state_is_well(stream)) {
		*plic = copy;
	}
}
