/* SPDX-License-Identifier: Apache-2.0 */
/* Ends by the SBI call, or the write to the test finisher, that DOWN gives. */
#include "guest.h"

void guest_main(void)
{
	print("down\n");
	(void)DOWN;
	check(false, "it returned");
}
