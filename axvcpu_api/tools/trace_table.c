/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "axvcpu/exit.h"
#include "trace_print.h"

static double percent(uint64_t part, uint64_t whole)
{
	return whole == 0u ? 0.0 : 100.0 * (double)part / (double)whole;
}

static void print_counters(FILE *out, const struct trace_dump *dump)
{
	const struct axvcpu_trace *head = &dump->head;

	fprintf(out, "%-20s %10s %6s %12s %12s %14s\n", "reason", "exits", "%", "run avg ns",
		"away avg ns", "away total ns");
	for (uint32_t reason = 0; reason < AXVCPU_TRACE_REASONS; reason++) {
		const struct axvcpu_trace_counter *counter = &head->counters[reason];

		if (counter->count == 0u) {
			continue;
		}
		fprintf(out, "%-20s %10" PRIu64 " %6.2f %12" PRIu64 " %12" PRIu64 " %14" PRIu64 "\n",
			axvcpu_exit_reason_string(reason), counter->count,
			percent(counter->count, head->total),
			trace_dump_ns(dump, counter->run_ticks) / counter->count,
			trace_dump_ns(dump, counter->away_ticks) / counter->count,
			trace_dump_ns(dump, counter->away_ticks));
	}
}

/** Nanoseconds from an exit to the next run; none after the last exit. */
static void print_away(FILE *out, const struct trace_dump *dump, uint64_t index, uint64_t leave)
{
	struct axvcpu_trace_record next;

	if (index + 1u >= dump->count) {
		fprintf(out, " %12s", "-");
		return;
	}
	next = trace_dump_record(dump, index + 1u);
	fprintf(out, " %12" PRIu64, trace_dump_ns(dump, trace_dump_ticks(leave, next.enter)));
}

static void print_records(FILE *out, const struct trace_dump *dump)
{
	fprintf(out, "\n%10s %14s %12s %12s %-20s %18s %18s\n", "exit", "at ns", "run ns", "away ns",
		"reason", "pc", "detail");
	for (uint64_t i = 0; i < dump->count; i++) {
		struct axvcpu_trace_record record = trace_dump_record(dump, i);

		fprintf(out, "%10" PRIu64 " %14" PRIu64 " %12" PRIu64, dump->first + i,
			trace_dump_ns(dump, trace_dump_ticks(dump->head.start, record.leave)),
			trace_dump_ns(dump, trace_dump_ticks(record.enter, record.leave)));
		print_away(out, dump, i, record.leave);
		fprintf(out, " %-20s %#18" PRIx64 " %#18" PRIx64 "%s\n",
			axvcpu_exit_reason_string(record.reason), record.pc, record.detail,
			(record.flags & AXVCPU_EXIT_FLAG_KICKED) != 0u ? " kicked" : "");
	}
}

void trace_print_table(FILE *out, const struct trace_dump *dump)
{
	const struct axvcpu_trace *head = &dump->head;

	fprintf(out, "vm %" PRIu64 " vcpu %" PRIu64 " (%s): %" PRIu64 " exits in %" PRIu64 " ns\n",
		head->vm_id, head->vcpu_id, trace_dump_arch(dump), head->total,
		trace_dump_ns(dump, trace_dump_ticks(head->start, head->last_leave)));
	print_counters(out, dump);
	if (dump->count != 0u) {
		print_records(out, dump);
	}
}
