/* SPDX-License-Identifier: Apache-2.0 */
/* Does nothing, for ever. */
#include "guest.h"

void guest_main(void)
{
	print("spinning\n");
	for (;;) {
		__asm__ volatile("" ::: "memory");
	}
}
