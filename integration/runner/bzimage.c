/* SPDX-License-Identifier: Apache-2.0 */
#include "bzimage.h"

#include <string.h>

#include "little_endian.h"
#include "pc_memory.h"

/* Offsets of the setup header in the file and in the parameters (boot.rst, "The Real-Mode Kernel Header"). */
enum header {
	HEADER_SETUP_SECTS = 0x1f1,
	HEADER_JUMP_LENGTH = 0x201,
	HEADER_MAGIC = 0x202,
	HEADER_VERSION = 0x206,
	HEADER_LOADER_TYPE = 0x210,
	HEADER_LOAD_FLAGS = 0x211,
	HEADER_RAMDISK = 0x218,
	HEADER_RAMDISK_SIZE = 0x21c,
	HEADER_COMMAND_LINE = 0x228,
	HEADER_RAMDISK_MAX = 0x22c,
	HEADER_COMMAND_LINE_MAX = 0x238,
	HEADER_INIT_SIZE = 0x260,
	HEADER_END = 0x264,
};
/* Of struct boot_params (arch/x86/include/uapi/asm/bootparam.h). */
enum params {
	PARAMS_E820_ENTRIES = 0x1e8,
	PARAMS_E820 = 0x2d0,
};
#define E820_ENTRY 20u

#define MAGIC 0x53726448u /* "HdrS" */
/** The first with HEADER_INIT_SIZE. */
#define VERSION_MIN 0x20au
#define SECTOR 512u
#define SETUP_SECTS_DEFAULT 4u
#define LOADED_HIGH 0x01u
#define LOADER_UNKNOWN 0xffu
#define PAGE UINT64_C(4096)

int bzimage_parse(const uint8_t *data, size_t size, struct bzimage *image, struct message *message)
{
	uint32_t version;
	uint64_t sectors;

	if (size < HEADER_END || little_endian_read32(data + HEADER_MAGIC) != MAGIC) {
		return message_set(message, "no bzImage: the magic number is not there");
	}
	version = (uint32_t)data[HEADER_VERSION] | (uint32_t)data[HEADER_VERSION + 1] << 8;
	if (version < VERSION_MIN || (data[HEADER_LOAD_FLAGS] & LOADED_HIGH) == 0) {
		return message_set(message, "a bzImage of boot protocol %u.%02u; 2.10 or later is needed",
				   version >> 8, version & 0xffu);
	}
	sectors = data[HEADER_SETUP_SECTS] != 0 ? data[HEADER_SETUP_SECTS] : SETUP_SECTS_DEFAULT;
	image->offset = (sectors + 1) * SECTOR;
	if (image->offset >= size) {
		return message_set(message, "the bzImage ends within its setup part");
	}
	image->size = size - image->offset;
	image->memory = little_endian_read32(data + HEADER_INIT_SIZE);
	if (image->memory < image->size) {
		image->memory = image->size;
	}
	image->initrd_limit = (uint64_t)little_endian_read32(data + HEADER_RAMDISK_MAX) + 1;
	return 0;
}

static int place_initrd(const struct bzimage *image, uint64_t memory, uint64_t size,
			uint64_t *initrd, struct message *message)
{
	uint64_t top = memory < image->initrd_limit ? memory : image->initrd_limit;

	*initrd = 0;
	if (memory < BZIMAGE_KERNEL + image->memory) {
		return message_set(message,
				   "%llu bytes of memory are too small for this kernel, which needs %llu",
				   (unsigned long long)memory,
				   (unsigned long long)(BZIMAGE_KERNEL + image->memory));
	}
	if (size == 0) {
		return 0;
	}
	if (size > top || (top - size) / PAGE * PAGE < BZIMAGE_KERNEL + image->memory) {
		return message_set(message,
				   "the initrd of %llu bytes does not fit into %llu bytes of memory "
				   "behind the kernel",
				   (unsigned long long)size, (unsigned long long)memory);
	}
	*initrd = (top - size) / PAGE * PAGE;
	return 0;
}

static void put_map(uint8_t *params, uint64_t memory)
{
	struct pc_range ranges[PC_RANGES];
	uint8_t *entry = params + PARAMS_E820;
	size_t i;

	pc_memory_map(memory, ranges);
	for (i = 0; i < PC_RANGES; i++, entry += E820_ENTRY) {
		little_endian_write32(entry, ranges[i].base);
		little_endian_write32(entry + 4, ranges[i].base >> 32);
		little_endian_write32(entry + 8, ranges[i].size);
		little_endian_write32(entry + 12, ranges[i].size >> 32);
		little_endian_write32(entry + 16, ranges[i].type);
	}
	params[PARAMS_E820_ENTRIES] = PC_RANGES;
}

int bzimage_params(const struct bzimage *image, const uint8_t *data, uint64_t memory,
		   uint64_t initrd_size, const char *command_line, uint64_t *initrd,
		   uint8_t params[BZIMAGE_PARAMS_MAX], size_t *used, struct message *message)
{
	size_t length = strlen(command_line);
	size_t end = HEADER_MAGIC + data[HEADER_JUMP_LENGTH];

	if (length > BZIMAGE_COMMAND_LINE_MAX ||
	    length > little_endian_read32(data + HEADER_COMMAND_LINE_MAX)) {
		return message_set(message, "the command line of %zu characters is too long", length);
	}
	if (place_initrd(image, memory, initrd_size, initrd, message) != 0) {
		return -1;
	}
	memset(params, 0, BZIMAGE_PARAMS_MAX);
	memcpy(params + HEADER_SETUP_SECTS, data + HEADER_SETUP_SECTS, end - HEADER_SETUP_SECTS);
	params[HEADER_LOADER_TYPE] = LOADER_UNKNOWN;
	little_endian_write32(params + HEADER_RAMDISK, *initrd);
	little_endian_write32(params + HEADER_RAMDISK_SIZE, initrd_size);
	little_endian_write32(params + HEADER_COMMAND_LINE, BZIMAGE_PARAMS + BZIMAGE_PARAMS_SIZE);
	put_map(params, memory);
	memcpy(params + BZIMAGE_PARAMS_SIZE, command_line, length);
	*used = BZIMAGE_PARAMS_SIZE + length + 1;
	return 0;
}
