/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "status.h"

#define ARGUMENT_TEXT (2 * PATH_MAX + 256)

void command_add(struct command *command, const char *format, ...)
{
	char *text = malloc(ARGUMENT_TEXT);
	va_list values;

	va_start(values, format);
	if (text == NULL || command->count + 1 >= COMMAND_MAX_ARGUMENTS ||
	    vsnprintf(text, ARGUMENT_TEXT, format, values) >= ARGUMENT_TEXT) {
		(void)fprintf(stderr, "run: the emulator's command line is too long\n");
		exit(STATUS_BAD_INPUT);
	}
	va_end(values);
	command->argv[command->count++] = text;
	command->argv[command->count] = NULL;
}

void command_free(struct command *command)
{
	while (command->count > 0) {
		free(command->argv[--command->count]);
	}
}
