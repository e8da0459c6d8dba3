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
	/** As the user has it, and where the option is named; null for none. */
	const char *initrd_option;
	const char *initrd;
};

/** Files that are written or linked to. */
struct pc_files {
	const char *info;
	const char *initrd;
};

struct pc_sizes {
	/** Of what the boot protocol tells, and of the initrd; 0 for none. */
	uint64_t info;
	uint64_t initrd;
};

/**
 * Finds the places and writes the boot protocol's information to files->info;
 * layout->dtb is its place then. The initrd, or all of a Multiboot kernel's modules, are
 * in files->initrd.
 */
int pc_prepare(const struct image *image, const struct file *kernel, const struct pc_boot *boot,
	       const struct pc_files *files, struct layout *layout, struct pc_sizes *sizes,
	       struct message *message);

#endif /* RUNNER_PC_H_ */
