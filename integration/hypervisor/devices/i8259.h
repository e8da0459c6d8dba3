/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two interrupt controllers of a PC (Intel 8259A, 231468): fixed and rotated
 * priority, edge and level by the ELCR, special mask mode, poll and automatic end of
 * interrupt. The slave hangs on the master's input 2.
 */
#ifndef HYPERVISOR_DEVICES_I8259_H_
#define HYPERVISOR_DEVICES_I8259_H_

struct state_stream;

#include <stdbool.h>
#include <stdint.h>

struct i8259_chip {
	/** Levels of the inputs, and which of them are edge-triggered (ELCR bit 0). */
	uint8_t lines;
	uint8_t elcr;
	uint8_t irr;
	uint8_t isr;
	uint8_t imr;
	uint8_t vector_base;
	/** Input of the highest priority. */
	uint8_t first;
	/** The initialisation word that is expected next, 0 if none. */
	uint8_t init_step;
	bool needs_icw4;
	bool auto_eoi;
	bool rotate_auto_eoi;
	bool special_mask;
	bool special_nested;
	bool read_isr;
	bool poll;
};

struct i8259 {
	struct i8259_chip master;
	struct i8259_chip slave;
};

/** As after power-on: all masked. */
void i8259_init(struct i8259 *pic);
/** An input, 0 to 15, has now this level. */
void i8259_set_line(struct i8259 *pic, uint32_t input, bool high);
/** Whether INTR to the CPU is high. */
bool i8259_output(const struct i8259 *pic);
/** The CPU's interrupt acknowledge: the vector. A spurious one is input 7's. */
uint8_t i8259_acknowledge(struct i8259 *pic);
/** Ports: `slave` chip, `a0` the second one. */
uint8_t i8259_read(struct i8259 *pic, bool slave, bool a0);
void i8259_write(struct i8259 *pic, bool slave, bool a0, uint8_t value);
/** ELCR, ports 0x4d0 and 0x4d1. */
uint8_t i8259_read_elcr(const struct i8259 *pic, bool slave);
void i8259_write_elcr(struct i8259 *pic, bool slave, uint8_t value);
/** Saves its state, or loads it. */
void i8259_state(struct i8259 *pic, struct state_stream *stream);

#endif /* HYPERVISOR_DEVICES_I8259_H_ */
