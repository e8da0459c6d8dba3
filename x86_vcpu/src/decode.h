/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions that access memory through a general register or an immediate.
 *
 * Decoding is a pure function of the bytes and the mode; addresses and results are
 * worked out by emulate.h. AMD64 Architecture Programmer's Manual volume 3 (24594),
 * 1 "Instruction Encoding" and appendix A; Intel SDM volume 2, chapter 2 and appendix A.
 */
#ifndef X86_VCPU_DECODE_H_
#define X86_VCPU_DECODE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Longest instruction; one that is longer raises #GP(0). */
#define X86_INSN_MAX 15u

/* General registers as ModRM and REX number them. */
enum x86_insn_reg {
	X86_INSN_RAX = 0,
	X86_INSN_RCX = 1,
	X86_INSN_RDX = 2,
	X86_INSN_RBX = 3,
	X86_INSN_RSP = 4,
	X86_INSN_RBP = 5,
	X86_INSN_RSI = 6,
	X86_INSN_RDI = 7,
	/* 8 to 15: R8 to R15. */
};

/* Segment registers as ModRM.reg numbers them. */
enum x86_insn_segment {
	X86_INSN_ES = 0,
	X86_INSN_CS = 1,
	X86_INSN_SS = 2,
	X86_INSN_DS = 3,
	X86_INSN_FS = 4,
	X86_INSN_GS = 5,
};

/* Segments that an instruction can name. */
#define X86_INSN_SEGMENTS 6u

/* Bytes of the code segment's default operand: what the mode is for a decoder. */
enum x86_vcpu_code_width {
	/* Real mode, virtual 8086 mode, CS.D = 0. */
	X86_CODE_16 = 2,
	/* CS.D = 1, compatibility mode too. */
	X86_CODE_32 = 4,
	/* CS.L = 1 in long mode. */
	X86_CODE_64 = 8,
};

enum x86_decode_status {
	X86_DECODE_OK = 0,
	/* The bytes given end inside the instruction. */
	X86_DECODE_TRUNCATED = 1,
	/* It would be longer than X86_INSN_MAX bytes: #GP(0). */
	X86_DECODE_TOO_LONG = 2,
	/* No memory operand, a form that is not known here, or no instruction at all. */
	X86_DECODE_UNKNOWN = 3,
};

enum x86_op {
	X86_OP_NONE = 0,
	/* Also MOVNTI and the zero-extending MOVZX. */
	X86_OP_MOV,
	/* MOVSX and MOVSXD. */
	X86_OP_MOVSX,
	X86_OP_MOVBE,
	X86_OP_XCHG,
	/* In the order of ModRM.reg of opcodes 80 to 83. */
	X86_OP_ADD,
	X86_OP_OR,
	X86_OP_ADC,
	X86_OP_SBB,
	X86_OP_AND,
	X86_OP_SUB,
	X86_OP_XOR,
	X86_OP_CMP,
	X86_OP_TEST,
	X86_OP_INC,
	X86_OP_DEC,
	X86_OP_NOT,
	X86_OP_NEG,
	/* In the order of ModRM.reg - 4 of opcode 0F BA. */
	X86_OP_BT,
	X86_OP_BTS,
	X86_OP_BTR,
	X86_OP_BTC,
	X86_OP_CMPXCHG,
	X86_OP_XADD,
	X86_OP_MOVS,
	X86_OP_STOS,
	X86_OP_LODS,
};

enum x86_operand {
	X86_OPERAND_MEMORY = 1,
	X86_OPERAND_REGISTER = 2,
	X86_OPERAND_IMMEDIATE = 3,
};

/* No register at this place of an address. */
#define X86_NO_REG 0xffu
/* The base is the address of the next instruction. */
#define X86_BASE_RIP 0xfeu

/* base + index * scale + displacement, in `width` bytes, in `segment`. */
struct x86_address {
	uint8_t base;
	uint8_t index;
	uint8_t scale;
	uint8_t width;
	uint8_t segment;
	int64_t displacement;
};

struct x86_insn {
	/* Bytes of the instruction. */
	uint8_t length;
	/* enum x86_vcpu_code_width. */
	uint8_t code_width;
	/* enum x86_op. */
	uint8_t op;
	/* enum x86_operand; for the string forms as far as they have that operand. */
	uint8_t destination;
	uint8_t source;
	/* Bytes of the memory operand: 1, 2, 4 or 8. */
	uint8_t width;
	/* The register operand, and how many of its bytes are read or written. */
	uint8_t reg;
	uint8_t reg_width;
	/* The register is AH, CH, DH or BH: bits 15 to 8 of `reg`. */
	bool high_byte;
	bool reads_memory;
	bool writes_memory;
	bool lock;
	/* A string instruction with REP (F2 or F3). */
	bool rep;
	/* Where the operand is; for MOVS and LODS the source. Their rDI is in ES. */
	struct x86_address address;
	/* Sign-extended, where the source is one. */
	uint64_t immediate;
};

/*
 * Decodes the instruction at `code`, of which `available` bytes are there; never
 * reads more of them, nor more than X86_INSN_MAX. Unless it gives X86_DECODE_OK,
 * `*insn` has op X86_OP_NONE.
 */
enum x86_decode_status x86_vcpu_decode(const uint8_t *code, size_t available,
				  enum x86_vcpu_code_width code_width, struct x86_insn *insn);

#ifdef __cplusplus
}
#endif

#endif /* X86_VCPU_DECODE_H_ */
