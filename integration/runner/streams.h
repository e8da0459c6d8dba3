/* SPDX-License-Identifier: Apache-2.0 */
/* Standard input, output and error, which the runner shares with whoever started it. */
#ifndef RUNNER_STREAMS_H_
#define RUNNER_STREAMS_H_

#include <stdbool.h>
#include <termios.h>

#define STREAM_COUNT 3

/** How they were found. */
struct streams {
	int flags[STREAM_COUNT];
	bool is_terminal;
	struct termios terminal;
};

/** Opens those that are closed, so that no other file takes their numbers; first of all. */
void streams_open(void);
/** Notes how they are. */
void streams_save(struct streams *streams);
/** Puts them back: QEMU makes them non-blocking and a terminal raw, and may be killed. */
void streams_restore(const struct streams *streams);
/** Makes a terminal on standard input raw, but for the characters that send signals. */
void streams_raw(const struct streams *streams);
/**
 * In a child: its standard input is opened anew, where that can be, so that making it
 * non-blocking is not felt by those who share it, above all on a terminal.
 */
void streams_own_input(void);

#endif /* RUNNER_STREAMS_H_ */
