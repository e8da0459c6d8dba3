/* SPDX-License-Identifier: Apache-2.0 */
#include "multiboot.h"

#include <stdio.h>
#include <string.h>

#include "little_endian.h"
#include "pc_memory.h"

/* The header (3.1.1), which is aligned, within so many bytes. */
#define SEARCHED 8192u
#define MAGIC 0x1badb002u
enum header {
	HEADER_MAGIC = 0,
	HEADER_FLAGS = 4,
	HEADER_CHECKSUM = 8,
	HEADER_MINIMUM = 12,
	HEADER_ADDRESS = 12,
	HEADER_LOAD = 16,
	HEADER_LOAD_END = 20,
	HEADER_BSS_END = 24,
	HEADER_ENTRY = 28,
	HEADER_ADDRESSES_END = 32,
};
/** Modules begin with pages, and memory is described: both always hold here. */
#define FLAG_MODULES_ALIGNED 0x1u
#define FLAG_MEMORY 0x2u
#define FLAG_ADDRESSES 0x10000u
/** A loader that does not know one of these must not load the kernel. */
#define FLAGS_REQUIRED 0xffffu

/* The information (3.3), and what its pointers lead to, in this order. */
enum info {
	INFO_FLAGS = 0,
	INFO_MEM_LOWER = 4,
	INFO_MEM_UPPER = 8,
	INFO_CMDLINE = 16,
	INFO_MODS_COUNT = 20,
	INFO_MODS_ADDR = 24,
	INFO_MMAP_LENGTH = 44,
	INFO_MMAP_ADDR = 48,
	INFO_BOOT_LOADER_NAME = 64,
	INFO_END = 120,
};
#define HAS_MEMORY 0x001u
#define HAS_CMDLINE 0x004u
#define HAS_MODULES 0x008u
#define HAS_MMAP 0x040u
#define HAS_LOADER_NAME 0x200u

/** With MODULES_TEXT_MAX and the tables it fits into MULTIBOOT_INFO_MAX. */
#define LINE_ROOM 2048u
_Static_assert(LINE_ROOM + MODULES_TEXT_MAX + 512u <= MULTIBOOT_INFO_MAX, "all of it fits");

/** A module: start, end, string, reserved. */
#define MODULE_BYTES 16u
/** An entry of the map: size of the rest, base, length, type. */
#define MMAP_BYTES 24u

#define KIB 1024u

static const char loader_name[] = "axvcpu";

bool multiboot_find(const uint8_t *data, size_t size, size_t *at)
{
	size_t end = size < SEARCHED ? size : SEARCHED;
	const uint8_t *header;

	for (*at = 0; *at + HEADER_MINIMUM <= end; *at += 4) {
		header = data + *at;
		if (little_endian_read32(header) == MAGIC &&
		    little_endian_read32(header) + little_endian_read32(header + HEADER_FLAGS) +
				    little_endian_read32(header + HEADER_CHECKSUM) ==
			    0) {
			return true;
		}
	}
	return false;
}

int multiboot_parse(const uint8_t *data, size_t size, size_t at, struct multiboot_header *header,
		    struct message *message)
{
	uint32_t flags = little_endian_read32(data + at + HEADER_FLAGS);
	uint64_t address, load_end, bss_end;

	memset(header, 0, sizeof(*header));
	if ((flags & FLAGS_REQUIRED & ~(FLAG_MODULES_ALIGNED | FLAG_MEMORY)) != 0) {
		return message_set(message,
				   "a Multiboot kernel that needs what is not here (flags 0x%x)", flags);
	}
	if ((flags & FLAG_ADDRESSES) == 0) {
		return 0;
	}
	if (size - at < HEADER_ADDRESSES_END) {
		return message_set(message, "a truncated Multiboot kernel");
	}
	address = little_endian_read32(data + at + HEADER_ADDRESS);
	header->has_addresses = true;
	header->load = little_endian_read32(data + at + HEADER_LOAD);
	header->entry = little_endian_read32(data + at + HEADER_ENTRY);
	load_end = little_endian_read32(data + at + HEADER_LOAD_END);
	bss_end = little_endian_read32(data + at + HEADER_BSS_END);
	if (header->load > address || address - header->load > at) {
		return message_set(message, "a Multiboot kernel whose header is not where it says");
	}
	header->offset = at - (address - header->load);
	header->load_size = load_end == 0 ? size - header->offset : load_end - header->load;
	if ((load_end != 0 && load_end < header->load) ||
	    header->load_size > size - header->offset) {
		return message_set(message, "a truncated Multiboot kernel");
	}
	header->memory_size = header->load_size;
	if (bss_end > header->load + header->load_size) {
		header->memory_size = bss_end - header->load;
	}
	return 0;
}

