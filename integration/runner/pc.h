/* SPDX-License-Identifier: Apache-2.0 */
/* A guest kernel of a PC: where its parts go, and what its boot protocol tells it. */
#ifndef RUNNER_PC_H_
#define RUNNER_PC_H_

#include <stdint.h>

#include "file.h"
#include "image.h"
#include "layout.h"
#include "message.h"

struct pc_boot {
	uint64_t memory;
	/** Null for none. */
	const char *append;
	/** Of size 0 for none. */
	const struct file *initrd;
};

/**
 * Finds the places and writes the boot protocol's information to the file `info`;
 * layout->dtb is its place then, and `info_size` its bytes, 0 if the kernel takes none.
 */
int pc_prepare(const struct image *image, const struct file *kernel, const struct pc_boot *boot,
	       const char *info, struct layout *layout, uint64_t *info_size,
	       struct message *message);

#endif /* RUNNER_PC_H_ */
