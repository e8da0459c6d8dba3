/* SPDX-License-Identifier: Apache-2.0 */
/* What the assembly files offer; the host tests have their own of each. */
#ifndef ARM_VCPU_WORLD_H_
#define ARM_VCPU_WORLD_H_

#include "vcpu.h"

/** Runs the guest until its next exit; enum arm_vcpu_vector. enter.S */
uint64_t arm_vcpu_enter(struct arm_context *context);
/** The same on a host with E2H, where HCR_EL2 is the guest's in between only. */
uint64_t arm_vcpu_enter_vhe(struct arm_context *context);
/** V0 to V31 to memory and back. fpsimd.S */
void arm_vcpu_fpsimd_save(uint8_t registers[ARM_FPSIMD_REGS][ARM_FPSIMD_REG_SIZE]);
void arm_vcpu_fpsimd_load(const uint8_t registers[ARM_FPSIMD_REGS][ARM_FPSIMD_REG_SIZE]);
/** Z0 to Z31, P0 to P15 and FFR likewise, of the length in ZCR_EL2. sve.S */
void arm_vcpu_sve_registers_save(uint8_t *state);
void arm_vcpu_sve_registers_load(const uint8_t *state);
/** Bytes of a Z register here and now. */
uint64_t arm_vcpu_sve_vector_bytes(void);
/** Executes an SMC with x0 to x17. smc.S */
void arm_vcpu_forward_smc(uint64_t registers[18]);

#endif /* ARM_VCPU_WORLD_H_ */
