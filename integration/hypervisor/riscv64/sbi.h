/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the firmware under the hypervisor (RISC-V SBI 1.0). */
#ifndef HYPERVISOR_RISCV64_SBI_H_
#define HYPERVISOR_RISCV64_SBI_H_

#include <stdbool.h>
#include <stdint.h>

/** Interrupts this hart when the `time` CSR reaches `deadline`; UINT64_MAX: not at all. */
void sbi_set_timer(uint64_t deadline);
/** Sends a software interrupt to a hart. */
void sbi_send_ipi(uint64_t hart);
/** Has all harts fetch instructions anew. */
void sbi_remote_fence_i(void);
/** Has all harts forget what they keep of guests' second-stage tables. */
void sbi_remote_hfence_gvma(void);
/**
 * Starts a hart at `entry` with translation off and `arg` in a1.
 * @return whether there is one that was stopped.
 */
bool sbi_hart_start(uint64_t hart, uint64_t entry, uint64_t arg);
/** Turns the machine off. */
void sbi_shutdown(void);

#endif /* HYPERVISOR_RISCV64_SBI_H_ */
