/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <inttypes.h>
#include <string.h>

void report_line(struct report *report, const char *line)
{
	char name[REPORT_NAME_MAX];
	uint64_t value;
	uint64_t size;

	if (sscanf(line, "status %" SCNu64, &value) == 1) {
		report->status = report->has_guest_status ? report->status : value;
		report->has_status = true;
	} else if (sscanf(line, "exit %" SCNu64, &value) == 1) {
		/* As much as an exit status holds. */
		report->status = value & UINT8_MAX;
		report->has_guest_status = true;
	} else if (sscanf(line, "saved memory %" SCNu64, &value) == 1) {
		report->saved.memory = value;
	} else if (sscanf(line, "saved state %" SCNu64 " %" SCNu64, &value, &size) == 2) {
		report->saved.state = value;
		report->saved_state_size = size;
	} else if (sscanf(line, "instructions %" SCNu64, &value) == 1) {
		report->instructions = value;
	} else if (sscanf(line, "exits %31s %" SCNu64, name, &value) == 2 &&
		   report->reason_count < REPORT_MAX_REASONS) {
		memcpy(report->reasons[report->reason_count].name, name, sizeof(name));
		report->reasons[report->reason_count].count = value;
		report->reason_count++;
	}
}

void report_console_line(struct report *report, const char *line)
{
	uint64_t value;

	if (report->user_space == 0 &&
	    sscanf(line, "axvcpu: user space after %" SCNu64 " executed instructions", &value) == 1) {
		report->user_space = value;
	}
}

void report_print(const struct report *report, bool icount, FILE *file)
{
	uint32_t i;

	if (icount && report->user_space != 0) {
		(void)fprintf(file, "time to user space: %" PRIu64 " executed instructions\n",
			      report->user_space);
	}
	if (icount) {
		(void)fprintf(file, "guest run time: %" PRIu64 " executed instructions\n",
			      report->instructions);
	}
	(void)fprintf(file, "exits by reason:\n");
	for (i = 0; i < report->reason_count; i++) {
		(void)fprintf(file, "  %-20s %" PRIu64 "\n", report->reasons[i].name,
			      report->reasons[i].count);
	}
	(void)fprintf(file, "status %" PRIu64 "\n", report->status);
}
