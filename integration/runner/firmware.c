/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware.h"

#include <string.h>

/** Where a CPU begins after its reset (SDM volume 3, 10.1.4). */
#define RESET_VECTOR UINT64_C(0xfffffff0)
/** What a PC's chipset shows of it below 1 MiB (Intel 440FX, 290549, 4.2). */
#define LOW_SIZE (UINT64_C(128) << 10)
#define LOW_END (UINT64_C(1) << 20)
/** 16-bit code begins with a jump here: it cannot be empty. */
#define VECTOR_BYTES 16u

static bool is_filled(const uint8_t *bytes, size_t size)
{
	size_t i;

	for (i = 1; i < size && bytes[i] == bytes[0]; i++) {
	}
	return i < size;
}

int firmware_image(const struct file *file, struct image *image, struct message *message)
{
	uint64_t low = file->size < LOW_SIZE ? file->size : LOW_SIZE;

	if (file->size == 0 || file->size % FIRMWARE_STEP != 0 || file->size > FIRMWARE_SIZE_MAX) {
		return message_set(message,
				   "%s: %zu bytes are no firmware image, which has a multiple of 64K, "
				   "at most 16M",
				   file->name, file->size);
	}
	if (!is_filled(file->data + file->size - VECTOR_BYTES, VECTOR_BYTES)) {
		return message_set(message, "%s: has no code at its end, where a CPU starts",
				   file->name);
	}
	memset(image, 0, sizeof(*image));
	image->kind = IMAGE_FIRMWARE;
	image->entry = RESET_VECTOR;
	image->segment_count = 1;
	image->segments[0] = (struct image_segment){
		.offset = file->size - low,
		.gpa = LOW_END - low,
		.file_size = low,
		.memory_size = low,
	};
	return 0;
}

/** Disks of the drives that a PC had, by which SeaBIOS knows them (its src/hw/floppy.c). */
static const struct disk {
	uint8_t heads;
	uint8_t tracks;
	uint8_t sectors;
} disks[] = {
	{ 1, 40, 8 }, { 1, 40, 9 },  { 2, 40, 8 },  { 2, 40, 9 },
	{ 2, 80, 9 }, { 2, 80, 15 }, { 2, 80, 18 }, { 2, 80, 36 },
};
#define SECTOR_BYTES 512u

int firmware_check_floppy(const struct file *file, struct message *message)
{
	size_t i;

	for (i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		if (file->size == (size_t)disks[i].heads * disks[i].tracks * disks[i].sectors *
					  SECTOR_BYTES) {
			return 0;
		}
	}
	return message_set(message,
			   "--floppy: %s: %zu bytes are no floppy disk: 160, 180, 320, 360, 720, "
			   "1200, 1440 or 2880 KiB",
			   file->name, file->size);
}
