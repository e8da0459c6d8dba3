/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and results: APM volume 1, 2.2 and 3.2; volume 3, chapter 3. */
#include "emulate.h"

static uint64_t mask(uint32_t bytes)
{
	return UINT64_MAX >> (64u - 8u * bytes);
}

static uint64_t sign_bit(uint32_t bytes)
{
	return UINT64_C(1) << (8u * bytes - 1u);
}

static uint64_t sign_extend(uint64_t value, uint32_t bytes)
{
	value &= mask(bytes);
	return (value ^ sign_bit(bytes)) - sign_bit(bytes);
}

/* Writes the low bytes of a register; 32 bits clear the upper half. */
static void write_gpr(struct x86_emulate_regs *regs, uint32_t reg, uint32_t width, uint64_t value)
{
	if (width >= 4)
		regs->gpr[reg] = value & mask(width);
	else
		regs->gpr[reg] = (regs->gpr[reg] & ~mask(width)) | (value & mask(width));
}

/* The register operand; 0 for a form that has none. */
static uint64_t read_operand(const struct x86_insn *insn, const struct x86_emulate_regs *regs)
{
	if (insn->reg_width == 0)
		return 0;
	return (regs->gpr[insn->reg] >> (insn->high_byte ? 8 : 0)) & mask(insn->reg_width);
}

static void write_operand(const struct x86_insn *insn, struct x86_emulate_regs *regs,
			  uint64_t value)
{
	if (insn->high_byte)
		regs->gpr[insn->reg] = (regs->gpr[insn->reg] & ~UINT64_C(0xff00)) |
				       ((value & 0xffu) << 8);
	else
		write_gpr(regs, insn->reg, insn->reg_width, value);
}

static uint64_t next_rip(const struct x86_insn *insn, const struct x86_emulate_regs *regs)
{
	const uint64_t rip = regs->rip + insn->length;

	return insn->code_width == X86_CODE_64 ? rip : rip & mask(4);
}

/* The bit that a BT form with a register names, counted from the operand's address. */
static int64_t bit_offset(const struct x86_insn *insn, const struct x86_emulate_regs *regs)
{
	return (int64_t)sign_extend(read_operand(insn, regs), insn->reg_width);
}

static bool is_bit_test(const struct x86_insn *insn)
{
	return insn->op >= X86_OP_BT && insn->op <= X86_OP_BTC;
}

uint64_t x86_vcpu_insn_offset(const struct x86_insn *insn, const struct x86_emulate_regs *regs)
{
	const struct x86_address *address = &insn->address;
	uint64_t sum = (uint64_t)address->displacement;

	if (address->base == X86_BASE_RIP)
		sum += next_rip(insn, regs);
	else if (address->base != X86_NO_REG)
		sum += regs->gpr[address->base];
	if (address->index != X86_NO_REG)
		sum += regs->gpr[address->index] * address->scale;
	/* The bit string reaches 2^(operand bits - 1) bits to either side, in whole operands. */
	if (is_bit_test(insn) && insn->source == X86_OPERAND_REGISTER) {
		const int64_t bits = 8 * (int64_t)insn->width;
		const int64_t bit = bit_offset(insn, regs);
		const int64_t element = (bit - (bit & (bits - 1))) / bits;

		sum += (uint64_t)element * insn->width;
	}
	return sum & mask(address->width);
}

static uint64_t linear(const struct x86_insn *insn, const uint64_t segment_base[X86_INSN_SEGMENTS],
		       uint32_t segment, uint64_t offset)
{
	if (insn->code_width != X86_CODE_64)
		return (segment_base[segment] + offset) & mask(4);
	return segment >= X86_INSN_FS ? segment_base[segment] + offset : offset;
}

static bool count_is_zero(const struct x86_insn *insn, const struct x86_emulate_regs *regs)
{
	return insn->rep && (regs->gpr[X86_INSN_RCX] & mask(insn->address.width)) == 0;
}

void x86_vcpu_insn_accesses(const struct x86_insn *insn, const struct x86_emulate_regs *regs,
		       const uint64_t segment_base[X86_INSN_SEGMENTS], struct x86_accesses *accesses)
{
	uint64_t offset;

	*accesses = (struct x86_accesses){ .load = false };
	if (count_is_zero(insn, regs))
		return;
	offset = x86_vcpu_insn_offset(insn, regs);
	accesses->load = insn->reads_memory;
	accesses->store = insn->writes_memory;
	if (insn->reads_memory) {
		accesses->load_segment = insn->address.segment;
		accesses->load_offset = offset;
		accesses->load_address = linear(insn, segment_base, insn->address.segment, offset);
	}
	if (insn->writes_memory) {
		accesses->store_segment = insn->address.segment;
		if (insn->op == X86_OP_MOVS) {
			accesses->store_segment = X86_INSN_ES;
			offset = regs->gpr[X86_INSN_RDI] & mask(insn->address.width);
		}
		accesses->store_offset = offset;
		accesses->store_address = linear(insn, segment_base, accesses->store_segment, offset);
	}
}

