/* SPDX-License-Identifier: Apache-2.0 */
#include "i8259.h"

#define INPUTS 8u
#define CASCADE 2u
#define SPURIOUS 7u
#define NONE INPUTS

#define ICW1_INIT 0x10u
#define ICW1_ICW4 0x01u
#define ICW4_AUTO_EOI 0x02u
#define ICW4_SPECIAL_NESTED 0x10u
#define OCW3 0x08u
#define OCW3_READ_ENABLE 0x02u
#define OCW3_READ_ISR 0x01u
#define OCW3_POLL 0x04u
#define OCW3_MASK_ENABLE 0x40u
#define OCW3_MASK_SET 0x20u
#define OCW2_SHIFT 5u
#define OCW2_LEVEL 7u
#define POLL_FOUND 0x80u
/** Inputs that cannot be level-triggered: timer, keyboard, cascade; RTC and FPU. */
#define ELCR_MASTER 0xf8u
#define ELCR_SLAVE 0xdeu

/** OCW2 commands, bits 7 to 5. */
enum ocw2 {
	OCW2_ROTATE_AUTO_EOI_CLEAR = 0,
	OCW2_EOI = 1,
	OCW2_EOI_LEVEL = 3,
	OCW2_ROTATE_AUTO_EOI_SET = 4,
	OCW2_ROTATE_EOI = 5,
	OCW2_SET_PRIORITY = 6,
	OCW2_ROTATE_EOI_LEVEL = 7,
};

static uint32_t bit(uint32_t input)
{
	return 1u << input;
}

/** The input of highest priority among `inputs`, NONE if that is empty; `*rank` from 0 is the highest. */
static uint32_t highest(const struct i8259_chip *chip, uint32_t inputs, uint32_t *rank)
{
	uint32_t input;

	for (*rank = 0; *rank < INPUTS; (*rank)++) {
		input = (chip->first + *rank) % INPUTS;
		if ((inputs & bit(input)) != 0) {
			return input;
		}
	}
	return NONE;
}

/** The input that asks for the CPU now, or NONE. */
static uint32_t requested(const struct i8259_chip *chip, bool is_master)
{
	uint32_t in_service = chip->isr, rank, served;
	uint32_t input = highest(chip, chip->irr & ~(uint32_t)chip->imr, &rank);

	if (input == NONE) {
		return NONE;
	}
	if (chip->special_mask) {
		in_service &= ~(uint32_t)chip->imr;
	}
	if (is_master && chip->special_nested && input == CASCADE) {
		in_service &= ~bit(CASCADE);
	}
	(void)highest(chip, in_service, &served);
	return rank < served ? input : NONE;
}

static void set_input(struct i8259_chip *chip, uint32_t input, bool high)
{
	if (high && ((chip->lines & bit(input)) == 0 || (chip->elcr & bit(input)) != 0)) {
		chip->irr = (uint8_t)(chip->irr | bit(input));
	} else if (!high) {
		/* A request that is gone before it is acknowledged is spurious. */
		chip->irr = (uint8_t)(chip->irr & ~bit(input));
	}
	chip->lines = (uint8_t)(high ? chip->lines | bit(input) : chip->lines & ~bit(input));
}

/** The slave's output is the master's input. */
static void cascade(struct i8259 *pic)
{
	set_input(&pic->master, CASCADE, requested(&pic->slave, false) != NONE);
}

void i8259_init(struct i8259 *pic)
{
	*pic = (struct i8259){ .master = { .imr = 0xff }, .slave = { .imr = 0xff } };
}

void i8259_set_line(struct i8259 *pic, uint32_t input, bool high)
{
	if (input < INPUTS) {
		set_input(&pic->master, input, high);
	} else {
		set_input(&pic->slave, input - INPUTS, high);
	}
	cascade(pic);
}

bool i8259_output(const struct i8259 *pic)
{
	return requested(&pic->master, true) != NONE;
}

static void end(struct i8259_chip *chip, uint32_t input, bool rotate)
{
	chip->isr = (uint8_t)(chip->isr & ~bit(input));
	if (rotate) {
		chip->first = (uint8_t)((input + 1u) % INPUTS);
	}
}

static uint8_t acknowledge_chip(struct i8259_chip *chip, uint32_t input)
{
	if (input == NONE) {
		return (uint8_t)(chip->vector_base + SPURIOUS);
	}
	chip->isr = (uint8_t)(chip->isr | bit(input));
	if ((chip->elcr & bit(input)) == 0) {
		chip->irr = (uint8_t)(chip->irr & ~bit(input));
	}
	if (chip->auto_eoi) {
		end(chip, input, chip->rotate_auto_eoi);
	}
	return (uint8_t)(chip->vector_base + input);
}

