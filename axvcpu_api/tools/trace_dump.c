/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_dump.h"

#include <string.h>

#define NS_PER_SECOND 1000000000u

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "dumps are those of little-endian machines, and are read in place");

/** What is wrong with the head, or null. */
static const char *check_head(const struct axvcpu_trace *head)
{
	if (head->magic != AXVCPU_TRACE_MAGIC) {
		return "not a trace";
	}
	if (head->format != AXVCPU_TRACE_FORMAT || head->head_size != sizeof(*head) ||
	    head->record_size != sizeof(struct axvcpu_trace_record)) {
		return "a trace of another version";
	}
	if ((head->capacity & (head->capacity - 1u)) != 0u || head->ticks_per_second == 0u) {
		return "a damaged trace";
	}
	return NULL;
}

const char *trace_dump_open(const void *bytes, size_t size, struct trace_dump *dump)
{
	const char *wrong;

	if (size < sizeof(dump->head)) {
		return "too short for a trace";
	}
	memcpy(&dump->head, bytes, sizeof(dump->head));
	wrong = check_head(&dump->head);
	if (wrong != NULL) {
		return wrong;
	}
	if ((size - sizeof(dump->head)) / sizeof(struct axvcpu_trace_record) <
	    dump->head.capacity) {
		return "cut short";
	}
	dump->records = (const unsigned char *)bytes + sizeof(dump->head);
	dump->count = dump->head.total < dump->head.capacity ? dump->head.total :
								  dump->head.capacity;
	dump->first = dump->head.total - dump->count;
	return NULL;
}

struct axvcpu_trace_record trace_dump_record(const struct trace_dump *dump, uint64_t index)
{
	struct axvcpu_trace_record record;
	uint64_t slot = (dump->first + index) & (dump->head.capacity - 1u);

	memcpy(&record, dump->records + slot * sizeof(record), sizeof(record));
	return record;
}

uint64_t trace_dump_ns(const struct trace_dump *dump, uint64_t ticks)
{
	unsigned __int128 ns = (unsigned __int128)ticks * NS_PER_SECOND / dump->head.ticks_per_second;

	return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

uint64_t trace_dump_ticks(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0u;
}

const char *trace_dump_arch(const struct trace_dump *dump)
{
	switch (dump->head.arch) {
	case AXVCPU_ARCH_AARCH64:
		return "aarch64";
	case AXVCPU_ARCH_RISCV64:
		return "riscv64";
	case AXVCPU_ARCH_X86_64:
		return "x86_64";
	case AXVCPU_ARCH_MOCK:
		return "mock";
	default:
		return "unknown architecture";
	}
}