/* SF, ZF and PF of a result. */
static uint64_t result_flags(uint64_t result, uint32_t width)
{
	uint32_t parity = (uint32_t)(result & 0xffu);
	uint64_t flags = 0;

	parity ^= parity >> 4;
	parity ^= parity >> 2;
	parity ^= parity >> 1;
	if ((parity & 1u) == 0)
		flags |= RFLAGS_PF;
	if ((result & mask(width)) == 0)
		flags |= RFLAGS_ZF;
	if ((result & sign_bit(width)) != 0)
		flags |= RFLAGS_SF;
	return flags;
}

#define ARITHMETIC_FLAGS                                                               \
	(RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | \
	 RFLAGS_OF)

static void set_flags(struct x86_emulate_regs *regs, uint64_t which, uint64_t flags)
{
	regs->rflags = (regs->rflags & ~which) | (flags & which);
}

static uint64_t add(struct x86_emulate_regs *regs, uint64_t a, uint64_t b, uint32_t carry,
		    uint32_t width, uint64_t which)
{
	const uint64_t result = (a + b + carry) & mask(width);
	/* What was carried out of each bit. */
	const uint64_t carries = (a & b) | ((a | b) & ~result);
	uint64_t flags = result_flags(result, width);

	if ((carries & sign_bit(width)) != 0)
		flags |= RFLAGS_CF;
	if ((carries & 8u) != 0)
		flags |= RFLAGS_AF;
	if (((a ^ result) & (b ^ result) & sign_bit(width)) != 0)
		flags |= RFLAGS_OF;
	set_flags(regs, which, flags);
	return result;
}

static uint64_t subtract(struct x86_emulate_regs *regs, uint64_t a, uint64_t b, uint32_t borrow,
			 uint32_t width, uint64_t which)
{
	const uint64_t result = (a - b - borrow) & mask(width);
	const uint64_t borrows = (~a & b) | ((~a | b) & result);
	uint64_t flags = result_flags(result, width);

	if ((borrows & sign_bit(width)) != 0)
		flags |= RFLAGS_CF;
	if ((borrows & 8u) != 0)
		flags |= RFLAGS_AF;
	if (((a ^ b) & (a ^ result) & sign_bit(width)) != 0)
		flags |= RFLAGS_OF;
	set_flags(regs, which, flags);
	return result;
}

static uint64_t logic(struct x86_emulate_regs *regs, uint64_t result, uint32_t width)
{
	set_flags(regs, ARITHMETIC_FLAGS, result_flags(result, width));
	return result & mask(width);
}

static uint64_t bit_test(const struct x86_insn *insn, struct x86_emulate_regs *regs, uint64_t value)
{
	const uint64_t offset = insn->source == X86_OPERAND_IMMEDIATE ? insn->immediate :
									read_operand(insn, regs);
	const uint64_t bit = UINT64_C(1) << (offset & (8u * insn->width - 1u));

	set_flags(regs, RFLAGS_CF, (value & bit) != 0 ? RFLAGS_CF : 0);
	switch (insn->op) {
	case X86_OP_BTS:
		return value | bit;
	case X86_OP_BTR:
		return value & ~bit;
	case X86_OP_BTC:
		return value ^ bit;
	default:
		return value;
	}
}

/* The two-operand operations and those of one operand, where `b` is ignored. */
static uint64_t compute(const struct x86_insn *insn, struct x86_emulate_regs *regs, uint64_t a,
			uint64_t b)
{
	const uint32_t width = insn->width;
	const uint32_t carry = (regs->rflags & RFLAGS_CF) != 0 ? 1 : 0;

	switch (insn->op) {
	case X86_OP_ADD:
	case X86_OP_XADD:
		return add(regs, a, b, 0, width, ARITHMETIC_FLAGS);
	case X86_OP_ADC:
		return add(regs, a, b, carry, width, ARITHMETIC_FLAGS);
	case X86_OP_INC:
		return add(regs, a, 1, 0, width, ARITHMETIC_FLAGS & ~RFLAGS_CF);
	case X86_OP_SUB:
	case X86_OP_CMP:
		return subtract(regs, a, b, 0, width, ARITHMETIC_FLAGS);
	case X86_OP_SBB:
		return subtract(regs, a, b, carry, width, ARITHMETIC_FLAGS);
	case X86_OP_DEC:
		return subtract(regs, a, 1, 0, width, ARITHMETIC_FLAGS & ~RFLAGS_CF);
	case X86_OP_NEG:
		return subtract(regs, 0, a, 0, width, ARITHMETIC_FLAGS);
	case X86_OP_AND:
	case X86_OP_TEST:
		return logic(regs, a & b, width);
	case X86_OP_OR:
		return logic(regs, a | b, width);
	case X86_OP_XOR:
		return logic(regs, a ^ b, width);
	case X86_OP_NOT:
		return ~a & mask(width);
	default:
		/* The moves: what comes from the source. */
		return b;
	}
}

