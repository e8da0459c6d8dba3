/* SPDX-License-Identifier: Apache-2.0 */
/* FP and SIMD registers survive exits that the library, and ones that the hypervisor, answers. */
#include "guest.h"

uint64_t fpsimd_survives(uint64_t rounds);

void guest_main(void)
{
	check_equal(fpsimd_survives(1000), 0, "FP and SIMD registers that changed");
}