/** What has been written of the information. */
struct writer {
	uint8_t *info;
	size_t used;
};

/** Takes room for `size` bytes, aligned; gives their address for the guest. */
static uint64_t take(struct writer *writer, size_t size)
{
	uint64_t address = MULTIBOOT_INFO + writer->used;

	writer->used += (size + 3u) / 4u * 4u;
	return address;
}

static uint8_t *at_address(const struct writer *writer, uint64_t address)
{
	return writer->info + (address - MULTIBOOT_INFO);
}

static uint64_t put_text(struct writer *writer, const char *text)
{
	uint64_t address = take(writer, strlen(text) + 1u);

	memcpy(at_address(writer, address), text, strlen(text) + 1u);
	return address;
}

static void put_map(struct writer *writer, uint64_t memory)
{
	struct pc_range ranges[PC_RANGES];
	uint64_t address = take(writer, PC_RANGES * MMAP_BYTES);
	uint8_t *entry = at_address(writer, address);
	size_t i;

	pc_memory_map(memory, ranges);
	for (i = 0; i < PC_RANGES; i++, entry += MMAP_BYTES) {
		little_endian_write32(entry, MMAP_BYTES - 4u);
		little_endian_write32(entry + 4, ranges[i].base);
		little_endian_write32(entry + 8, ranges[i].base >> 32);
		little_endian_write32(entry + 12, ranges[i].size);
		little_endian_write32(entry + 16, ranges[i].size >> 32);
		little_endian_write32(entry + 20, ranges[i].type);
	}
	little_endian_write32(writer->info + INFO_MMAP_LENGTH, PC_RANGES * MMAP_BYTES);
	little_endian_write32(writer->info + INFO_MMAP_ADDR, address);
}

static void put_modules(struct writer *writer, const struct multiboot_boot *boot)
{
	const struct modules *modules = boot->modules;
	uint64_t address = take(writer, modules->count * MODULE_BYTES);
	uint8_t *entry = at_address(writer, address);
	uint64_t start;
	unsigned i;

	for (i = 0; i < modules->count; i++, entry += MODULE_BYTES) {
		start = boot->modules_at + modules->list[i].offset;
		little_endian_write32(entry, start);
		little_endian_write32(entry + 4, start + modules->list[i].size);
		little_endian_write32(entry + 8, put_text(writer, modules->list[i].text));
	}
	little_endian_write32(writer->info + INFO_MODS_COUNT, modules->count);
	little_endian_write32(writer->info + INFO_MODS_ADDR, address);
}

int multiboot_info(const struct multiboot_boot *boot, uint8_t info[MULTIBOOT_INFO_MAX],
		   size_t *used, struct message *message)
{
	struct writer writer = { .info = info, .used = INFO_END };
	char line[LINE_ROOM];
	uint32_t flags = HAS_MEMORY | HAS_CMDLINE | HAS_MMAP | HAS_LOADER_NAME;
	int length;

	memset(info, 0, MULTIBOOT_INFO_MAX);
	/* The first word is the kernel's name, as the first loaders had it. */
	length = snprintf(line, sizeof(line), "%s%s%s", boot->kernel,
			  boot->append != NULL ? " " : "", boot->append != NULL ? boot->append : "");
	if (length < 0 || (size_t)length >= sizeof(line)) {
		return message_set(message, "the command line of %d characters is too long", length);
	}
	little_endian_write32(info + INFO_MEM_LOWER, PC_LOW_RAM_END / KIB);
	little_endian_write32(info + INFO_MEM_UPPER, (boot->memory - PC_HIGH_RAM) / KIB);
	put_map(&writer, boot->memory);
	little_endian_write32(info + INFO_BOOT_LOADER_NAME, put_text(&writer, loader_name));
	little_endian_write32(info + INFO_CMDLINE, put_text(&writer, line));
	if (boot->modules->count > 0) {
		flags |= HAS_MODULES;
		put_modules(&writer, boot);
	}
	little_endian_write32(info + INFO_FLAGS, flags);
	*used = writer.used;
	return 0;
}
