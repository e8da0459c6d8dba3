/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A32 and T32 loads and stores (ARM DDI 0487, F4.1 and F3.1; the instructions are
 * in F5.1 and F6.1). Where both sets have the same fields one function serves both.
 */
#include "decode.h"

#include "regs.h"

#define R_PC 15u
#define WORD_BYTES 4u
#define DOUBLE_WORD_BYTES 8u
/** What an instruction adds to its own address when it reads the pc. */
#define A32_PC_AHEAD 8
#define T32_PC_AHEAD 4

/* Fields at the same place in A32 and in T32 of 32 bits */
#define P_BIT ARM_BIT(24)
#define U_BIT ARM_BIT(23)
#define W_BIT ARM_BIT(21)
#define L_BIT ARM_BIT(20)
#define RN_FIELD ARM_MASK(19, 16)
#define RT_FIELD ARM_MASK(15, 12)
#define RM_FIELD ARM_MASK(3, 0)
#define LIST_FIELD ARM_MASK(15, 0)
#define IMM8_FIELD ARM_MASK(7, 0)
#define IMM12_FIELD ARM_MASK(11, 0)
/* A32 */
#define A32_CONDITION ARM_MASK(31, 28)
#define A32_UNCONDITIONAL 0xfu
#define A32_CLASS ARM_MASK(27, 25)
#define A32_CLASS_EXTRA 0u
#define A32_CLASS_IMMEDIATE 2u
#define A32_CLASS_REGISTER 3u
#define A32_CLASS_MULTIPLE 4u
#define A32_CLASS_COPROCESSOR 6u
#define A32_BYTE ARM_BIT(22)
#define A32_S ARM_BIT(22)
#define A32_SHIFT_AMOUNT ARM_MASK(11, 7)
#define A32_SHIFT_TYPE ARM_MASK(6, 5)
#define A32_MEDIA ARM_BIT(4)
#define A32_EXTRA_MASK 0x90u
#define A32_EXTRA_IMMEDIATE ARM_BIT(22)
#define A32_EXTRA_OP ARM_MASK(6, 5)
#define A32_EXTRA_HIGH ARM_MASK(11, 8)
#define A32_EXTRA_LOW ARM_MASK(3, 0)
/* FP registers: D is the upper or the lower bit of the number */
#define FP_D ARM_BIT(22)
#define FP_VD ARM_MASK(15, 12)
#define FP_SIZE ARM_MASK(11, 8)
#define FP_SIZE_HALF 0x9u
#define FP_SIZE_SINGLE 0xau
#define FP_SIZE_DOUBLE 0xbu
/* T32 of 32 bits */
#define T32_DUAL_MASK 0xfe400000u
#define T32_DUAL 0xe8400000u
#define T32_MULTIPLE 0xe8000000u
#define T32_COPROCESSOR_MASK 0xfe000000u
#define T32_COPROCESSOR 0xec000000u
#define T32_SINGLE_MASK 0xfe000000u
#define T32_SINGLE 0xf8000000u
#define T32_RT2 ARM_MASK(11, 8)
#define T32_SIGNED ARM_BIT(24)
#define T32_IMM12_FORM ARM_BIT(23)
#define T32_SINGLE_SIZE ARM_MASK(22, 21)
#define T32_IMM8_FORM ARM_BIT(11)
#define T32_IMM8_P ARM_BIT(10)
#define T32_IMM8_U ARM_BIT(9)
#define T32_IMM8_W ARM_BIT(8)
#define T32_REGISTER_ZERO ARM_MASK(11, 6)
#define T32_REGISTER_SHIFT ARM_MASK(5, 4)
/* T32 of 16 bits: STM and LDM, PUSH, POP */
#define T16_MULTIPLE_MASK 0xf000u
#define T16_MULTIPLE 0xc000u
#define T16_L ARM_BIT(11)
#define T16_RN ARM_MASK(10, 8)
#define T16_LIST ARM_MASK(7, 0)
#define T16_PUSH_POP_MASK 0xf600u
#define T16_PUSH_POP 0xb400u
#define T16_EXTRA ARM_BIT(8)
#define R_SP 13u
#define R_LR 14u

