/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that the runner hands over with the hypervisor: its configuration and
 * the guest's images. Boards differ in how they come: fw_cfg.c, a disk (x86_64/disk.c), memory (riscv64/boot_files.c).
 */
#ifndef HYPERVISOR_BOOT_FILES_H_
#define HYPERVISOR_BOOT_FILES_H_

#include <stdbool.h>
#include <stdint.h>

struct boot_file {
	/** Where it is, in the way of whoever found it. */
	uint64_t place;
	uint32_t size;
};

/** Finds a file by its name. */
bool boot_file_find(const char *name, struct boot_file *file);
/** Reads `size` bytes from `offset` of a file; false if they are not there. */
bool boot_file_read(const struct boot_file *file, uint32_t offset, void *to, uint32_t size);

#endif /* HYPERVISOR_BOOT_FILES_H_ */
