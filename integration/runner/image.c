/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>

#include "bzimage.h"
#include "little_endian.h"
#include "multiboot.h"

/* Linux Documentation/arm64/booting.rst, "Call the kernel image": the header's fields. */
#define LINUX_HEADER_SIZE 64u
#define LINUX_TEXT_OFFSET 8u
#define LINUX_IMAGE_SIZE 16u
#define LINUX_FLAGS 24u
#define LINUX_FLAGS_BIG_ENDIAN UINT64_C(1)
#define LINUX_MAGIC 56u
#define LINUX_MAGIC_SIZE 4u
/* Microsoft PE Format: "MS-DOS Stub", "COFF File Header", "Section Table" */
#define PE_OFFSET 0x3cu
#define PE_HEADER_SIZE 24u /* signature and COFF header */
#define PE_SECTION_COUNT 6u
#define PE_OPTIONAL_SIZE 20u
#define PE_SECTION_SIZE 40u
#define PE_SECTION_RAW_SIZE 16u
#define PE_SECTION_RAW_OFFSET 20u
/* Linux Documentation/x86/boot.rst: "HdrS" of a bzImage */
#define X86_MAGIC 0x202u
static const uint8_t x86_magic[] = { 'H', 'd', 'r', 'S' };

#define LINUX_ALIGN (UINT64_C(2) << 20)
/** text_offset of an arm64 Image from before 3.17, whose image_size is 0 (booting.rst). */
#define OLD_TEXT_OFFSET UINT64_C(0x80000)

struct magic {
	const char *name;
	uint8_t bytes[6];
	size_t length;
};

/** What people have beside their kernels, and would else be run as a raw image. */
static const struct magic others[] = {
	{ "a device tree or FIT image", { 0xd0, 0x0d, 0xfe, 0xed }, 4 }, /* Devicetree Spec., 5.2 */
	{ "a cpio archive (an initrd?)", { '0', '7', '0', '7', '0', '1' }, 6 }, /* cpio(5), newc */
	{ "a U-Boot uImage", { 0x27, 0x05, 0x19, 0x56 }, 4 }, /* U-Boot, include/image.h */
	{ "an ar archive (a Debian package?)", { '!', '<', 'a', 'r', 'c', 'h' }, 6 }, /* ar(5) */
	{ "a zip archive", { 'P', 'K', 0x03, 0x04 }, 4 },
};

static const struct magic compressed[] = {
	{ "gzip", { 0x1f, 0x8b }, 2 },
	{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0x00 }, 6 },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4 },
	{ "bzip2", { 'B', 'Z', 'h' }, 3 },
	{ "lz4", { 0x04, 0x22, 0x4d, 0x18 }, 4 },
	{ "lz4", { 0x02, 0x21, 0x4c, 0x18 }, 4 },
	{ "lzma", { 0x5d, 0x00, 0x00 }, 3 },
};

static uint64_t little_endian64(const uint8_t *at)
{
	uint64_t value = 0;
	unsigned i;

	for (i = 8; i > 0; i--) {
		value = value << 8 | at[i - 1];
	}
	return value;
}

static bool has(const uint8_t *data, size_t size, size_t offset, const uint8_t *magic,
		size_t length)
{
	return size >= offset + length && memcmp(data + offset, magic, length) == 0;
}

/**
 * Whether an Image with an EFI stub lacks a part: its PE header says which bytes of the
 * file its sections are, the Image's own header only what they take in memory.
 */