static uint8_t field(uint32_t word, uint64_t mask)
{
	return (uint8_t)ARM_FIELD(word, mask);
}

static int64_t add_or_subtract(bool add, uint64_t value)
{
	return add ? (int64_t)value : -(int64_t)value;
}

/** The base register; false if writeback would change the pc. */
static bool set_base(uint8_t rn, bool writes_back, int ahead, struct arm_transfer *transfer)
{
	transfer->address_32 = true;
	transfer->writes_back = writes_back;
	transfer->base = rn;
	if (rn != R_PC) {
		return true;
	}
	transfer->base = ARM_BASE_PC;
	transfer->offset += ahead;
	return !writes_back;
}

/** One general register of `bytes`; false for the pc, to which a load is a branch. */
static bool set_one(uint8_t rt, uint8_t bytes, bool write, bool sign_extend,
		    struct arm_transfer *transfer)
{
	transfer->operand = ARM_OPERAND_GENERAL;
	transfer->write = write;
	transfer->sign_extend = sign_extend;
	transfer->register_size = WORD_BYTES;
	transfer->element_size = bytes;
	transfer->element_count = 1u;
	transfer->reg[0] = rt;
	return rt != R_PC;
}

static bool set_two(uint8_t rt, uint8_t rt2, bool write, struct arm_transfer *transfer)
{
	bool ok = set_one(rt, WORD_BYTES, write, false, transfer);

	transfer->element_count = 2u;
	transfer->reg[1] = rt2;
	return ok && rt2 != R_PC;
}

/** Offset and writeback by an immediate: P (index before) and W as in the instruction. */
static void set_immediate(int64_t offset, bool before, struct arm_transfer *transfer)
{
	transfer->offset = before ? offset : 0;
	transfer->writeback = offset;
}

static bool set_register(uint32_t word, bool before, struct arm_transfer *transfer)
{
	transfer->index = field(word, RM_FIELD);
	transfer->index_negative = (word & U_BIT) == 0u;
	transfer->index_use = (uint8_t)ARM_INDEX_WRITES_BACK |
			      (before ? (uint8_t)ARM_INDEX_ADDRESSES : 0u);
	return transfer->index != R_PC;
}

/** Registers of a list, from the lowest on. */
static bool set_list(uint32_t list, bool write, struct arm_transfer *transfer)
{
	uint8_t reg;

	if (list == 0u || (list & (UINT32_C(1) << R_PC)) != 0u) {
		return false;
	}
	(void)set_one(0u, WORD_BYTES, write, false, transfer);
	transfer->element_count = 0u;
	for (reg = 0u; reg < R_PC; reg++) {
		if ((list & (UINT32_C(1) << reg)) != 0u) {
			transfer->reg[transfer->element_count] = reg;
			transfer->element_count++;
		}
	}
	return true;
}

/** Where a block of `bytes` lies: P and U as in the instruction (IA, IB, DA, DB). */
static void set_block(bool before, bool up, uint32_t bytes, struct arm_transfer *transfer)
{
	int64_t size = (int64_t)bytes;

	if (up) {
		transfer->offset = before ? (int64_t)WORD_BYTES : 0;
		transfer->writeback = size;
	} else {
		transfer->offset = before ? -size : (int64_t)WORD_BYTES - size;
		transfer->writeback = -size;
	}
}

static bool decode_multiple(uint32_t word, struct arm_transfer *transfer)
{
	uint8_t rn = field(word, RN_FIELD);
	uint32_t list = (uint32_t)ARM_FIELD(word, LIST_FIELD);
	bool writes_back = (word & W_BIT) != 0u;
	bool write = (word & L_BIT) == 0u;

	/* A base that is loaded and written back is UNPREDICTABLE. */
	if (!set_list(list, write, transfer) || rn == R_PC ||
	    (writes_back && !write && (list & (UINT32_C(1) << rn)) != 0u)) {
		return false;
	}
	set_block((word & P_BIT) != 0u, (word & U_BIT) != 0u, arm_vcpu_transfer_size(transfer),
		  transfer);
	return set_base(rn, writes_back, 0, transfer);
}

