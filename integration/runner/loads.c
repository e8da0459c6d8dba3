/* SPDX-License-Identifier: Apache-2.0 */
#include "loads.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "file.h"

/* struct boot_files: little-endian */
#define MAGIC UINT64_C(0x312d757063767861)
#define NAME_BYTES 48
#define PAGE UINT64_C(4096)

static uint64_t page_up(uint64_t value)
{
	return (value + PAGE - 1) / PAGE * PAGE;
}

void loads_begin(struct loads *loads, uint64_t base)
{
	memset(loads, 0, sizeof(*loads));
	loads->base = base;
	loads->end = base + PAGE;
}

int loads_add(struct loads *loads, const char *name, const char *path, struct message *message)
{
	if (loads->count == LOADS_MAX || strlen(name) >= NAME_BYTES) {
		return message_set(message, "too many files for the hypervisor");
	}
	loads->files[loads->count].name = name;
	loads->files[loads->count].path = path;
	loads->files[loads->count].address = loads->end;
	loads->files[loads->count].size = file_size(path);
	loads->end = page_up(loads->end + loads->files[loads->count].size);
	loads->count++;
	return 0;
}

static void put64(FILE *file, uint64_t value)
{
	unsigned i;

	for (i = 0; i < 8; i++) {
		(void)fputc((int)(value >> (8 * i) & 0xff), file);
	}
}

int loads_write(const struct loads *loads, const char *path, struct message *message)
{
	char name[NAME_BYTES];
	FILE *file = fopen(path, "w");
	unsigned i;

	if (file == NULL) {
		return message_set(message, "cannot write %s: %s", path, strerror(errno));
	}
	put64(file, MAGIC);
	put64(file, loads->end);
	put64(file, loads->count);
	put64(file, 0);
	for (i = 0; i < loads->count; i++) {
		memset(name, 0, sizeof(name));
		(void)snprintf(name, sizeof(name), "%s", loads->files[i].name);
		(void)fwrite(name, 1, sizeof(name), file);
		put64(file, loads->files[i].address);
		put64(file, loads->files[i].size);
	}
	if (fclose(file) != 0) {
		return message_set(message, "cannot write %s: %s", path, strerror(errno));
	}
	return 0;
}
