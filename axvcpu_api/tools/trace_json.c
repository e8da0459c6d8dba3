/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "axvcpu/exit.h"
#include "trace_print.h"

#define NS_PER_US 1000u

/** Where the next event goes: after a comma, but for the first one. */
struct events {
	FILE *out;
	int any;
};

static void begin(struct events *events, const struct trace_dump *dump, const char *name,
		  const char *phase)
{
	fprintf(events->out, "%s\n{\"name\":\"%s\",\"ph\":\"%s\",\"pid\":%" PRIu64 ",\"tid\":%" PRIu64,
		events->any ? "," : "", name, phase, dump->head.vm_id, dump->head.vcpu_id);
	events->any = 1;
}

static void end(struct events *events)
{
	fputs("}", events->out);
}

/** A time in the format's microseconds, to the nanosecond. */
static void put_time(struct events *events, const char *key, const struct trace_dump *dump,
		     uint64_t ticks)
{
	uint64_t ns = trace_dump_ns(dump, ticks);

	fprintf(events->out, ",\"%s\":%" PRIu64 ".%03u", key, ns / NS_PER_US,
		(unsigned int)(ns % NS_PER_US));
}

/** Names a process or a thread. */
static void put_name(struct events *events, const struct trace_dump *dump, const char *what,
		     const char *prefix, uint64_t number)
{
	begin(events, dump, what, "M");
	fprintf(events->out, ",\"args\":{\"name\":\"%s %" PRIu64 "\"}", prefix, number);
	end(events);
}

static void put_slice(struct events *events, const struct trace_dump *dump, const char *name,
		      uint64_t from, uint64_t to)
{
	begin(events, dump, name, "X");
	put_time(events, "ts", dump, from);
	put_time(events, "dur", dump, trace_dump_ticks(from, to));
}

static void put_record(struct events *events, const struct trace_dump *dump, uint64_t index)
{
	struct axvcpu_trace_record record = trace_dump_record(dump, index);
	uint64_t away_end = record.leave;

	put_slice(events, dump, "run", record.enter, record.leave);
	end(events);
	if (index + 1u < dump->count) {
		away_end = trace_dump_record(dump, index + 1u).enter;
	}
	put_slice(events, dump, axvcpu_exit_reason_string(record.reason), record.leave, away_end);
	fprintf(events->out,
		",\"args\":{\"exit\":%" PRIu64 ",\"pc\":\"%#" PRIx64 "\",\"detail\":\"%#" PRIx64
		"\",\"kicked\":%s}",
		dump->first + index, record.pc, record.detail,
		(record.flags & AXVCPU_EXIT_FLAG_KICKED) != 0u ? "true" : "false");
	end(events);
}

void trace_print_json(FILE *out, const struct trace_dump *dumps, size_t count)
{
	struct events events = { out, 0 };

	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", out);
	for (size_t i = 0; i < count; i++) {
		put_name(&events, &dumps[i], "process_name", "vm", dumps[i].head.vm_id);
		put_name(&events, &dumps[i], "thread_name", "vcpu", dumps[i].head.vcpu_id);
		for (uint64_t n = 0; n < dumps[i].count; n++) {
			put_record(&events, &dumps[i], n);
		}
	}
	fputs("\n]}\n", out);
}
