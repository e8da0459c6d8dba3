/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prepares a bzImage for the x86_64 hypervisor's configuration:
 *   bzimage KERNEL MEMORY_BYTES INITRD|- COMMAND_LINE PARAMS_OUT
 * writes the parameters and prints the lines of configuration that place all of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bzimage.h"
#include "file.h"

static int fail(const struct message *message)
{
	(void)fprintf(stderr, "bzimage: %s\n", message->text);
	return 1;
}

static int write_all(const char *path, const uint8_t *data, size_t size, struct message *message)
{
	FILE *out = fopen(path, "wb");

	if (out == NULL || fwrite(data, 1, size, out) != size || fclose(out) != 0) {
		return message_set(message, "cannot write %s", path);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	static uint8_t params[BZIMAGE_PARAMS_MAX];
	struct message message;
	struct file kernel, initrd = { .size = 0 };
	struct bzimage image;
	uint64_t memory, at;
	size_t used;

	if (argc != 6) {
		(void)fprintf(stderr, "usage: bzimage KERNEL MEMORY_BYTES INITRD|- COMMAND_LINE PARAMS_OUT\n");
		return 2;
	}
	memory = strtoull(argv[2], NULL, 0);
	if (file_open("KERNEL", argv[1], &kernel, &message) != 0 ||
	    (strcmp(argv[3], "-") != 0 && file_open("INITRD", argv[3], &initrd, &message) != 0) ||
	    bzimage_parse(kernel.data, kernel.size, &image, &message) != 0 ||
	    bzimage_params(&image, kernel.data, memory, initrd.size, argv[4], &at, params, &used,
			   &message) != 0 ||
	    write_all(argv[5], params, used, &message) != 0) {
		return fail(&message);
	}
	(void)printf("memory %" PRIu64 "\nentry 0x%" PRIx64 "\narg 0x%" PRIx64 "\n", memory,
		     BZIMAGE_KERNEL, BZIMAGE_PARAMS);
	(void)printf("load opt/axvcpu/kernel %" PRIu64 " 0x%" PRIx64 " %" PRIu64 "\n", image.offset,
		     BZIMAGE_KERNEL, image.size);
	(void)printf("load opt/axvcpu/params 0 0x%" PRIx64 " %zu\n", BZIMAGE_PARAMS, used);
	if (initrd.size > 0) {
		(void)printf("load opt/axvcpu/initrd 0 0x%" PRIx64 " %zu\n", at, (size_t)initrd.size);
	}
	return 0;
}
