/* SPDX-License-Identifier: Apache-2.0 */
/* Where the instructions of one exit go, from a trace of each single one. */
#ifndef BENCH_BREAKDOWN_H_
#define BENCH_BREAKDOWN_H_

#include <stdio.h>

#include "figures.h"
#include "symbols.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A list of addresses. */
struct trace {
	uint64_t *list;
	size_t count;
};

/**
 * Reads the log of QEMU's `-d exec` with one instruction in a translation block, of
 * which the second number in brackets is the program counter.
 * @return null, or what is wrong.
 */
const char *trace_read(struct trace *trace, FILE *in);
void trace_free(struct trace *trace);

/**
 * Adds the parts of lines 2 and 3: the instructions from the last but one execution
 * of the guest's call to the last one, by what their code belongs to.
 * @return null, or what is wrong.
 */
const char *breakdown_add(struct figures *figures, const struct symbols *symbols,
			  const struct trace *trace);

#ifdef __cplusplus
}
#endif

#endif /* BENCH_BREAKDOWN_H_ */