static bool is_cut(const uint8_t *data, size_t size)
{
	size_t pe;
	size_t section;
	unsigned count;

	if (!has(data, size, 0, (const uint8_t *)"MZ", 2)) {
		return false;
	}
	pe = little_endian_read32(data + PE_OFFSET);
	if (pe > size || size - pe < PE_HEADER_SIZE) {
		return true;
	}
	if (!has(data, size, pe, (const uint8_t *)"PE\0\0", 4)) {
		return false;
	}
	count = little_endian_read32(data + pe + PE_SECTION_COUNT) & UINT16_MAX;
	section = pe + PE_HEADER_SIZE + (little_endian_read32(data + pe + PE_OPTIONAL_SIZE) & UINT16_MAX);
	for (; count > 0; count--, section += PE_SECTION_SIZE) {
		if (section > size || size - section < PE_SECTION_SIZE ||
		    (uint64_t)little_endian_read32(data + section + PE_SECTION_RAW_OFFSET) +
				    little_endian_read32(data + section + PE_SECTION_RAW_SIZE) >
			    size) {
			return true;
		}
	}
	return false;
}

static void one_segment(struct image *image, enum image_kind kind, uint64_t gpa, size_t size,
			uint64_t memory_size)
{
	image->kind = kind;
	image->entry = gpa;
	image->segment_count = 1;
	image->segments[0].offset = 0;
	image->segments[0].gpa = gpa;
	image->segments[0].file_size = size;
	image->segments[0].memory_size = memory_size > size ? memory_size : size;
}

static int parse_linux(const char *name, const uint8_t *data, size_t size, const struct arch *arch,
		       struct image *image, struct message *message)
{
	uint64_t text_offset = little_endian64(data + LINUX_TEXT_OFFSET);
	uint64_t image_size = little_endian64(data + LINUX_IMAGE_SIZE);

	if ((little_endian64(data + LINUX_FLAGS) & LINUX_FLAGS_BIG_ENDIAN) != 0) {
		return message_set(message, "%s: a big-endian Linux Image", name);
	}
	if (is_cut(data, size)) {
		return message_set(message, "%s: a truncated Linux Image", name);
	}
	if (image_size == 0) {
		text_offset = OLD_TEXT_OFFSET;
	}
	if (text_offset >= arch->text_offset_end) {
		return message_set(message, "%s: a Linux Image with a broken header", name);
	}
	if (text_offset < arch->smallest_text_offset) {
		text_offset += LINUX_ALIGN;
	}
	one_segment(image, IMAGE_LINUX, arch->ram + text_offset, size, image_size);
	return 0;
}

static int parse_bzimage(const char *name, const uint8_t *data, size_t size, struct image *image,
			 struct message *message)
{
	struct message why;
	struct bzimage parts;

	if (bzimage_parse(data, size, &parts, &why) != 0) {
		return message_set(message, "%s: %s", name, why.text);
	}
	one_segment(image, IMAGE_BZIMAGE, BZIMAGE_KERNEL, (size_t)parts.size, parts.memory);
	image->segments[0].offset = parts.offset;
	return 0;
}

static int add_segment(const char *name, const Elf64_Phdr *header, size_t size,
		       struct image *image, struct message *message)
{
	struct image_segment *segment = &image->segments[image->segment_count];

	if (header->p_type != PT_LOAD || header->p_memsz == 0) {
		return 0;
	}
	if (image->segment_count == IMAGE_MAX_SEGMENTS) {
		return message_set(message, "%s: more than %u segments to load", name,
				   IMAGE_MAX_SEGMENTS);
	}
	if (header->p_offset > size || header->p_filesz > size - header->p_offset ||
	    header->p_filesz > header->p_memsz) {
		return message_set(message, "%s: a truncated ELF file", name);
	}
	segment->offset = header->p_offset;
	segment->gpa = header->p_paddr;
	segment->file_size = header->p_filesz;
	segment->memory_size = header->p_memsz;
	image->segment_count++;
	return 0;
}

/** Reads the file's header, of either class; false if it is truncated. */
static bool read_elf_header(const uint8_t *data, size_t size, Elf64_Ehdr *elf)
{
	Elf32_Ehdr narrow;

	if (data[EI_CLASS] == ELFCLASS64) {
		if (size < sizeof(*elf)) {
			return false;
		}
		memcpy(elf, data, sizeof(*elf));
		return true;
	}
	if (size < sizeof(narrow)) {
		return false;
	}
	memcpy(&narrow, data, sizeof(narrow));
	memset(elf, 0, sizeof(*elf));
	elf->e_type = narrow.e_type;
	elf->e_machine = narrow.e_machine;
	elf->e_entry = narrow.e_entry;
	elf->e_phoff = narrow.e_phoff;
	elf->e_phentsize = narrow.e_phentsize;
	elf->e_phnum = narrow.e_phnum;
	return true;
}

