/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the decoder: reading bytes, prefixes, ModRM. */
#ifndef X86_VCPU_DECODE_CURSOR_H_
#define X86_VCPU_DECODE_CURSOR_H_

#include "decode.h"

/* The bytes, and what the prefixes said. */
struct x86_cursor {
	const uint8_t *code;
	size_t available;
	size_t position;
	/* The first failure; reads after it give 0. */
	enum x86_decode_status status;
	enum x86_vcpu_code_width code_width;
	/* 66 and 67, F0, F2 and F3 were there. */
	bool operand_size;
	bool address_size;
	bool lock;
	bool repne;
	bool rep;
	/* The REX prefix, 0 if none. */
	uint8_t rex;
	/* enum x86_insn_segment that a prefix names, or X86_NO_REG. */
	uint8_t segment;
};

/* At the first of `available` bytes. */
static inline struct x86_cursor x86_cursor_at(const uint8_t *code, size_t available,
					      enum x86_vcpu_code_width code_width)
{
	return (struct x86_cursor){
		.code = code,
		.available = available,
		.status = X86_DECODE_OK,
		.code_width = code_width,
		.segment = X86_NO_REG,
	};
}

/* Bits of a REX prefix (APM volume 3, 1.2.7). */
#define X86_REX_B 0x1u
#define X86_REX_X 0x2u
#define X86_REX_R 0x4u
#define X86_REX_W 0x8u

/* A little-endian number of 1, 2, 4 or 8 bytes. */
uint64_t x86_vcpu_cursor_read(struct x86_cursor *cursor, uint32_t bytes);
/* The same, sign-extended. */
int64_t x86_vcpu_cursor_read_signed(struct x86_cursor *cursor, uint32_t bytes);

/* Reads prefixes; gives the first byte of the opcode. */
uint8_t x86_vcpu_cursor_prefixes(struct x86_cursor *cursor);
/* How many of these bytes of 64-bit code are prefixes before its opcode, REX among them. */
uint32_t x86_vcpu_count_prefixes(const uint8_t *code, uint32_t length);

/* Bytes of an operand of the size that the mode and the prefixes select: 2, 4 or 8. */
uint8_t x86_vcpu_cursor_operand_width(const struct x86_cursor *cursor);
/* Bytes of an address: 2, 4 or 8. */
uint8_t x86_vcpu_cursor_address_width(const struct x86_cursor *cursor);

/*
 * Reads ModRM with SIB and displacement into `*address`. Gives ModRM.reg (0 to 7);
 * a register operand in place of memory makes the status X86_DECODE_UNKNOWN.
 */
uint8_t x86_vcpu_cursor_modrm(struct x86_cursor *cursor, struct x86_address *address);

#endif /* X86_VCPU_DECODE_CURSOR_H_ */
