/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest physical addresses that need four levels of second-stage tables; with
 * stage 1 off they are the addresses that instructions use.
 */
#include "guest.h"

/** RAM that is mapped at its first use; bit 43 is resolved by level 0. */
#define HIGH (UINT64_C(1) << 43)
#define PAGE UINT64_C(4096)
#define PAGES 4u

static volatile uint64_t *word(uint64_t address)
{
	return (volatile uint64_t *)(uintptr_t)address;
}

/** ID_AA64MMFR0_EL1.PARange as bits of address. */
static uint32_t address_bits(void)
{
	static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48 };
	uint64_t range = SYSREG_READ(id_aa64mmfr0_el1) & 0xf;

	return range < sizeof(bits) ? bits[range] : 0;
}

void guest_main(void)
{
	uint64_t before = exception.count;
	uint64_t page;
	uint32_t bits = address_bits();

	check(bits >= 44, "44 bits of address or more");
	for (page = 0; page < PAGES; page++) {
		check_equal(*word(HIGH + page * PAGE), 0, "a new page is zero");
		*word(HIGH + page * PAGE + 8 * page) = 0x1111 * (page + 1);
	}
	for (page = 0; page < PAGES; page++) {
		check_equal(*word(HIGH + page * PAGE + 8 * page), 0x1111 * (page + 1),
			    "what was written there");
		*word(LAZY_PAGE + page * PAGE) = 0;
		check_equal(*word(HIGH + page * PAGE + 8 * page), 0x1111 * (page + 1),
			    "which no lower address reaches");
	}
	check_equal(exception.count, before, "no exception so far");

	before = exception.count;
	(void)*word(HIGH + PAGES * PAGE);
	check(took(before, EC_DATA_ABORT_SAME), "behind its end nothing is");
	before = exception.count;
	(void)*word((UINT64_C(1) << bits) - 8);
	check(took(before, EC_DATA_ABORT_SAME), "the last address of all is not there");
	check_equal(exception.esr & FSC, FSC_EXTERNAL, "by an external abort");
	if (bits < 48) {
		before = exception.count;
		(void)*word(UINT64_C(1) << bits);
		check(took(before, EC_DATA_ABORT_SAME), "an address that is too large");
		check_equal(exception.esr & FSC_TYPE, 0, "by an address size fault");
	}
}
