/* SPDX-License-Identifier: Apache-2.0 */
/* Files on the first ATA disk, which is a tar archive: where there is no fw_cfg. */
#ifndef HYPERVISOR_X86_64_DISK_H_
#define HYPERVISOR_X86_64_DISK_H_

#include <stdbool.h>
#include <stdint.h>

/** Finds a file; `*first` is the number of its first sector. */
bool disk_find(const char *name, uint32_t *first, uint32_t *size);
/** Reads `size` bytes from byte `offset` behind a sector. */
bool disk_read(uint32_t first, uint32_t offset, void *to, uint32_t size);

#endif /* HYPERVISOR_X86_64_DISK_H_ */