/** Reads a program header, of either class, which is in the file. */
static void read_elf_segment(const uint8_t *data, const Elf64_Ehdr *elf, unsigned number,
			     Elf64_Phdr *header)
{
	const uint8_t *at = data + elf->e_phoff + number * elf->e_phentsize;
	Elf32_Phdr narrow;

	if (data[EI_CLASS] == ELFCLASS64) {
		memcpy(header, at, sizeof(*header));
		return;
	}
	memcpy(&narrow, at, sizeof(narrow));
	memset(header, 0, sizeof(*header));
	header->p_type = narrow.p_type;
	header->p_offset = narrow.p_offset;
	header->p_vaddr = narrow.p_vaddr;
	header->p_paddr = narrow.p_paddr;
	header->p_filesz = narrow.p_filesz;
	header->p_memsz = narrow.p_memsz;
}

static int parse_elf(const char *name, const uint8_t *data, size_t size, const struct arch *arch,
		     struct image *image, struct message *message)
{
	bool narrow = data[EI_CLASS] == ELFCLASS32 && arch->elf_machine_32 != 0;
	Elf64_Ehdr elf;
	Elf64_Phdr header;
	uint64_t virtual_entry;
	unsigned i;

	if ((data[EI_CLASS] != ELFCLASS64 && !narrow) || data[EI_DATA] != ELFDATA2LSB) {
		return message_set(message, "%s: not a 64-bit little-endian ELF file", name);
	}
	if (!read_elf_header(data, size, &elf)) {
		return message_set(message, "%s: a truncated ELF file", name);
	}
	if (elf.e_machine != (narrow ? arch->elf_machine_32 : arch->elf_machine)) {
		return message_set(message, "%s: an ELF file for another machine (%u, not %s)", name,
				   elf.e_machine, arch->elf_name);
	}
	if ((elf.e_type != ET_EXEC && elf.e_type != ET_DYN) || elf.e_phnum == 0) {
		return message_set(message, "%s: an ELF file, but no program to load", name);
	}
	if (elf.e_phentsize != (narrow ? sizeof(Elf32_Phdr) : sizeof(header)) ||
	    elf.e_phoff > size || (uint64_t)elf.e_phnum * elf.e_phentsize > size - elf.e_phoff) {
		return message_set(message, "%s: a truncated ELF file", name);
	}
	image->kind = IMAGE_ELF;
	image->segment_count = 0;
	virtual_entry = elf.e_entry;
	image->entry = virtual_entry;
	for (i = 0; i < elf.e_phnum; i++) {
		read_elf_segment(data, &elf, i, &header);
		if (add_segment(name, &header, size, image, message) != 0) {
			return -1;
		}
		/* The MMU is off at entry: what is linked elsewhere starts where it is loaded. */
		if (header.p_type == PT_LOAD && virtual_entry >= header.p_vaddr &&
		    virtual_entry - header.p_vaddr < header.p_memsz) {
			image->entry = virtual_entry - header.p_vaddr + header.p_paddr;
		}
	}
	if (image->segment_count == 0) {
		return message_set(message, "%s: an ELF file with nothing to load", name);
	}
	return 0;
}

