/* SPDX-License-Identifier: Apache-2.0 */
/* The modules of a Multiboot kernel: files, each with a string, joined in one file. */
#ifndef RUNNER_MODULES_H_
#define RUNNER_MODULES_H_

#include <stddef.h>
#include <stdint.h>

#include "message.h"

#define MODULES_MAX 4u
/** Room for the names and strings of all of them. */
#define MODULES_TEXT_MAX 2048u

struct modules {
	unsigned count;
	struct {
		/** Name, and what follows it. */
		const char *text;
		/** Bytes in the file that modules_write() makes: a multiple of a page, and how many. */
		uint64_t offset;
		uint64_t size;
	} list[MODULES_MAX];
	/** Of that file. */
	uint64_t size;
	char room[MODULES_TEXT_MAX];
};

/**
 * Takes a list "FILE STRING,FILE STRING" apart, as QEMU's -initrd has it (a comma in it is
 * written twice), and writes all files into one.
 *
 * @param list  null for none.
 */
int modules_write(const char *option, const char *list, const char *path, struct modules *modules,
		  struct message *message);

#endif /* RUNNER_MODULES_H_ */