/** SIMD registers one after the other from number `first` of `bytes` each. */
static bool set_fp(uint32_t first, uint32_t count, uint32_t bytes, bool write,
		   struct arm_transfer *transfer)
{
	const uint32_t register_bytes = 16u, registers = 32u;
	uint32_t lanes = register_bytes / bytes;

	if (count == 0u || count * bytes > ARM_TRANSFER_BYTES || first + count > registers) {
		return false;
	}
	transfer->operand = ARM_OPERAND_LANES;
	transfer->write = write;
	transfer->element_size = (uint8_t)bytes;
	transfer->element_count = (uint16_t)count;
	transfer->interleave = 1u;
	transfer->lanes = (uint8_t)lanes;
	transfer->reg[0] = (uint8_t)(first / lanes);
	transfer->first_lane = (uint8_t)(first % lanes);
	return true;
}

/** VLDR, VSTR, VLDM, VSTM; the same in A32 and T32 but for `ahead`. */
static bool decode_fp(uint32_t word, int ahead, struct arm_transfer *transfer)
{
	bool before = (word & P_BIT) != 0u;
	bool up = (word & U_BIT) != 0u;
	bool writes_back = (word & W_BIT) != 0u;
	bool write = (word & L_BIT) == 0u;
	uint32_t size = field(word, FP_SIZE);
	uint32_t imm8 = field(word, IMM8_FIELD);
	uint32_t bytes = size == FP_SIZE_DOUBLE ? DOUBLE_WORD_BYTES : WORD_BYTES;
	uint32_t d = (uint32_t)ARM_FIELD(word, FP_D);
	uint32_t vd = field(word, FP_VD);
	uint32_t first = size == FP_SIZE_DOUBLE ? d << 4 | vd : vd << 1 | d;
	uint8_t rn = field(word, RN_FIELD);

	if (size != FP_SIZE_SINGLE && size != FP_SIZE_DOUBLE) {
		return false;
	}
	if (before && !writes_back) {
		transfer->offset = add_or_subtract(up, (uint64_t)imm8 * WORD_BYTES);
		return set_fp(first, 1u, bytes, write, transfer) &&
		       set_base(rn, false, ahead, transfer);
	}
	/* Increment after, with and without writeback; decrement before with it. */
	if (before == up || rn == R_PC ||
	    !set_fp(first, imm8 * WORD_BYTES / bytes, bytes, write, transfer)) {
		return false;
	}
	set_block(before, up, imm8 * WORD_BYTES, transfer);
	return set_base(rn, writes_back, 0, transfer);
}

static bool a32_decode_shift(uint32_t word, struct arm_transfer *transfer)
{
	const uint32_t lsl = 0u, lsr = 1u, asr = 2u, whole = 32u;
	uint32_t amount = (uint32_t)ARM_FIELD(word, A32_SHIFT_AMOUNT);
	uint32_t type = (uint32_t)ARM_FIELD(word, A32_SHIFT_TYPE);

	transfer->index_shift = (uint8_t)(amount == 0u && type != lsl ? whole : amount);
	if (type == lsl) {
		transfer->extend = ARM_EXTEND_UXTW;
	} else if (type == lsr) {
		transfer->extend = ARM_EXTEND_LSR;
	} else if (type == asr) {
		transfer->extend = ARM_EXTEND_ASR;
	} else if (amount != 0u) {
		transfer->extend = ARM_EXTEND_ROR;
	} else {
		return false; /* RRX, which takes in the carry flag */
	}
	return true;
}

/** LDR, STR, LDRB, STRB; P = 0 with W = 1 is the unprivileged form, also post-indexed. */
static bool a32_decode_single(uint32_t word, bool by_register, struct arm_transfer *transfer)
{
	bool before = (word & P_BIT) != 0u;
	bool writes_back = !before || (word & W_BIT) != 0u;

	if (!set_one(field(word, RT_FIELD), (word & A32_BYTE) != 0u ? 1u : WORD_BYTES,
		     (word & L_BIT) == 0u, false, transfer)) {
		return false;
	}
	if (!by_register) {
		set_immediate(add_or_subtract((word & U_BIT) != 0u, ARM_FIELD(word, IMM12_FIELD)),
			      before, transfer);
	} else if ((word & A32_MEDIA) != 0u || !set_register(word, before, transfer) ||
		   !a32_decode_shift(word, transfer)) {
		return false;
	}
	return set_base(field(word, RN_FIELD), writes_back, A32_PC_AHEAD, transfer);
}

