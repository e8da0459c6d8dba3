/* SPDX-License-Identifier: Apache-2.0 */
#include "fdt.h"

#include <stddef.h>

#include "text.h"

/* Devicetree Specification 0.4, 5.2 (header) and 5.4 (structure block); all words big-endian */
#define FDT_MAGIC 0xd00dfeedu
#define FDT_BEGIN_NODE 1u
#define FDT_END_NODE 2u
#define FDT_PROP 3u
#define FDT_NOP 4u

struct header {
	uint32_t magic;
	uint32_t totalsize;
	uint32_t off_dt_struct;
	uint32_t off_dt_strings;
	uint32_t off_mem_rsvmap;
	uint32_t version;
	uint32_t last_comp_version;
	uint32_t boot_cpuid_phys;
	uint32_t size_dt_strings;
	uint32_t size_dt_struct;
};

/** What is read of a tree: words up to the end of the structure block. */
struct reader {
	const uint32_t *at;
	const uint32_t *end;
	const char *strings;
};

static uint32_t word_at(const uint32_t *at)
{
	return __builtin_bswap32(*at);
}

static uint64_t cells_at(const uint32_t *at)
{
	return ((uint64_t)word_at(at) << 32) | word_at(at + 1);
}

static const uint32_t *skip_bytes(const uint32_t *at, uint32_t bytes)
{
	return at + bytes / sizeof(*at) + (bytes % sizeof(*at) != 0 ? 1 : 0);
}

/** Goes to the next token and its contents; false at the end. */
static bool next(struct reader *reader, uint32_t *token, const uint32_t **contents)
{
	if (reader->at >= reader->end) {
		return false;
	}
	*token = word_at(reader->at++);
	*contents = reader->at;
	switch (*token) {
	case FDT_BEGIN_NODE: /* the name, with its end */
		reader->at = skip_bytes(reader->at,
					(uint32_t)text_length((const char *)reader->at) + 1);
		return true;
	case FDT_PROP: /* length and offset of the name, then the value */
		reader->at = skip_bytes(reader->at + 2, word_at(reader->at));
		return true;
	case FDT_END_NODE:
	case FDT_NOP:
		return true;
	default:
		return false;
	}
}

/** Begins at a tree's first token; false if that is none. */
static bool open_tree(const void *blob, struct reader *reader)
{
	const struct header *header = blob;

	if (word_at(&header->magic) != FDT_MAGIC) {
		return false;
	}
	reader->at = (const uint32_t *)((uintptr_t)blob + word_at(&header->off_dt_struct));
	reader->end = skip_bytes(reader->at, word_at(&header->size_dt_struct));
	reader->strings = (const char *)blob + word_at(&header->off_dt_strings);
	return true;
}

const char *fdt_text(const void *blob, const char *name)
{
	const uint32_t *contents;
	struct reader reader;
	uint32_t token;

	if (!open_tree(blob, &reader)) {
		return NULL;
	}
	while (next(&reader, &token, &contents)) {
		if (token == FDT_PROP && word_at(contents) > 0 &&
		    text_equal(reader.strings + word_at(contents + 1), name) &&
		    ((const char *)(contents + 2))[word_at(contents) - 1u] == '\0') {
			return (const char *)(contents + 2);
		}
	}
	return NULL;
}

bool fdt_memory(const void *blob, uint64_t *base, uint64_t *size)
{
	const uint32_t range_bytes = 2 * sizeof(uint64_t);
	struct reader reader;
	const uint32_t *contents;
	const uint32_t *reg = NULL;
	const char *name;
	bool is_memory = false;
	uint32_t token;

	if (!open_tree(blob, &reader)) {
		return false;
	}
	while (next(&reader, &token, &contents)) {
		if (token == FDT_BEGIN_NODE || token == FDT_END_NODE) {
			/* Properties come before the nodes inside. */
			is_memory = false;
			reg = NULL;
		} else if (token == FDT_PROP) {
			name = reader.strings + word_at(contents + 1);
			if (text_equal(name, "device_type")) {
				is_memory = text_equal((const char *)(contents + 2), "memory");
			} else if (text_equal(name, "reg") && word_at(contents) >= range_bytes) {
				reg = contents + 2;
			}
		}
		if (is_memory && reg != NULL) {
			*base = cells_at(reg);
			*size = cells_at(reg + 2);
			return true;
		}
	}
	return false;
}
