/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"

#include <stdarg.h>

#include "board.h"
#include "lock.h"
#include "text.h"

/** One line at a time. */
static struct lock lock;
static uint32_t log_level = AXVCPU_LOG_INFO;

static void put(void *arg, char c)
{
	board_console_put(*(const enum console_line *)arg, c);
}

static void put_line(enum console_line line, const char *prefix, const char *format, va_list values)
{
	lock_take(&lock);
	while (*prefix != '\0') {
		put(&line, *prefix++);
	}
	text_format(put, &line, format, values);
	put(&line, '\n');
	lock_release(&lock);
}

void console_set_log_level(uint32_t level)
{
	log_level = level;
}

int console_logs(uint32_t level)
{
	return level <= log_level;
}

void log_line(uint32_t level, const char *format, ...)
{
	static const char *const prefixes[] = { "", "error: ", "warning: ", "", "" };
	va_list values;

	if (!console_logs(level)) {
		return;
	}
	va_start(values, format);
	put_line(CONSOLE_LOG, level <= AXVCPU_LOG_DEBUG ? prefixes[level] : "", format, values);
	va_end(values);
}

void report_line(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	put_line(CONSOLE_REPORT, "", format, values);
	va_end(values);
}
