/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the user names, and the folder for those of a run. */
#ifndef RUNNER_FILE_H_
#define RUNNER_FILE_H_

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

struct file {
	/** As the user wrote it, for messages. */
	const char *name;
	/** Where it is. */
	char path[PATH_MAX];
	const uint8_t *data;
	size_t size;
};

/** Largest file that is taken: fw_cfg's sizes have 31 bits. */
#define FILE_MAX_SIZE (UINT64_C(1) << 30)

/**
 * Maps a file for reading; a relative name starts where the user stands
 * (BUILD_WORKING_DIRECTORY under `bazel run`).
 *
 * @param option  the option that named it, for messages.
 */
int file_open(const char *option, const char *name, struct file *file, struct message *message);
/** The same with another largest size. */
int file_map(const char *option, const char *name, uint64_t most, struct file *file,
	     struct message *message);
/** Where a file is, or will be, that is not to be read: `file->path`. */
int file_locate(const char *option, const char *name, struct file *file, struct message *message);
/** Copies a file. */
int file_copy(const struct file *from, const char *to, struct message *message);
/** Makes a name for it that emulators' options can have, in which a comma ends one. */
int file_link(const struct file *file, const char *path, struct message *message);
/** Size of a file, 0 if there is none. */
uint64_t file_size(const char *path);

#endif /* RUNNER_FILE_H_ */
