/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions that access memory. */
#ifndef RISCV_VCPU_DECODE_H_
#define RISCV_VCPU_DECODE_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum riscv_access_kind {
	/* No access to memory, or an encoding that is reserved. */
	RISCV_ACCESS_NONE = 0,
	RISCV_ACCESS_LOAD = 1,
	RISCV_ACCESS_STORE = 2,
	/* Of FP or vector registers. */
	RISCV_ACCESS_FP_LOAD = 3,
	RISCV_ACCESS_FP_STORE = 4,
	/* LR, SC and AMO. */
	RISCV_ACCESS_ATOMIC = 5,
	/* Cache blocks. */
	RISCV_ACCESS_CACHE = 6,
};

struct riscv_access {
	uint32_t kind;
	/* Bytes, for loads and stores; else 0. */
	uint32_t width;
	/* Register that is loaded or stored. */
	uint32_t reg;
	uint32_t sign_extend;
	/* Base register and offset; 0 for a transformed instruction. */
	uint32_t base;
	int32_t offset;
	/* Bytes of the instruction as the guest has it: 2 or 4. */
	uint32_t length;
};

/* Decodes an instruction as it is in memory. */
struct riscv_access riscv_vcpu_decode(uint32_t insn);

/*
 * Decodes htinst. `*misaligned` is what the transformed instruction holds in place
 * of the base register: how far the faulting part is from the access's start.
 */
struct riscv_access riscv_vcpu_decode_htinst(uint64_t htinst, uint32_t *misaligned);

#ifdef __cplusplus
}
#endif

#endif /* RISCV_VCPU_DECODE_H_ */
