/* SPDX-License-Identifier: Apache-2.0 */
/* A trace that was written to a file, checked. */
#ifndef AXVCPU_TOOLS_TRACE_DUMP_H_
#define AXVCPU_TOOLS_TRACE_DUMP_H_

#include <stddef.h>
#include <stdint.h>

#include "axvcpu/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

struct trace_dump {
	struct axvcpu_trace head;
	/** The bytes of the records, which may stand at any address. */
	const unsigned char *records;
	/** Number of the oldest exit that is still in the ring, and how many are. */
	uint64_t first;
	uint64_t count;
};

/**
 * Checks a dump.
 *
 * @param bytes  stay the caller's, and are used as long as the dump.
 * @return null, or what is wrong with it.
 */
const char *trace_dump_open(const void *bytes, size_t size, struct trace_dump *dump);

/** The record at `index`, counted from the oldest one; below dump->count. */
struct axvcpu_trace_record trace_dump_record(const struct trace_dump *dump, uint64_t index);

/** Ticks as nanoseconds, UINT64_MAX if there are too many. */
uint64_t trace_dump_ns(const struct trace_dump *dump, uint64_t ticks);

/** Ticks from `from` to `to`; 0 if a clock went back. */
uint64_t trace_dump_ticks(uint64_t from, uint64_t to);

/** Name of AXVCPU_ARCH_*. */
const char *trace_dump_arch(const struct trace_dump *dump);

#ifdef __cplusplus
}
#endif

#endif /* AXVCPU_TOOLS_TRACE_DUMP_H_ */
