/* SPDX-License-Identifier: Apache-2.0 */
#include "keyboard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

enum { POLL_INPUT, POLL_MASTER };

bool keyboard_open(struct keyboard *keyboard)
{
	struct termios terminal;

	keyboard->begin = 0;
	keyboard->end = 0;
	keyboard->ended = false;
	keyboard->slave = -1;
	keyboard->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (keyboard->master < 0) {
		return false;
	}
	if (grantpt(keyboard->master) == 0 && unlockpt(keyboard->master) == 0 &&
	    ptsname_r(keyboard->master, keyboard->name, sizeof(keyboard->name)) == 0) {
		/* Held open: a terminal that nobody has open yet would hang up on its master. */
		keyboard->slave = open(keyboard->name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	}
	if (keyboard->slave < 0 || tcgetattr(keyboard->slave, &terminal) != 0) {
		keyboard_close(keyboard);
		return false;
	}
	cfmakeraw(&terminal);
	(void)tcsetattr(keyboard->slave, TCSANOW, &terminal);
	return true;
}

void keyboard_close(struct keyboard *keyboard)
{
	if (keyboard->slave >= 0) {
		(void)close(keyboard->slave);
	}
	if (keyboard->master >= 0) {
		(void)close(keyboard->master);
	}
	keyboard->slave = -1;
	keyboard->master = -1;
}

void keyboard_polls(const struct keyboard *keyboard, struct pollfd polls[KEYBOARD_POLLS])
{
	bool pending = keyboard->begin < keyboard->end;

	polls[POLL_INPUT].fd =
		keyboard->master >= 0 && !pending && !keyboard->ended ? STDIN_FILENO : -1;
	polls[POLL_INPUT].events = POLLIN;
	polls[POLL_INPUT].revents = 0;
	polls[POLL_MASTER].fd = pending ? keyboard->master : -1;
	polls[POLL_MASTER].events = POLLOUT;
	polls[POLL_MASTER].revents = 0;
}

void keyboard_pump(struct keyboard *keyboard, const struct pollfd polls[KEYBOARD_POLLS])
{
	ssize_t count;

	if (polls[POLL_INPUT].revents != 0) {
		count = read(STDIN_FILENO, keyboard->bytes, sizeof(keyboard->bytes));
		if (count > 0) {
			keyboard->begin = 0;
			keyboard->end = (size_t)count;
		} else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
			keyboard->ended = true;
		}
	}
	if (polls[POLL_MASTER].revents != 0) {
		count = write(keyboard->master, keyboard->bytes + keyboard->begin,
			      keyboard->end - keyboard->begin);
		if (count > 0) {
			keyboard->begin += (size_t)count;
		}
	}
}
