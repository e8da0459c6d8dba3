/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs. */
#ifndef RUNNER_PROCESS_H_
#define RUNNER_PROCESS_H_

#include <stddef.h>

#include "message.h"

/**
 * Runs a program of PATH to its end. Its standard output goes to `output`, cut to
 * `room` with the 0 at its end, or nowhere if `output` is null.
 *
 * @return its exit status; -1 with a message if it cannot be started.
 */
int process_run(const char *const argv[], char *output, size_t room, struct message *message);

#endif /* RUNNER_PROCESS_H_ */
