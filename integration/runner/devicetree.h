/* SPDX-License-Identifier: Apache-2.0 */
/* What the runner sets in a guest's device tree, by fdtget and fdtput. */
#ifndef RUNNER_DEVICETREE_H_
#define RUNNER_DEVICETREE_H_

#include <stdint.h>

#include "message.h"

struct devicetree_values {
	uint64_t ram;
	uint64_t memory;
	/** Null leaves the command line as it is. */
	const char *bootargs;
	uint64_t initrd;
	/** 0 for no initrd. */
	uint64_t initrd_size;
	/** CPUs to leave of the built-in tree's; 0 leaves all. */
	unsigned cpus;
};

/** Changes the device tree in `path`, named `name` in messages. */
int devicetree_patch(const char *path, const char *name, const struct devicetree_values *values,
		     struct message *message);

#endif /* RUNNER_DEVICETREE_H_ */
