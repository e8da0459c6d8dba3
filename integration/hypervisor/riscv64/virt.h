/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of QEMU's riscv64 `virt` board (hw/riscv/virt.c, virt_memmap; include/
 * hw/riscv/virt.h). The guest's machine is laid out in the same way.
 */
#ifndef HYPERVISOR_RISCV64_VIRT_H_
#define HYPERVISOR_RISCV64_VIRT_H_

#include <stdint.h>

#define VIRT_TEST UINT64_C(0x00100000)
#define VIRT_PCI_IO UINT64_C(0x03000000)
#define VIRT_PLIC UINT64_C(0x0c000000)
#define VIRT_APLIC_S UINT64_C(0x0d000000)
#define VIRT_IMSIC_S UINT64_C(0x28000000)
#define VIRT_UART UINT64_C(0x10000000)
#define VIRT_PCI_ECAM UINT64_C(0x30000000)
#define VIRT_RAM UINT64_C(0x80000000)

/**
 * Where the runner has QEMU put the files for the hypervisor, by `-device loader`:
 * QEMU 7.2 makes this board's fw_cfg too late for files of the command line.
 */
#define VIRT_FILES UINT64_C(0x80800000)

/** The UART's source at the PLIC. */
#define VIRT_UART_IRQ 10u
/** Ticks of the `time` CSR in a second. */
#define VIRT_TIME_HZ UINT64_C(10000000)
/** The PLIC has two contexts for each hart: M mode's, then S mode's. */
#define VIRT_PLIC_CONTEXTS_PER_HART 2u
#define VIRT_PLIC_CONTEXT_S 1u

/** Guest interrupt files of each hart, `aia-guests` of QEMU's machine, and bits of their number. */
#define VIRT_GUEST_FILES 7u
#define VIRT_GUEST_FILE_BITS 3u

#endif /* HYPERVISOR_RISCV64_VIRT_H_ */
