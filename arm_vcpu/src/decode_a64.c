/* SPDX-License-Identifier: Apache-2.0 */
/* A64 loads and stores of registers and pairs (ARM DDI 0487, C4.1.94), and DC ZVA. */
#include "decode.h"

#include "regs.h"

/* Which class an instruction is of: bits 29, 28, 27 and 25, 24 (C4.1.94, first table). */
#define A64_LOAD_STORE_MASK 0x0a000000u
#define A64_LOAD_STORE 0x08000000u
#define A64_CLASS_MASK 0x3b000000u
#define A64_CLASS_EXCLUSIVE_OR_STRUCTURE 0x08000000u
#define A64_CLASS_SINGLE_STRUCTURE 0x09000000u
#define A64_CLASS_LITERAL 0x18000000u
#define A64_CLASS_UNSCALED_ORDERED 0x19000000u
#define A64_CLASS_PAIR_NO_POST 0x28000000u
#define A64_CLASS_PAIR_OFFSET_PRE 0x29000000u
#define A64_CLASS_REGISTER 0x38000000u
#define A64_CLASS_REGISTER_UNSIGNED 0x39000000u
/* Fields that all of them have */
#define A64_V ARM_BIT(26)
#define A64_SIZE ARM_MASK(31, 30)
#define A64_OPC ARM_MASK(23, 22)
#define A64_L ARM_BIT(22)
#define A64_RT ARM_MASK(4, 0)
#define A64_RN ARM_MASK(9, 5)
#define A64_RT2 ARM_MASK(14, 10)
#define A64_RM ARM_MASK(20, 16)
#define A64_BIT21 ARM_BIT(21)
#define A64_IMM7 ARM_MASK(21, 15)
#define A64_IMM9 ARM_MASK(20, 12)
#define A64_IMM12 ARM_MASK(21, 10)
#define A64_IMM19 ARM_MASK(23, 5)
/* Pairs: how they address */
#define A64_PAIR_MODE ARM_MASK(24, 23)
#define A64_PAIR_NO_ALLOCATE 0u
#define A64_PAIR_POST 1u
#define A64_PAIR_OFFSET 2u
#define A64_PAIR_PRE 3u
/* opc of LDPSW, and of STGP where L is clear; STGP counts its offset in tag granules. */
#define A64_PAIR_TAGGED 1u
#define TAG_GRANULE 16
/* Single registers: how they address */
#define A64_FORM ARM_MASK(11, 10)
#define A64_FORM_UNSCALED 0u
#define A64_FORM_POST 1u
#define A64_FORM_UNPRIVILEGED 2u
#define A64_FORM_PRE 3u
/* With bit 21 set */
#define A64_FORM_ATOMIC 0u
#define A64_FORM_INDEX 2u
#define A64_OPTION ARM_MASK(15, 13)
#define A64_OPTION_UXTW 2u
#define A64_OPTION_LSL 3u
#define A64_OPTION_SXTW 6u
#define A64_OPTION_SXTX 7u
#define A64_SCALED ARM_BIT(12)
/* LDAPR in the space of the atomics: size 111 0 00 A=1 R=0 1 11111 1 100 00 Rn Rt */
#define A64_LDAPR_MASK 0x3ffffc00u
#define A64_LDAPR 0x38bfc000u
/* LDAR, LDLAR, STLR, STLLR: size 001000 1 L 0 Rs o0 Rt2 Rn Rt */
#define A64_ORDERED_MASK 0x3fa00000u
#define A64_ORDERED 0x08800000u
/* With RCPC3, beside LDAPUR: SIMD registers, pairs and writeback */
#define A64_FORM_ORDERED_OTHER 2u
#define A64_ORDERED_SINGLE ARM_BIT(23)
#define A64_ORDERED_PAIR_ZERO ARM_MASK(15, 13)
#define A64_ORDERED_NO_WRITEBACK ARM_BIT(12)
/* SYS #3, C7, C4, #1, Xt (C5.3.x, DC ZVA) */
#define A64_DC_ZVA_MASK 0xffffffe0u
#define A64_DC_ZVA 0xd50b7420u

/** Sizes of operands as powers of two. */
#define WORD 2u
#define DOUBLE_WORD 3u
#define QUAD_WORD 4u
#define WORD_BYTES 4u
#define DOUBLE_WORD_BYTES 8u