/** A kernel with a Multiboot header at `at`: an ELF file, or what its addresses say. */
static int parse_multiboot(const char *name, const uint8_t *data, size_t size, size_t at,
			   const struct arch *arch, struct image *image, struct message *message)
{
	struct multiboot_header header;
	struct message why;

	if (multiboot_parse(data, size, at, &header, &why) != 0) {
		return message_set(message, "%s: %s", name, why.text);
	}
	if (header.has_addresses) {
		one_segment(image, IMAGE_MULTIBOOT, header.load, (size_t)header.load_size,
			    header.memory_size);
		image->segments[0].offset = header.offset;
		image->entry = header.entry;
		return 0;
	}
	if (size < EI_NIDENT || !has(data, size, 0, (const uint8_t *)ELFMAG, SELFMAG)) {
		return message_set(message, "%s: a Multiboot kernel that is no ELF file and has no addresses",
				   name);
	}
	if (parse_elf(name, data, size, arch, image, message) != 0) {
		return -1;
	}
	image->kind = IMAGE_MULTIBOOT;
	return 0;
}

/** A script or document: ASCII as far as one looks, which code never is. */
static bool is_text(const uint8_t *data, size_t size)
{
	const size_t looked_at = 512;
	size_t i;

	for (i = 0; i < size && i < looked_at; i++) {
		if ((data[i] < ' ' && data[i] != '\n' && data[i] != '\r' && data[i] != '\t') ||
		    data[i] >= 0x7f) {
			return false;
		}
	}
	return true;
}

int image_parse(const char *name, const uint8_t *data, size_t size, const struct arch *arch,
		struct image *image, struct message *message)
{
	const struct arch *other;
	size_t i;

	memset(image, 0, sizeof(*image));
	if (size == 0) {
		return message_set(message, "%s: an empty file", name);
	}
	for (i = 0; i < sizeof(compressed) / sizeof(compressed[0]); i++) {
		if (has(data, size, 0, compressed[i].bytes, compressed[i].length)) {
			return message_set(message, "%s: compressed (%s), not a kernel; unpack it first",
					   name, compressed[i].name);
		}
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (has(data, size, 0, others[i].bytes, others[i].length)) {
			return message_set(message, "%s: %s, not a kernel", name, others[i].name);
		}
	}
	/* A bzImage says more about itself than the header that it may have besides. */
	if (arch->is_pc && !has(data, size, X86_MAGIC, x86_magic, sizeof(x86_magic)) &&
	    multiboot_find(data, size, &i)) {
		return parse_multiboot(name, data, size, i, arch, image, message);
	}
	if (has(data, size, 0, (const uint8_t *)ELFMAG, SELFMAG)) {
		if (size < EI_NIDENT) {
			return message_set(message, "%s: a truncated ELF file", name);
		}
		return parse_elf(name, data, size, arch, image, message);
	}
	if (size >= LINUX_HEADER_SIZE && arch->linux_magic[0] != 0 &&
	    has(data, size, LINUX_MAGIC, arch->linux_magic, LINUX_MAGIC_SIZE)) {
		return parse_linux(name, data, size, arch, image, message);
	}
	for (other = arch_table; other < arch_table + ARCH_COUNT; other++) {
		if (other->linux_magic[0] != 0 &&
		    has(data, size, LINUX_MAGIC, other->linux_magic, LINUX_MAGIC_SIZE)) {
			return message_set(message, "%s: a Linux Image for %s, not %s", name,
					   other->name, arch->name);
		}
	}
	if (has(data, size, X86_MAGIC, x86_magic, sizeof(x86_magic)) && arch->is_pc) {
		return parse_bzimage(name, data, size, image, message);
	}
	if (has(data, size, X86_MAGIC, x86_magic, sizeof(x86_magic))) {
		return message_set(message, "%s: a Linux bzImage for x86, not for %s", name,
				   arch->name);
	}
	if (has(data, size, 0, (const uint8_t *)"MZ", 2)) {
		return message_set(message, "%s: an EFI program, not a kernel that starts without EFI",
				   name);
	}
	if (is_text(data, size)) {
		return message_set(message, "%s: a text file, not a kernel", name);
	}
	if (arch->is_pc) {
		return message_set(message,
				   "%s: no bzImage, ELF file or Multiboot kernel, which is all that "
				   "a PC starts",
				   name);
	}
	one_segment(image, IMAGE_RAW, arch->ram + arch->raw_offset, size, size);
	return 0;
}
