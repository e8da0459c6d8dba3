/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The I/O APIC of a PC (Intel 82093AA, 290566): 24 inputs, each with a redirection entry
 * that says which message goes to which local APICs when it is asserted.
 */
#ifndef HYPERVISOR_DEVICES_IOAPIC_H_
#define HYPERVISOR_DEVICES_IOAPIC_H_

#include "device.h"

#define IOAPIC_INPUTS 24u
/** Bytes that its registers take at their place in memory. */
#define IOAPIC_SIZE UINT64_C(0x1000)

/** Delivery modes of a message (3.2.4, bits 10:8). */
enum ioapic_delivery {
	IOAPIC_FIXED = 0,
	IOAPIC_LOWEST_PRIORITY = 1,
	IOAPIC_SMI = 2,
	IOAPIC_NMI = 4,
	IOAPIC_INIT = 5,
	IOAPIC_EXTINT = 7,
};

struct state_stream;

/** What goes to local APICs. */
struct ioapic_message {
	uint8_t vector;
	/** IOAPIC_* above. */
	uint8_t delivery;
	/** An APIC id, or a set of logical ones. */
	uint8_t destination;
	bool logical;
	/** Its end of interrupt is to be told by ioapic_end_of_interrupt(). */
	bool level;
};

/** Where messages go; true if a local APIC took it. */
struct ioapic_output {
	bool (*deliver)(void *ctx, const struct ioapic_message *message);
	void *ctx;
};

struct ioapic {
	struct ioapic_output output;
	/** Register that the window shows. */
	uint8_t select;
	/** Bits 27:24 of its id. */
	uint8_t id;
	/** Levels of the inputs, as the wires have them. */
	uint32_t lines;
	uint64_t entries[IOAPIC_INPUTS];
};

/** As after reset: all masked. `id` is 0 to 15. */
void ioapic_init(struct ioapic *ioapic, uint8_t id, const struct ioapic_output *output);
/** An input, 0 to 23, has now this level on its wire; the entry's polarity says what that means. */
void ioapic_set_line(struct ioapic *ioapic, uint32_t input, bool high);
/** A local APIC ended a level-triggered interrupt: inputs that are still asserted ask again. */
void ioapic_end_of_interrupt(struct ioapic *ioapic, uint8_t vector);

/**
 * Whether an input hands an 8259A's INTR on, unmasked and with the delivery mode ExtINT: to whom
 * `*message` then says. Who acknowledges the 8259A has the vector.
 */
bool ioapic_is_extint(const struct ioapic *ioapic, uint32_t input, struct ioapic_message *message);

/** The select register (1 or 4 bytes) and the window (4 bytes). */
extern const struct device_ops ioapic_ops;
/** Saves its state, or loads it, sending no message. */
void ioapic_state(struct ioapic *ioapic, struct state_stream *stream);

#endif /* HYPERVISOR_DEVICES_IOAPIC_H_ */
