/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong, in words: one message that names it. */
#ifndef RUNNER_MESSAGE_H_
#define RUNNER_MESSAGE_H_

#define MESSAGE_MAX 512

struct message {
	char text[MESSAGE_MAX];
};

/** Writes the message as printf does; returns -1, for `return message_set(...)`. */
int message_set(struct message *message, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* RUNNER_MESSAGE_H_ */
