/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The figures of one architecture: numbers with names, in sections. The kernel
 * prints them as lines of "section name value"; the tree keeps them as JSON.
 */
#ifndef BENCH_FIGURES_H_
#define BENCH_FIGURES_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of a section's and of a figure's name, the final zero included. */
#define FIGURES_NAME_SIZE 48u
#define FIGURES_MAX 256u

/* Sections. */
#define FIGURES_INSTRUCTIONS "instructions"
#define FIGURES_HAL_CALLS "hal_calls"
#define FIGURES_BYTES "bytes"
/** Followed by the line's name. */
#define FIGURES_BREAKDOWN "breakdown_"

struct figure {
	char section[FIGURES_NAME_SIZE];
	char name[FIGURES_NAME_SIZE];
	uint64_t value;
};

struct figures {
	char arch[FIGURES_NAME_SIZE];
	struct figure list[FIGURES_MAX];
	size_t count;
};

/** Adds a figure behind the others; false if there is no room or a name is too long. */
bool figures_add(struct figures *figures, const char *section, const char *name, uint64_t value);
/** The value of a figure; false if there is none. */
bool figures_get(const struct figures *figures, const char *section, const char *name,
		 uint64_t *value);
/** Reads what the kernel printed; null, or what is wrong. */
const char *figures_read_console(struct figures *figures, FILE *in);
/** Reads what figures_write_json() wrote; null, or what is wrong. */
const char *figures_read_json(struct figures *figures, FILE *in);
/** Writes them as JSON: an object with one object for each section. */
void figures_write_json(const struct figures *figures, FILE *out);

#ifdef __cplusplus
}
#endif

#endif /* BENCH_FIGURES_H_ */
