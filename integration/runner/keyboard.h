/* SPDX-License-Identifier: Apache-2.0 */
/* Standard input, handed to an emulator that takes typed characters from a terminal. */
#ifndef RUNNER_KEYBOARD_H_
#define RUNNER_KEYBOARD_H_

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#define KEYBOARD_POLLS 2u

struct keyboard {
	/** Both ends of a terminal of our own. */
	int master;
	int slave;
	/** The slave's name. */
	char name[NAME_MAX];
	/** Standard input has come to its end. */
	bool ended;
	/** What was read and not yet written. */
	char bytes[256];
	size_t begin;
	size_t end;
};

/** Makes the terminal; false if there is none to be had. */
bool keyboard_open(struct keyboard *keyboard);
void keyboard_close(struct keyboard *keyboard);
/** Sets what is to be waited for; entries with nothing have a negative fd. */
void keyboard_polls(const struct keyboard *keyboard, struct pollfd polls[KEYBOARD_POLLS]);
/** Reads and writes what can be, after poll(). */
void keyboard_pump(struct keyboard *keyboard, const struct pollfd polls[KEYBOARD_POLLS]);

#endif /* RUNNER_KEYBOARD_H_ */
