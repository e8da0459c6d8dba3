/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of a decoded load or store, to and from the bytes of memory in their order. */
#ifndef ARM_VCPU_OPERANDS_H_
#define ARM_VCPU_OPERANDS_H_

#include "decode.h"
#include "vcpu.h"

/** What a store writes (not that of DC ZVA). On the CPU on which the vCPU is loaded. */
void arm_vcpu_operands_read(struct arm_vcpu *vcpu, const struct arm_transfer *transfer,
	bool big_endian, uint8_t data[ARM_TRANSFER_BYTES]);

/** General registers get what was loaded. Any CPU. */
void arm_vcpu_operands_write_general(struct arm_vcpu *vcpu, const struct arm_transfer *transfer,
				bool big_endian, const uint8_t data[ARM_TRANSFER_BYTES]);

/** SIMD registers get what was loaded. On the CPU on which the vCPU is loaded. */
void arm_vcpu_operands_write_simd(struct arm_vcpu *vcpu, const struct arm_transfer *transfer,
			     bool big_endian, const uint8_t data[ARM_TRANSFER_BYTES]);

/** The low `bytes` of `value` in the other order. */
uint64_t arm_vcpu_swap_bytes(uint64_t value, uint32_t bytes);

/** The low `bytes` of `value`, sign-extended to `register_bytes`; all above is zero. */
uint64_t arm_vcpu_extend_sign(uint64_t value, uint32_t bytes, uint32_t register_bytes);

#endif /* ARM_VCPU_OPERANDS_H_ */
