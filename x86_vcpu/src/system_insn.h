/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions that exit without memory to access: their lengths and registers,
 * for CPUs that do not report them. A pure function of the bytes and the mode
 * (APM volume 3, 1.2, and the pages of the instructions).
 */
#ifndef X86_VCPU_SYSTEM_INSN_H_
#define X86_VCPU_SYSTEM_INSN_H_

#include "decode.h"

#ifdef __cplusplus
extern "C" {
#endif

enum x86_system_op {
	/** None of these. */
	X86_SYSTEM_NONE = 0,
	/** MOV CRn, register and MOV register, CRn. */
	X86_SYSTEM_MOV_TO_CR,
	X86_SYSTEM_MOV_FROM_CR,
	X86_SYSTEM_CLTS,
	/** LMSW of a register or of memory; SMSW. */
	X86_SYSTEM_LMSW,
	X86_SYSTEM_SMSW,
	/** One that has neither: CPUID, HLT, RDMSR, WRMSR, VMMCALL, VMCALL, XSETBV, PAUSE, ... */
	X86_SYSTEM_PLAIN,
	/** IN, OUT, INS, OUTS. */
	X86_SYSTEM_IO,
};

struct x86_system_insn {
	/** enum x86_system_op. */
	uint8_t op;
	/** Bytes, prefixes included. */
	uint8_t length;
	uint8_t cr;
	uint8_t gpr;
	/** LMSW, SMSW: the operand is memory, at `address`. */
	bool memory;
	/** Bytes of an address, for the string forms of I/O. */
	uint8_t address_width;
	/** Segment that a prefix names, or X86_NO_REG. */
	uint8_t segment;
	struct x86_address address;
};

/** Decodes one of these; X86_DECODE_UNKNOWN for others, X86_DECODE_TRUNCATED if bytes are missing. */
enum x86_decode_status x86_vcpu_decode_system(const uint8_t *code, size_t available,
					 enum x86_vcpu_code_width code_width,
					 struct x86_system_insn *insn);

#ifdef __cplusplus
}
#endif

#endif /* X86_VCPU_SYSTEM_INSN_H_ */
