/* SPDX-License-Identifier: Apache-2.0 */
/* From a trap to what is done about it. True means: the run returns to the hypervisor. */
#ifndef RISCV_VCPU_EXITS_H_
#define RISCV_VCPU_EXITS_H_

#include "vcpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/* exits.c */
bool riscv_vcpu_handle_trap(struct riscv_vcpu *vcpu, uint64_t scause, struct axvcpu_exit *exit);
RISCV_APART bool riscv_vcpu_physical_interrupt(struct riscv_vcpu *vcpu, uint64_t scause,
					       struct axvcpu_exit *exit);
bool riscv_vcpu_halt(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
void riscv_vcpu_exit_raw(struct axvcpu_exit *exit, uint64_t scause);

/* page_fault.c */
RISCV_APART bool riscv_vcpu_guest_page_fault(
	struct riscv_vcpu *vcpu, uint64_t cause, struct axvcpu_exit *exit);
bool riscv_vcpu_fetch_or_exit(struct riscv_vcpu *vcpu, uint32_t *insn, struct axvcpu_exit *exit,
			 bool *leave);

/* virtual_insn.c */
RISCV_APART bool riscv_vcpu_virtual_instruction(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
RISCV_APART void riscv_vcpu_csr_write_exit(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
void riscv_vcpu_csr_write_done(struct riscv_vcpu *vcpu);
bool riscv_vcpu_csr_writes(uint32_t insn);
bool riscv_vcpu_csr_reads_and_writes(uint32_t insn);

#ifdef __cplusplus
}
#endif

#endif /* RISCV_VCPU_EXITS_H_ */
