/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files in memory: a directory at VIRT_FILES, all of it little-endian, then
 * what its entries point at. The runner writes it (integration/runner/loads.c).
 */
#ifndef HYPERVISOR_RISCV64_BOOT_FILES_H_
#define HYPERVISOR_RISCV64_BOOT_FILES_H_

#include <stdint.h>

/** "axvcpu-1" */
#define BOOT_FILES_MAGIC UINT64_C(0x312d757063767861)
#define BOOT_FILES_MAX 8u
#define BOOT_FILES_NAME 48u

struct boot_files_entry {
	char name[BOOT_FILES_NAME];
	/** HPA of the first byte. */
	uint64_t address;
	uint64_t size;
};

struct boot_files {
	uint64_t magic;
	/** HPA past the last file. */
	uint64_t end;
	uint64_t count;
	uint64_t reserved;
	struct boot_files_entry entries[BOOT_FILES_MAX];
};

/** The first page past all files. */
uint64_t boot_files_end(void);

#endif /* HYPERVISOR_RISCV64_BOOT_FILES_H_ */
