/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a load or store does, from its instruction word: for data aborts whose
 * syndrome does not say (ESR_EL2.ISV = 0; ARM DDI 0487, D19.2.37, "ISS encoding
 * for an exception from a Data Abort"). Pure functions, no registers of the CPU.
 *
 * Decoded are, of A64 (C4.1.94, "Loads and Stores"), all forms of one general,
 * SIMD or floating-point register and of pairs, with every addressing mode, the
 * unprivileged and ordered ones, the Advanced SIMD structures, and DC ZVA; of A32
 * and T32 (F4, F3) loads and stores of one and two general registers, LDM, STM,
 * VLDR, VSTR, VLDM and VSTM, not their SIMD structures (VLD1 to VST4).
 *
 * Not decoded, since two exits cannot do what they promise: exclusive and atomic
 * accesses and compare-and-swap. Nor are LDRAA and LDRAB (their address is only
 * known after authentication), tags (MTE), LS64, MOPS, SVE and SME, which the
 * guest is not shown, LDM with the pc, and what is unallocated.
 */
#ifndef ARM_VCPU_DECODE_H_
#define ARM_VCPU_DECODE_H_

#include <stdbool.h>
#include <stdint.h>

/** Most elements with a register of their own each: an LDM of 15 registers. */
#define ARM_TRANSFER_REGS 16u
/** Most bytes that registers transfer: VLDM of 16 double words. */
#define ARM_TRANSFER_BYTES 128u
/** Most bytes of a block that DC ZVA clears: DCZID_EL0.BS = 9 (D19.2.37). */
#define ARM_ZERO_BLOCK_LIMIT 2048u

/** Where the elements come from or go. */
enum arm_operand {
	/** Element i is general register reg[i]; 31 is XZR in A64. */
	ARM_OPERAND_GENERAL,
	/** Element i is SIMD register reg[i] from its lowest byte on. */
	ARM_OPERAND_SCALAR,
	/** Elements are lanes of SIMD registers from reg[0] on: arm_vcpu_transfer_lane(). */
	ARM_OPERAND_LANES,
	/** Nothing: zeros are stored (DC ZVA). */
	ARM_OPERAND_ZERO,
};

/** Numbers of base and index registers that are no X register. */
#define ARM_BASE_SP 31u
/** The address of the instruction, aligned to four bytes. */
#define ARM_BASE_PC 32u
/** XZR, where 31 would be SP (DC ZVA). */
#define ARM_BASE_ZERO 33u

/** How an index register becomes an offset. */
enum arm_extend {
	ARM_EXTEND_NONE,
	/** Its low 32 bits, zero- or sign-extended. */
	ARM_EXTEND_UXTW,
	ARM_EXTEND_SXTW,
	/** A32 and T32: shifted right or rotated by index_shift (32 included). */
	ARM_EXTEND_LSR,
	ARM_EXTEND_ASR,
	ARM_EXTEND_ROR,
};

/** What an index register is added to. */
enum arm_index_use {
	ARM_INDEX_ADDRESSES = 1,
	ARM_INDEX_WRITES_BACK = 2,
};

/** What one instruction does. */
struct arm_transfer {
	/** enum arm_operand. */
	uint8_t operand;
	/** A store. */
	bool write;
	/** Loads into general registers: sign-extended from element_size to register_size. */
	bool sign_extend;
	/** Loads into SIMD registers: what is not loaded of a register becomes zero. */
	bool clear_rest;
	/** A load to every lane of a register (LD1R and its like). */
	bool replicate;
	/** Bytes of a general register that a load defines: 4 or 8. */
	uint8_t register_size;
	/** Bytes of one element: 1, 2, 4, 8 or 16. Big-endian data are swapped within it. */
	uint8_t element_size;
	/** Elements, which follow each other in memory. */
	uint16_t element_count;
	/** LANES: registers among which the elements take turns, lanes of one, first lane. */
	uint8_t interleave;
	uint8_t lanes;
	uint8_t first_lane;
	/** Registers, by operand. */
	uint8_t reg[ARM_TRANSFER_REGS];

	/** X register number, ARM_BASE_SP or ARM_BASE_PC. */
	uint8_t base;
	/** Bytes from the base to the first element. */
	int64_t offset;
	/** Whether the base register changes, and by how many bytes. */
	bool writes_back;
	int64_t writeback;
	/** ARM_INDEX_* bits; 0 if there is no index register. */
	uint8_t index_use;
	/** Its number. */
	uint8_t index;
	/** enum arm_extend, and the bits by which the result is shifted left (or see there). */
	uint8_t extend;
	uint8_t index_shift;
	/** The index is subtracted (A32). */
	bool index_negative;
	/** Nothing but the low 32 bits of an address counts. */
	bool address_32;
};

/** The instruction sets, and what of the state of the CPU matters to them. */
enum arm_instruction_set {
	ARM_SET_A64,
	ARM_SET_A32,
	/** A 16-bit instruction in bits 15..0, or a 32-bit one with its first half in 31..16. */
	ARM_SET_T32,
};

/**
 * Decodes `word` of `set` into `transfer`; `zero_block` is the size in bytes of
 * what DC ZVA clears. False, with `transfer` undefined, if it is no load or store
 * that is decoded (see above). Any word is allowed.
 */
bool arm_vcpu_decode(uint32_t word, enum arm_instruction_set set, uint32_t zero_block,
		struct arm_transfer *transfer);

/** Whether a T32 instruction whose first half is this has a second one (F3.1). */
bool arm_vcpu_t32_is_wide(uint32_t first_half);

/** Bytes of memory that it reads or writes. */
uint32_t arm_vcpu_transfer_size(const struct arm_transfer *transfer);

/**
 * Its first address, from the values of base and index register; `*after` gets
 * what the base register becomes (the base itself without writeback).
 */
uint64_t arm_vcpu_transfer_address(
	const struct arm_transfer *transfer, uint64_t base, uint64_t index, uint64_t *after);

/** The SIMD register (0 to 31) of element `n` and the byte in it where the element starts. */
uint32_t arm_vcpu_transfer_lane(
	const struct arm_transfer *transfer, uint32_t n, uint32_t *first_byte);

/* Parts of arm_vcpu_decode(), one file each. */
bool arm_vcpu_decode_a64(uint32_t word, uint32_t zero_block, struct arm_transfer *transfer);
bool arm_vcpu_decode_structure(uint32_t word, struct arm_transfer *transfer);
bool arm_vcpu_decode_a32(uint32_t word, struct arm_transfer *transfer);
bool arm_vcpu_decode_t32(uint32_t word, struct arm_transfer *transfer);

#endif /* ARM_VCPU_DECODE_H_ */
