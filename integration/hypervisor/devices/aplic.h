/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An advanced platform-level interrupt controller (RISC-V Advanced Interrupt Architecture
 * 1.0, 4): one interrupt domain at supervisor level, without children, that forwards what
 * its wires tell to the harts as messages (MSI delivery mode), and does nothing else.
 */
#ifndef HYPERVISOR_DEVICES_APLIC_H_
#define HYPERVISOR_DEVICES_APLIC_H_

#include "device.h"
#include "source_set.h"

struct state_stream;

/** Bytes of the control region without IDC structures, which are for direct delivery (4.5). */
#define APLIC_SIZE UINT64_C(0x4000)

/** Values of sourcecfg.SM (4.5.2). */
enum aplic_source_mode {
	APLIC_INACTIVE = 0,
	APLIC_DETACHED = 1,
	APLIC_EDGE1 = 4,
	APLIC_EDGE0 = 5,
	APLIC_LEVEL1 = 6,
	APLIC_LEVEL0 = 7,
};

/** Where messages go: called with a hart's index, which may be none's, and an identity. */
struct aplic_messages {
	void (*send)(void *ctx, uint32_t hart, uint32_t identity);
	void *ctx;
};

struct aplic {
	struct aplic_messages messages;
	/** domaincfg.IE */
	bool enabled;
	uint32_t genmsi;
	/** Of sources by number: enum aplic_source_mode, and the register `target`. */
	uint8_t mode[SOURCE_LAST + 1u];
	uint32_t target[SOURCE_LAST + 1u];
	/** Levels that come in, and the bits of setip and setie. */
	uint32_t level[SOURCE_WORDS];
	uint32_t pending[SOURCE_WORDS];
	uint32_t enable[SOURCE_WORDS];
};

extern const struct device_ops aplic_ops;

/** As after reset, with every source inactive; `messages` is copied. */
void aplic_init(struct aplic *aplic, const struct aplic_messages *messages);
/** The level of a source, 1 to SOURCE_LAST; fits struct device_irq, with the APLIC as ctx. */
void aplic_set_level(void *aplic, uint32_t source, bool high);
/** Saves its state, or loads it, without sending a message. */
void aplic_state(struct aplic *aplic, struct state_stream *stream);

#endif /* HYPERVISOR_DEVICES_APLIC_H_ */
