/* SPDX-License-Identifier: Apache-2.0 */
#include "pc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bzimage.h"
#include "multiboot.h"

#define PAGE UINT64_C(4096)
/** No module goes below it, where a PC has other things. */
#define MODULE_MIN UINT64_C(0x100000)

static int write_info(const char *path, const uint8_t *bytes, size_t size, struct message *message)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
		return message_set(message, "cannot write %s: %s", path, strerror(errno));
	}
	return 0;
}

static int prepare_bzimage(const struct file *kernel, const struct pc_boot *boot,
			   const struct pc_files *files, struct layout *layout,
			   struct pc_sizes *sizes, struct message *message)
{
	static uint8_t params[BZIMAGE_PARAMS_MAX];
	struct file initrd = { .size = 0 };
	struct bzimage image;
	size_t used;

	if ((boot->initrd != NULL &&
	     file_open(boot->initrd_option, boot->initrd, &initrd, message) != 0) ||
	    bzimage_parse(kernel->data, kernel->size, &image, message) != 0 ||
	    bzimage_params(&image, kernel->data, boot->memory, initrd.size,
			   boot->append != NULL ? boot->append : "", &layout->initrd, params, &used,
			   message) != 0 ||
	    (initrd.size > 0 && file_link(&initrd, files->initrd, message) != 0)) {
		return -1;
	}
	layout->dtb = BZIMAGE_PARAMS;
	sizes->info = used;
	sizes->initrd = initrd.size;
	return write_info(files->info, params, used, message);
}

/** Where its last part ends, and the module may begin. */
static uint64_t end_of(const struct image *image)
{
	uint64_t end = 0, here;
	uint32_t i;

	for (i = 0; i < image->segment_count; i++) {
		here = image->segments[i].gpa + image->segments[i].memory_size;
		end = here > end ? here : end;
	}
	return end;
}

static int prepare_multiboot(const struct image *image, const struct file *kernel,
			     const struct pc_boot *boot, const struct pc_files *files,
			     struct layout *layout, struct pc_sizes *sizes,
			     struct message *message)
{
	static uint8_t bytes[MULTIBOOT_INFO_MAX];
	static struct modules modules;
	const char *slash = strrchr(kernel->name, '/');
	uint64_t end = (end_of(image) + PAGE - 1) / PAGE * PAGE;
	const struct multiboot_boot what = {
		.memory = boot->memory,
		.kernel = slash != NULL ? slash + 1 : kernel->name,
		.append = boot->append,
		.modules_at = end > MODULE_MIN ? end : MODULE_MIN,
		.modules = &modules,
	};
	size_t used;

	if (layout_check(image, 0, boot->memory, message) != 0 ||
	    modules_write(boot->initrd_option, boot->initrd, files->initrd, &modules, message) !=
		    0) {
		return -1;
	}
	if (what.modules_at > boot->memory || modules.size > boot->memory - what.modules_at) {
		return message_set(message,
				   "the initrd of %llu bytes does not fit into %llu bytes of memory "
				   "behind the kernel",
				   (unsigned long long)modules.size,
				   (unsigned long long)boot->memory);
	}
	if (multiboot_info(&what, bytes, &used, message) != 0) {
		return -1;
	}
	if (layout_overlaps(image, MULTIBOOT_INFO, used)) {
		return message_set(message, "%s: has parts where the information of its loader goes",
				   kernel->name);
	}
	layout->initrd = what.modules_at;
	layout->dtb = MULTIBOOT_INFO;
	sizes->info = used;
	sizes->initrd = modules.size;
	return write_info(files->info, bytes, used, message);
}

int pc_prepare(const struct image *image, const struct file *kernel, const struct pc_boot *boot,
	       const struct pc_files *files, struct layout *layout, struct pc_sizes *sizes,
	       struct message *message)
{
	if (image->kind == IMAGE_BZIMAGE) {
		return prepare_bzimage(kernel, boot, files, layout, sizes, message);
	}
	if (image->kind == IMAGE_MULTIBOOT) {
		return prepare_multiboot(image, kernel, boot, files, layout, sizes, message);
	}
	if (boot->initrd != NULL || boot->append != NULL) {
		return message_set(message, "%s: a plain ELF file takes no %s", kernel->name,
				   boot->initrd != NULL ? "--initrd" : "--append");
	}
	layout->dtb = 0;
	sizes->info = 0;
	sizes->initrd = 0;
	return layout_check(image, 0, boot->memory, message);
}
