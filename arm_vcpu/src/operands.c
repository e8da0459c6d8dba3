/* SPDX-License-Identifier: Apache-2.0 */
#include "operands.h"

#include "fp.h"
#include "reg_access.h"
#include "regs.h"
#include "step.h"
#include "sve.h"

#define BITS_PER_BYTE 8u
#define REGISTER_BYTES 8u

uint64_t arm_vcpu_swap_bytes(uint64_t value, uint32_t bytes)
{
	return __builtin_bswap64(value) >> (BITS_PER_BYTE * (REGISTER_BYTES - bytes));
}

uint64_t arm_vcpu_extend_sign(uint64_t value, uint32_t bytes, uint32_t register_bytes)
{
	uint32_t above = BITS_PER_BYTE * (REGISTER_BYTES - bytes);
	uint64_t extended = (uint64_t)((int64_t)(value << above) >> above);

	return extended & ARM_MASK(BITS_PER_BYTE * register_bytes - 1u, 0);
}

/** Copies one element, turning it round if data are big-endian. */
static void copy_element(uint8_t *to, const uint8_t *from, uint32_t size, bool big_endian)
{
	uint32_t i;

	for (i = 0; i < size; i++) {
		to[i] = from[big_endian ? size - 1u - i : i];
	}
}

/** Bit n is set if SIMD register n holds an element. */
static uint32_t simd_registers(const struct arm_transfer *transfer)
{
	uint32_t set = 0u, first_byte, n;

	for (n = 0; n < transfer->element_count; n++) {
		set |= UINT32_C(1) << arm_vcpu_transfer_lane(transfer, n, &first_byte);
	}
	return set;
}

static void read_simd(struct arm_vcpu *vcpu, const struct arm_transfer *transfer, bool big_endian,
		      uint8_t *data)
{
	uint32_t set = simd_registers(transfer);
	uint8_t value[ARM_FPSIMD_REG_SIZE];
	uint32_t reg, first_byte, n;

	for (reg = 0; reg < ARM_FPSIMD_REGS; reg++) {
		if ((set >> reg & 1u) == 0u ||
		    arm_vcpu_reg_get(vcpu, ARM_VCPU_REG_V(reg), value) != AXVCPU_OK) {
			continue;
		}
		for (n = 0; n < transfer->element_count; n++) {
			if (arm_vcpu_transfer_lane(transfer, n, &first_byte) == reg) {
				copy_element(&data[n * transfer->element_size], &value[first_byte],
					     transfer->element_size, big_endian);
			}
		}
	}
}

void arm_vcpu_operands_read(struct arm_vcpu *vcpu, const struct arm_transfer *transfer,
	bool big_endian, uint8_t data[ARM_TRANSFER_BYTES])
{
	uint32_t size = transfer->element_size;
	uint64_t value;
	uint32_t n;

	switch (transfer->operand) {
	case ARM_OPERAND_GENERAL:
		for (n = 0; n < transfer->element_count; n++) {
			value = arm_vcpu_gpr_read(vcpu, transfer->reg[n]);
			copy_element(&data[n * size], (const uint8_t *)&value, size, big_endian);
		}
		break;
	case ARM_OPERAND_SCALAR:
	case ARM_OPERAND_LANES:
		read_simd(vcpu, transfer, big_endian, data);
		break;
	default:
		break;
	}
}

void arm_vcpu_operands_write_general(struct arm_vcpu *vcpu, const struct arm_transfer *transfer,
				bool big_endian, const uint8_t data[ARM_TRANSFER_BYTES])
{
	uint32_t size = transfer->element_size;
	uint64_t value;
	uint32_t n;

	for (n = 0; n < transfer->element_count; n++) {
		value = 0u;
		copy_element((uint8_t *)&value, &data[n * size], size, big_endian);
		if (transfer->sign_extend) {
			value = arm_vcpu_extend_sign(value, size, transfer->register_size);
		}
		arm_vcpu_gpr_write(vcpu, transfer->reg[n], value);
	}
}

/** What one SIMD register gets. */
static void fill_register(const struct arm_transfer *transfer, uint32_t reg, bool big_endian,
			  const uint8_t *data, uint8_t value[ARM_FPSIMD_REG_SIZE])
{
	uint32_t size = transfer->element_size;
	uint32_t first_byte, n, lane;

	if (transfer->clear_rest) {
		__builtin_memset(value, 0, ARM_FPSIMD_REG_SIZE);
	}
	for (n = 0; n < transfer->element_count; n++) {
		if (arm_vcpu_transfer_lane(transfer, n, &first_byte) != reg) {
			continue;
		}
		copy_element(&value[first_byte], &data[n * size], size, big_endian);
		for (lane = 1; transfer->replicate && lane < transfer->lanes; lane++) {
			copy_element(&value[lane * size], value, size, false);
		}
	}
}

void arm_vcpu_operands_write_simd(struct arm_vcpu *vcpu, const struct arm_transfer *transfer,
			     bool big_endian, const uint8_t data[ARM_TRANSFER_BYTES])
{
	uint32_t set = simd_registers(transfer);
	uint8_t *value;
	uint32_t reg;

	arm_vcpu_fp_save(vcpu);
	for (reg = 0; reg < ARM_FPSIMD_REGS; reg++) {
		if ((set >> reg & 1u) == 0u) {
			continue;
		}
		value = arm_vcpu_fp_vector(vcpu, reg);
		fill_register(transfer, reg, big_endian, data, value);
		/* What SIMD writes has zeros above it (B1.2.2). */
		if (arm_vcpu_has_sve(vcpu)) {
			__builtin_memset(&value[ARM_FPSIMD_REG_SIZE], 0,
					 vcpu->sve.vector_bytes - ARM_FPSIMD_REG_SIZE);
		}
	}
	if ((vcpu->on_cpu & ARM_GROUP_FP) != 0u) {
		arm_vcpu_fp_load(vcpu);
	}
}
