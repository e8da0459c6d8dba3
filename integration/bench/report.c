/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include "../hypervisor/text.h"
#include "arch.h"

static void put(void *arg, char c)
{
	(void)arg;
	arch_put_char(c);
}

static void print(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	text_format(put, NULL, format, values);
	va_end(values);
}

void report_text(const char *what, const char *text)
{
	print("%s %s\n", what, text);
}

void report_number(const char *what, const char *name, uint64_t value)
{
	print("%s %s %u\n", what, name, value);
}

void report_failure(const char *what, const char *text)
{
	print("failed %s: %s\n", what, text);
	arch_power_off();
}
