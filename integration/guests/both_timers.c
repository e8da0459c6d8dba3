/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual timer that goes off while another machine has the CPU, of a guest whose
 * physical timer is on, too, so that the hypervisor looks after a deadline of this guest
 * when its turn comes (ARM DDI 0487, D11.2.4). Each of its interrupts has to arrive.
 */
#include "guest.h"

#define GICD_CTLR (GICD + 0x0000u)
#define GICD_ENABLE 0x12u
#define GICR_IGROUPR0 (GICR + 0x10080u)
#define GICR_ISENABLER0 (GICR + 0x10100u)
/** EL1's virtual and physical timer, by BSA (DEN 0094, 3.8). */
#define VIRTUAL_INTID 27u
#define PHYSICAL_INTID 30u
#define ENABLE UINT64_C(1)

#define ROUNDS 40u
/** Parts of a second: a turn of the other machine is longer, and ends within the next one. */
#define WAIT_DIVISOR 150u
/** Seconds after which the physical timer would go off. */
#define FAR 10000u

void guest_main(void)
{
	uint64_t second = SYSREG_READ(cntfrq_el0);
	uint64_t round;

	write32(GICD_CTLR, GICD_ENABLE);
	write32(GICR_IGROUPR0, UINT32_MAX);
	write32(GICR_ISENABLER0, 1u << VIRTUAL_INTID | 1u << PHYSICAL_INTID);
	interrupts_enable();
	SYSREG_WRITE(cntp_cval_el0, SYSREG_READ(cntvct_el0) + FAR * second);
	SYSREG_WRITE(cntp_ctl_el0, ENABLE);
	for (round = 1; round <= ROUNDS; round++) {
		SYSREG_WRITE(cntv_cval_el0, SYSREG_READ(cntvct_el0) + second / WAIT_DIVISOR);
		SYSREG_WRITE(cntv_ctl_el0, ENABLE);
		/* It does not give the CPU away: only the end of its turn does. */
		while (interrupts_by_intid[VIRTUAL_INTID] < round) {
		}
	}
	interrupts_mask();
	check_equal(interrupts_by_intid[VIRTUAL_INTID], ROUNDS, "interrupts of the virtual timer");
	check_equal(interrupts_by_intid[PHYSICAL_INTID], 0, "interrupts of the physical timer");
}
