/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's own GIC, timer and UART, passed through: no exit on their way. An
 * interrupt that the hypervisor injects takes the same way.
 */
#include "guest.h"

#define CALL_INJECT UINT64_C(0xc6000001)
#define PSCI_CPU_SUSPEND UINT64_C(0xc4000001)

/* GICv3, IHI 0069H, 12.9 and 12.11 */
#define GICD_CTLR 0x0000u
#define GICD_CTLR_GRP1_ARE 0x12u
#define GICD_IGROUPR 0x0080u
#define GICD_ISENABLER 0x0100u
#define GICR_WAKER 0x0014u
#define GICR_WAKER_CHILDREN_ASLEEP 4u
#define GICR_SGI_BASE 0x10000u
#define GICR_IGROUPR0 0x0080u
#define GICR_ISENABLER0 0x0100u
#define TIMER_INTID 27u
#define SGI_INTIDS 0xffffu
/** An SPI without a device, in the same register as the UART's. */
#define SPARE_INTID 40u

/* PL011 (ARM DDI 0183, 3.3.10): interrupt when there is room to transmit */
#define UARTIMSC 0x38u
#define UARTIMSC_TXIM (1u << 5)

static void gic_enable(void)
{
	const uint32_t spis = 1u << UART_INTID % 32u | 1u << SPARE_INTID % 32u;
	uint64_t until = SYSREG_READ(cntvct_el0) + SYSREG_READ(cntfrq_el0);

	write32(GICD + GICD_CTLR, GICD_CTLR_GRP1_ARE);
	write32(GICR + GICR_WAKER, 0);
	while ((read32(GICR + GICR_WAKER) & GICR_WAKER_CHILDREN_ASLEEP) != 0 &&
	       SYSREG_READ(cntvct_el0) < until) {
	}
	write32(GICR + GICR_SGI_BASE + GICR_IGROUPR0, UINT32_MAX);
	write32(GICR + GICR_SGI_BASE + GICR_ISENABLER0, (1u << TIMER_INTID) | SGI_INTIDS);
	/* GICD_IROUTER<n> is 0 after reset: affinity 0.0.0.0, this CPU. */
	write32(GICD + GICD_IGROUPR + 4, spis);
	write32(GICD + GICD_ISENABLER + 4, spis);
	interrupts_enable();
}

static void expect_interrupt(uint64_t intid, const char *name)
{
	static uint64_t expected;

	wait_for_interrupts(++expected);
	check_equal(interrupt_count, expected, name);
	check_equal(interrupt_intid, intid, name);
}

static void timer_start(uint64_t ticks)
{
	SYSREG_WRITE(cntv_tval_el0, ticks);
	SYSREG_WRITE(cntv_ctl_el0, 1);
}

/** Waits for the timer with interrupts masked, so that it cannot be too early for the wait. */
static void check_timer(void)
{
	uint64_t ticks = SYSREG_READ(cntfrq_el0) / 100;
	uint64_t start = SYSREG_READ(cntvct_el0);

	interrupts_mask();
	timer_start(ticks);
	__asm__ volatile("wfi" ::: "memory");
	interrupts_unmask();
	expect_interrupt(TIMER_INTID, "the virtual timer's interrupt, after WFI");
	check(SYSREG_READ(cntvct_el0) - start >= ticks, "not before its time");

	interrupts_mask();
	timer_start(ticks);
	check_equal(smc(PSCI_CPU_SUSPEND, 0, 0, 0).x0, 0, "CPU_SUSPEND to a standby state");
	interrupts_unmask();
	expect_interrupt(TIMER_INTID, "the virtual timer's interrupt, after CPU_SUSPEND");
}

void guest_main(void)
{
	const uint64_t sgi_3_to_cpu_0 = (UINT64_C(3) << 24) | 1;

	gic_enable();
	SYSREG_WRITE(S3_0_C12_C11_5, sgi_3_to_cpu_0); /* ICC_SGI1R_EL1 */
	expect_interrupt(3, "an SGI to oneself");
	check_timer();
	write32(UART + UARTIMSC, UARTIMSC_TXIM);
	print("UART\n");
	expect_interrupt(UART_INTID, "the UART's interrupt");
	check_equal(hvc(CALL_INJECT, SPARE_INTID, 0, 0).x0, 0, "injection");
	expect_interrupt(SPARE_INTID, "an SPI that the hypervisor injects");
	check_equal(hvc(CALL_INJECT, 4, 0, 0).x0, 0, "injection");
	expect_interrupt(4, "an SGI that the hypervisor injects");
	check(SYSREG_READ(cntpct_el0) != 0, "the physical counter can be read");
}
