/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include <stdarg.h>
#include <stdio.h>

int message_set(struct message *message, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	(void)vsnprintf(message->text, sizeof(message->text), format, values);
	va_end(values);
	return -1;
}
