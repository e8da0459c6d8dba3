/* SPDX-License-Identifier: Apache-2.0 */
/* A64 loads and stores of SIMD structures: LD1 to LD4, ST1 to ST4, LD1R to LD4R (C4.1.94). */
#include "decode.h"

#include "regs.h"

/* 0 Q 00110 single post L R ... */
#define STRUCTURE_FIXED_MASK 0xbe000000u
#define STRUCTURE_FIXED 0x0c000000u
#define STRUCTURE_SINGLE ARM_BIT(24)
#define STRUCTURE_Q ARM_BIT(30)
#define STRUCTURE_POST ARM_BIT(23)
#define STRUCTURE_L ARM_BIT(22)
#define STRUCTURE_R ARM_BIT(21)
#define STRUCTURE_RM ARM_MASK(20, 16)
#define STRUCTURE_SIZE ARM_MASK(11, 10)
#define STRUCTURE_RN ARM_MASK(9, 5)
#define STRUCTURE_RT ARM_MASK(4, 0)
/* Multiple structures */
#define MULTIPLE_OPCODE ARM_MASK(15, 12)
/* One structure to a lane, or to all lanes */
#define SINGLE_SCALE ARM_MASK(15, 14)
#define SINGLE_REPLICATE 3u
#define SINGLE_OPCODE0 ARM_BIT(13)
#define SINGLE_S ARM_BIT(12)
/* LDAP1 and STL1 of a double word: Rm = 1 */
#define STRUCTURE_ORDERED_MASK 0xbfbffc00u
#define STRUCTURE_ORDERED 0x0d018400u
/** Rm = 31 in a post-indexed form: the size of the access. */
#define RM_IMMEDIATE 31u
#define D_BYTES 8u
#define Q_BYTES 16u

/** Registers that a multiple-structure opcode transfers, how many take turns; 0: unallocated. */
static const struct {
	uint8_t registers, interleave;
} multiple[16] = {
	[0x0] = { 4, 4 }, [0x2] = { 4, 1 }, [0x4] = { 3, 3 }, [0x6] = { 3, 1 },
	[0x7] = { 1, 1 }, [0x8] = { 2, 2 }, [0xa] = { 2, 1 },
};

static bool decode_multiple(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t opcode = (uint32_t)ARM_FIELD(word, MULTIPLE_OPCODE);
	uint32_t size = (uint32_t)ARM_FIELD(word, STRUCTURE_SIZE);
	uint32_t register_bytes = (word & STRUCTURE_Q) != 0u ? Q_BYTES : D_BYTES;
	const uint32_t double_word = 3u;

	if (multiple[opcode].registers == 0u || (word & STRUCTURE_R) != 0u ||
	    (size == double_word && register_bytes == D_BYTES &&
	     multiple[opcode].interleave != 1u)) {
		return false;
	}
	transfer->element_size = (uint8_t)(1u << size);
	transfer->lanes = (uint8_t)(register_bytes >> size);
	transfer->element_count =
		(uint16_t)((uint32_t)transfer->lanes * multiple[opcode].registers);
	transfer->interleave = multiple[opcode].interleave;
	transfer->clear_rest = true;
	return true;
}

static bool decode_single(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t scale = (uint32_t)ARM_FIELD(word, SINGLE_SCALE);
	uint32_t size = (uint32_t)ARM_FIELD(word, STRUCTURE_SIZE);
	uint32_t s = (uint32_t)ARM_FIELD(word, SINGLE_S);
	/* Q:S:size, the index of a byte; larger elements use fewer of its bits. */
	uint32_t index = (uint32_t)(ARM_FIELD(word, STRUCTURE_Q) << 3) | s << 2 | size;
	uint32_t register_bytes = (word & STRUCTURE_Q) != 0u ? Q_BYTES : D_BYTES;
	uint32_t registers = 1u + (uint32_t)ARM_FIELD(word, STRUCTURE_R) +
			     2u * (uint32_t)ARM_FIELD(word, SINGLE_OPCODE0);

	switch (scale) {
	case 0:
		break;
	case 1:
		if ((size & 1u) != 0u) {
			return false;
		}
		break;
	case 2:
		/* size = 01: double words, without S. */
		if ((size & 2u) != 0u || (size == 1u && s != 0u)) {
			return false;
		}
		scale += size;
		break;
	default:
		if ((word & STRUCTURE_L) == 0u || s != 0u) {
			return false;
		}
		transfer->replicate = true;
		transfer->clear_rest = true;
		scale = size;
		break;
	}
	transfer->element_size = (uint8_t)(1u << scale);
	transfer->element_count = (uint16_t)registers;
	transfer->interleave = (uint8_t)registers;
	if (transfer->replicate) {
		/* All lanes of the half or the whole register; lane 0 stands for them. */
		transfer->lanes = (uint8_t)(register_bytes >> scale);
	} else {
		transfer->lanes = (uint8_t)(Q_BYTES >> scale);
		transfer->first_lane = (uint8_t)(index >> scale);
	}
	return true;
}

bool arm_vcpu_decode_structure(uint32_t word, struct arm_transfer *transfer)
{
	uint32_t rm = (uint32_t)ARM_FIELD(word, STRUCTURE_RM);
	bool post = (word & STRUCTURE_POST) != 0u;

	if ((word & STRUCTURE_FIXED_MASK) != STRUCTURE_FIXED ||
	    (!post && rm != 0u && (word & STRUCTURE_ORDERED_MASK) != STRUCTURE_ORDERED)) {
		return false;
	}
	transfer->operand = ARM_OPERAND_LANES;
	transfer->write = (word & STRUCTURE_L) == 0u;
	transfer->reg[0] = (uint8_t)ARM_FIELD(word, STRUCTURE_RT);
	transfer->base = (uint8_t)ARM_FIELD(word, STRUCTURE_RN);
	if ((word & STRUCTURE_SINGLE) != 0u ? !decode_single(word, transfer) :
					      !decode_multiple(word, transfer)) {
		return false;
	}
	transfer->writes_back = post;
	if (post && rm == RM_IMMEDIATE) {
		transfer->writeback = (int64_t)arm_vcpu_transfer_size(transfer);
	} else if (post) {
		transfer->index_use = ARM_INDEX_WRITES_BACK;
		transfer->index = (uint8_t)rm;
	}
	return true;
}
