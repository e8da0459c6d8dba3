/* SPDX-License-Identifier: Apache-2.0 */
/* Prefixes: APM volume 3, 1.2, table 1-1. */
#include "decode_cursor.h"

enum prefix {
	PREFIX_ES = 0x26,
	PREFIX_CS = 0x2e,
	PREFIX_SS = 0x36,
	PREFIX_DS = 0x3e,
	PREFIX_REX = 0x40,
	PREFIX_REX_LAST = 0x4f,
	PREFIX_FS = 0x64,
	PREFIX_GS = 0x65,
	PREFIX_OPERAND_SIZE = 0x66,
	PREFIX_ADDRESS_SIZE = 0x67,
	PREFIX_LOCK = 0xf0,
	PREFIX_REPNE = 0xf2,
	PREFIX_REP = 0xf3,
};

/* In 64-bit mode the prefixes of ES, CS, SS and DS are ignored (APM volume 3, 1.2.4). */
static void segment_prefix(struct x86_cursor *cursor, uint8_t segment)
{
	if (cursor->code_width != X86_CODE_64 || segment >= X86_INSN_FS)
		cursor->segment = segment;
}

/* Takes one that all modes have; false if the byte is none. */
static bool take_legacy(struct x86_cursor *cursor, uint8_t byte)
{
	switch (byte) {
	case PREFIX_ES:
		segment_prefix(cursor, X86_INSN_ES);
		return true;
	case PREFIX_CS:
		segment_prefix(cursor, X86_INSN_CS);
		return true;
	case PREFIX_SS:
		segment_prefix(cursor, X86_INSN_SS);
		return true;
	case PREFIX_DS:
		segment_prefix(cursor, X86_INSN_DS);
		return true;
	case PREFIX_FS:
		segment_prefix(cursor, X86_INSN_FS);
		return true;
	case PREFIX_GS:
		segment_prefix(cursor, X86_INSN_GS);
		return true;
	case PREFIX_OPERAND_SIZE:
		cursor->operand_size = true;
		return true;
	case PREFIX_ADDRESS_SIZE:
		cursor->address_size = true;
		return true;
	case PREFIX_LOCK:
		cursor->lock = true;
		return true;
	case PREFIX_REPNE:
		cursor->repne = true;
		return true;
	case PREFIX_REP:
		cursor->rep = true;
		return true;
	default:
		return false;
	}
}

uint8_t x86_vcpu_cursor_prefixes(struct x86_cursor *cursor)
{
	for (;;) {
		const uint8_t byte = (uint8_t)x86_vcpu_cursor_read(cursor, 1);

		if (cursor->status != X86_DECODE_OK)
			return 0;
		if (cursor->code_width == X86_CODE_64 && byte >= PREFIX_REX &&
		    byte <= PREFIX_REX_LAST) {
			cursor->rex = byte;
			continue;
		}
		if (!take_legacy(cursor, byte))
			return byte;
		/* A REX prefix counts only right before the opcode. */
		cursor->rex = 0;
	}
}

uint32_t x86_vcpu_count_prefixes(const uint8_t *code, uint32_t length)
{
	struct x86_cursor cursor = x86_cursor_at(code, length, X86_CODE_64);

	(void)x86_vcpu_cursor_prefixes(&cursor);
	return cursor.status == X86_DECODE_OK ? (uint32_t)cursor.position - 1u : length;
}
