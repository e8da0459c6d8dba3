/* SPDX-License-Identifier: Apache-2.0 */
/* Has the hypervisor itself make an access that faults: its end, but one that says why. */
#include "guest.h"

#define CALL_FAULT UINT64_C(0xc6000006)

void guest_main(void)
{
	print("down\n");
	(void)hvc(CALL_FAULT, 0, 0, 0);
	check(false, "the call returned");
}
