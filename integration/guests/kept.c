/* SPDX-License-Identifier: Apache-2.0 */
#include "kept.h"

#include "guest.h"

/* ARM DDI 0487, C4.1.66: MSR (register); bit 21 makes MRS of it. */
#define INSN_MSR UINT32_C(0xd5000000)
#define INSN_READ (UINT32_C(1) << 21)
#define INSN_RET UINT32_C(0xd65f03c0)
#define OP0_SHIFT 19u
#define ENCODINGS (1u << 14)
#define ENCODING_SHIFT 5u
#define ENCODING(op0, op1, crn, crm, op2) \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

struct kept kept[KEPT_MAX];
uint32_t kept_count;

static uint64_t run(volatile uint32_t code[2], uint32_t instruction, uint64_t value)
{
	register uint64_t x0 __asm__("x0") = value;
	register uint64_t x1 __asm__("x1") = (uintptr_t)code;

	code[0] = instruction;
	code[1] = INSN_RET;
	__asm__ volatile("dc cvau, %1\n\t"
			 "dsb ish\n\t"
			 "ic ivau, %1\n\t"
			 "dsb ish\n\t"
			 "isb\n\t"
			 "blr %1\n\t"
			 "isb"
			 : "+r"(x0), "+r"(x1)
			 :
			 : "x2", "x3", "x30", "cc", "memory");
	return x0;
}

static uint32_t instruction_of(uint32_t encoding)
{
	return INSN_MSR | encoding / ENCODINGS << OP0_SHIFT | encoding % ENCODINGS << ENCODING_SHIFT;
}

uint64_t kept_read(volatile uint32_t code[2], const struct kept *of)
{
	return run(code, instruction_of(of->encoding) | INSN_READ, 0);
}

void kept_write(volatile uint32_t code[2], const struct kept *of, uint64_t value)
{
	(void)run(code, instruction_of(of->encoding), value);
}

/** What this guest itself needs as it is, or what goes on by itself. */
static bool is_left_out(uint32_t encoding)
{
	switch (encoding) {
	case ENCODING(3u, 0u, 1u, 0u, 0u):  /* SCTLR_EL1 */
	case ENCODING(3u, 0u, 1u, 0u, 2u):  /* CPACR_EL1 */
	case ENCODING(3u, 0u, 12u, 0u, 0u): /* VBAR_EL1 */
	case ENCODING(3u, 0u, 4u, 2u, 0u):  /* SPSel */
	case ENCODING(3u, 3u, 4u, 2u, 0u):  /* NZCV */
	case ENCODING(3u, 3u, 4u, 2u, 1u):  /* DAIF */
	case ENCODING(3u, 3u, 14u, 2u, 0u): /* CNTP_TVAL_EL0 */
	case ENCODING(3u, 3u, 14u, 2u, 1u): /* CNTP_CTL_EL0 */
	case ENCODING(3u, 3u, 14u, 3u, 0u): /* CNTV_TVAL_EL0 */
	case ENCODING(3u, 3u, 14u, 3u, 1u): /* CNTV_CTL_EL0 */
		return true;
	default:
		return false;
	}
}

void kept_find(volatile uint32_t code[2])
{
	struct kept one = { .encoding = 2 * ENCODINGS };
	uint64_t ones;
	uint64_t zeros;
	uint64_t count;

	for (; one.encoding < 4 * ENCODINGS; one.encoding++) {
		if (is_left_out(one.encoding)) {
			continue;
		}
		count = exception.count;
		one.before = kept_read(code, &one);
		if (exception.count != count || kept_read(code, &one) != one.before) {
			continue;
		}
		kept_write(code, &one, UINT64_MAX);
		ones = kept_read(code, &one);
		kept_write(code, &one, 0);
		zeros = kept_read(code, &one);
		one.mask = ones ^ zeros;
		if (exception.count == count && one.mask != 0 && kept_count < KEPT_MAX) {
			kept[kept_count++] = one;
		}
		if (exception.count == count) {
			kept_write(code, &one, one.before);
		}
	}
}
