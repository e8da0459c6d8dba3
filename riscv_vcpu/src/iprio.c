/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Priorities of the guest's major interrupts. A guest writes them where a supervisor does,
 * behind siselect and sireg, which traps in VS mode; the hart has them in hviprio1 and
 * hviprio2 (AIA, 5.4.2 and 6.3.2).
 */
#include "exits.h"

enum { SISELECT = 0x150, HVIPRIO1 = 0x646 };
/* iprio0 to iprio15, a byte an interrupt; on RV64 the even ones, of eight interrupts each. */
enum { IPRIO0 = 0x30, IPRIO15 = 0x3f, BYTES = 8 };

/* The byte of hviprio1 and hviprio2 for a major interrupt; 0, which is reserved, for none. */
static uint32_t byte_of(uint32_t interrupt)
{
	switch (interrupt) {
	case 1:
		return 1;
	case 4:
		return 2;
	case 5:
		return 3;
	case 8:
		return 4;
	case 13:
	case 14:
	case 15:
		return interrupt - 8;
	default:
		return interrupt >= 16 && interrupt <= 23 ? interrupt - 8 : 0;
	}
}

/* Whether the guest's sireg is such a register now, and of which interrupt its first byte is. */
bool riscv_vcpu_iprio_selected(const struct riscv_vcpu *vcpu, uint32_t *first)
{
	uint64_t select = 0;

	if (!riscv_vcpu_in_vs(vcpu) ||
	    riscv_vcpu_vs_csr_read(vcpu, SISELECT, &select) != AXVCPU_OK || select < IPRIO0 ||
	    select > IPRIO15 || select % 2 != 0)
		return false;
	*first = (uint32_t)(select - IPRIO0) / 2 * BYTES;
	return true;
}

uint64_t riscv_vcpu_iprio_read(const struct riscv_vcpu *vcpu, uint32_t first)
{
	uint64_t words[2] = { 0, 0 };
	uint64_t value = 0;

	for (uint32_t i = 0; i < 2; i++)
		(void)riscv_vcpu_vs_csr_read(vcpu, HVIPRIO1 + i, &words[i]);
	for (uint32_t i = 0; i < BYTES; i++) {
		const uint32_t byte = byte_of(first + i);

		if (byte != 0)
			value |= ((words[byte / BYTES] >> (8 * (byte % BYTES))) & 0xff) << (8 * i);
	}
	return value;
}

void riscv_vcpu_iprio_write(struct riscv_vcpu *vcpu, uint32_t first, uint64_t value)
{
	uint64_t words[2] = { 0, 0 };

	for (uint32_t i = 0; i < 2; i++)
		(void)riscv_vcpu_vs_csr_read(vcpu, HVIPRIO1 + i, &words[i]);
	for (uint32_t i = 0; i < BYTES; i++) {
		const uint32_t byte = byte_of(first + i);
		const uint32_t shift = 8 * (byte % BYTES);

		if (byte == 0)
			continue;
		words[byte / BYTES] &= ~(UINT64_C(0xff) << shift);
		words[byte / BYTES] |= ((value >> (8 * i)) & 0xff) << shift;
	}
	for (uint32_t i = 0; i < 2; i++)
		(void)riscv_vcpu_vs_csr_write(vcpu, HVIPRIO1 + i, words[i]);
}
