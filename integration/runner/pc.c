/* SPDX-License-Identifier: Apache-2.0 */
#include "pc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bzimage.h"

static int write_info(const char *path, const uint8_t *bytes, size_t size, struct message *message)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
		return message_set(message, "cannot write %s: %s", path, strerror(errno));
	}
	return 0;
}

static int prepare_bzimage(const struct file *kernel, const struct pc_boot *boot, const char *info,
			   struct layout *layout, uint64_t *info_size, struct message *message)
{
	static uint8_t params[BZIMAGE_PARAMS_MAX];
	struct bzimage image;
	size_t used;

	if (bzimage_parse(kernel->data, kernel->size, &image, message) != 0 ||
	    bzimage_params(&image, kernel->data, boot->memory, boot->initrd->size,
			   boot->append != NULL ? boot->append : "", &layout->initrd, params, &used,
			   message) != 0) {
		return -1;
	}
	layout->dtb = BZIMAGE_PARAMS;
	*info_size = used;
	return write_info(info, params, used, message);
}

int pc_prepare(const struct image *image, const struct file *kernel, const struct pc_boot *boot,
	       const char *info, struct layout *layout, uint64_t *info_size,
	       struct message *message)
{
	if (image->kind == IMAGE_BZIMAGE) {
		return prepare_bzimage(kernel, boot, info, layout, info_size, message);
	}
	if (boot->initrd->size > 0 || boot->append != NULL) {
		return message_set(message, "%s: a plain ELF file takes no %s", kernel->name,
				   boot->initrd->size > 0 ? "--initrd" : "--append");
	}
	layout->dtb = 0;
	*info_size = 0;
	return layout_check(image, 0, boot->memory, message);
}
