/* SPDX-License-Identifier: Apache-2.0 */
/* A trace for people: as tables, and as a timeline for a viewer. */
#ifndef AXVCPU_TOOLS_TRACE_PRINT_H_
#define AXVCPU_TOOLS_TRACE_PRINT_H_

#include <stdio.h>

#include "trace_dump.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The counters, and below them each exit in the ring, the oldest first. Times are in
 * nanoseconds; "away" is from the exit to the next run.
 */
void trace_print_table(FILE *out, const struct trace_dump *dump);

/**
 * All dumps as one timeline in the Trace Event Format, which Perfetto and Chrome's
 * about:tracing read: a process for each machine, a thread for each vCPU, a slice
 * for each run, and one named by the exit's reason for the time up to the next run.
 */
void trace_print_json(FILE *out, const struct trace_dump *dumps, size_t count);

#ifdef __cplusplus
}
#endif

#endif /* AXVCPU_TOOLS_TRACE_PRINT_H_ */
