/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's fw_cfg device, through its DMA interface (QEMU docs/specs/fw_cfg). */
#ifndef HYPERVISOR_FW_CFG_H_
#define HYPERVISOR_FW_CFG_H_

#include <stdbool.h>
#include <stdint.h>

struct fw_cfg_file {
	/** As the board's fw_cfg.c numbers them. */
	uint32_t selector;
	uint32_t size;
};

/** Finds a file by its name. */
bool fw_cfg_find(const char *name, struct fw_cfg_file *file);
/** Reads `size` bytes from `offset` of a file; false if the device reports an error. */
bool fw_cfg_read(const struct fw_cfg_file *file, uint32_t offset, void *to, uint32_t size);

#endif /* HYPERVISOR_FW_CFG_H_ */
