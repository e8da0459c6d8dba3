/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linux's x86 boot protocol (its Documentation/x86/boot.rst) by the 32-bit entry: a
 * bzImage taken apart, and the page of parameters that goes with it.
 */
#ifndef RUNNER_BZIMAGE_H_
#define RUNNER_BZIMAGE_H_

#include <stddef.h>
#include <stdint.h>

#include "message.h"

/** Where the kernel, its parameters, and their command line go. */
#define BZIMAGE_KERNEL UINT64_C(0x100000)
#define BZIMAGE_PARAMS UINT64_C(0x90000)
/** The page of parameters, and the command line behind it. */
#define BZIMAGE_PARAMS_SIZE 4096u
#define BZIMAGE_COMMAND_LINE_MAX 2047u
#define BZIMAGE_PARAMS_MAX (BZIMAGE_PARAMS_SIZE + BZIMAGE_COMMAND_LINE_MAX + 1u)

struct bzimage {
	/** The protected-mode part: where it is in the file, and how long. */
	uint64_t offset;
	uint64_t size;
	/** Memory that the kernel needs from its load address on. */
	uint64_t memory;
	/** Above this no initrd may end. */
	uint64_t initrd_limit;
};

/** Looks at a file; -1 with a message if it is no bzImage with protocol 2.10 or later. */
int bzimage_parse(const uint8_t *data, size_t size, struct bzimage *image, struct message *message);

/**
 * Places an initrd of `initrd_size` bytes (0 for none) as high in `memory` bytes of RAM
 * as it may be, and writes parameters and command line.
 *
 * @param initrd  receives its address.
 * @param params  receives what goes to BZIMAGE_PARAMS.
 * @param used    how many bytes of it.
 */
int bzimage_params(const struct bzimage *image, const uint8_t *data, uint64_t memory,
		   uint64_t initrd_size, const char *command_line, uint64_t *initrd,
		   uint8_t params[BZIMAGE_PARAMS_MAX], size_t *used, struct message *message);

#endif /* RUNNER_BZIMAGE_H_ */
