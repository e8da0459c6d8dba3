/* SPDX-License-Identifier: Apache-2.0 */
/* What a kernel file is, and where its parts go. */
#ifndef RUNNER_IMAGE_H_
#define RUNNER_IMAGE_H_

#include <stddef.h>
#include <stdint.h>

#include "arch.h"
#include "message.h"

enum image_kind {
	IMAGE_LINUX,
	IMAGE_ELF,
	IMAGE_RAW,
	/** Linux for x86. */
	IMAGE_BZIMAGE,
	/** An ELF file, or any other, with a Multiboot header. */
	IMAGE_MULTIBOOT,
	/** What a PC's CPU starts in; see firmware.h. */
	IMAGE_FIRMWARE,
};

#define IMAGE_MAX_SEGMENTS 16u

/** A part of the file that goes to an address in the guest's memory. */
struct image_segment {
	uint64_t offset;
	uint64_t gpa;
	/** Bytes in the file, and in memory (the rest is zero). */
	uint64_t file_size;
	uint64_t memory_size;
};

struct image {
	enum image_kind kind;
	uint64_t entry;
	uint32_t segment_count;
	struct image_segment segments[IMAGE_MAX_SEGMENTS];
};

/**
 * Recognizes a kernel for `arch` and says where QEMU's -kernel would put it.
 *
 * @param name  for messages.
 * @param data  the whole file.
 */
int image_parse(const char *name, const uint8_t *data, size_t size, const struct arch *arch,
		struct image *image, struct message *message);

#endif /* RUNNER_IMAGE_H_ */
