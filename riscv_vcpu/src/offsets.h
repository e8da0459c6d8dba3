/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets in struct riscv_vcpu and its parts for assembly; vcpu.h asserts each of them. */
#ifndef RISCV_VCPU_OFFSETS_H_
#define RISCV_VCPU_OFFSETS_H_

#define VCPU_GPR(n) ((n) * 8)
#define VCPU_PC 256
#define VCPU_SSTATUS 264
#define VCPU_HSTATUS 272
#define VCPU_HOST_SP 280
#define VCPU_HOST_SSTATUS 288
#define VCPU_HOST_HSTATUS 296
#define VCPU_HOST_STVEC 304
#define VCPU_HOST_SSCRATCH 312

#define FP_F(n) ((n) * 8)
#define FP_FCSR 256

#define VECTOR_VSTART 0
#define VECTOR_VL 8
#define VECTOR_VTYPE 16
#define VECTOR_VCSR 24

#endif /* RISCV_VCPU_OFFSETS_H_ */
