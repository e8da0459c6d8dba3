/* SPDX-License-Identifier: Apache-2.0 */
/* Ends by the call that DOWN_FUNCTION and DOWN_ARGUMENT give. */
#include "guest.h"

void guest_main(void)
{
	print("down\n");
	(void)smc(DOWN_FUNCTION, DOWN_ARGUMENT, 0, 0);
	check(false, "the call returned");
}