static uint64_t swap_bytes(uint64_t value, uint32_t width)
{
	uint64_t swapped = 0;
	uint32_t i;

	for (i = 0; i < width; i++)
		swapped |= ((value >> (8u * i)) & 0xffu) << (8u * (width - 1u - i));
	return swapped;
}

/* rSI, rDI and rCX after one element; whether more are left. */
static bool string_step(const struct x86_insn *insn, struct x86_emulate_regs *regs)
{
	const uint32_t width = insn->address.width;
	const uint64_t step = (regs->rflags & RFLAGS_DF) != 0 ? 0u - (uint64_t)insn->width :
								    insn->width;

	if (insn->op != X86_OP_STOS)
		write_gpr(regs, X86_INSN_RSI, width, regs->gpr[X86_INSN_RSI] + step);
	if (insn->op != X86_OP_LODS)
		write_gpr(regs, X86_INSN_RDI, width, regs->gpr[X86_INSN_RDI] + step);
	if (!insn->rep)
		return false;
	write_gpr(regs, X86_INSN_RCX, width, regs->gpr[X86_INSN_RCX] - 1);
	return (regs->gpr[X86_INSN_RCX] & mask(width)) != 0;
}

/* What goes to memory; registers other than the string ones are written. */
static uint64_t results(const struct x86_insn *insn, struct x86_emulate_regs *regs, uint64_t loaded)
{
	const uint64_t reg = insn->source == X86_OPERAND_IMMEDIATE ?
				     insn->immediate & mask(insn->width) :
				     read_operand(insn, regs) & mask(insn->width);
	const bool to_register = insn->destination == X86_OPERAND_REGISTER;
	uint64_t result;

	switch (insn->op) {
	case X86_OP_MOVS:
		return loaded;
	case X86_OP_BT:
	case X86_OP_BTS:
	case X86_OP_BTR:
	case X86_OP_BTC:
		return bit_test(insn, regs, loaded);
	case X86_OP_XCHG:
		write_operand(insn, regs, loaded);
		return reg;
	case X86_OP_XADD:
		result = compute(insn, regs, loaded, reg);
		write_operand(insn, regs, loaded);
		return result;
	case X86_OP_CMPXCHG:
		subtract(regs, regs->gpr[X86_INSN_RAX] & mask(insn->width), loaded, 0, insn->width,
			 ARITHMETIC_FLAGS);
		if ((regs->rflags & RFLAGS_ZF) != 0)
			return reg;
		write_gpr(regs, X86_INSN_RAX, insn->width, loaded);
		return loaded;
	case X86_OP_MOVSX:
		write_operand(insn, regs, sign_extend(loaded, insn->width));
		return 0;
	case X86_OP_MOVBE:
		result = swap_bytes(to_register ? loaded : reg, insn->width);
		break;
	case X86_OP_CMP:
	case X86_OP_TEST:
		(void)compute(insn, regs, to_register ? reg : loaded, to_register ? loaded : reg);
		return 0;
	default:
		result = compute(insn, regs, to_register ? reg : loaded,
				 to_register ? loaded : reg);
		break;
	}
	if (to_register)
		write_operand(insn, regs, result);
	return result;
}

uint64_t x86_vcpu_insn_execute(const struct x86_insn *insn, struct x86_emulate_regs *regs,
			  uint64_t loaded)
{
	uint64_t store = 0;
	bool again = false;

	if (!count_is_zero(insn, regs)) {
		store = results(insn, regs, loaded & mask(insn->width));
		if (insn->op >= X86_OP_MOVS)
			again = string_step(insn, regs);
	}
	if (!again) {
		regs->rip = next_rip(insn, regs);
		regs->rflags &= ~RFLAGS_RF;
	}
	return store;
}
