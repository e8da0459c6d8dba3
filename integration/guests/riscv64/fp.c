/* SPDX-License-Identifier: Apache-2.0 */
/* FP registers survive exits that the library, and ones that the hypervisor, answers. */
#include "guest.h"

uint64_t fp_survives(uint64_t rounds);

void guest_main(void)
{
	uint64_t before = exception.count;

	__asm__ volatile(".option push\n\t.option arch, +d\n\tfmv.d.x f0, zero\n\t.option pop");
	check(took(before, CAUSE_ILLEGAL), "FP is off at the start");
	CSR_SET(sstatus, SSTATUS_FS_INITIAL);
	check_equal(fp_survives(1000), 0, "FP registers that changed");
	check_equal(CSR_READ(sstatus) & SSTATUS_FS, SSTATUS_FS, "FP state is dirty");
}
