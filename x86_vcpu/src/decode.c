/* SPDX-License-Identifier: Apache-2.0 */
/* Opcodes: APM volume 3, A.1 (tables ). */
#include "decode.h"

#include "decode_cursor.h"

enum escape {
	ESCAPE_0F = 0x0f,
	ESCAPE_0F38 = 0x38,
};

/* The register that ModRM.reg names, `width` bytes of it. */
static void set_register(struct x86_insn *insn, const struct x86_cursor *cursor, uint8_t reg,
			 uint8_t width)
{
	insn->reg = (uint8_t)(reg | ((cursor->rex & X86_REX_R) != 0 ? 8u : 0u));
	insn->reg_width = width;
	/* Without REX, 4 to 7 name AH, CH, DH and BH. */
	if (width == 1 && cursor->rex == 0 && insn->reg >= 4) {
		insn->reg = (uint8_t)(insn->reg - 4u);
		insn->high_byte = true;
	}
}

static void set_form(struct x86_insn *insn, uint8_t op, uint8_t destination, uint8_t source,
		     uint8_t width)
{
	insn->op = op;
	insn->destination = destination;
	insn->source = source;
	insn->width = width;
}

/* ModRM names the memory operand and the register operand, both of `width` bytes. */
static void with_register(struct x86_insn *insn, struct x86_cursor *cursor, uint8_t op,
			  bool to_register, uint8_t width)
{
	set_register(insn, cursor, x86_vcpu_cursor_modrm(cursor, &insn->address), width);
	set_form(insn, op, to_register ? X86_OPERAND_REGISTER : X86_OPERAND_MEMORY,
		 to_register ? X86_OPERAND_MEMORY : X86_OPERAND_REGISTER, width);
}

/* Memory and an immediate of `bytes` bytes, ModRM already read. */
static void with_immediate(struct x86_insn *insn, struct x86_cursor *cursor, uint8_t op,
			   uint8_t width, uint8_t bytes)
{
	set_form(insn, op, X86_OPERAND_MEMORY, X86_OPERAND_IMMEDIATE, width);
	insn->immediate = (uint64_t)x86_vcpu_cursor_read_signed(cursor, bytes);
}

/* An immediate is never longer than 4 bytes here. */
static uint8_t immediate_width(uint8_t width)
{
	return width == 8 ? 4 : width;
}

/* MOV between the accumulator and an address in the instruction (A0 to A3). */
static void with_offset(struct x86_insn *insn, struct x86_cursor *cursor, bool to_register,
			uint8_t width)
{
	const uint8_t address_width = x86_vcpu_cursor_address_width(cursor);

	insn->address = (struct x86_address){
		.base = X86_NO_REG,
		.index = X86_NO_REG,
		.scale = 1,
		.width = address_width,
		.segment = cursor->segment != X86_NO_REG ? cursor->segment : (uint8_t)X86_INSN_DS,
		.displacement = (int64_t)x86_vcpu_cursor_read(cursor, address_width),
	};
	insn->reg = X86_INSN_RAX;
	insn->reg_width = width;
	set_form(insn, X86_OP_MOV, to_register ? X86_OPERAND_REGISTER : X86_OPERAND_MEMORY,
		 to_register ? X86_OPERAND_MEMORY : X86_OPERAND_REGISTER, width);
}

static void string_form(struct x86_insn *insn, const struct x86_cursor *cursor, uint8_t op,
			uint8_t width)
{
	insn->address = (struct x86_address){
		.base = op == X86_OP_STOS ? X86_INSN_RDI : X86_INSN_RSI,
		.index = X86_NO_REG,
		.scale = 1,
		.width = x86_vcpu_cursor_address_width(cursor),
		.segment = X86_INSN_ES,
	};
	if (op != X86_OP_STOS)
		insn->address.segment = cursor->segment != X86_NO_REG ? cursor->segment :
									(uint8_t)X86_INSN_DS;
	insn->reg = X86_INSN_RAX;
	insn->reg_width = width;
	insn->rep = cursor->rep || cursor->repne;
	set_form(insn, op, op == X86_OP_LODS ? X86_OPERAND_REGISTER : X86_OPERAND_MEMORY,
		 op == X86_OP_STOS ? X86_OPERAND_REGISTER : X86_OPERAND_MEMORY, width);
}

/* The groups, whose operation ModRM.reg selects (table A-6). */
static void group_1(struct x86_insn *insn, struct x86_cursor *cursor, uint8_t width, bool byte)
{
	const uint8_t select = x86_vcpu_cursor_modrm(cursor, &insn->address);

	with_immediate(insn, cursor, (uint8_t)(X86_OP_ADD + select), width,
		       byte ? 1 : immediate_width(width));
}

