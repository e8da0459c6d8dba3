/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of QEMU's arm64 `virt` board (hw/arm/virt.c, base_memmap
 * and extended_memmap). The guest's machine is laid out in the same way.
 */
#ifndef HYPERVISOR_AARCH64_VIRT_H_
#define HYPERVISOR_AARCH64_VIRT_H_

#include <stdint.h>

/** Two banks of 64 MiB; firmware keeps its variables in the second one. */
#define VIRT_FLASH UINT64_C(0x00000000)
#define VIRT_FLASH_SIZE UINT64_C(0x08000000)
#define VIRT_GICD UINT64_C(0x08000000)
#define VIRT_GICD_SIZE UINT64_C(0x10000)
#define VIRT_GICR UINT64_C(0x080a0000)
/** One redistributor: RD_base and SGI_base. */
#define VIRT_GICR_SIZE UINT64_C(0x20000)
#define VIRT_UART UINT64_C(0x09000000)
#define VIRT_UART_SIZE UINT64_C(0x1000)
/** SPI 1. */
#define VIRT_UART_INTID 33u
#define VIRT_FW_CFG UINT64_C(0x09020000)
#define VIRT_PCI_IO UINT64_C(0x3eff0000)
#define VIRT_RAM UINT64_C(0x40000000)
/** The most RAM that leaves what lies above where it is. */
#define VIRT_RAM_END UINT64_C(0x4000000000)
#define VIRT_PCI_ECAM UINT64_C(0x4010000000)

#endif /* HYPERVISOR_AARCH64_VIRT_H_ */
