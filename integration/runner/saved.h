/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A saved machine as a file. Numbers are little-endian, parts begin at multiples of 8 bytes.
 *
 *   offset  bytes
 *        0      8  "AXVCPUVM"
 *        8      4  SAVED_FORMAT
 *       12      4  bytes of this header: 64
 *       16      8  bytes of the file
 *       24      4  CRC-32C of the file, with this member as 0
 *       28      4  architecture, as ELF files have it (e_machine)
 *       32      4  vCPUs
 *       36      4  SAVED_* flags
 *       40      8  bytes of the guest's memory
 *       48      8  bytes of the state
 *       56      8  number of pieces of memory
 *       64         the state, as the hypervisor wrote it (hypervisor/state_stream.h)
 *                  pieces of memory: 8 bytes of offset, 8 of size, and as many bytes; what
 *                  is in none is zero
 */
#ifndef RUNNER_SAVED_H_
#define RUNNER_SAVED_H_

#include <stdbool.h>
#include <stdint.h>

#include "arch.h"
#include "file.h"
#include "message.h"

#define SAVED_FORMAT 2u

/** Flags: with --test-devices, and with --aia. */
#define SAVED_TEST_DEVICES 1u
#define SAVED_AIA 2u

/** Most memory of a machine that can be saved: the hypervisor gets it as one file. */
#define SAVED_MEMORY_MAX FILE_MAX_SIZE

/** What a file says of itself. */
struct saved {
	const struct arch *arch;
	uint64_t cpus;
	uint64_t memory;
	bool test_devices;
	bool aia;
	uint64_t state_size;
	uint64_t pieces;
	struct file file;
};

/** A machine in the board's memory, which is a file: where its memory and its state are in there. */
struct saved_place {
	uint64_t memory;
	uint64_t state;
};

/**
 * Opens and checks a saved machine.
 *
 * @param option  that named it, for messages.
 * @return -1 with a message if it is none, damaged, or of another version.
 */
int saved_open(const char *option, const char *name, struct saved *saved, struct message *message);
/** Writes its state and its memory, each to a file of its own. */
int saved_unpack(const struct saved *saved, const char *state, const char *memory,
		 struct message *message);
/**
 * Writes a saved machine: under another name until it is complete.
 *
 * @param saved  all but `pieces` and `file`.
 * @param board  the file that is the board's memory.
 */
int saved_write(const char *option, const char *name, const struct saved *saved, const char *board,
		const struct saved_place *place, struct message *message);

#endif /* RUNNER_SAVED_H_ */
