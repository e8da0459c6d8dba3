/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files in QEMU's fw_cfg device, through its DMA interface (QEMU docs/specs/fw_cfg), on
 * boards that have it; arguments as those of boot_files.h.
 */
#ifndef HYPERVISOR_FW_CFG_H_
#define HYPERVISOR_FW_CFG_H_

#include "boot_files.h"

bool fw_cfg_find(const char *name, struct boot_file *file);
bool fw_cfg_read(const struct boot_file *file, uint32_t offset, void *to, uint32_t size);

#endif /* HYPERVISOR_FW_CFG_H_ */
