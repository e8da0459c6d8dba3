/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interval timer of a PC (Intel 8254, 231164), driven by whoever asks: time comes
 * in as ticks of its 1193182 Hz clock. Modes 0 and 2 to 4; mode 1 and 5 wait for their
 * gate. BCD counting counts in binary.
 */
#ifndef HYPERVISOR_DEVICES_I8254_H_
#define HYPERVISOR_DEVICES_I8254_H_

#include <stdbool.h>
#include <stdint.h>

#define I8254_HZ UINT64_C(1193182)
#define I8254_COUNTERS 3u

struct state_stream;

struct i8254_counter {
	uint8_t mode;
	/** Bytes of an access: 1 low, 2 high, 3 low then high. */
	uint8_t access;
	/** The next byte is the high one. */
	bool write_high;
	bool read_high;
	uint8_t low;
	/** 1 to 65536; 0 before the first count was written. */
	uint32_t count;
	/** When it began to count. */
	uint64_t start;
	bool latched;
	uint16_t latch;
	bool status_latched;
	uint8_t status;
	bool gate;
};

struct i8254 {
	struct i8254_counter counters[I8254_COUNTERS];
};

void i8254_init(struct i8254 *pit);
/** Ports 0 to 3 at time `now`. */
uint8_t i8254_read(struct i8254 *pit, uint32_t port, uint64_t now);
void i8254_write(struct i8254 *pit, uint32_t port, uint8_t value, uint64_t now);
/** Level of a counter's output. */
bool i8254_output(const struct i8254 *pit, uint32_t counter, uint64_t now);
/** When that output next rises after `now`; UINT64_MAX if never. */
uint64_t i8254_next_edge(const struct i8254 *pit, uint32_t counter, uint64_t now);
/** The gate input of counter 2, which port 61 drives. */
void i8254_set_gate(struct i8254 *pit, uint32_t counter, bool gate, uint64_t now);
/** Saves its state at time `now`, or loads it: its counts go on from where they stood. */
void i8254_state(struct i8254 *pit, uint64_t now, struct state_stream *stream);

#endif /* HYPERVISOR_DEVICES_I8254_H_ */
