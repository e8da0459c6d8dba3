/* SPDX-License-Identifier: Apache-2.0 */
/* Whether others had the CPU meanwhile: then the counter goes on by itself. */
#ifndef TURNS_H_
#define TURNS_H_

#include "guest.h"

/** Parts of a second that no instruction of a guest takes, and the turn of another one does. */
#define TURNS_GAP_DIVISOR 300u

/** Waits for 1 / `divisor` of a second; how often others had the CPU in it. */
static inline uint64_t turns_of_others(uint64_t divisor)
{
	uint64_t second = SYSREG_READ(cntfrq_el0);
	uint64_t last = SYSREG_READ(cntvct_el0);
	uint64_t until = last + second / divisor;
	uint64_t turns = 0;
	uint64_t now;

	do {
		now = SYSREG_READ(cntvct_el0);
		turns += now - last > second / TURNS_GAP_DIVISOR ? 1 : 0;
		last = now;
	} while (now < until);
	return turns;
}

#endif /* TURNS_H_ */
