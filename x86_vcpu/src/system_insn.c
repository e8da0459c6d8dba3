/* SPDX-License-Identifier: Apache-2.0 */
#include "system_insn.h"

#include "decode_cursor.h"

/* Opcodes, APM volume 3, appendix A. */
enum opcode {
	OPCODE_TWO_BYTES = 0x0f,
	OPCODE_INS_FIRST = 0x6c,
	OPCODE_OUTS_LAST = 0x6f,
	OPCODE_PAUSE = 0x90,
	OPCODE_IN_IMMEDIATE_FIRST = 0xe4,
	OPCODE_OUT_IMMEDIATE_LAST = 0xe7,
	OPCODE_IN_DX_FIRST = 0xec,
	OPCODE_OUT_DX_LAST = 0xef,
	OPCODE_HLT = 0xf4,
	/* Behind 0F. */
	OPCODE_GROUP_7 = 0x01,
	OPCODE_CLTS = 0x06,
	OPCODE_INVD = 0x08,
	OPCODE_WBINVD = 0x09,
	OPCODE_MOV_FROM_CR = 0x20,
	OPCODE_MOV_TO_CR = 0x22,
	OPCODE_WRMSR = 0x30,
	OPCODE_RDMSR = 0x32,
	OPCODE_RDPMC = 0x33,
	OPCODE_CPUID = 0xa2,
};

/** ModRM of group 7 (0F 01): mod 3 forms that are instructions of their own, and /4, /6. */
enum group_7 {
	GROUP_7_SMSW = 4,
	GROUP_7_LMSW = 6,
	MODRM_VMCALL = 0xc1,
	MODRM_XSETBV = 0xd1,
	MODRM_VMMCALL = 0xd9,
};
#define MODRM_MOD(modrm) ((modrm) >> 6)
#define MODRM_REG(modrm) (((modrm) >> 3) & 7u)
#define MODRM_RM(modrm) ((modrm)&7u)
#define MOD_REGISTER 3u
/** LOCK MOV CR0 is MOV CR8 on AMD CPUs (APM volume 3, "MOV CRn"). */
#define CR8 8u

static uint8_t extended(uint32_t number, bool bit)
{
	return (uint8_t)(number | (bit ? 8u : 0u));
}

static void mov_cr(struct x86_cursor *cursor, bool to, struct x86_system_insn *insn)
{
	uint32_t modrm = (uint32_t)x86_vcpu_cursor_read(cursor, 1);

	/* mod is ignored: the operand is a register always. */
	insn->op = to ? X86_SYSTEM_MOV_TO_CR : X86_SYSTEM_MOV_FROM_CR;
	insn->cr = extended(MODRM_REG(modrm), (cursor->rex & X86_REX_R) != 0u);
	insn->gpr = extended(MODRM_RM(modrm), (cursor->rex & X86_REX_B) != 0u);
	if (cursor->lock && insn->cr == 0u) {
		insn->cr = CR8;
	}
}

static void group_7(struct x86_cursor *cursor, struct x86_system_insn *insn)
{
	uint32_t modrm = (uint32_t)x86_vcpu_cursor_read(cursor, 1);
	uint32_t reg = MODRM_REG(modrm);

	if (reg == GROUP_7_SMSW || reg == GROUP_7_LMSW) {
		insn->op = reg == GROUP_7_LMSW ? X86_SYSTEM_LMSW : X86_SYSTEM_SMSW;
		insn->memory = MODRM_MOD(modrm) != MOD_REGISTER;
		if (insn->memory) {
			cursor->position--;
			(void)x86_vcpu_cursor_modrm(cursor, &insn->address);
		} else {
			insn->gpr = extended(MODRM_RM(modrm), (cursor->rex & X86_REX_B) != 0u);
		}
	} else if (modrm == MODRM_VMCALL || modrm == MODRM_VMMCALL || modrm == MODRM_XSETBV) {
		insn->op = X86_SYSTEM_PLAIN;
	}
}

static void two_bytes(struct x86_cursor *cursor, struct x86_system_insn *insn)
{
	switch (x86_vcpu_cursor_read(cursor, 1)) {
	case OPCODE_GROUP_7:
		group_7(cursor, insn);
		break;
	case OPCODE_CLTS:
		insn->op = X86_SYSTEM_CLTS;
		break;
	case OPCODE_MOV_FROM_CR:
		mov_cr(cursor, false, insn);
		break;
	case OPCODE_MOV_TO_CR:
		mov_cr(cursor, true, insn);
		break;
	case OPCODE_INVD:
	case OPCODE_WBINVD:
	case OPCODE_WRMSR:
	case OPCODE_RDMSR:
	case OPCODE_RDPMC:
	case OPCODE_CPUID:
		insn->op = X86_SYSTEM_PLAIN;
		break;
	default:
		break;
	}
}

static void one_byte(struct x86_cursor *cursor, uint32_t opcode, struct x86_system_insn *insn)
{
	if (opcode >= OPCODE_IN_IMMEDIATE_FIRST && opcode <= OPCODE_OUT_IMMEDIATE_LAST) {
		(void)x86_vcpu_cursor_read(cursor, 1);
		insn->op = X86_SYSTEM_IO;
	} else if ((opcode >= OPCODE_IN_DX_FIRST && opcode <= OPCODE_OUT_DX_LAST) ||
		   (opcode >= OPCODE_INS_FIRST && opcode <= OPCODE_OUTS_LAST)) {
		insn->op = X86_SYSTEM_IO;
	} else if (opcode == OPCODE_HLT || opcode == OPCODE_PAUSE) {
		insn->op = X86_SYSTEM_PLAIN;
	}
}

enum x86_decode_status x86_vcpu_decode_system(const uint8_t *code, size_t available,
					 enum x86_vcpu_code_width code_width,
					 struct x86_system_insn *insn)
{
	struct x86_cursor cursor = x86_cursor_at(code, available, code_width);
	uint32_t opcode;

	*insn = (struct x86_system_insn){ .op = X86_SYSTEM_NONE };
	opcode = x86_vcpu_cursor_prefixes(&cursor);
	if (cursor.status != X86_DECODE_OK) {
		return cursor.status;
	}
	if (opcode == OPCODE_TWO_BYTES) {
		two_bytes(&cursor, insn);
	} else {
		one_byte(&cursor, opcode, insn);
	}
	if (cursor.status != X86_DECODE_OK) {
		insn->op = X86_SYSTEM_NONE;
		return cursor.status;
	}
	insn->length = (uint8_t)cursor.position;
	insn->segment = cursor.segment;
	insn->address_width = x86_vcpu_cursor_address_width(&cursor);
	return insn->op != X86_SYSTEM_NONE ? X86_DECODE_OK : X86_DECODE_UNKNOWN;
}
