/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of the interrupt sources of riscv64's controllers, PLIC and APLIC: a bit for each of
 * the 96 that QEMU's board has (hw/riscv/virt.c, VIRT_IRQCHIP_NUM_SOURCES). Source 0 does
 * not exist.
 */
#ifndef HYPERVISOR_DEVICES_SOURCE_SET_H_
#define HYPERVISOR_DEVICES_SOURCE_SET_H_

#include <stdbool.h>
#include <stdint.h>

struct state_stream;

#define SOURCE_NONE 0u
/** Sources 1 to 96. */
#define SOURCE_LAST 96u
#define SOURCE_WORD_BITS 32u
/** 32-bit words with a bit for each source, source 0 included. */
#define SOURCE_WORDS (SOURCE_LAST / SOURCE_WORD_BITS + 1u)

/** Whether there is a source of that number. */
static inline bool source_exists(uint64_t source)
{
	return source != SOURCE_NONE && source <= SOURCE_LAST;
}

static inline bool source_set_has(const uint32_t *words, uint32_t source)
{
	return (words[source / SOURCE_WORD_BITS] >> (source % SOURCE_WORD_BITS) & 1u) != 0;
}

static inline void source_set_put(uint32_t *words, uint32_t source, bool value)
{
	uint32_t mask = UINT32_C(1) << (source % SOURCE_WORD_BITS);

	if (value) {
		words[source / SOURCE_WORD_BITS] |= mask;
	} else {
		words[source / SOURCE_WORD_BITS] &= ~mask;
	}
}

/** The bits of a word that stand for a source: not source 0, and of the last one what exists. */
static inline uint32_t source_set_mask(uint32_t word)
{
	if (word == 0) {
		return ~UINT32_C(1);
	}
	return word == SOURCE_WORDS - 1u ? (UINT32_C(2) << (SOURCE_LAST % SOURCE_WORD_BITS)) - 1u :
					   UINT32_MAX;
}

/** Saves or loads SOURCE_WORDS words; one with a source that does not exist is refused. */
void source_set_state(uint32_t *words, struct state_stream *stream);

#endif /* HYPERVISOR_DEVICES_SOURCE_SET_H_ */
