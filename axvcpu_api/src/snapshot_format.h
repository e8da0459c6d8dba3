/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a snapshot, as axvcpu/snapshot.h lays them out; knows no vCPU. */
#ifndef AXVCPU_SRC_SNAPSHOT_FORMAT_H_
#define AXVCPU_SRC_SNAPSHOT_FORMAT_H_

#include "axvcpu/reg.h"
#include "axvcpu/snapshot.h"

/** Offsets of the header's members. */
enum axvcpu_snapshot_offset {
	AXVCPU_SNAPSHOT_AT_MAGIC = 0,
	AXVCPU_SNAPSHOT_AT_FORMAT = 8,
	AXVCPU_SNAPSHOT_AT_HEADER_SIZE = 12,
	AXVCPU_SNAPSHOT_AT_TOTAL_SIZE = 16,
	AXVCPU_SNAPSHOT_AT_CHECKSUM = 24,
	AXVCPU_SNAPSHOT_AT_ARCH = 28,
	AXVCPU_SNAPSHOT_AT_PACKAGE_VERSION = 32,
	AXVCPU_SNAPSHOT_AT_API_VERSION = 36,
	AXVCPU_SNAPSHOT_AT_FLAGS = 40,
	AXVCPU_SNAPSHOT_AT_REG_COUNT = 44,
	AXVCPU_SNAPSHOT_AT_VCPU_ID = 48,
	AXVCPU_SNAPSHOT_AT_PACKAGE = 56,
	AXVCPU_SNAPSHOT_AT_INTERRUPT_WORDS = 88,
	AXVCPU_SNAPSHOT_AT_RESERVED = 92,
	AXVCPU_SNAPSHOT_HEADER_SIZE = 96,
};

/** Interrupt sets, in their order. */
enum axvcpu_snapshot_set {
	AXVCPU_SNAPSHOT_SET_QUEUED = 0,
	AXVCPU_SNAPSHOT_SET_CLEARED = 1,
	AXVCPU_SNAPSHOT_SETS = 2,
};

/** Bytes of a register's id, of a word of the interrupt set; the alignment of all sections. */
#define AXVCPU_SNAPSHOT_WORD 8u
/** Bits of a word of the interrupt set. */
#define AXVCPU_SNAPSHOT_WORD_BITS 64u

/** Bytes that a register takes: its id and its padded value. */
static inline size_t axvcpu_snapshot_reg_room(uint64_t id)
{
	size_t value = AXVCPU_REG_SIZE(id);

	return AXVCPU_SNAPSHOT_WORD +
	       (value + AXVCPU_SNAPSHOT_WORD - 1u) / AXVCPU_SNAPSHOT_WORD * AXVCPU_SNAPSHOT_WORD;
}

/** Little-endian numbers at any address. */
uint32_t axvcpu_snapshot_get32(const unsigned char *at);
uint64_t axvcpu_snapshot_get64(const unsigned char *at);
void axvcpu_snapshot_put32(unsigned char *at, uint32_t value);
void axvcpu_snapshot_put64(unsigned char *at, uint64_t value);

/** Writes magic, format, sizes and the checksum around the rest, which is there already. */
void axvcpu_snapshot_seal(unsigned char *bytes, size_t total);

/** A snapshot whose bytes have been checked. */
struct axvcpu_snapshot_view {
	const unsigned char *bytes;
	/** Where the registers begin and end; the interrupt sets follow. */
	const unsigned char *regs;
	const unsigned char *regs_end;
	/** 64-bit words of each interrupt set. */
	uint32_t interrupt_words;
	struct axvcpu_snapshot info;
};

/**
 * Checks everything that can be checked without a vCPU.
 *
 * @return AXVCPU_OK, AXVCPU_ERR_CORRUPT or AXVCPU_ERR_ABI_MISMATCH.
 */
axvcpu_error_t axvcpu_snapshot_open(const void *bytes, size_t size,
				    struct axvcpu_snapshot_view *view);

/**
 * The value of the register `id`, or null. `*hint` is where to look first, and
 * becomes the register after the one found: registers that are asked for in the
 * order in which they are stored are found at once. Starts at `view->regs`.
 */
const unsigned char *axvcpu_snapshot_find(const struct axvcpu_snapshot_view *view, uint64_t id,
					  const unsigned char **hint);

#endif /* AXVCPU_SRC_SNAPSHOT_FORMAT_H_ */
