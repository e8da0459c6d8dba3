/* SPDX-License-Identifier: Apache-2.0 */
#include "i8259.h"

#include "../state_stream.h"

#define VERSION 1u
#define INPUTS 8u

static void chip_state(struct i8259_chip *chip, struct state_stream *stream)
{
	state_u8(stream, &chip->lines);
	state_u8(stream, &chip->elcr);
	state_u8(stream, &chip->irr);
	state_u8(stream, &chip->isr);
	state_u8(stream, &chip->imr);
	state_u8(stream, &chip->vector_base);
	state_u8(stream, &chip->first);
	state_u8(stream, &chip->init_step);
	state_bool(stream, &chip->needs_icw4);
	state_bool(stream, &chip->auto_eoi);
	state_bool(stream, &chip->rotate_auto_eoi);
	state_bool(stream, &chip->special_mask);
	state_bool(stream, &chip->special_nested);
	state_bool(stream, &chip->read_isr);
	state_bool(stream, &chip->poll);
	state_check(stream, chip->first < INPUTS, "the input of highest priority does not exist");
}

void i8259_state(struct i8259 *pic, struct state_stream *stream)
{
	struct i8259 copy = *pic;

	(void)state_part(stream, "i8259", VERSION);
	chip_state(&copy.master, stream);
	chip_state(&copy.slave, stream);
	if (state_is_well(stream)) {
		*pic = copy;
	}
}
