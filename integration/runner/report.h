/* SPDX-License-Identifier: Apache-2.0 */
/* What the hypervisor reports at its end, line by line. */
#ifndef RUNNER_REPORT_H_
#define RUNNER_REPORT_H_

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "saved.h"

#define REPORT_MAX_REASONS 32u
#define REPORT_NAME_MAX 32u

struct report {
	bool has_status;
	uint64_t status;
	/** The guest ended with a status of its own, which is `status`. */
	bool has_guest_status;
	/** Where a saved machine is in the board's memory, bytes from its start. */
	struct saved_place saved;
	uint64_t saved_state_size;
	uint64_t instructions;
	/** Until user space, as our initramfs says it on the console; 0 if nothing did. */
	uint64_t user_space;
	uint32_t reason_count;
	struct {
		char name[REPORT_NAME_MAX];
		uint64_t count;
	} reasons[REPORT_MAX_REASONS];
};

/** Takes one line, without its end; a line that is none of the report's is passed over. */
void report_line(struct report *report, const char *line);
/** Takes one line of the guest's console: what integration/images/arm64/instructions.c says. */
void report_console_line(struct report *report, const char *line);
/** Prints the exits by reason; `instructions` only if time was counted in them. */
void report_print(const struct report *report, bool icount, FILE *file);

#endif /* RUNNER_REPORT_H_ */
