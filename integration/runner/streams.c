/* SPDX-License-Identifier: Apache-2.0 */
#include "streams.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void streams_open(void)
{
	int fd;

	for (fd = 0; fd < STREAM_COUNT; fd++) {
		if (fcntl(fd, F_GETFD) < 0) {
			/* The lowest free number, which is this one. */
			(void)open("/dev/null", O_RDWR);
		}
	}
}

void streams_save(struct streams *streams)
{
	int fd;

	for (fd = 0; fd < STREAM_COUNT; fd++) {
		streams->flags[fd] = fcntl(fd, F_GETFL);
	}
	streams->is_terminal = tcgetattr(STDIN_FILENO, &streams->terminal) == 0;
}

void streams_restore(const struct streams *streams)
{
	int fd;

	if (streams->is_terminal) {
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &streams->terminal);
	}
	for (fd = 0; fd < STREAM_COUNT; fd++) {
		if (streams->flags[fd] >= 0) {
			(void)fcntl(fd, F_SETFL, streams->flags[fd]);
		}
	}
}

void streams_raw(const struct streams *streams)
{
	struct termios terminal = streams->terminal;

	if (streams->is_terminal) {
		cfmakeraw(&terminal);
		terminal.c_lflag |= ISIG;
		terminal.c_oflag |= OPOST;
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
	}
}

void streams_own_input(void)
{
	struct stat state;
	int fd;

	/* Not a file: opened anew, it would be read from its start. */
	if (fstat(STDIN_FILENO, &state) != 0 ||
	    !(S_ISFIFO(state.st_mode) || isatty(STDIN_FILENO) != 0)) {
		return;
	}
	/* Non-blocking, or opening a pipe that nobody writes to any more would wait. */
	fd = open("/proc/self/fd/0", O_RDONLY | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0) {
		(void)dup2(fd, STDIN_FILENO);
		(void)close(fd);
	}
}
