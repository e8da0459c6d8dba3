/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest physical addresses that need four levels of second-stage tables or more;
 * without translation of the guest's own they are the addresses that instructions use.
 */
#include "guest.h"

/** RAM that is mapped at its first use; bit 43 is resolved by the fourth level. */
#define HIGH (UINT64_C(1) << 43)
#define PAGE UINT64_C(4096)
#define PAGES 4u
/** Above all that five levels translate: bit 59. */
#define BEYOND (UINT64_C(1) << 59)

static volatile uint64_t *word(uint64_t address)
{
	return (volatile uint64_t *)(uintptr_t)address;
}

void guest_main(void)
{
	uint64_t before = exception.count;
	uint64_t page;

	for (page = 0; page < PAGES; page++) {
		check_equal(*word(HIGH + page * PAGE), 0, "a new page is zero");
		*word(HIGH + page * PAGE + 8 * page) = 0x1111 * (page + 1);
	}
	for (page = 0; page < PAGES; page++) {
		check_equal(*word(HIGH + page * PAGE + 8 * page), 0x1111 * (page + 1),
			    "what was written there");
	}
	check_equal(exception.count, before, "no exception of it");
	(void)*word(HIGH + PAGES * PAGE);
	check(took(before, CAUSE_LOAD_ACCESS), "nothing behind them");
	before = exception.count;
	(void)*word(HIGH + (UINT64_C(1) << 45));
	check(took(before, CAUSE_LOAD_ACCESS), "nor in front of a higher bit");
	before = exception.count;
	*word(BEYOND) = 0;
	check(took(before, CAUSE_STORE_ACCESS), "nor where no table reaches");
}
