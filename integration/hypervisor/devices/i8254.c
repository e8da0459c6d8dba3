/* SPDX-License-Identifier: Apache-2.0 */
#include "i8254.h"

#define PORT_CONTROL 3u
#define CONTROL_COUNTER_SHIFT 6u
#define CONTROL_READ_BACK 3u
#define CONTROL_ACCESS_SHIFT 4u
#define CONTROL_ACCESS 3u
#define CONTROL_MODE_SHIFT 1u
#define CONTROL_MODE 7u
#define READ_BACK_NO_COUNT 0x20u
#define READ_BACK_NO_STATUS 0x10u
#define STATUS_OUTPUT 0x80u
#define STATUS_NULL_COUNT 0x40u
#define FULL 0x10000u

enum access { ACCESS_LATCH = 0, ACCESS_LOW = 1, ACCESS_HIGH = 2, ACCESS_BOTH = 3 };
enum mode {
	MODE_TERMINAL_COUNT = 0,
	MODE_ONE_SHOT = 1,
	MODE_RATE = 2,
	MODE_SQUARE = 3,
	MODE_SOFTWARE_STROBE = 4,
	MODE_HARDWARE_STROBE = 5,
};

void i8254_init(struct i8254 *pit)
{
	uint32_t i;

	*pit = (struct i8254){ 0 };
	for (i = 0; i < I8254_COUNTERS; i++) {
		pit->counters[i].access = ACCESS_BOTH;
		/* Those of counters 0 and 1 are tied high. */
		pit->counters[i].gate = i != 2u;
	}
}

static bool runs(const struct i8254_counter *counter)
{
	return counter->count != 0 && counter->gate && counter->mode != MODE_ONE_SHOT &&
	       counter->mode != MODE_HARDWARE_STROBE;
}

static uint16_t value_at(const struct i8254_counter *counter, uint64_t now)
{
	uint64_t passed = now - counter->start;

	if (!runs(counter)) {
		return (uint16_t)counter->count;
	}
	switch (counter->mode) {
	case MODE_RATE:
		return (uint16_t)(counter->count - passed % counter->count);
	case MODE_SQUARE:
		/* It counts by two, twice a period. */
		return (uint16_t)(counter->count - passed * 2u % counter->count);
	default:
		return (uint16_t)(counter->count - passed);
	}
}

static bool output_at(const struct i8254_counter *counter, uint64_t now)
{
	uint64_t passed = now - counter->start;

	if (!runs(counter)) {
		return counter->mode != MODE_TERMINAL_COUNT;
	}
	switch (counter->mode) {
	case MODE_TERMINAL_COUNT:
		return passed >= counter->count;
	case MODE_RATE:
		/* Low for the last tick of a period. */
		return passed % counter->count != counter->count - 1u;
	case MODE_SQUARE:
		return passed % counter->count < (counter->count + 1u) / 2u;
	default:
		return passed != counter->count;
	}
}

bool i8254_output(const struct i8254 *pit, uint32_t counter, uint64_t now)
{
	return output_at(&pit->counters[counter], now);
}

uint64_t i8254_next_edge(const struct i8254 *pit, uint32_t number, uint64_t now)
{
	const struct i8254_counter *counter = &pit->counters[number];
	uint64_t passed = now - counter->start;

	if (!runs(counter)) {
		return UINT64_MAX;
	}
	switch (counter->mode) {
	case MODE_RATE:
	case MODE_SQUARE:
		return counter->start + (passed / counter->count + 1u) * counter->count;
	case MODE_TERMINAL_COUNT:
		return passed < counter->count ? counter->start + counter->count : UINT64_MAX;
	default:
		return passed <= counter->count ? counter->start + counter->count + 1u : UINT64_MAX;
	}
}

void i8254_set_gate(struct i8254 *pit, uint32_t number, bool gate, uint64_t now)
{
	struct i8254_counter *counter = &pit->counters[number];

	if (gate && !counter->gate) {
		/* A rising gate starts the count again (mode 0 goes on; nobody stops it there). */
		counter->start = now;
	}
	counter->gate = gate;
}

