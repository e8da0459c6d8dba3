/* SPDX-License-Identifier: Apache-2.0 */
/* What wild.c and wild.S share: where the pieces of code are, and what they start with. */
#ifndef X86_64_WILD_H_
#define X86_64_WILD_H_

/** Pieces of random code, each with registers of its own. */
#define WILD_PIECES 512
#define WILD_PIECE_SHIFT 6
#define WILD_PIECE_BYTES (1 << WILD_PIECE_SHIFT)
#define WILD_CODE 0x10000
#define WILD_CODE_SEGMENT (WILD_CODE >> 4)
/** struct wild_registers of each piece. */
#define WILD_REGISTERS 0x20000
#define WILD_REGISTERS_SEGMENT (WILD_REGISTERS >> 4)
#define WILD_REGISTERS_SHIFT 7
/** The code of real mode, with its number of the piece, and its stack below it. */
#define WILD_REAL 0x1000
#define WILD_REAL_INDEX 0x0ffe
#define WILD_REAL_STACK 0x0ff0
/** The stack of programs. */
#define WILD_STACK 0x40000
#define WILD_STACK_BYTES 0x1000
/** Where devices and the APIC are. */
#define WILD_APIC 0xfee00000
#define WILD_APIC_EOI 0xfee000b0

/** Selectors of wild_gdt. */
#define WILD_CODE_32 0x08
#define WILD_DATA_32 0x10
#define WILD_CODE_64 0x18
#define WILD_CODE_16 0x20
#define WILD_DATA_16 0x28
/** Those of the pieces, made for the mode. */
#define WILD_OWN_CODE 0x30
#define WILD_OWN_DATA 0x38
#define WILD_TSS 0x40
#define WILD_LDT 0x50
#define WILD_TSS_FAULT 0x60
#define WILD_GDT_ENTRIES 14

/** Offsets in struct wild_mode. */
#define WILD_MODE_CR3 0
#define WILD_MODE_CR4 4
#define WILD_MODE_CR0 8
#define WILD_MODE_EFER 12
#define WILD_MODE_INDEX 16
#define WILD_MODE_CS 20
#define WILD_MODE_SS 24
#define WILD_MODE_DS 28
#define WILD_MODE_SP 32
#define WILD_MODE_IP 36
#define WILD_MODE_V86 40
#define WILD_MODE_CPL 44

#endif /* X86_64_WILD_H_ */
