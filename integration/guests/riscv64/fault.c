/* SPDX-License-Identifier: Apache-2.0 */
/* Has the hypervisor itself make an access that faults: its end, but one that says why. */
#include "guest.h"

void guest_main(void)
{
	print("down\n");
	(void)hypercall(CALL_FAULT, 0);
	check(false, "the call returned");
}
