/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's own two lines to the outside, apart from the guest's console: the
 * log, and the report that the runner reads. Boards differ in what carries them.
 */
#ifndef HYPERVISOR_CONSOLE_H_
#define HYPERVISOR_CONSOLE_H_

#include <stdint.h>

#include "axvcpu/hal.h"

enum console_line {
	CONSOLE_LOG,
	CONSOLE_REPORT,
	CONSOLE_LINE_COUNT,
};

/** Lines above `level` (AXVCPU_LOG_*) are dropped. */
void console_set_log_level(uint32_t level);
/** Whether a line of that level would be printed. */
int console_logs(uint32_t level);
/** One line of log; see text_format() for the format. */
void log_line(uint32_t level, const char *format, ...);
/** One line of the report. */
void report_line(const char *format, ...);

#endif /* HYPERVISOR_CONSOLE_H_ */
