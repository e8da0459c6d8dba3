/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's memory through its own translation, while it is bound. */
#ifndef RISCV_VCPU_GUEST_MEM_H_
#define RISCV_VCPU_GUEST_MEM_H_

#include "vcpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What stopped an access, as the hart reported it. */
struct riscv_mem_fault {
	uint64_t cause;
	uint64_t stval;
	uint64_t gpa;
	/* The guest's page walk faulted: `gpa` is that of the entry. */
	bool walk;
};

/* The instruction at the guest's pc, 16 or 32 bits of it. False: see `*fault`. */
bool riscv_vcpu_guest_fetch(struct riscv_vcpu *vcpu, uint32_t *insn, struct riscv_mem_fault *fault);

/* A doubleword at a guest virtual address, as the guest itself would load it. */
bool riscv_vcpu_guest_load64(struct riscv_vcpu *vcpu, uint64_t gva, uint64_t *value);

/* The guest physical address that htval and stval give together (15.2.8). */
static inline uint64_t riscv_fault_gpa(uint64_t htval, uint64_t stval)
{
	return (htval << 2) | (stval & 3);
}

#ifdef __cplusplus
}
#endif

#endif /* RISCV_VCPU_GUEST_MEM_H_ */