uint8_t i8259_acknowledge(struct i8259 *pic)
{
	uint32_t input = requested(&pic->master, true);
	uint8_t vector = acknowledge_chip(&pic->master, input);

	if (input == CASCADE) {
		vector = acknowledge_chip(&pic->slave, requested(&pic->slave, false));
	}
	cascade(pic);
	return vector;
}

static uint8_t poll(struct i8259_chip *chip, bool is_master)
{
	uint32_t input = requested(chip, is_master);

	chip->poll = false;
	if (input == NONE) {
		return 0;
	}
	(void)acknowledge_chip(chip, input);
	return (uint8_t)(POLL_FOUND | input);
}

uint8_t i8259_read(struct i8259 *pic, bool slave, bool a0)
{
	struct i8259_chip *chip = slave ? &pic->slave : &pic->master;
	uint8_t value;

	if (chip->poll) {
		value = poll(chip, !slave);
		cascade(pic);
		return value;
	}
	if (a0) {
		return chip->imr;
	}
	return chip->read_isr ? chip->isr : chip->irr;
}

static void begin_init(struct i8259_chip *chip, uint8_t value)
{
	uint8_t lines = chip->lines, elcr = chip->elcr;

	*chip = (struct i8259_chip){
		.lines = lines,
		.elcr = elcr,
		/* Level-triggered inputs ask again; an edge must come anew. */
		.irr = (uint8_t)(lines & elcr),
		.init_step = 2,
		.needs_icw4 = (value & ICW1_ICW4) != 0,
	};
}

static void continue_init(struct i8259_chip *chip, uint8_t value)
{
	switch (chip->init_step) {
	case 2:
		chip->vector_base = (uint8_t)(value & ~7u);
		chip->init_step = 3;
		break;
	case 3:
		/* How the chips are wired is fixed. */
		chip->init_step = chip->needs_icw4 ? 4 : 0;
		break;
	default:
		chip->auto_eoi = (value & ICW4_AUTO_EOI) != 0;
		chip->special_nested = (value & ICW4_SPECIAL_NESTED) != 0;
		chip->init_step = 0;
		break;
	}
}

static void write_ocw2(struct i8259_chip *chip, uint8_t value)
{
	uint32_t level = value & OCW2_LEVEL, rank;
	uint32_t served = highest(chip, chip->isr, &rank);

	switch (value >> OCW2_SHIFT) {
	case OCW2_ROTATE_AUTO_EOI_CLEAR:
		chip->rotate_auto_eoi = false;
		break;
	case OCW2_ROTATE_AUTO_EOI_SET:
		chip->rotate_auto_eoi = true;
		break;
	case OCW2_EOI:
	case OCW2_ROTATE_EOI:
		if (served != NONE) {
			end(chip, served, value >> OCW2_SHIFT == OCW2_ROTATE_EOI);
		}
		break;
	case OCW2_EOI_LEVEL:
	case OCW2_ROTATE_EOI_LEVEL:
		end(chip, level, value >> OCW2_SHIFT == OCW2_ROTATE_EOI_LEVEL);
		break;
	case OCW2_SET_PRIORITY:
		chip->first = (uint8_t)((level + 1u) % INPUTS);
		break;
	default:
		break;
	}
}

static void write_ocw3(struct i8259_chip *chip, uint8_t value)
{
	chip->poll = (value & OCW3_POLL) != 0;
	if ((value & OCW3_READ_ENABLE) != 0) {
		chip->read_isr = (value & OCW3_READ_ISR) != 0;
	}
	if ((value & OCW3_MASK_ENABLE) != 0) {
		chip->special_mask = (value & OCW3_MASK_SET) != 0;
	}
}

void i8259_write(struct i8259 *pic, bool slave, bool a0, uint8_t value)
{
	struct i8259_chip *chip = slave ? &pic->slave : &pic->master;

	if (!a0 && (value & ICW1_INIT) != 0) {
		begin_init(chip, value);
	} else if (a0 && chip->init_step != 0) {
		continue_init(chip, value);
	} else if (a0) {
		chip->imr = value;
	} else if ((value & OCW3) != 0) {
		write_ocw3(chip, value);
	} else {
		write_ocw2(chip, value);
	}
	cascade(pic);
}

uint8_t i8259_read_elcr(const struct i8259 *pic, bool slave)
{
	return slave ? pic->slave.elcr : pic->master.elcr;
}

void i8259_write_elcr(struct i8259 *pic, bool slave, uint8_t value)
{
	if (slave) {
		pic->slave.elcr = (uint8_t)(value & ELCR_SLAVE);
	} else {
		pic->master.elcr = (uint8_t)(value & ELCR_MASTER);
	}
}
