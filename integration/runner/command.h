/* SPDX-License-Identifier: Apache-2.0 */
/* A command line that is put together piece by piece. */
#ifndef RUNNER_COMMAND_H_
#define RUNNER_COMMAND_H_

#define COMMAND_MAX_ARGUMENTS 96

struct command {
	char *argv[COMMAND_MAX_ARGUMENTS];
	int count;
};

/** Adds an argument; ends the runner if it or the command line is too long. */
void command_add(struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** Frees the arguments. */
void command_free(struct command *command);

#endif /* RUNNER_COMMAND_H_ */