static void group_3(struct x86_insn *insn, struct x86_cursor *cursor, uint8_t width)
{
	switch (x86_vcpu_cursor_modrm(cursor, &insn->address)) {
	case 0:
	case 1:
		with_immediate(insn, cursor, X86_OP_TEST, width, immediate_width(width));
		break;
	case 2:
		set_form(insn, X86_OP_NOT, X86_OPERAND_MEMORY, X86_OPERAND_MEMORY, width);
		break;
	case 3:
		set_form(insn, X86_OP_NEG, X86_OPERAND_MEMORY, X86_OPERAND_MEMORY, width);
		break;
	default:
		break;
	}
}

static void group_4_5(struct x86_insn *insn, struct x86_cursor *cursor, uint8_t width)
{
	const uint8_t select = x86_vcpu_cursor_modrm(cursor, &insn->address);

	if (select <= 1)
		set_form(insn, select == 0 ? X86_OP_INC : X86_OP_DEC, X86_OPERAND_MEMORY,
			 X86_OPERAND_MEMORY, width);
}

static void group_8(struct x86_insn *insn, struct x86_cursor *cursor, uint8_t width)
{
	const uint8_t select = x86_vcpu_cursor_modrm(cursor, &insn->address);

	if (select >= 4)
		with_immediate(insn, cursor, (uint8_t)(X86_OP_BT + select - 4), width, 1);
}

static void group_11(struct x86_insn *insn, struct x86_cursor *cursor, uint8_t width)
{
	if (x86_vcpu_cursor_modrm(cursor, &insn->address) == 0)
		with_immediate(insn, cursor, X86_OP_MOV, width, immediate_width(width));
}

/* A register that is wider than the memory operand. */
static void extend(struct x86_insn *insn, struct x86_cursor *cursor, uint8_t op, uint8_t width)
{
	const uint8_t reg_width = x86_vcpu_cursor_operand_width(cursor);

	with_register(insn, cursor, op, true, reg_width);
	insn->width = width < reg_width ? width : reg_width;
}

static void two_byte_38(struct x86_insn *insn, struct x86_cursor *cursor)
{
	const uint8_t opcode = (uint8_t)x86_vcpu_cursor_read(cursor, 1);

	/* F2 makes it CRC32. */
	if (cursor->status != X86_DECODE_OK || cursor->rep || cursor->repne ||
	    (opcode & 0xfeu) != 0xf0)
		return;
	with_register(
		insn, cursor, X86_OP_MOVBE, opcode == 0xf0, x86_vcpu_cursor_operand_width(cursor));
}

static void two_byte(struct x86_insn *insn, struct x86_cursor *cursor)
{
	const uint8_t opcode = (uint8_t)x86_vcpu_cursor_read(cursor, 1);
	const uint8_t full = x86_vcpu_cursor_operand_width(cursor);
	const uint8_t width = (opcode & 1u) != 0 ? full : 1;

	if (cursor->status != X86_DECODE_OK)
		return;
	switch (opcode) {
	case ESCAPE_0F38:
		two_byte_38(insn, cursor);
		break;
	case 0xa3:
		with_register(insn, cursor, X86_OP_BT, false, full);
		break;
	case 0xab:
		with_register(insn, cursor, X86_OP_BTS, false, full);
		break;
	case 0xb3:
		with_register(insn, cursor, X86_OP_BTR, false, full);
		break;
	case 0xbb:
		with_register(insn, cursor, X86_OP_BTC, false, full);
		break;
	case 0xba:
		group_8(insn, cursor, full);
		break;
	case 0xb0:
	case 0xb1:
		with_register(insn, cursor, X86_OP_CMPXCHG, false, width);
		break;
	case 0xb6:
		extend(insn, cursor, X86_OP_MOV, 1);
		break;
	case 0xb7:
		extend(insn, cursor, X86_OP_MOV, 2);
		break;
	case 0xbe:
		extend(insn, cursor, X86_OP_MOVSX, 1);
		break;
	case 0xbf:
		extend(insn, cursor, X86_OP_MOVSX, 2);
		break;
	case 0xc0:
	case 0xc1:
		with_register(insn, cursor, X86_OP_XADD, false, width);
		break;
	case 0xc3:
		/* MOVNTI: never 16 bits wide, and no prefix that selects another instruction. */
		if (!cursor->operand_size && !cursor->rep && !cursor->repne)
			with_register(insn, cursor, X86_OP_MOV, false, full == 8 ? 8 : 4);
		break;
	default:
		break;
	}
}

