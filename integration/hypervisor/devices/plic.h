/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A platform-level interrupt controller (RISC-V PLIC Specification 1.0.0) with the
 * memory map of that document, 96 sources and level-triggered gateways. Each
 * context has one line to its hart.
 */
#ifndef HYPERVISOR_DEVICES_PLIC_H_
#define HYPERVISOR_DEVICES_PLIC_H_

#include "device.h"
#include "source_set.h"

struct state_stream;

/** Bytes of address space that the memory map takes. */
#define PLIC_SIZE UINT64_C(0x4000000)
#define PLIC_CONTEXTS 16u

struct plic_context {
	uint32_t enabled[SOURCE_WORDS];
	uint32_t threshold;
	/** Level of the line to its hart. */
	bool line;
};

struct plic {
	/** Called with the number of a context. */
	struct device_irq irq;
	uint32_t context_count;
	uint8_t priority[SOURCE_LAST + 1u];
	/** Levels that come in, requests that wait, and sources that are served. */
	uint32_t level[SOURCE_WORDS];
	uint32_t pending[SOURCE_WORDS];
	uint32_t served[SOURCE_WORDS];
	struct plic_context contexts[PLIC_CONTEXTS];
};

extern const struct device_ops plic_ops;

/**
 * As after reset.
 *
 * @param irq            copied; `number` of it is ignored.
 * @param context_count  1 to PLIC_CONTEXTS.
 */
void plic_init(struct plic *plic, const struct device_irq *irq, uint32_t context_count);
/** The level of a source, 1 to SOURCE_LAST; fits struct device_irq, with the PLIC as ctx. */
void plic_set_level(void *plic, uint32_t source, bool high);
/** Saves its state, or loads that of one with as many contexts, without moving its lines. */
void plic_state(struct plic *plic, struct state_stream *stream);

#endif /* HYPERVISOR_DEVICES_PLIC_H_ */
