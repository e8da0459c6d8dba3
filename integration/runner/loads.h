/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files for a hypervisor that finds them in memory: a directory and where each one
 * goes (integration/hypervisor/riscv64/boot_files.h).
 */
#ifndef RUNNER_LOADS_H_
#define RUNNER_LOADS_H_

#include <stdint.h>

#include "message.h"

#define LOADS_MAX 8u

struct loads {
	/** Of the directory; the files come after it. */
	uint64_t base;
	/** Past the last file. */
	uint64_t end;
	unsigned count;
	struct {
		const char *name;
		const char *path;
		uint64_t address;
		uint64_t size;
	} files[LOADS_MAX];
};

void loads_begin(struct loads *loads, uint64_t base);
/** Adds the file in `path` under `name`; both are kept as pointers. */
int loads_add(struct loads *loads, const char *name, const char *path, struct message *message);
/** Writes the directory. */
int loads_write(const struct loads *loads, const char *path, struct message *message);

#endif /* RUNNER_LOADS_H_ */
