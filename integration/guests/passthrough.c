/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's own GIC and timer, passed through: no exit on their way. */
#include "guest.h"

/* GICv3, IHI 0069H, 12.9 and 12.11 */
#define GICD_CTLR 0x0000u
#define GICD_CTLR_GRP1_ARE 0x12u
#define GICR_WAKER 0x0014u
#define GICR_SGI_BASE 0x10000u
#define GICR_IGROUPR0 0x0080u
#define GICR_ISENABLER0 0x0100u
#define TIMER_INTID 27u

static void wait_for_interrupts(uint64_t count)
{
	uint64_t until = SYSREG_READ(cntvct_el0) + SYSREG_READ(cntfrq_el0);

	while (interrupt_count < count && SYSREG_READ(cntvct_el0) < until) {
	}
}

void guest_main(void)
{
	uint64_t frequency = SYSREG_READ(cntfrq_el0);
	uint64_t start;
	uint64_t patience;

	write32(GICD + GICD_CTLR, GICD_CTLR_GRP1_ARE);
	write32(GICR + GICR_WAKER, 0);
	for (patience = 0; (read32(GICR + GICR_WAKER) & 4) != 0 && patience < 1000000; patience++) {
	}
	write32(GICR + GICR_SGI_BASE + GICR_IGROUPR0, UINT32_MAX);
	write32(GICR + GICR_SGI_BASE + GICR_ISENABLER0, (1u << TIMER_INTID) | 0xffffu);
	interrupts_enable();

	SYSREG_WRITE(S3_0_C12_C11_5, (UINT64_C(3) << 24) | 1); /* SGI 3 to this CPU */
	wait_for_interrupts(1);
	check_equal(interrupt_count, 1, "an SGI to oneself arrives");
	check_equal(interrupt_intid, 3, "its INTID");

	start = SYSREG_READ(cntvct_el0);
	SYSREG_WRITE(cntv_tval_el0, frequency / 100);
	SYSREG_WRITE(cntv_ctl_el0, 1);
	__asm__ volatile("wfi" ::: "memory");
	wait_for_interrupts(2);
	check_equal(interrupt_count, 2, "the virtual timer's interrupt arrives");
	check_equal(interrupt_intid, TIMER_INTID, "its INTID");
	check(SYSREG_READ(cntvct_el0) - start >= frequency / 100, "not before its time");
	check(SYSREG_READ(cntpct_el0) != 0, "the physical counter can be read");
}
