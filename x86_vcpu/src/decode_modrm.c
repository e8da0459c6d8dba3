/* SPDX-License-Identifier: Apache-2.0 */
/* ModRM, SIB and displacement: APM volume 3, 1.4 and 1.5, tables. */
#include "decode_cursor.h"

uint64_t x86_vcpu_cursor_read(struct x86_cursor *cursor, uint32_t bytes)
{
	uint64_t value = 0;
	uint32_t i;

	if (cursor->status != X86_DECODE_OK)
		return 0;
	for (i = 0; i < bytes; i++) {
		if (cursor->position >= X86_INSN_MAX) {
			cursor->status = X86_DECODE_TOO_LONG;
			return 0;
		}
		if (cursor->position >= cursor->available) {
			cursor->status = X86_DECODE_TRUNCATED;
			return 0;
		}
		value |= (uint64_t)cursor->code[cursor->position++] << (8u * i);
	}
	return value;
}

int64_t x86_vcpu_cursor_read_signed(struct x86_cursor *cursor, uint32_t bytes)
{
	const uint64_t sign = UINT64_C(1) << (8u * bytes - 1u);

	return (int64_t)((x86_vcpu_cursor_read(cursor, bytes) ^ sign) - sign);
}

uint8_t x86_vcpu_cursor_operand_width(const struct x86_cursor *cursor)
{
	if (cursor->code_width == X86_CODE_64) {
		if ((cursor->rex & X86_REX_W) != 0)
			return 8;
		return cursor->operand_size ? 2 : 4;
	}
	return (cursor->code_width == X86_CODE_16) == cursor->operand_size ? 4 : 2;
}

uint8_t x86_vcpu_cursor_address_width(const struct x86_cursor *cursor)
{
	switch (cursor->code_width) {
	case X86_CODE_64:
		return cursor->address_size ? 4 : 8;
	case X86_CODE_32:
		return cursor->address_size ? 2 : 4;
	default:
		return cursor->address_size ? 4 : 2;
	}
}

/* ModRM.mod: how many bytes of displacement follow, or that there is no memory. */
enum modrm_mod {
	MOD_NO_DISPLACEMENT = 0,
	MOD_DISPLACEMENT_8 = 1,
	MOD_DISPLACEMENT_FULL = 2,
	MOD_REGISTER = 3,
};

static void modrm_16(struct x86_cursor *cursor, uint32_t mod, uint32_t rm,
		     struct x86_address *address)
{
	static const uint8_t base[8] = { X86_INSN_RBX, X86_INSN_RBX, X86_INSN_RBP, X86_INSN_RBP,
					 X86_INSN_RSI, X86_INSN_RDI, X86_INSN_RBP, X86_INSN_RBX };
	static const uint8_t index[8] = { X86_INSN_RSI, X86_INSN_RDI, X86_INSN_RSI, X86_INSN_RDI,
					  X86_NO_REG,	X86_NO_REG,   X86_NO_REG,   X86_NO_REG };

	address->base = base[rm];
	address->index = index[rm];
	if (mod == MOD_NO_DISPLACEMENT && rm == 6) {
		address->base = X86_NO_REG;
		mod = MOD_DISPLACEMENT_FULL;
	}
	if (mod == MOD_DISPLACEMENT_8)
		address->displacement = x86_vcpu_cursor_read_signed(cursor, 1);
	else if (mod == MOD_DISPLACEMENT_FULL)
		address->displacement = x86_vcpu_cursor_read_signed(cursor, 2);
}

static void sib(struct x86_cursor *cursor, uint32_t *mod, struct x86_address *address)
{
	const uint32_t byte = (uint32_t)x86_vcpu_cursor_read(cursor, 1);
	const uint32_t index = ((byte >> 3) & 7u) | ((cursor->rex & X86_REX_X) != 0 ? 8u : 0u);
	const uint32_t base = byte & 7u;

	address->scale = (uint8_t)(1u << (byte >> 6));
	/* rSP is no index; R12 is one. */
	if (index != X86_INSN_RSP)
		address->index = (uint8_t)index;
	if (base == X86_INSN_RBP && *mod == MOD_NO_DISPLACEMENT) {
		address->base = X86_NO_REG;
		*mod = MOD_DISPLACEMENT_FULL;
	} else {
		address->base = (uint8_t)(base | ((cursor->rex & X86_REX_B) != 0 ? 8u : 0u));
	}
}

static void modrm_32(struct x86_cursor *cursor, uint32_t mod, uint32_t rm,
		     struct x86_address *address)
{
	if (rm == X86_INSN_RSP) {
		sib(cursor, &mod, address);
	} else if (rm == X86_INSN_RBP && mod == MOD_NO_DISPLACEMENT) {
		address->base = cursor->code_width == X86_CODE_64 ? X86_BASE_RIP : X86_NO_REG;
		mod = MOD_DISPLACEMENT_FULL;
	} else {
		address->base = (uint8_t)(rm | ((cursor->rex & X86_REX_B) != 0 ? 8u : 0u));
	}
	if (mod == MOD_DISPLACEMENT_8)
		address->displacement = x86_vcpu_cursor_read_signed(cursor, 1);
	else if (mod == MOD_DISPLACEMENT_FULL)
		address->displacement = x86_vcpu_cursor_read_signed(cursor, 4);
}

uint8_t x86_vcpu_cursor_modrm(struct x86_cursor *cursor, struct x86_address *address)
{
	const uint32_t modrm = (uint32_t)x86_vcpu_cursor_read(cursor, 1);
	const uint32_t mod = modrm >> 6, rm = modrm & 7u;

	*address = (struct x86_address){
		.base = X86_NO_REG,
		.index = X86_NO_REG,
		.scale = 1,
		.width = x86_vcpu_cursor_address_width(cursor),
		.segment = X86_INSN_DS,
	};
	if (cursor->status != X86_DECODE_OK)
		return 0;
	if (mod == MOD_REGISTER) {
		cursor->status = X86_DECODE_UNKNOWN;
		return 0;
	}
	if (address->width == 2)
		modrm_16(cursor, mod, rm, address);
	else
		modrm_32(cursor, mod, rm, address);
	if (address->base == X86_INSN_RSP || address->base == X86_INSN_RBP)
		address->segment = X86_INSN_SS;
	if (cursor->segment != X86_NO_REG)
		address->segment = cursor->segment;
	return (uint8_t)((modrm >> 3) & 7u);
}
