/* SPDX-License-Identifier: Apache-2.0 */
#include "timer.h"

#include "cpu.h"

#define TICKS_PER_SECOND 100u
/* CNTHP_CTL_EL2.ENABLE, ARM DDI 0487, D19.12.5 */
#define CNTHP_CTL_ENABLE 1u

void timer_arm(void)
{
	SYSREG_WRITE(cnthp_tval_el2, SYSREG_READ(cntfrq_el0) / TICKS_PER_SECOND);
	SYSREG_WRITE(cnthp_ctl_el2, CNTHP_CTL_ENABLE);
	isb();
}
