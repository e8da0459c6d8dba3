/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of architectural registers as 64-bit numbers.
 *
 *   bits 63..56  architecture, AXVCPU_ARCH_*
 *   bits 55..52  zero
 *   bits 51..48  log2 of the register's size in bytes, 0 to 6
 *   bits 47..32  register class, defined by the arch package
 *   bits 31..0   register within the class
 *
 * The arch package's header names its registers. The list of ids that
 * axvcpu_list_regs() gives is the whole state of a vCPU: what it reads on one
 * vCPU can be written into another one in the same order.
 */
#ifndef AXVCPU_REG_H_
#define AXVCPU_REG_H_

#include "axvcpu/types.h"

/** Builds a register id; `size_log2` is log2 of the register's bytes. */
#define AXVCPU_REG_ID(arch, size_log2, reg_class, index)                    \
	(((uint64_t)(arch) << 56) | ((uint64_t)(size_log2) << 48) |          \
	 ((uint64_t)(reg_class) << 32) | (uint64_t)(index))

/** AXVCPU_ARCH_* of a register id. */
#define AXVCPU_REG_ARCH(id) ((uint32_t)((uint64_t)(id) >> 56))
/** Size of the register in bytes. */
#define AXVCPU_REG_SIZE(id) (UINT32_C(1) << (((uint64_t)(id) >> 48) & 0xfu))
/** Class of a register id. */
#define AXVCPU_REG_CLASS(id) ((uint32_t)(((uint64_t)(id) >> 32) & 0xffffu))
/** Index of a register id within its class. */
#define AXVCPU_REG_INDEX(id) ((uint32_t)(uint64_t)(id))

/** Bytes of the largest register that an id can name. */
#define AXVCPU_REG_MAX_SIZE 64u

#endif /* AXVCPU_REG_H_ */
