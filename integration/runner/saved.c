/* SPDX-License-Identifier: Apache-2.0 */
#include "saved.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crc32c.h"
#include "little_endian.h"

#define MAGIC "AXVCPUVM"
#define HEADER_SIZE 64u
#define PIECE_HEADER_SIZE 16u
#define ALIGN 8u
/** Zeros are left out by such pages. */
#define PAGE 4096u

enum at {
	AT_FORMAT = 8,
	AT_HEADER_SIZE = 12,
	AT_SIZE = 16,
	AT_CRC = 24,
	AT_ARCH = 28,
	AT_CPUS = 32,
	AT_FLAGS = 36,
	AT_MEMORY = 40,
	AT_STATE_SIZE = 48,
	AT_PIECES = 56,
};

static uint64_t align_up(uint64_t value)
{
	return (value + (ALIGN - 1u)) / ALIGN * ALIGN;
}

static uint64_t read64(const uint8_t *at)
{
	return (uint64_t)little_endian_read32(at + 4) << 32 | little_endian_read32(at);
}

static void write64(uint8_t *at, uint64_t value)
{
	little_endian_write32(at, value);
	little_endian_write32(at + 4, value >> 32);
}

static uint32_t checksum(const struct file *file)
{
	static const uint8_t none[AT_ARCH - AT_CRC];
	uint32_t crc = crc32c(0, file->data, AT_CRC);

	crc = crc32c(crc, none, sizeof(none));
	return crc32c(crc, file->data + AT_ARCH, file->size - AT_ARCH);
}

static const struct arch *arch_of(uint32_t elf_machine)
{
	size_t i;

	for (i = 0; i < ARCH_COUNT; i++) {
		if (arch_table[i].elf_machine == elf_machine) {
			return &arch_table[i];
		}
	}
	return NULL;
}

/** The header of one of `pieces` at `at`; false if it is not all within the file and the memory. */
static bool piece_at(const struct saved *saved, uint64_t at, uint64_t *offset, uint64_t *size)
{
	const struct file *file = &saved->file;

	if (at > file->size || PIECE_HEADER_SIZE > file->size - at) {
		return false;
	}
	*offset = read64(file->data + at);
	*size = read64(file->data + at + 8);
	return *size % ALIGN == 0 && *size <= file->size - at - PIECE_HEADER_SIZE &&
	       *offset <= saved->memory && *size <= saved->memory - *offset;
}

/** Whether what the header says fits the file. */
static bool is_consistent(const struct saved *saved)
{
	uint64_t at = HEADER_SIZE, offset, size, i;

	if (saved->memory > SAVED_MEMORY_MAX || saved->state_size == 0 ||
	    saved->state_size > saved->file.size - at) {
		return false;
	}
	at += align_up(saved->state_size);
	for (i = 0; i < saved->pieces; i++) {
		if (!piece_at(saved, at, &offset, &size)) {
			return false;
		}
		at += PIECE_HEADER_SIZE + size;
	}
	return at == saved->file.size;
}

int saved_open(const char *option, const char *name, struct saved *saved, struct message *message)
{
	struct file *file = &saved->file;
	uint32_t flags;

	if (file_open(option, name, file, message) != 0) {
		return -1;
	}
	if (file->size < HEADER_SIZE || memcmp(file->data, MAGIC, AT_FORMAT) != 0) {
		return message_set(message, "%s: %s is no saved machine", option, name);
	}
	if (little_endian_read32(file->data + AT_FORMAT) != SAVED_FORMAT ||
	    little_endian_read32(file->data + AT_HEADER_SIZE) != HEADER_SIZE) {
		return message_set(message, "%s: %s is a saved machine of format %u, not %u", option,
				   name, little_endian_read32(file->data + AT_FORMAT), SAVED_FORMAT);
	}
	if (read64(file->data + AT_SIZE) != file->size) {
		return message_set(message, "%s: %s is cut short or too long: %zu bytes instead of %llu",
				   option, name, file->size,
				   (unsigned long long)read64(file->data + AT_SIZE));
	}
	if (little_endian_read32(file->data + AT_CRC) != checksum(file)) {
		return message_set(message, "%s: %s is damaged: its checksum is wrong", option, name);
	}
	saved->arch = arch_of(little_endian_read32(file->data + AT_ARCH));
	flags = little_endian_read32(file->data + AT_FLAGS);
	saved->cpus = little_endian_read32(file->data + AT_CPUS);
	saved->memory = read64(file->data + AT_MEMORY);
	saved->state_size = read64(file->data + AT_STATE_SIZE);
	saved->pieces = read64(file->data + AT_PIECES);
	saved->test_devices = (flags & SAVED_TEST_DEVICES) != 0;
	saved->aia = (flags & SAVED_AIA) != 0;
	if (saved->arch == NULL || (flags & ~(SAVED_TEST_DEVICES | SAVED_AIA)) != 0 ||
	    !is_consistent(saved)) {
		return message_set(message, "%s: %s has contents that this runner does not know", option,
				   name);
	}
	return 0;
}

static int write_error(const char *path, struct message *message)
{
	return message_set(message, "cannot write %s: %s", path, strerror(errno));
}

int saved_unpack(const struct saved *saved, const char *state, const char *memory,
		 struct message *message)
{
	uint64_t at = HEADER_SIZE + align_up(saved->state_size), offset, size, i;
	FILE *file = fopen(state, "wb");
	bool well;

