/* SPDX-License-Identifier: Apache-2.0 */
/* The symbols of an ELF file, to name program counters. */
#ifndef BENCH_SYMBOLS_H_
#define BENCH_SYMBOLS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct symbol {
	uint64_t address;
	const char *name;
};

struct symbols {
	/** By address. */
	struct symbol *list;
	size_t count;
};

/**
 * Reads the symbol table of a 64-bit little-endian ELF file.
 *
 * @param bytes  stay the caller's; the names stand in them.
 * @return null, or what is wrong.
 */
const char *symbols_read(struct symbols *symbols, const uint8_t *bytes, size_t size);
void symbols_free(struct symbols *symbols);
/** The last symbol at or below an address; "" if there is none. */
const char *symbols_name(const struct symbols *symbols, uint64_t address);
/** The address of a symbol; false if there is none. */
bool symbols_find(const struct symbols *symbols, const char *name, uint64_t *address);

#ifdef __cplusplus
}
#endif

#endif /* BENCH_SYMBOLS_H_ */
