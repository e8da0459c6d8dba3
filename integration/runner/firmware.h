/* SPDX-License-Identifier: Apache-2.0 */
/* A PC that begins with firmware of its own: where its image goes, and what disks there are. */
#ifndef RUNNER_FIRMWARE_H_
#define RUNNER_FIRMWARE_H_

#include "file.h"
#include "image.h"
#include "message.h"

/** Images are made of these; bytes. */
#define FIRMWARE_STEP (UINT64_C(64) << 10)
#define FIRMWARE_SIZE_MAX (UINT64_C(16) << 20)

/**
 * Says where the parts go: all of it ends at 4 GiB, where the CPU starts; its end, up to
 * 128 KiB, also is below 1 MiB, where code of 16 bits expects it.
 *
 * @param image  gets the part below 1 MiB as its segment.
 */
int firmware_image(const struct file *file, struct image *image, struct message *message);

/** Refuses the image of a floppy disk that no drive had: firmware would find no disk. */
int firmware_check_floppy(const struct file *file, struct message *message);

#endif /* RUNNER_FIRMWARE_H_ */
