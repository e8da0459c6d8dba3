/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot_format.h"

#include "crc32c.h"

#define MAGIC_SIZE 8u
#define CHECKSUM_SIZE 4u
#define BITS_PER_BYTE 8u
/** Bytes of struct axvcpu_snapshot that every caller has: `size` and `format`. */
#define INFO_MIN_SIZE 8u
/** Bits 55 to 52 of a register id, which are zero (axvcpu/reg.h). */
#define REG_ID_RESERVED (UINT64_C(0xf) << 52)

static const unsigned char magic[MAGIC_SIZE] = { 'A', 'X', 'V', 'C', 'P', 'U', 'S', 'N' };

static uint64_t get(const unsigned char *at, unsigned int count)
{
	uint64_t value = 0u;

	for (unsigned int i = 0; i < count; i++) {
		value |= (uint64_t)at[i] << (i * BITS_PER_BYTE);
	}
	return value;
}

static void put(unsigned char *at, uint64_t value, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		at[i] = (unsigned char)(value >> (i * BITS_PER_BYTE));
	}
}

uint32_t axvcpu_snapshot_get32(const unsigned char *at)
{
	return (uint32_t)get(at, sizeof(uint32_t));
}

uint64_t axvcpu_snapshot_get64(const unsigned char *at)
{
	return get(at, sizeof(uint64_t));
}

void axvcpu_snapshot_put32(unsigned char *at, uint32_t value)
{
	put(at, value, sizeof(value));
}

void axvcpu_snapshot_put64(unsigned char *at, uint64_t value)
{
	put(at, value, sizeof(value));
}

static bool is_equal(const unsigned char *a, const unsigned char *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (a[i] != b[i]) {
			return false;
		}
	}
	return true;
}

static bool is_padding(const unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] != 0u) {
			return false;
		}
	}
	return true;
}

/** The checksum of the whole, its own place counted as zero. */
static uint32_t checksum(const unsigned char *bytes, size_t total)
{
	static const unsigned char zero[CHECKSUM_SIZE];
	const size_t after = AXVCPU_SNAPSHOT_AT_CHECKSUM + CHECKSUM_SIZE;
	uint32_t crc = axvcpu_crc32c(AXVCPU_CRC32C_START, bytes, AXVCPU_SNAPSHOT_AT_CHECKSUM);

	crc = axvcpu_crc32c(crc, zero, sizeof(zero));
	return axvcpu_crc32c(crc, bytes + after, total - after);
}

void axvcpu_snapshot_seal(unsigned char *bytes, size_t total)
{
	__builtin_memcpy(bytes + AXVCPU_SNAPSHOT_AT_MAGIC, magic, sizeof(magic));
	axvcpu_snapshot_put32(bytes + AXVCPU_SNAPSHOT_AT_FORMAT, AXVCPU_SNAPSHOT_FORMAT);
	axvcpu_snapshot_put32(bytes + AXVCPU_SNAPSHOT_AT_HEADER_SIZE, AXVCPU_SNAPSHOT_HEADER_SIZE);
	axvcpu_snapshot_put64(bytes + AXVCPU_SNAPSHOT_AT_TOTAL_SIZE, total);
	axvcpu_snapshot_put32(bytes + AXVCPU_SNAPSHOT_AT_CHECKSUM, checksum(bytes, total));
}

/** Finds the sections; false if they do not fill the snapshot exactly, or break a rule. */
static bool find_sections(struct axvcpu_snapshot_view *view)
{
	const unsigned char *next = view->bytes + AXVCPU_SNAPSHOT_HEADER_SIZE;
	uint64_t left = view->info.total_size - AXVCPU_SNAPSHOT_HEADER_SIZE;

	view->regs = next;
	for (uint32_t i = 0; i < view->info.reg_count; i++) {
		uint64_t id;
		size_t used;

		if (left < AXVCPU_SNAPSHOT_WORD) {
			return false;
		}
		id = axvcpu_snapshot_get64(next);
		if (AXVCPU_REG_SIZE(id) > AXVCPU_REG_MAX_SIZE || (id & REG_ID_RESERVED) != 0u ||
		    left < axvcpu_snapshot_reg_room(id)) {
			return false;
		}
		used = AXVCPU_SNAPSHOT_WORD + AXVCPU_REG_SIZE(id);
		if (!is_padding(next + used, axvcpu_snapshot_reg_room(id) - used)) {
			return false;
		}
		next += axvcpu_snapshot_reg_room(id);
		left -= axvcpu_snapshot_reg_room(id);
	}
	view->regs_end = next;
	return left == (uint64_t)view->interrupt_words * AXVCPU_SNAPSHOT_WORD *
			       AXVCPU_SNAPSHOT_SETS;
}

