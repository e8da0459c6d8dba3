/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Multiboot kernel (Multiboot specification 0.6.96), started with 16 MiB, the command
 * line "one two", and the modules "first" and "second" of tests/multiboot_test.sh.
 */
#include "guest.h"

#define HEADER_MAGIC 0x1badb002u
#define HEADER_FLAGS 0x3u /* modules on pages, memory described */
#define LOADER_MAGIC 0x2badb002u
#define PAGE 4096u

#define HAS_MEMORY 0x001u
#define HAS_CMDLINE 0x004u
#define HAS_MODULES 0x008u
#define HAS_MMAP 0x040u
#define HAS_LOADER_NAME 0x200u

#define RAM_BYTES UINT64_C(0x1000000)
#define LOW_KIB 639u
#define TYPE_RAM 1u

struct info {
	uint32_t flags;
	uint32_t mem_lower;
	uint32_t mem_upper;
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count;
	uint32_t mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length;
	uint32_t mmap_addr;
	uint32_t drives[2];
	uint32_t config_table;
	uint32_t boot_loader_name;
};

struct module {
	uint32_t start;
	uint32_t end;
	uint32_t string;
	uint32_t reserved;
};

struct mmap_entry {
	uint32_t size;
	uint64_t base;
	uint64_t length;
	uint32_t type;
} __attribute__((packed));

__attribute__((section(".text.start"), used, aligned(4))) static const uint32_t header[] = {
	HEADER_MAGIC,
	HEADER_FLAGS,
	0u - HEADER_MAGIC - HEADER_FLAGS,
};

static const void *at(uint32_t address)
{
	return (const void *)(uintptr_t)address;
}

static bool equal(const char *a, const char *b)
{
	for (; *a != '\0' && *a == *b; a++, b++) {
	}
	return *a == *b;
}

/** What stands behind the first word. */
static const char *behind_name(const char *line)
{
	for (; *line != '\0' && *line != ' '; line++) {
	}
	return *line == ' ' ? line + 1 : line;
}

static void check_module(const struct module *module, const char *string, const char *contents)
{
	const char *data = (const char *)at(module->start);
	uint32_t length = module->end - module->start, i;

	check(module->start % PAGE == 0, "a module begins with a page");
	check(equal(behind_name((const char *)at(module->string)), string), "a module's string");
	for (i = 0; i < length && data[i] == contents[i] && contents[i] != '\0'; i++) {
	}
	check(i == length && contents[i] == '\0', "a module's bytes");
}

static void check_map(const struct info *info)
{
	uint32_t from = info->mmap_addr, end = from + info->mmap_length;
	const struct mmap_entry *entry;
	uint64_t ram = 0, covered = 0;

	for (; from < end; from += entry->size + (uint32_t)sizeof(entry->size)) {
		entry = (const struct mmap_entry *)at(from);
		check(entry->base == covered, "ranges without gaps, in their order");
		covered = entry->base + entry->length;
		ram += entry->type == TYPE_RAM ? entry->length : 0;
	}
	check(covered == RAM_BYTES, "the map covers all memory");
	check(ram == (LOW_KIB << 10) + RAM_BYTES - 0x100000u, "RAM but for what is below 1 MiB");
}

void guest_main(void)
{
	const struct info *info = (const struct info *)at(guest_boot_ebx);
	const struct module *modules;

	check(guest_boot_eax == LOADER_MAGIC, "EAX has the magic number");
	check((info->flags & (HAS_MEMORY | HAS_CMDLINE | HAS_MODULES | HAS_MMAP |
			      HAS_LOADER_NAME)) == info->flags,
	      "nothing else is promised");
	check((info->flags & HAS_MEMORY) != 0 && info->mem_lower == LOW_KIB &&
		      info->mem_upper == (RAM_BYTES - 0x100000u) / 1024u,
	      "lower and upper memory");
	check((info->flags & HAS_CMDLINE) != 0 &&
		      equal(behind_name((const char *)at(info->cmdline)), "one two"),
	      "the command line");
	check((info->flags & HAS_LOADER_NAME) != 0 &&
		      equal((const char *)at(info->boot_loader_name), "axvcpu"),
	      "the loader's name");
	check((info->flags & HAS_MMAP) != 0, "a memory map");
	check_map(info);
	check((info->flags & HAS_MODULES) != 0 && info->mods_count == 2, "two modules");
	modules = (const struct module *)at(info->mods_addr);
	check_module(&modules[0], "first, with a comma", "contents of the first\n");
	check_module(&modules[1], "", "second\n");
}