static int64_t signed_field(uint32_t word, uint64_t mask)
{
	uint64_t value = ARM_FIELD(word, mask);
	uint64_t width_mask = ARM_FIELD(mask, mask);
	uint64_t sign = width_mask / 2u + 1u;

	return (int64_t)(value ^ sign) - (int64_t)sign;
}

static uint8_t field(uint32_t word, uint64_t mask)
{
	return (uint8_t)ARM_FIELD(word, mask);
}

static void set_base(uint32_t word, struct arm_transfer *transfer)
{
	transfer->base = field(word, A64_RN);
}

/** One register Rt of `log2_size` bytes. */
static void set_one(uint32_t word, uint32_t log2_size, struct arm_transfer *transfer)
{
	transfer->element_size = (uint8_t)(1u << log2_size);
	transfer->element_count = 1u;
	transfer->reg[0] = field(word, A64_RT);
	transfer->clear_rest = true;
}

/**
 * What size, V and opc say of a load or store of one register (C4.1.94, "Load/store
 * register (unsigned immediate)" and its kin): false for a prefetch and for what is
 * unallocated. `*log2_size` gets the size of the access.
 */
static bool set_single(uint32_t word, uint32_t *log2_size, struct arm_transfer *transfer)
{
	uint32_t size = field(word, A64_SIZE);
	uint32_t opc = field(word, A64_OPC);
	const uint32_t opc_load = 1u, opc_signed_64 = 2u, opc_signed_32 = 3u;

	if ((word & A64_V) != 0u) {
		/* The upper bit of opc is the third one of the size: only 16 bytes have it. */
		*log2_size = (opc & 2u) != 0u ? size + QUAD_WORD : size;
		if (*log2_size > QUAD_WORD) {
			return false;
		}
		transfer->operand = ARM_OPERAND_SCALAR;
		transfer->write = (opc & opc_load) == 0u;
		set_one(word, *log2_size, transfer);
		return true;
	}
	*log2_size = size;
	if ((opc == opc_signed_64 && size == DOUBLE_WORD) ||
	    (opc == opc_signed_32 && size >= WORD)) {
		return false;
	}
	transfer->operand = ARM_OPERAND_GENERAL;
	transfer->write = opc == 0u;
	transfer->sign_extend = opc >= opc_signed_64;
	transfer->register_size = size == DOUBLE_WORD || opc == opc_signed_64 ? DOUBLE_WORD_BYTES :
										WORD_BYTES;
	set_one(word, size, transfer);
	return true;
}

static bool decode_unsigned(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t log2_size;

	if (!set_single(word, &log2_size, transfer)) {
		return false;
	}
	set_base(word, transfer);
	transfer->offset = (int64_t)(ARM_FIELD(word, A64_IMM12) << log2_size);
	return true;
}

/** Base and a signed immediate that is not scaled; post- and pre-indexed; unprivileged. */
static bool decode_unscaled(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t form = field(word, A64_FORM);
	int64_t immediate = signed_field(word, A64_IMM9);
	uint32_t log2_size;

	if (!set_single(word, &log2_size, transfer) ||
	    (form == A64_FORM_UNPRIVILEGED && (word & A64_V) != 0u)) {
		return false;
	}
	set_base(word, transfer);
	transfer->offset = form == A64_FORM_POST ? 0 : immediate;
	transfer->writes_back = form == A64_FORM_POST || form == A64_FORM_PRE;
	transfer->writeback = transfer->writes_back ? immediate : 0;
	return true;
}

static bool decode_index(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t log2_size;

	if (!set_single(word, &log2_size, transfer)) {
		return false;
	}
	switch (ARM_FIELD(word, A64_OPTION)) {
	case A64_OPTION_UXTW:
		transfer->extend = ARM_EXTEND_UXTW;
		break;
	case A64_OPTION_SXTW:
		transfer->extend = ARM_EXTEND_SXTW;
		break;
	case A64_OPTION_LSL:
	case A64_OPTION_SXTX:
		transfer->extend = ARM_EXTEND_NONE;
		break;
	default:
		return false;
	}
	set_base(word, transfer);
	transfer->index_use = ARM_INDEX_ADDRESSES;
	transfer->index = field(word, A64_RM);
	transfer->index_shift = (word & A64_SCALED) != 0u ? (uint8_t)log2_size : 0u;
	return true;
}

