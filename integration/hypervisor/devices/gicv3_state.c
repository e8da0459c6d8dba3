/* SPDX-License-Identifier: Apache-2.0 */
#include "gicv3.h"

#include "../state_stream.h"

#define VERSION 1u

static void word_state(struct gicv3_word *word, struct state_stream *stream)
{
	state_u32(stream, &word->group);
	state_u32(stream, &word->enabled);
	state_u32(stream, &word->edge);
	state_u32(stream, &word->waiting);
	state_u32(stream, &word->once);
	state_bytes(stream, word->priority, sizeof(word->priority));
}

void gicv3_state(struct gicv3 *gic, struct state_stream *stream)
{
	struct gicv3 copy = *gic;
	uint32_t i;

	(void)state_part(stream, "gicv3", VERSION);
	state_u32(stream, &copy.cpus);
	state_check(stream, copy.cpus == gic->cpus, "another number of CPUs");
	state_u32(stream, &copy.ctlr);
	for (i = 0; i < GICV3_WORDS; i++) {
		word_state(&copy.word[i], stream);
		state_u32(stream, &copy.line[i]);
	}
	for (i = 0; i < gic->cpus; i++) {
		word_state(&copy.private_word[i], stream);
		state_u32(stream, &copy.waker[i]);
	}
	for (i = 0; i < GICV3_INTIDS; i++) {
		state_u64(stream, &copy.router[i]);
	}
	if (state_is_well(stream)) {
		*gic = copy;
	}
}