	if (file == NULL) {
		return write_error(state, message);
	}
	well = fwrite(saved->file.data + HEADER_SIZE, 1, saved->state_size, file) == saved->state_size;
	if (fclose(file) != 0 || !well) {
		return write_error(state, message);
	}
	file = fopen(memory, "wb");
	if (file == NULL) {
		return write_error(memory, message);
	}
	/* What is in no piece stays a hole, which reads as zeros. */
	well = ftruncate(fileno(file), (off_t)saved->memory) == 0;
	for (i = 0; well && i < saved->pieces && piece_at(saved, at, &offset, &size); i++) {
		at += PIECE_HEADER_SIZE;
		well = fseeko(file, (off_t)offset, SEEK_SET) == 0 &&
		       fwrite(saved->file.data + at, 1, size, file) == size;
		at += size;
	}
	return fclose(file) != 0 || !well ? write_error(memory, message) : 0;
}

/* ---- writing ---- */

/** The file as it grows. */
struct output {
	FILE *file;
	uint64_t size;
	bool failed;
};

static void put(struct output *output, const void *bytes, uint64_t size)
{
	static const uint8_t zeros[ALIGN];
	uint64_t padding = align_up(size) - size;

	output->failed = output->failed || fwrite(bytes, 1, size, output->file) != size ||
			 fwrite(zeros, 1, padding, output->file) != padding;
	output->size += size + padding;
}

static bool is_zero(const uint8_t *page)
{
	static const uint8_t zeros[PAGE];

	return memcmp(page, zeros, PAGE) == 0;
}

/** Puts each run of pages that are not all zero; gives their number. */
static uint64_t put_memory(struct output *output, const uint8_t *memory, uint64_t size)
{
	uint8_t header[PIECE_HEADER_SIZE];
	uint64_t at, end, pieces = 0;

	for (at = 0; at < size; at = end) {
		for (end = at; end < size && !is_zero(memory + end); end += PAGE) {
		}
		if (end > at) {
			write64(header, at);
			write64(header + 8, end - at);
			put(output, header, sizeof(header));
			put(output, memory + at, end - at);
			pieces++;
		} else {
			end = at + PAGE;
		}
	}
	return pieces;
}

/** Writes the header over its place, now that all is known, and the checksum into it. */
static bool seal(const struct output *output, const struct saved *saved, uint64_t pieces)
{
	uint8_t header[HEADER_SIZE] = MAGIC;
	struct file file = { .size = output->size };
	uint8_t *data;

	little_endian_write32(header + AT_FORMAT, SAVED_FORMAT);
	little_endian_write32(header + AT_HEADER_SIZE, HEADER_SIZE);
	write64(header + AT_SIZE, output->size);
	little_endian_write32(header + AT_ARCH, saved->arch->elf_machine);
	little_endian_write32(header + AT_CPUS, saved->cpus);
	little_endian_write32(header + AT_FLAGS, (saved->test_devices ? SAVED_TEST_DEVICES : 0u) |
							 (saved->aia ? SAVED_AIA : 0u));
	write64(header + AT_MEMORY, saved->memory);
	write64(header + AT_STATE_SIZE, saved->state_size);
	write64(header + AT_PIECES, pieces);
	if (fseeko(output->file, 0, SEEK_SET) != 0 ||
	    fwrite(header, 1, sizeof(header), output->file) != sizeof(header) ||
	    fflush(output->file) != 0) {
		return false;
	}
	data = mmap(NULL, file.size, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(output->file), 0);
	if (data == MAP_FAILED) {
		return false;
	}
	file.data = data;
	little_endian_write32(data + AT_CRC, checksum(&file));
	return munmap(data, file.size) == 0;
}

static bool write_all(const char *path, const struct saved *saved, const struct file *board,
		      const struct saved_place *place)
{
	static const uint8_t header[HEADER_SIZE];
	struct output output = { .file = fopen(path, "w+b") };
	uint64_t pieces;
	bool well;

	if (output.file == NULL) {
		return false;
	}
	put(&output, header, sizeof(header));
	put(&output, board->data + place->state, saved->state_size);
	pieces = put_memory(&output, board->data + place->memory, saved->memory);
	well = !output.failed && seal(&output, saved, pieces);
	return fclose(output.file) == 0 && well;
}

static bool is_within(const struct file *board, uint64_t offset, uint64_t size)
{
	return offset <= board->size && size <= board->size - offset;
}

int saved_write(const char *option, const char *name, const struct saved *saved, const char *board,
		const struct saved_place *place, struct message *message)
{
	struct file to;
	struct file from;
	char part[sizeof(to.path) + 8];

	if (file_locate(option, name, &to, message) != 0 ||
	    file_map(option, board, UINT64_MAX, &from, message) != 0) {
		return -1;
	}
	if (!is_within(&from, place->memory, saved->memory) ||
	    !is_within(&from, place->state, saved->state_size)) {
		return message_set(message, "%s: the saved machine is not in the board's memory", option);
	}
	(void)snprintf(part, sizeof(part), "%s.part", to.path);
	if (!write_all(part, saved, &from, place) || rename(part, to.path) != 0) {
		(void)write_error(name, message);
		(void)unlink(part);
		return -1;
	}
	return 0;
}