/** LDAPR, the one load in the space of the atomics that modifies nothing. */
static bool decode_ldapr(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t size = field(word, A64_SIZE);

	if ((word & A64_LDAPR_MASK) != A64_LDAPR) {
		return false;
	}
	transfer->operand = ARM_OPERAND_GENERAL;
	transfer->register_size = size == DOUBLE_WORD ? DOUBLE_WORD_BYTES : WORD_BYTES;
	set_one(word, size, transfer);
	set_base(word, transfer);
	return true;
}

static bool decode_register(uint32_t word, struct arm_transfer *transfer)
{
	if ((word & A64_BIT21) == 0u) {
		return decode_unscaled(word, transfer);
	}
	switch (ARM_FIELD(word, A64_FORM)) {
	case A64_FORM_INDEX:
		return decode_index(word, transfer);
	case A64_FORM_ATOMIC:
		return decode_ldapr(word, transfer);
	default: /* LDRAA, LDRAB */
		return false;
	}
}

/**
 * LDIAPP, STILP, and LDAPR and STLR that write back: loads add what they load to the
 * base afterwards, stores subtract it before.
 */
static bool decode_ordered_writeback(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t size = field(word, A64_SIZE);
	bool load = (word & A64_L) != 0u;
	bool single = (word & A64_ORDERED_SINGLE) != 0u;
	int64_t bytes;

	if (size < WORD || (word & (single ? A64_IMM9 : A64_ORDERED_PAIR_ZERO)) != 0u) {
		return false;
	}
	transfer->operand = ARM_OPERAND_GENERAL;
	transfer->write = !load;
	transfer->register_size = size == DOUBLE_WORD ? DOUBLE_WORD_BYTES : WORD_BYTES;
	set_one(word, size, transfer);
	set_base(word, transfer);
	if (!single) {
		transfer->element_count = 2u;
		transfer->reg[1] = field(word, A64_RM);
	}
	transfer->writes_back = single || (word & A64_ORDERED_NO_WRITEBACK) == 0u;
	bytes = (int64_t)arm_vcpu_transfer_size(transfer);
	if (transfer->writes_back) {
		transfer->writeback = load ? bytes : -bytes;
		transfer->offset = load ? 0 : -bytes;
	}
	return true;
}

/** LDAPUR, STLUR and the sign-extending forms, of SIMD registers too: opc as in set_single(). */
static bool decode_unscaled_ordered(uint32_t word, struct arm_transfer *transfer)
{
	bool simd = (word & A64_V) != 0u;
	uint32_t form = field(word, A64_FORM);
	uint32_t log2_size;

	if ((word & A64_BIT21) != 0u) {
		return false; /* tags */
	}
	if (!simd && form == A64_FORM_ORDERED_OTHER) {
		return decode_ordered_writeback(word, transfer);
	}
	if (form != (simd ? A64_FORM_ORDERED_OTHER : A64_FORM_UNSCALED)) {
		return false;
	}
	if (!set_single(word, &log2_size, transfer)) {
		return false;
	}
	set_base(word, transfer);
	transfer->offset = signed_field(word, A64_IMM9);
	return true;
}

/** LDAR, LDLAR, STLR, STLLR; the rest of the class is exclusive or compares and swaps. */
static bool decode_ordered(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t size = field(word, A64_SIZE);

	if ((word & A64_ORDERED_MASK) != A64_ORDERED) {
		return false;
	}
	transfer->operand = ARM_OPERAND_GENERAL;
	transfer->write = (word & A64_L) == 0u;
	transfer->register_size = size == DOUBLE_WORD ? DOUBLE_WORD_BYTES : WORD_BYTES;
	set_one(word, size, transfer);
	set_base(word, transfer);
	return true;
}

static bool decode_literal(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t opc = field(word, A64_SIZE);
	const uint32_t opc_ldrsw = 2u, opc_none = 3u;

	if (opc == opc_none) {
		return false; /* PRFM, or unallocated */
	}
	if ((word & A64_V) != 0u) {
		transfer->operand = ARM_OPERAND_SCALAR;
		set_one(word, WORD + opc, transfer);
	} else {
		transfer->operand = ARM_OPERAND_GENERAL;
		transfer->sign_extend = opc == opc_ldrsw;
		transfer->register_size = opc == 0u ? WORD_BYTES : DOUBLE_WORD_BYTES;
		set_one(word, opc == opc_ldrsw ? WORD : WORD + opc, transfer);
	}
	transfer->base = ARM_BASE_PC;
	transfer->offset = signed_field(word, A64_IMM19) * (int64_t)WORD_BYTES;
	return true;
}

