/* SPDX-License-Identifier: Apache-2.0 */
#include "boot_files.h"

#include "../boot_files.h"
#include "../bytes.h"
#include "../pages.h"
#include "../text.h"
#include "virt.h"

/** Null if nobody put one there. */
static const struct boot_files *directory(void)
{
	const struct boot_files *files = (const struct boot_files *)(uintptr_t)VIRT_FILES;

	return files->magic == BOOT_FILES_MAGIC && files->count <= BOOT_FILES_MAX ? files : NULL;
}

uint64_t boot_files_end(void)
{
	const struct boot_files *files = directory();

	return files == NULL ? VIRT_FILES : (files->end + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
}

bool boot_file_find(const char *name, struct boot_file *file)
{
	const struct boot_files *files = directory();
	uint64_t i;

	for (i = 0; files != NULL && i < files->count; i++) {
		const struct boot_files_entry *entry = &files->entries[i];

		if (entry->name[BOOT_FILES_NAME - 1] == '\0' && entry->size <= UINT32_MAX &&
		    text_equal(entry->name, name)) {
			file->place = entry->address;
			file->size = (uint32_t)entry->size;
			return true;
		}
	}
	return false;
}

bool boot_file_read(const struct boot_file *file, uint32_t offset, void *to, uint32_t size)
{
	if (offset > file->size || size > file->size - offset) {
		return false;
	}
	memcpy(to, (const void *)(uintptr_t)(file->place + offset), size);
	return true;
}
