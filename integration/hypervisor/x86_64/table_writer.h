/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a PC's firmware as bytes, with numbers in little-endian order. */
#ifndef HYPERVISOR_X86_64_TABLE_WRITER_H_
#define HYPERVISOR_X86_64_TABLE_WRITER_H_

#include <stdint.h>

struct table_writer {
	uint8_t *base;
	/** Where the guest has it. */
	uint32_t gpa;
	/** Of the next byte. */
	uint32_t at;
};

static inline void table_put(struct table_writer *writer, uint64_t value, uint32_t bytes)
{
	for (; bytes > 0; bytes--, value >>= 8) {
		writer->base[writer->at++] = (uint8_t)value;
	}
}

/** Over what was put there before. */
static inline void table_put_at(const struct table_writer *writer, uint32_t at, uint64_t value,
				uint32_t bytes)
{
	struct table_writer there = { .base = writer->base, .at = at };

	table_put(&there, value, bytes);
}

static inline void table_put_text(struct table_writer *writer, const char *text)
{
	for (; *text != '\0'; text++) {
		table_put(writer, (uint8_t)*text, 1);
	}
}

/** The byte at `where` makes the sum of the `size` ones from `start` on 0. */
static inline void table_put_checksum(const struct table_writer *writer, uint32_t start,
				      uint32_t size, uint32_t where)
{
	uint8_t sum = 0;
	uint32_t i;

	writer->base[where] = 0;
	for (i = 0; i < size; i++) {
		sum = (uint8_t)(sum + writer->base[start + i]);
	}
	writer->base[where] = (uint8_t)-sum;
}

#endif /* HYPERVISOR_X86_64_TABLE_WRITER_H_ */