static uint8_t status_of(const struct i8254_counter *counter, uint64_t now)
{
	return (uint8_t)((output_at(counter, now) ? STATUS_OUTPUT : 0u) |
			 (counter->count == 0 ? STATUS_NULL_COUNT : 0u) |
			 (uint32_t)counter->access << CONTROL_ACCESS_SHIFT |
			 (uint32_t)counter->mode << CONTROL_MODE_SHIFT);
}

static void latch(struct i8254_counter *counter, uint64_t now)
{
	if (!counter->latched) {
		counter->latch = value_at(counter, now);
		counter->latched = true;
	}
}

static void read_back(struct i8254 *pit, uint8_t value, uint64_t now)
{
	struct i8254_counter *counter;
	uint32_t i;

	for (i = 0; i < I8254_COUNTERS; i++) {
		counter = &pit->counters[i];
		if ((value & (2u << i)) == 0) {
			continue;
		}
		if ((value & READ_BACK_NO_COUNT) == 0) {
			latch(counter, now);
		}
		if ((value & READ_BACK_NO_STATUS) == 0 && !counter->status_latched) {
			counter->status = status_of(counter, now);
			counter->status_latched = true;
		}
	}
}

static void write_control(struct i8254 *pit, uint8_t value, uint64_t now)
{
	uint32_t number = value >> CONTROL_COUNTER_SHIFT;
	uint32_t access = (value >> CONTROL_ACCESS_SHIFT) & CONTROL_ACCESS;
	struct i8254_counter *counter;
	uint32_t mode;

	if (number == CONTROL_READ_BACK) {
		read_back(pit, value, now);
		return;
	}
	counter = &pit->counters[number];
	if (access == ACCESS_LATCH) {
		latch(counter, now);
		return;
	}
	mode = (value >> CONTROL_MODE_SHIFT) & CONTROL_MODE;
	/* 6 and 7 are 2 and 3. */
	counter->mode = (uint8_t)(mode > MODE_HARDWARE_STROBE ? mode - 4u : mode);
	counter->access = (uint8_t)access;
	counter->write_high = false;
	counter->read_high = false;
	counter->latched = false;
	counter->count = 0;
}

static void load(struct i8254_counter *counter, uint32_t count, uint64_t now)
{
	counter->count = count == 0 ? FULL : count;
	counter->start = now;
}

void i8254_write(struct i8254 *pit, uint32_t port, uint8_t value, uint64_t now)
{
	struct i8254_counter *counter;

	if (port == PORT_CONTROL) {
		write_control(pit, value, now);
		return;
	}
	counter = &pit->counters[port];
	switch (counter->access) {
	case ACCESS_LOW:
		load(counter, value, now);
		break;
	case ACCESS_HIGH:
		load(counter, (uint32_t)value << 8, now);
		break;
	default:
		if (counter->write_high) {
			load(counter, (uint32_t)value << 8 | counter->low, now);
		} else {
			counter->low = value;
		}
		counter->write_high = !counter->write_high;
		break;
	}
}

uint8_t i8254_read(struct i8254 *pit, uint32_t port, uint64_t now)
{
	struct i8254_counter *counter;
	uint16_t value;
	bool high;

	if (port == PORT_CONTROL) {
		return 0xff;
	}
	counter = &pit->counters[port];
	if (counter->status_latched) {
		counter->status_latched = false;
		return counter->status;
	}
	value = counter->latched ? counter->latch : value_at(counter, now);
	high = counter->access == ACCESS_HIGH ||
	       (counter->access == ACCESS_BOTH && counter->read_high);
	if (counter->access == ACCESS_BOTH) {
		counter->read_high = !counter->read_high;
	}
	if (counter->access != ACCESS_BOTH || high) {
		counter->latched = false;
	}
	return (uint8_t)(high ? value >> 8 : value);
}
