/* SPDX-License-Identifier: Apache-2.0 */
/* What a device tree's "riscv,isa" says (The RISC-V Instruction Set Manual, chapter "ISA Extension Naming"). */
#ifndef HYPERVISOR_RISCV64_ISA_H_
#define HYPERVISOR_RISCV64_ISA_H_

#include <stddef.h>

/**
 * The first extension in `had` that a guest may use and that `has` lacks: its name is
 * there, `*length` long. Null if there is none.
 */
const char *isa_missing(const char *had, const char *has, size_t *length);

#endif /* HYPERVISOR_RISCV64_ISA_H_ */
