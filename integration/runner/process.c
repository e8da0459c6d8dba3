/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch.h"

/** The Debian package that has a program. */
static const char *package_of(const char *program)
{
	size_t i;

	for (i = 0; i < ARCH_COUNT; i++) {
		if (strcmp(arch_table[i].qemu, program) == 0) {
			return arch_table[i].package;
		}
	}
	return "device-tree-compiler";
}

/** Exit status of a child whose program was not found, as the shell has it. */
#define NOT_FOUND 127

static void read_all(int from, char *output, size_t room)
{
	char scrap[256];
	size_t length = 0;
	ssize_t got;

	do {
		if (length + 1 < room) {
			got = read(from, output + length, room - 1 - length);
			length += got > 0 ? (size_t)got : 0;
		} else {
			got = read(from, scrap, sizeof(scrap));
		}
	} while (got > 0 || (got < 0 && errno == EINTR));
	output[length] = '\0';
}

int process_run(const char *const argv[], char *output, size_t room, struct message *message)
{
	char scrap[1];
	int ends[2];
	int status;
	pid_t child;

	if (pipe(ends) != 0) {
		return message_set(message, "cannot make a pipe: %s", strerror(errno));
	}
	child = fork();
	if (child < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return message_set(message, "cannot start %s: %s", argv[0], strerror(errno));
	}
	if (child == 0) {
		int nowhere = open("/dev/null", O_RDWR);

		(void)dup2(nowhere, STDIN_FILENO);
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)dup2(nowhere, STDERR_FILENO);
		(void)close(ends[0]);
		(void)execvp(argv[0], (char *const *)argv);
		_exit(NOT_FOUND);
	}
	(void)close(ends[1]);
	read_all(ends[0], output != NULL ? output : scrap, output != NULL ? room : sizeof(scrap));
	(void)close(ends[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}
	if (!WIFEXITED(status)) {
		return message_set(message, "%s was killed", argv[0]);
	}
	if (WEXITSTATUS(status) == NOT_FOUND) {
		return message_set(message, "%s is not installed (on Debian: %s)", argv[0],
				   package_of(argv[0]));
	}
	return WEXITSTATUS(status);
}
