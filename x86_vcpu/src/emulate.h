/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a decoded instruction (decode.h) accesses and computes, as pure functions:
 *
 *   1. x86_vcpu_insn_accesses() gives the linear addresses;
 *   2. the caller translates and loads, if `load` is set;
 *   3. x86_vcpu_insn_execute() on a copy of the registers gives what to store;
 *   4. the caller translates and stores, if `store` is set, then keeps the copy.
 *
 * So nothing changes until all accesses succeeded, and an instruction that faults
 * half-way can be executed again. A rep form does one element at a time: its rip
 * stays while more are left.
 */
#ifndef X86_VCPU_EMULATE_H_
#define X86_VCPU_EMULATE_H_

#include "decode.h"
#include "regs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The registers that these instructions use. */
struct x86_emulate_regs {
	/* By enum x86_insn_reg. */
	uint64_t gpr[16];
	uint64_t rip;
	uint64_t rflags;
};

/* Linear addresses of the memory operands, `insn->width` bytes each. */
struct x86_accesses {
	bool load;
	bool store;
	uint64_t load_address;
	uint64_t store_address;
	/* The same as enum x86_insn_segment and offset, for what the segment forbids. */
	uint8_t load_segment;
	uint8_t store_segment;
	uint64_t load_offset;
	uint64_t store_offset;
};

/*
 * Where `insn` accesses memory. `segment_base` is by enum x86_insn_segment; in 64-bit
 * mode only those of FS and GS are looked at. A rep form whose count is 0 accesses
 * nothing.
 */
void x86_vcpu_insn_accesses(const struct x86_insn *insn, const struct x86_emulate_regs *regs,
		       const uint64_t segment_base[X86_INSN_SEGMENTS], struct x86_accesses *accesses);

/* The offset in `insn->address.segment` of its operand; of a string form's source. */
uint64_t x86_vcpu_insn_offset(const struct x86_insn *insn, const struct x86_emulate_regs *regs);

/*
 * Computes the instruction's results into `*regs`, with `loaded` as the value of its
 * load, if it has one; bits above `insn->width` are ignored. Gives the value of its
 * store, zero-extended, if it has one. Steps over it, or over one element of it.
 *
 * Flags that the manuals leave undefined are cleared (AF of the logic forms) or kept
 * (OF, SF, AF and PF of the bit tests).
 */
uint64_t x86_vcpu_insn_execute(const struct x86_insn *insn, struct x86_emulate_regs *regs,
			  uint64_t loaded);

#ifdef __cplusplus
}
#endif

#endif /* X86_VCPU_EMULATE_H_ */
