/* SPDX-License-Identifier: Apache-2.0 */
/* Writes tar archives in ustar format (POSIX, pax), which is how files go onto a disk here. */
#ifndef RUNNER_TAR_H_
#define RUNNER_TAR_H_

#include <stdint.h>
#include <stdio.h>

#include "message.h"

#define TAR_BLOCK 512u

/** Adds the file in `path` under `name`. */
int tar_add(FILE *archive, const char *name, const char *path, struct message *message);
/** Fills up to a multiple of `unit` bytes, by two blocks of zeros at least; gives the units. */
int tar_end(FILE *archive, uint64_t unit, uint64_t *units, struct message *message);

#endif /* RUNNER_TAR_H_ */