/** LDRH, LDRSB, LDRSH, STRH, LDRD, STRD. */
static bool a32_decode_extra(uint32_t word, struct arm_transfer *transfer)
{
	const uint32_t op_none = 0u, op_half = 1u, op_signed_byte = 2u, op_signed_half = 3u;
	const uint8_t half_bytes = 2u;
	uint32_t op = field(word, A32_EXTRA_OP);
	uint8_t rt = field(word, RT_FIELD);
	bool load = (word & L_BIT) != 0u;
	bool before = (word & P_BIT) != 0u;
	bool writes_back = !before || (word & W_BIT) != 0u;
	uint32_t immediate = (uint32_t)(ARM_FIELD(word, A32_EXTRA_HIGH) << 4 |
					ARM_FIELD(word, A32_EXTRA_LOW));
	bool ok;

	if ((word & A32_EXTRA_MASK) != A32_EXTRA_MASK || op == op_none) {
		return false;
	}
	if (!load && op != op_half) {
		/* A pair starts at an even register; there is no unprivileged one. */
		ok = rt % 2u == 0u && (before || (word & W_BIT) == 0u) &&
		     set_two(rt, (uint8_t)(rt + 1u), op == op_signed_half, transfer);
	} else {
		ok = set_one(rt, op == op_signed_byte ? 1u : half_bytes, !load, op != op_half,
			     transfer);
	}
	if ((word & A32_EXTRA_IMMEDIATE) != 0u) {
		set_immediate(add_or_subtract((word & U_BIT) != 0u, immediate), before, transfer);
	} else {
		ok = ok && ARM_FIELD(word, A32_EXTRA_HIGH) == 0u &&
		     set_register(word, before, transfer);
		transfer->extend = ARM_EXTEND_UXTW;
	}
	return ok && set_base(field(word, RN_FIELD), writes_back, A32_PC_AHEAD, transfer);
}

bool arm_vcpu_decode_a32(uint32_t word, struct arm_transfer *transfer)
{
	if (ARM_FIELD(word, A32_CONDITION) == A32_UNCONDITIONAL) {
		return false;
	}
	switch (ARM_FIELD(word, A32_CLASS)) {
	case A32_CLASS_EXTRA:
		return a32_decode_extra(word, transfer);
	case A32_CLASS_IMMEDIATE:
		return a32_decode_single(word, false, transfer);
	case A32_CLASS_REGISTER:
		return a32_decode_single(word, true, transfer);
	case A32_CLASS_MULTIPLE:
		/* With S it is about another mode's registers or returns from an exception. */
		return (word & A32_S) == 0u && decode_multiple(word, transfer);
	case A32_CLASS_COPROCESSOR:
		return decode_fp(word, A32_PC_AHEAD, transfer);
	default:
		return false;
	}
}

static bool t32_decode_dual(uint32_t word, struct arm_transfer *transfer)
{
	bool before = (word & P_BIT) != 0u;
	bool writes_back = (word & W_BIT) != 0u;

	/* Neither: exclusive accesses and table branches. */
	if ((!before && !writes_back) ||
	    !set_two(field(word, RT_FIELD), field(word, T32_RT2), (word & L_BIT) == 0u, transfer)) {
		return false;
	}
	set_immediate(add_or_subtract((word & U_BIT) != 0u,
				      ARM_FIELD(word, IMM8_FIELD) * WORD_BYTES),
		      before, transfer);
	return set_base(field(word, RN_FIELD), writes_back, T32_PC_AHEAD, transfer);
}

