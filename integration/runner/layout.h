/* SPDX-License-Identifier: Apache-2.0 */
/* Where kernel, initrd and device tree stand in the guest's memory. */
#ifndef RUNNER_LAYOUT_H_
#define RUNNER_LAYOUT_H_

#include <stdbool.h>
#include <stdint.h>

#include "image.h"
#include "message.h"

struct layout {
	uint64_t initrd;
	uint64_t dtb;
};

/** Room that the device tree may take (booting.rst: 2 MiB at most). */
#define DTB_MAX (UINT64_C(2) << 20)

/** Checks that all of a kernel is in the guest's memory, and its entry in it. */
int layout_check(const struct image *image, uint64_t ram, uint64_t memory, struct message *message);

/** Whether a part of the kernel is there. */
bool layout_overlaps(const struct image *image, uint64_t gpa, uint64_t size);

/**
 * Finds the places.
 *
 * @param memory       bytes of guest memory.
 * @param initrd_size  bytes, 0 for none.
 * @param dtb_size     bytes.
 */
int layout_make(const struct image *image, const struct arch *arch, uint64_t memory,
		uint64_t initrd_size, uint64_t dtb_size, struct layout *layout,
		struct message *message);

#endif /* RUNNER_LAYOUT_H_ */
