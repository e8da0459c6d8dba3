/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding of memory accesses: RV64 base, A, C with Zcb, and enough of F, D, V
 * and Zicbo* to tell what they are. Unprivileged manual, chapters "RV32/64G
 * Instruction Set Listings" and "C"; htinst: privileged manual 15.6.3.
 */
#include "decode.h"

enum opcode {
	OPCODE_LOAD = 0x03,
	OPCODE_LOAD_FP = 0x07,
	OPCODE_MISC_MEM = 0x0f,
	OPCODE_STORE = 0x23,
	OPCODE_STORE_FP = 0x27,
	OPCODE_AMO = 0x2f,
};

/* `count` bits of `insn` from bit `low`. */
static uint32_t bits(uint32_t insn, uint32_t low, uint32_t count)
{
	return (insn >> low) & ((1u << count) - 1u);
}

/* A 12-bit field as a signed number. */
static int32_t sign12(uint32_t value)
{
	return (int32_t)(value ^ 0x800u) - 0x800;
}

static struct riscv_access decode_standard(uint32_t insn)
{
	const uint32_t funct3 = bits(insn, 12, 3);
	struct riscv_access access = {
		.base = bits(insn, 15, 5),
		.offset = sign12(bits(insn, 20, 12)),
		.length = 4,
	};

	switch (bits(insn, 0, 7)) {
	case OPCODE_LOAD:
		if (funct3 == 7)
			break;
		access.kind = RISCV_ACCESS_LOAD;
		access.width = 1u << (funct3 & 3u);
		access.reg = bits(insn, 7, 5);
		access.sign_extend = funct3 < 4 ? 1 : 0;
		break;
	case OPCODE_STORE:
		if (funct3 > 3)
			break;
		access.kind = RISCV_ACCESS_STORE;
		access.width = 1u << funct3;
		access.reg = bits(insn, 20, 5);
		access.offset = sign12((bits(insn, 25, 7) << 5) | bits(insn, 7, 5));
		break;
	case OPCODE_LOAD_FP:
		access.kind = RISCV_ACCESS_FP_LOAD;
		access.reg = bits(insn, 7, 5);
		break;
	case OPCODE_STORE_FP:
		access.kind = RISCV_ACCESS_FP_STORE;
		access.reg = bits(insn, 20, 5);
		break;
	case OPCODE_AMO:
		access.kind = RISCV_ACCESS_ATOMIC;
		access.reg = bits(insn, 7, 5);
		break;
	case OPCODE_MISC_MEM:
		if (funct3 == 2)
			access.kind = RISCV_ACCESS_CACHE;
		break;
	default:
		break;
	}
	return access;
}

/* x8 to x15, as compressed instructions name them. */
static uint32_t reg3(uint32_t insn, uint32_t low)
{
	return 8u + bits(insn, low, 3);
}

static struct riscv_access compressed(uint32_t kind, uint32_t width, uint32_t reg, uint32_t base,
				      uint32_t offset)
{
	const bool integer = kind == RISCV_ACCESS_LOAD || kind == RISCV_ACCESS_STORE;

	return (struct riscv_access){
		.kind = kind,
		.width = integer ? width : 0,
		.reg = reg,
		/* C.LW, C.LD and their SP forms; Zcb sets it for itself. */
		.sign_extend = kind == RISCV_ACCESS_LOAD ? 1 : 0,
		.base = base,
		.offset = (int32_t)offset,
		.length = 2,
	};
}

/* Zcb: C.LBU, C.LHU, C.LH, C.SB, C.SH. */
static struct riscv_access decode_zcb(uint32_t insn)
{
	const uint32_t reg = reg3(insn, 2), base = reg3(insn, 7);
	const uint32_t byte_offset = (bits(insn, 5, 1) << 1) | bits(insn, 6, 1);
	const uint32_t half_offset = bits(insn, 5, 1) << 1;
	struct riscv_access access = { .length = 2 };

	switch (bits(insn, 10, 3)) {
	case 0:
		access = compressed(RISCV_ACCESS_LOAD, 1, reg, base, byte_offset);
		access.sign_extend = 0;
		break;
	case 1:
		access = compressed(RISCV_ACCESS_LOAD, 2, reg, base, half_offset);
		access.sign_extend = bits(insn, 6, 1);
		break;
	case 2:
		access = compressed(RISCV_ACCESS_STORE, 1, reg, base, byte_offset);
		break;
	case 3:
		if (bits(insn, 6, 1) == 0)
			access = compressed(RISCV_ACCESS_STORE, 2, reg, base, half_offset);
		break;
	default:
		break;
	}
	return access;
}

