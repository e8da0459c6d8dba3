/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Multiboot specification, version 0.6.96: a kernel with its header, and the
 * information that goes with it.
 */
#ifndef RUNNER_MULTIBOOT_H_
#define RUNNER_MULTIBOOT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"
#include "modules.h"

/** Where the information goes: below what firmware and adapters have up to 1 MiB. */
#define MULTIBOOT_INFO UINT64_C(0x90000)
#define MULTIBOOT_INFO_MAX 8192u

/** Of a header (3.1). */
struct multiboot_header {
	/** The addresses are there: load those bytes of the file, whatever its format. */
	bool has_addresses;
	/** Byte of the file that goes to `load`. */
	uint64_t offset;
	uint64_t load;
	uint64_t load_size;
	uint64_t memory_size;
	uint64_t entry;
};

struct multiboot_boot {
	/** Bytes of guest memory, from 0 on. */
	uint64_t memory;
	/** Name of the kernel, and its command line (null: none). */
	const char *kernel;
	const char *append;
	/** Where the modules' file goes. */
	uint64_t modules_at;
	const struct modules *modules;
};

/** Whether the first 8 KiB have a header. */
bool multiboot_find(const uint8_t *data, size_t size, size_t *at);
/** Reads the header at `at`; -1 with a message if it asks for what is not to be had. */
int multiboot_parse(const uint8_t *data, size_t size, size_t at, struct multiboot_header *header,
		    struct message *message);
/** Writes what goes to MULTIBOOT_INFO, `used` bytes of it. */
int multiboot_info(const struct multiboot_boot *boot, uint8_t info[MULTIBOOT_INFO_MAX],
		   size_t *used, struct message *message);

#endif /* RUNNER_MULTIBOOT_H_ */
