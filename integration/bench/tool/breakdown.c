/* SPDX-License-Identifier: Apache-2.0 */
#include "breakdown.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 512u
#define FIRST_ROOM 65536u

/** Parts of an exit's way, in the order in which it is gone. */
enum part {
	PART_GUEST,
	PART_SWITCH_OUT,
	PART_DECODE,
	PART_STATE_OUT,
	PART_HYPERVISOR,
	PART_STATE_IN,
	PART_HAL,
	PART_ENTER,
	PART_SWITCH_IN,
	PART_COUNT,
};

static const char *const part_names[PART_COUNT] = {
	[PART_GUEST] = "guest",
	[PART_SWITCH_OUT] = "world switch out",
	[PART_DECODE] = "decode and answer",
	[PART_STATE_OUT] = "state machine out",
	[PART_HYPERVISOR] = "hypervisor",
	[PART_STATE_IN] = "state machine in",
	[PART_HAL] = "HAL",
	[PART_ENTER] = "arch run",
	[PART_SWITCH_IN] = "world switch in",
};

/** Functions whose part is not that of the code around them; a name's beginning counts. */
static const struct {
	const char *name;
	enum part part;
} known[] = {
	{ "bench_guest_", PART_GUEST },
	{ "arm_vcpu_vectors", PART_SWITCH_OUT },
	{ "arm_vcpu_leave", PART_SWITCH_OUT },
	{ "arm_vcpu_enter", PART_SWITCH_IN },
	{ "guest_trap", PART_SWITCH_OUT },
	{ "riscv_vcpu_enter", PART_SWITCH_IN },
	{ "x86_vcpu_svm_enter_guest", PART_SWITCH_IN },
	{ "x86_vcpu_svm_guest_exited", PART_SWITCH_OUT },
	{ "percpu_get", PART_HAL },
	{ "arch_percpu_get", PART_HAL },
};

/** Code of each package, as the linker script marks it. */
struct ranges {
	uint64_t arch_start, arch_end;
	uint64_t api_start, api_end;
};

const char *trace_read(struct trace *trace, FILE *in)
{
	char line[LINE_SIZE];
	size_t room = 0;

	memset(trace, 0, sizeof(*trace));
	while (fgets(line, sizeof(line), in) != NULL) {
		const char *bracket = strchr(line, '[');
		uint64_t pc;

		if (strncmp(line, "Trace", 5) != 0 || bracket == NULL ||
		    sscanf(bracket, "[%*x/%" SCNx64 "/", &pc) != 1) {
			continue;
		}
		if (trace->count == room) {
			uint64_t *more;

			room = room == 0 ? FIRST_ROOM : 2u * room;
			more = realloc(trace->list, room * sizeof(*more));
			if (more == NULL) {
				return "no memory";
			}
			trace->list = more;
		}
		trace->list[trace->count++] = pc;
	}
	return trace->count == 0 ? "no instruction in the trace" : NULL;
}

void trace_free(struct trace *trace)
{
	free(trace->list);
	memset(trace, 0, sizeof(*trace));
}

/** Where the code at `pc` belongs; `answered`: the hypervisor has been there. */
static enum part part_of(const struct symbols *symbols, const struct ranges *ranges, uint64_t pc,
			 bool answered)
{
	const char *name = symbols_name(symbols, pc);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncmp(name, known[i].name, strlen(known[i].name)) == 0) {
			return known[i].part;
		}
	}
	if (pc >= ranges->arch_start && pc < ranges->arch_end) {
		return answered ? PART_ENTER : PART_DECODE;
	}
	if (pc >= ranges->api_start && pc < ranges->api_end) {
		return answered ? PART_STATE_IN : PART_STATE_OUT;
	}
	return PART_HYPERVISOR;
}

/** The last two executions of the instruction at `mark`. */
static bool find_round(const struct trace *trace, uint64_t mark, size_t *first, size_t *last)
{
	size_t found = 0;

	for (size_t i = trace->count; i > 0 && found < 2; i--) {
		if (trace->list[i - 1u] == mark) {
			*(found == 0 ? last : first) = i - 1u;
			found++;
		}
	}
	return found == 2;
}

static const char *add_line(struct figures *figures, const struct symbols *symbols,
			    const struct trace *trace, const struct ranges *ranges,
			    const char *line, const char *mark_name)
{
	char section[FIGURES_NAME_SIZE];
	uint64_t parts[PART_COUNT] = { 0 };
	bool answered = false;
	uint64_t mark;
	size_t first, last;

	if (!symbols_find(symbols, mark_name, &mark) || !find_round(trace, mark, &first, &last)) {
		return "a call of the guest is not in the trace";
	}
	for (size_t i = first; i < last; i++) {
		enum part part = part_of(symbols, ranges, trace->list[i], answered);

		answered = answered || part == PART_HYPERVISOR;
		parts[part]++;
	}
	(void)snprintf(section, sizeof(section), "%s%s", FIGURES_BREAKDOWN, line);
	for (size_t part = 0; part < PART_COUNT; part++) {
		if (parts[part] != 0 &&
		    !figures_add(figures, section, part_names[part], parts[part])) {
			return "too many figures";
		}
	}
	return NULL;
}

const char *breakdown_add(struct figures *figures, const struct symbols *symbols,
			  const struct trace *trace)
{
	struct ranges ranges;
	const char *wrong;

	if (!symbols_find(symbols, "bench_arch_text_start", &ranges.arch_start) ||
	    !symbols_find(symbols, "bench_arch_text_end", &ranges.arch_end) ||
	    !symbols_find(symbols, "bench_api_text_start", &ranges.api_start) ||
	    !symbols_find(symbols, "bench_api_text_end", &ranges.api_end)) {
		return "not the bench's kernel";
	}
	wrong = add_line(figures, symbols, trace, &ranges, "library_call",
			 "bench_guest_library_call_at");
	if (wrong == NULL) {
		wrong = add_line(figures, symbols, trace, &ranges, "hypercall",
				 "bench_guest_hypercall_at");
	}
	return wrong;
}
