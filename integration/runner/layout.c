/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

/** Initrd and device tree are not mapped with the kernel if they are 2 MiB apart. */
#define PLACE_ALIGN (UINT64_C(2) << 20)
/* QEMU, hw/arm/boot.c: the initrd stands in the middle of memory, at most 128 MiB into it. */
#define INITRD_OFFSET_MAX (UINT64_C(128) << 20)

static uint64_t align_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) / align * align;
}

static bool fits(uint64_t ram, uint64_t memory, uint64_t gpa, uint64_t size)
{
	return gpa >= ram && gpa - ram <= memory && size <= memory - (gpa - ram);
}

bool layout_overlaps(const struct image *image, uint64_t gpa, uint64_t size)
{
	uint32_t i;

	for (i = 0; i < image->segment_count; i++) {
		if (gpa < image->segments[i].gpa + image->segments[i].memory_size &&
		    image->segments[i].gpa < gpa + size) {
			return true;
		}
	}
	return false;
}

static uint64_t end_of(const struct image *image)
{
	uint64_t end = 0;
	uint32_t i;

	for (i = 0; i < image->segment_count; i++) {
		if (image->segments[i].gpa + image->segments[i].memory_size > end) {
			end = image->segments[i].gpa + image->segments[i].memory_size;
		}
	}
	return end;
}

int layout_check(const struct image *image, uint64_t ram, uint64_t memory, struct message *message)
{
	uint32_t i;

	for (i = 0; i < image->segment_count; i++) {
		const struct image_segment *segment = &image->segments[i];

		if (!fits(ram, memory, segment->gpa, segment->memory_size)) {
			return message_set(message,
					   "the kernel's part at 0x%llx, %llu bytes, is outside the guest's "
					   "memory (0x%llx, %llu bytes): memory too small, or linked elsewhere",
					   (unsigned long long)segment->gpa,
					   (unsigned long long)segment->memory_size,
					   (unsigned long long)ram, (unsigned long long)memory);
		}
	}
	if (!layout_overlaps(image, image->entry, 1)) {
		return message_set(message, "the kernel's entry 0x%llx is outside what it loads",
				   (unsigned long long)image->entry);
	}
	return 0;
}

int layout_make(const struct image *image, const struct arch *arch, uint64_t memory,
		uint64_t initrd_size, uint64_t dtb_size, struct layout *layout,
		struct message *message)
{
	uint64_t ram = arch->ram;
	uint64_t middle = memory / 2 < INITRD_OFFSET_MAX ? memory / 2 : INITRD_OFFSET_MAX;
	uint64_t next;

	if (layout_check(image, ram, memory, message) != 0) {
		return -1;
	}
	if (dtb_size > DTB_MAX) {
		return message_set(message, "the device tree is larger than 2 MiB");
	}
	next = align_up(end_of(image), PLACE_ALIGN);
	/* In the middle, to be out of a decompressor's way; behind the kernel if that is too high. */
	if (next < align_up(ram + middle, PLACE_ALIGN) &&
	    fits(ram, memory, align_up(ram + middle, PLACE_ALIGN),
		 align_up(initrd_size, PLACE_ALIGN) + DTB_MAX)) {
		next = align_up(ram + middle, PLACE_ALIGN);
	}
	layout->initrd = next;
	if (initrd_size > 0) {
		if (!fits(ram, memory, next, initrd_size)) {
			return message_set(message,
					   "the initrd of %llu bytes does not fit into %llu bytes of memory "
					   "behind the kernel",
					   (unsigned long long)initrd_size,
					   (unsigned long long)memory);
		}
		next = align_up(next + initrd_size, PLACE_ALIGN);
	}
	/* Where QEMU leaves it for ELF files, if that is a fixed place. */
	layout->dtb = image->kind == IMAGE_LINUX || !arch->tree_at_ram ||
				      layout_overlaps(image, ram, dtb_size) ?
			      next :
			      ram;
	if (!fits(ram, memory, layout->dtb, dtb_size)) {
		return message_set(message, "%llu bytes of memory are too small for this kernel%s",
				   (unsigned long long)memory,
				   initrd_size > 0 ? " and initrd" : "");
	}
	return 0;
}