static void one_byte(struct x86_insn *insn, struct x86_cursor *cursor, uint8_t opcode)
{
	const bool long_mode = cursor->code_width == X86_CODE_64;
	const uint8_t full = x86_vcpu_cursor_operand_width(cursor);
	/* Bit 0 tells a byte from the full width in all forms below but 63. */
	const uint8_t width = (opcode & 1u) != 0 ? full : 1;

	if (opcode < 0x40 && (opcode & 7u) < 4) {
		with_register(insn, cursor, (uint8_t)(X86_OP_ADD + (opcode >> 3)),
			      (opcode & 2u) != 0, width);
		return;
	}
	switch (opcode) {
	case ESCAPE_0F:
		two_byte(insn, cursor);
		break;
	case 0x63:
		/* ARPL elsewhere */
		if (long_mode)
			extend(insn, cursor, X86_OP_MOVSX, 4);
		break;
	case 0x80:
	case 0x81:
		group_1(insn, cursor, width, false);
		break;
	case 0x82:
		if (!long_mode)
			group_1(insn, cursor, 1, true);
		break;
	case 0x83:
		group_1(insn, cursor, full, true);
		break;
	case 0x84:
	case 0x85:
		with_register(insn, cursor, X86_OP_TEST, false, width);
		break;
	case 0x86:
	case 0x87:
		with_register(insn, cursor, X86_OP_XCHG, false, width);
		break;
	case 0x88:
	case 0x89:
	case 0x8a:
	case 0x8b:
		with_register(insn, cursor, X86_OP_MOV, (opcode & 2u) != 0, width);
		break;
	case 0xa0:
	case 0xa1:
	case 0xa2:
	case 0xa3:
		with_offset(insn, cursor, (opcode & 2u) == 0, width);
		break;
	case 0xa4:
	case 0xa5:
		string_form(insn, cursor, X86_OP_MOVS, width);
		break;
	case 0xaa:
	case 0xab:
		string_form(insn, cursor, X86_OP_STOS, width);
		break;
	case 0xac:
	case 0xad:
		string_form(insn, cursor, X86_OP_LODS, width);
		break;
	case 0xc6:
	case 0xc7:
		group_11(insn, cursor, width);
		break;
	case 0xf6:
	case 0xf7:
		group_3(insn, cursor, width);
		break;
	case 0xfe:
	case 0xff:
		group_4_5(insn, cursor, width);
		break;
	default:
		break;
	}
}

/* What the operation does with its memory operands. */
static void set_directions(struct x86_insn *insn)
{
	const bool to_memory = insn->destination == X86_OPERAND_MEMORY;

	switch (insn->op) {
	case X86_OP_MOV:
	case X86_OP_MOVSX:
	case X86_OP_MOVBE:
	case X86_OP_STOS:
		insn->reads_memory = !to_memory;
		insn->writes_memory = to_memory;
		break;
	case X86_OP_CMP:
	case X86_OP_TEST:
	case X86_OP_BT:
		insn->reads_memory = true;
		break;
	default:
		insn->reads_memory = true;
		insn->writes_memory = to_memory;
		break;
	}
}

/* LOCK raises #UD on anything that does not read and write one memory operand. */
static bool lock_allowed(const struct x86_insn *insn)
{
	return insn->reads_memory && insn->writes_memory && insn->op != X86_OP_MOVS;
}

enum x86_decode_status x86_vcpu_decode(const uint8_t *code, size_t available,
				  enum x86_vcpu_code_width code_width, struct x86_insn *insn)
{
	struct x86_cursor cursor = x86_cursor_at(code, available, code_width);
	uint8_t opcode;

	*insn = (struct x86_insn){ .code_width = (uint8_t)code_width };
	opcode = x86_vcpu_cursor_prefixes(&cursor);
	if (cursor.status == X86_DECODE_OK)
		one_byte(insn, &cursor, opcode);
	if (cursor.status == X86_DECODE_OK && insn->op == X86_OP_NONE)
		cursor.status = X86_DECODE_UNKNOWN;
	if (cursor.status == X86_DECODE_OK) {
		set_directions(insn);
		insn->lock = cursor.lock;
		insn->length = (uint8_t)cursor.position;
		if (cursor.lock && !lock_allowed(insn))
			cursor.status = X86_DECODE_UNKNOWN;
	}
	if (cursor.status != X86_DECODE_OK)
		*insn = (struct x86_insn){ .code_width = (uint8_t)code_width };
	return cursor.status;
}
