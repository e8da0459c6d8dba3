/* SPDX-License-Identifier: Apache-2.0 */
#include "kept.h"

#include "guest.h"
#include "made_insn.h"

struct kept kept[KEPT_MAX];
uint32_t kept_count;

uint64_t kept_read(volatile uint32_t code[2], const struct kept *of)
{
	return run_insn(code, insn_of(of->encoding) | INSN_READ, 0);
}

void kept_write(volatile uint32_t code[2], const struct kept *of, uint64_t value)
{
	(void)run_insn(code, insn_of(of->encoding), value);
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
