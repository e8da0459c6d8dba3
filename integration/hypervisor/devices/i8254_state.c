/* SPDX-License-Identifier: Apache-2.0 */
#include "i8254.h"

#include "../state_stream.h"

#define VERSION 1u
/** Of a counter; and its modes: 6 and 7 are 2 and 3. */
#define COUNT_MAX 65536u
#define MODE_MAX 5u

/** A counter, of which the time since it began is saved: `now` is another one where it is loaded. */
static void counter_state(struct i8254_counter *counter, uint64_t now, struct state_stream *stream)
{
	uint8_t latch[2] = { (uint8_t)counter->latch, (uint8_t)(counter->latch >> 8) };
	uint64_t passed = now - counter->start;

	state_u8(stream, &counter->mode);
	state_u8(stream, &counter->access);
	state_bool(stream, &counter->write_high);
	state_bool(stream, &counter->read_high);
	state_u8(stream, &counter->low);
	state_u32(stream, &counter->count);
	state_u64(stream, &passed);
	state_bool(stream, &counter->latched);
	state_bytes(stream, latch, sizeof(latch));
	state_bool(stream, &counter->status_latched);
	state_u8(stream, &counter->status);
	state_bool(stream, &counter->gate);
	state_check(stream, counter->count <= COUNT_MAX && counter->mode <= MODE_MAX,
		    "a counter counts more than it can");
	counter->start = now - passed;
	counter->latch = (uint16_t)(latch[0] | latch[1] << 8);
}

void i8254_state(struct i8254 *pit, uint64_t now, struct state_stream *stream)
{
	struct i8254 copy = *pit;
	uint32_t i;

	(void)state_part(stream, "i8254", VERSION);
	for (i = 0; i < I8254_COUNTERS; i++) {
		counter_state(&copy.counters[i], now, stream);
	}
	if (state_is_well(stream)) {
		*pit = copy;
	}
}