/** LDR, STR and their narrow and signed forms: three kinds of offset. */
static bool t32_decode_single(uint32_t word, struct arm_transfer *transfer)
{
	const uint32_t no_size = 3u;
	uint32_t size = field(word, T32_SINGLE_SIZE);
	bool sign_extend = (word & T32_SIGNED) != 0u;
	bool load = (word & L_BIT) != 0u;
	uint8_t rn = field(word, RN_FIELD);
	bool before = (word & T32_IMM8_P) != 0u;
	bool writes_back = (word & T32_IMM8_W) != 0u;

	if (size == no_size || (sign_extend && (!load || size == 2u)) ||
	    !set_one(field(word, RT_FIELD), (uint8_t)(1u << size), !load, sign_extend, transfer)) {
		return false;
	}
	if (rn == R_PC || (word & T32_IMM12_FORM) != 0u) {
		/* With the pc as base the bit is U. */
		transfer->offset = add_or_subtract((word & T32_IMM12_FORM) != 0u,
						   ARM_FIELD(word, IMM12_FIELD));
		return (rn != R_PC || load) && set_base(rn, false, T32_PC_AHEAD, transfer);
	}
	if ((word & T32_IMM8_FORM) == 0u) {
		transfer->index = field(word, RM_FIELD);
		transfer->index_use = ARM_INDEX_ADDRESSES;
		transfer->extend = ARM_EXTEND_UXTW;
		transfer->index_shift = field(word, T32_REGISTER_SHIFT);
		return (word & T32_REGISTER_ZERO) == 0u && transfer->index != R_PC &&
		       set_base(rn, false, T32_PC_AHEAD, transfer);
	}
	set_immediate(add_or_subtract((word & T32_IMM8_U) != 0u, ARM_FIELD(word, IMM8_FIELD)),
		      before, transfer);
	return (before || writes_back) && set_base(rn, writes_back, T32_PC_AHEAD, transfer);
}

/** LDM and STM of 16 bits write back, LDM only if it does not load its base; PUSH and POP do. */
static bool t16_decode(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t list = (uint32_t)ARM_FIELD(word, T16_LIST);
	bool write = (word & T16_L) == 0u;
	uint8_t rn = field(word, T16_RN);

	if ((word & T16_MULTIPLE_MASK) == T16_MULTIPLE) {
		if (!set_list(list, write, transfer)) {
			return false;
		}
		set_block(false, true, arm_vcpu_transfer_size(transfer), transfer);
		return set_base(rn, write || (list & (UINT32_C(1) << rn)) == 0u, 0, transfer);
	}
	if ((word & T16_PUSH_POP_MASK) != T16_PUSH_POP) {
		return false;
	}
	if ((word & T16_EXTRA) != 0u) {
		list |= UINT32_C(1) << (write ? R_LR : R_PC);
	}
	if (!set_list(list, write, transfer)) {
		return false;
	}
	set_block(write, !write, arm_vcpu_transfer_size(transfer), transfer);
	return set_base(R_SP, true, 0, transfer);
}

bool arm_vcpu_t32_is_wide(uint32_t first_half)
{
	const uint32_t first_wide = 0x1du;

	return (first_half & UINT16_MAX) >> 11 >= first_wide;
}

bool arm_vcpu_decode_t32(uint32_t word, struct arm_transfer *transfer)
{
	const uint32_t half_bits = 16u;
	bool before = (word & P_BIT) != 0u;
	bool up = (word & U_BIT) != 0u;

	if (!arm_vcpu_t32_is_wide(word >> half_bits)) {
		return word <= UINT16_MAX && t16_decode(word, transfer);
	}
	if ((word & T32_DUAL_MASK) == T32_DUAL) {
		return t32_decode_dual(word, transfer);
	}
	if ((word & T32_DUAL_MASK) == T32_MULTIPLE) {
		/* Increment after or decrement before; the others are SRS and RFE. */
		return before != up && (word & (UINT32_C(1) << R_SP)) == 0u &&
		       decode_multiple(word, transfer);
	}
	if ((word & T32_COPROCESSOR_MASK) == T32_COPROCESSOR) {
		return decode_fp(word, T32_PC_AHEAD, transfer);
	}
	return (word & T32_SINGLE_MASK) == T32_SINGLE && t32_decode_single(word, transfer);
}