static void read_header(struct axvcpu_snapshot_view *view)
{
	const unsigned char *bytes = view->bytes;
	struct axvcpu_snapshot *info = &view->info;

	info->size = (uint32_t)sizeof(*info);
	info->format = axvcpu_snapshot_get32(bytes + AXVCPU_SNAPSHOT_AT_FORMAT);
	info->arch = axvcpu_snapshot_get32(bytes + AXVCPU_SNAPSHOT_AT_ARCH);
	info->flags = axvcpu_snapshot_get32(bytes + AXVCPU_SNAPSHOT_AT_FLAGS);
	info->package_version = axvcpu_snapshot_get32(bytes + AXVCPU_SNAPSHOT_AT_PACKAGE_VERSION);
	info->api_version = axvcpu_snapshot_get32(bytes + AXVCPU_SNAPSHOT_AT_API_VERSION);
	info->reg_count = axvcpu_snapshot_get32(bytes + AXVCPU_SNAPSHOT_AT_REG_COUNT);
	info->reserved = 0u;
	info->total_size = axvcpu_snapshot_get64(bytes + AXVCPU_SNAPSHOT_AT_TOTAL_SIZE);
	info->vcpu_id = axvcpu_snapshot_get64(bytes + AXVCPU_SNAPSHOT_AT_VCPU_ID);
	__builtin_memcpy(info->package, bytes + AXVCPU_SNAPSHOT_AT_PACKAGE, sizeof(info->package));
	view->interrupt_words = axvcpu_snapshot_get32(bytes + AXVCPU_SNAPSHOT_AT_INTERRUPT_WORDS);
}

axvcpu_error_t axvcpu_snapshot_open(const void *bytes, size_t size,
				    struct axvcpu_snapshot_view *view)
{
	view->bytes = (const unsigned char *)bytes;
	if (size < AXVCPU_SNAPSHOT_HEADER_SIZE ||
	    !is_equal(view->bytes + AXVCPU_SNAPSHOT_AT_MAGIC, magic, sizeof(magic))) {
		return AXVCPU_ERR_CORRUPT;
	}
	read_header(view);
	/* Before the rest, which another format may have elsewhere. */
	if (view->info.format != AXVCPU_SNAPSHOT_FORMAT) {
		return AXVCPU_ERR_ABI_MISMATCH;
	}
	if (view->info.total_size != size ||
	    axvcpu_snapshot_get32(view->bytes + AXVCPU_SNAPSHOT_AT_HEADER_SIZE) !=
		    AXVCPU_SNAPSHOT_HEADER_SIZE ||
	    axvcpu_snapshot_get32(view->bytes + AXVCPU_SNAPSHOT_AT_CHECKSUM) !=
		    checksum(view->bytes, size) ||
	    axvcpu_snapshot_get32(view->bytes + AXVCPU_SNAPSHOT_AT_RESERVED) != 0u ||
	    view->info.package[AXVCPU_SNAPSHOT_NAME_SIZE - 1u] != '\0' || !find_sections(view)) {
		return AXVCPU_ERR_CORRUPT;
	}
	return AXVCPU_OK;
}

const unsigned char *axvcpu_snapshot_find(const struct axvcpu_snapshot_view *view, uint64_t id,
					  const unsigned char **hint)
{
	const unsigned char *at = *hint;

	for (uint32_t i = 0; i < view->info.reg_count; i++) {
		uint64_t here;

		if (at == view->regs_end) {
			at = view->regs;
		}
		here = axvcpu_snapshot_get64(at);
		if (here == id) {
			*hint = at + axvcpu_snapshot_reg_room(id);
			return at + AXVCPU_SNAPSHOT_WORD;
		}
		at += axvcpu_snapshot_reg_room(here);
	}
	return NULL;
}

axvcpu_error_t axvcpu_inspect_snapshot(const void *buffer, size_t size,
				       struct axvcpu_snapshot *snapshot)
{
	struct axvcpu_snapshot_view view;
	axvcpu_error_t error;

	if (buffer == NULL || (snapshot != NULL && snapshot->size < INFO_MIN_SIZE)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	error = axvcpu_snapshot_open(buffer, size, &view);
	if (error == AXVCPU_OK && snapshot != NULL) {
		uint32_t room = snapshot->size;

		view.info.size = room < sizeof(view.info) ? room : (uint32_t)sizeof(view.info);
		__builtin_memcpy(snapshot, &view.info, view.info.size);
	}
	return error;
}
