/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include "regs.h"

bool arm_vcpu_decode(uint32_t word, enum arm_instruction_set set, uint32_t zero_block,
		struct arm_transfer *transfer)
{
	__builtin_memset(transfer, 0, sizeof(*transfer));
	switch (set) {
	case ARM_SET_A64:
		return arm_vcpu_decode_a64(word, zero_block, transfer);
	case ARM_SET_A32:
		return arm_vcpu_decode_a32(word, transfer);
	case ARM_SET_T32:
		return arm_vcpu_decode_t32(word, transfer);
	default:
		return false;
	}
}

uint32_t arm_vcpu_transfer_size(const struct arm_transfer *transfer)
{
	return (uint32_t)transfer->element_size * transfer->element_count;
}

/** A 32-bit value shifted right or rotated by 1 to 32. */
static uint32_t shift_right(uint32_t value, enum arm_extend kind, uint32_t amount)
{
	const uint32_t width = 32u;
	uint32_t sign = (value >> (width - 1u)) != 0u ? UINT32_MAX : 0u;

	switch (kind) {
	case ARM_EXTEND_LSR:
		return amount < width ? value >> amount : 0u;
	case ARM_EXTEND_ASR:
		return amount < width ? (value >> amount) | (sign << (width - amount)) : sign;
	default: /* ROR by less than 32 */
		return (value >> amount) | (value << (width - amount));
	}
}

static uint64_t index_offset(const struct arm_transfer *transfer, uint64_t value)
{
	uint64_t offset;

	switch ((enum arm_extend)transfer->extend) {
	case ARM_EXTEND_UXTW:
		offset = (uint64_t)(uint32_t)value << transfer->index_shift;
		break;
	case ARM_EXTEND_SXTW:
		offset = (uint64_t)(int64_t)(int32_t)(uint32_t)value << transfer->index_shift;
		break;
	case ARM_EXTEND_LSR:
	case ARM_EXTEND_ASR:
	case ARM_EXTEND_ROR:
		offset = shift_right((uint32_t)value, (enum arm_extend)transfer->extend,
				     transfer->index_shift);
		break;
	case ARM_EXTEND_NONE:
	default:
		offset = value << transfer->index_shift;
		break;
	}
	return transfer->index_negative ? ~offset + 1u : offset;
}

uint64_t arm_vcpu_transfer_address(
	const struct arm_transfer *transfer, uint64_t base, uint64_t index, uint64_t *after)
{
	uint64_t mask = transfer->address_32 ? UINT32_MAX : UINT64_MAX;
	uint64_t scaled = transfer->index_use != 0u ? index_offset(transfer, index) : 0u;
	uint64_t address = base + (uint64_t)transfer->offset;

	*after = base;
	if (transfer->writes_back) {
		*after += (uint64_t)transfer->writeback;
		if ((transfer->index_use & (uint32_t)ARM_INDEX_WRITES_BACK) != 0u) {
			*after += scaled;
		}
	}
	if ((transfer->index_use & (uint32_t)ARM_INDEX_ADDRESSES) != 0u) {
		address += scaled;
	}
	if (transfer->operand == ARM_OPERAND_ZERO) {
		address &= ~((uint64_t)arm_vcpu_transfer_size(transfer) - 1u);
	}
	*after &= mask;
	return address & mask;
}

uint32_t arm_vcpu_transfer_lane(
	const struct arm_transfer *transfer, uint32_t n, uint32_t *first_byte)
{
	const uint32_t simd_registers = 32u;
	uint32_t lane;

	if (transfer->operand == ARM_OPERAND_SCALAR) {
		*first_byte = 0u;
		return transfer->reg[n];
	}
	lane = transfer->first_lane + n / transfer->interleave;
	*first_byte = lane % transfer->lanes * transfer->element_size;
	return (transfer->reg[0] + n % transfer->interleave + lane / transfer->lanes) %
	       simd_registers;
}