/* Quadrant 0: base and register of three bits. */
static struct riscv_access decode_c0(uint32_t insn)
{
	const uint32_t reg = reg3(insn, 2), base = reg3(insn, 7);
	const uint32_t offset_d = (bits(insn, 10, 3) << 3) | (bits(insn, 5, 2) << 6);
	const uint32_t offset_w = (bits(insn, 10, 3) << 3) | (bits(insn, 6, 1) << 2) |
				  (bits(insn, 5, 1) << 6);

	switch (bits(insn, 13, 3)) {
	case 1:
		return compressed(RISCV_ACCESS_FP_LOAD, 8, bits(insn, 2, 3) + 8, base, offset_d);
	case 2:
		return compressed(RISCV_ACCESS_LOAD, 4, reg, base, offset_w);
	case 3:
		return compressed(RISCV_ACCESS_LOAD, 8, reg, base, offset_d);
	case 4:
		return decode_zcb(insn);
	case 5:
		return compressed(RISCV_ACCESS_FP_STORE, 8, bits(insn, 2, 3) + 8, base, offset_d);
	case 6:
		return compressed(RISCV_ACCESS_STORE, 4, reg, base, offset_w);
	case 7:
		return compressed(RISCV_ACCESS_STORE, 8, reg, base, offset_d);
	default:
		return (struct riscv_access){ .length = 2 };
	}
}

/* Quadrant 2: relative to the stack pointer. */
static struct riscv_access decode_c2(uint32_t insn)
{
	const uint32_t rd = bits(insn, 7, 5), rs2 = bits(insn, 2, 5);
	const uint32_t load_d = (bits(insn, 12, 1) << 5) | (bits(insn, 5, 2) << 3) |
				(bits(insn, 2, 3) << 6);
	const uint32_t load_w = (bits(insn, 12, 1) << 5) | (bits(insn, 4, 3) << 2) |
				(bits(insn, 2, 2) << 6);
	const uint32_t store_d = (bits(insn, 10, 3) << 3) | (bits(insn, 7, 3) << 6);
	const uint32_t store_w = (bits(insn, 9, 4) << 2) | (bits(insn, 7, 2) << 6);

	switch (bits(insn, 13, 3)) {
	case 1:
		return compressed(RISCV_ACCESS_FP_LOAD, 8, rd, 2, load_d);
	case 2:
		/* rd = 0 is reserved */
		if (rd != 0)
			return compressed(RISCV_ACCESS_LOAD, 4, rd, 2, load_w);
		break;
	case 3:
		if (rd != 0)
			return compressed(RISCV_ACCESS_LOAD, 8, rd, 2, load_d);
		break;
	case 5:
		return compressed(RISCV_ACCESS_FP_STORE, 8, rs2, 2, store_d);
	case 6:
		return compressed(RISCV_ACCESS_STORE, 4, rs2, 2, store_w);
	case 7:
		return compressed(RISCV_ACCESS_STORE, 8, rs2, 2, store_d);
	default:
		break;
	}
	return (struct riscv_access){ .length = 2 };
}

struct riscv_access riscv_vcpu_decode(uint32_t insn)
{
	switch (insn & 3u) {
	case 0:
		return decode_c0(insn & 0xffffu);
	case 2:
		return decode_c2(insn & 0xffffu);
	case 3:
		return decode_standard(insn);
	default:
		return (struct riscv_access){ .length = 2 };
	}
}

struct riscv_access riscv_vcpu_decode_htinst(uint64_t htinst, uint32_t *misaligned)
{
	struct riscv_access access = { .length = 0 };

	*misaligned = 0;
	/* Bit 0 clear: none, or a pseudoinstruction; above bit 31: nothing standard. */
	if ((htinst & 1) == 0 || (htinst >> 32) != 0)
		return access;
	access = decode_standard((uint32_t)htinst | 2u);
	*misaligned = access.base;
	access.base = 0;
	access.offset = 0;
	/* Bit 1 tells whether the guest's own instruction has 32 bits. */
	access.length = (htinst & 2) != 0 ? 4 : 2;
	return access;
}
