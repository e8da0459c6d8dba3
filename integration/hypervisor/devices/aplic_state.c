/* SPDX-License-Identifier: Apache-2.0 */
#include "aplic.h"

#include "../state_stream.h"

#define VERSION 1u
/** Bits of `target` and genmsi without a field, for harts without guests (AIA, 4.5.16). */
#define TARGET_RESERVED UINT32_C(0x0003f800)

static bool is_mode(uint32_t mode)
{
	return mode <= APLIC_DETACHED || (mode >= APLIC_EDGE1 && mode <= APLIC_LEVEL0);
}

/** Whether a source is as writes of the guest could have left it. */
static bool is_possible(const struct aplic *aplic, uint32_t source)
{
	if (!is_mode(aplic->mode[source]) || (aplic->target[source] & TARGET_RESERVED) != 0 ||
	    (source == SOURCE_NONE && aplic->mode[source] != APLIC_INACTIVE)) {
		return false;
	}
	return aplic->mode[source] != APLIC_INACTIVE ||
	       (aplic->target[source] == 0 && !source_set_has(aplic->pending, source) &&
		!source_set_has(aplic->enable, source));
}

void aplic_state(struct aplic *aplic, struct state_stream *stream)
{
	struct aplic copy = *aplic;
	uint32_t source;

	(void)state_part(stream, "aplic", VERSION);
	state_bool(stream, &copy.enabled);
	state_u32(stream, &copy.genmsi);
	state_check(stream, (copy.genmsi & TARGET_RESERVED) == 0, "an impossible message");
	source_set_state(copy.level, stream);
	source_set_state(copy.pending, stream);
	source_set_state(copy.enable, stream);
	state_bytes(stream, copy.mode, sizeof(copy.mode));
	for (source = 0; source <= SOURCE_LAST; source++) {
		state_u32(stream, &copy.target[source]);
		state_check(stream, is_possible(&copy, source), "an impossible source");
	}
	if (state_is_well(stream)) {
		*aplic = copy;
	}
}