/** Two double words stored along with an allocation tag (C6.2, STGP); no device has tags. */
static bool is_stgp(uint32_t word)
{
	return field(word, A64_SIZE) == A64_PAIR_TAGGED && (word & (A64_V | A64_L)) == 0u;
}

/** Size and kind of the two registers of a pair. */
static bool set_pair(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t opc = field(word, A64_SIZE);
	uint32_t mode = field(word, A64_PAIR_MODE);
	const uint32_t opc_64 = 2u, opc_none = 3u;

	if (opc == opc_none) {
		return false;
	}
	transfer->write = (word & A64_L) == 0u;
	if ((word & A64_V) != 0u) {
		transfer->operand = ARM_OPERAND_SCALAR;
		set_one(word, WORD + opc, transfer);
		return true;
	}
	/* Neither LDPSW nor STGP has a form that does not allocate. */
	if (opc == A64_PAIR_TAGGED && mode == A64_PAIR_NO_ALLOCATE) {
		return false;
	}
	transfer->operand = ARM_OPERAND_GENERAL;
	if (is_stgp(word)) {
		transfer->register_size = DOUBLE_WORD_BYTES;
		set_one(word, DOUBLE_WORD, transfer);
		return true;
	}
	transfer->sign_extend = opc == A64_PAIR_TAGGED;
	transfer->register_size = opc == 0u ? WORD_BYTES : DOUBLE_WORD_BYTES;
	set_one(word, opc == opc_64 ? DOUBLE_WORD : WORD, transfer);
	return true;
}

static bool decode_pair(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t mode = field(word, A64_PAIR_MODE);
	int64_t immediate, scale;

	if (!set_pair(word, transfer)) {
		return false;
	}
	transfer->element_count = 2u;
	transfer->reg[1] = field(word, A64_RT2);
	set_base(word, transfer);
	scale = is_stgp(word) ? TAG_GRANULE : transfer->element_size;
	immediate = signed_field(word, A64_IMM7) * scale;
	transfer->offset = mode == A64_PAIR_POST ? 0 : immediate;
	transfer->writes_back = mode == A64_PAIR_POST || mode == A64_PAIR_PRE;
	transfer->writeback = transfer->writes_back ? immediate : 0;
	return true;
}

/** The block around the address in Xt, as writes of double words. */
static bool decode_zero(uint32_t word, uint32_t zero_block, struct arm_transfer *transfer)
{
	if (zero_block < DOUBLE_WORD_BYTES || zero_block > ARM_ZERO_BLOCK_LIMIT ||
	    (zero_block & (zero_block - 1u)) != 0u) {
		return false;
	}
	transfer->operand = ARM_OPERAND_ZERO;
	transfer->write = true;
	transfer->element_size = DOUBLE_WORD_BYTES;
	transfer->element_count = (uint16_t)(zero_block / DOUBLE_WORD_BYTES);
	transfer->base = field(word, A64_RT);
	if (transfer->base == ARM_BASE_SP) {
		transfer->base = ARM_BASE_ZERO;
	}
	return true;
}

bool arm_vcpu_decode_a64(uint32_t word, uint32_t zero_block, struct arm_transfer *transfer)
{
	if ((word & A64_DC_ZVA_MASK) == A64_DC_ZVA) {
		return decode_zero(word, zero_block, transfer);
	}
	if ((word & A64_LOAD_STORE_MASK) != A64_LOAD_STORE) {
		return false;
	}
	switch (word & A64_CLASS_MASK) {
	case A64_CLASS_EXCLUSIVE_OR_STRUCTURE:
		return (word & A64_V) != 0u ? arm_vcpu_decode_structure(word, transfer) :
					      decode_ordered(word, transfer);
	case A64_CLASS_SINGLE_STRUCTURE:
		return (word & A64_V) != 0u && arm_vcpu_decode_structure(word, transfer);
	case A64_CLASS_LITERAL:
		return decode_literal(word, transfer);
	case A64_CLASS_UNSCALED_ORDERED:
		return decode_unscaled_ordered(word, transfer);
	case A64_CLASS_PAIR_NO_POST:
	case A64_CLASS_PAIR_OFFSET_PRE:
		return decode_pair(word, transfer);
	case A64_CLASS_REGISTER:
		return decode_register(word, transfer);
	case A64_CLASS_REGISTER_UNSIGNED:
		return decode_unsigned(word, transfer);
	default:
		return false;
	}
}
