/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical timer of EL1 and its counter, as a guest without a virtual timer uses
 * them: it fires through the GIC while the guest runs and while it waits, is masked,
 * comes again as long as it asks, and is quiet when it is off (ARM DDI 0487, D11.2.4).
 */
#include "guest.h"

#define GICD_CTLR (GICD + 0x0000u)
#define GICR_SGI_BASE (GICR + 0x10000u)
#define GICR_IGROUPR0 (GICR_SGI_BASE + 0x0080u)
#define GICR_ISENABLER0 (GICR_SGI_BASE + 0x0100u)
#define GICR_ICENABLER0 (GICR_SGI_BASE + 0x0180u)
#define GICR_ISPENDR0 (GICR_SGI_BASE + 0x0200u)
#define GICR_ICPENDR0 (GICR_SGI_BASE + 0x0280u)
/** EL1's physical timer, by BSA (DEN 0094, 3.8). */
#define TIMER_INTID 30u
#define ENABLE UINT64_C(1)
#define MASK UINT64_C(2)
#define STATUS UINT64_C(4)

static uint64_t second;

static uint64_t now(void)
{
	__asm__ volatile("isb" ::: "memory");
	return SYSREG_READ(cntpct_el0);
}

static uint64_t acknowledge(void)
{
	return SYSREG_READ(S3_0_C12_C12_0); /* ICC_IAR1_EL1 */
}

static void end(uint64_t intid)
{
	SYSREG_WRITE(S3_0_C12_C12_1, intid); /* ICC_EOIR1_EL1 */
}

/** Spins until the timer's interrupt is signalled, or three seconds have passed. */
static uint64_t wait_for_signal(void)
{
	uint64_t until = now() + 3 * second;
	uint64_t intid;

	do {
		intid = acknowledge();
	} while (intid != TIMER_INTID && SYSREG_READ(cntvct_el0) < until);
	return intid;
}

static void check_registers(void)
{
	uint64_t first = SYSREG_READ(cntvct_el0);
	uint64_t middle = now();
	uint64_t last;

	__asm__ volatile("isb" ::: "memory");
	last = SYSREG_READ(cntvct_el0);
	check(first <= middle && middle <= last, "the physical counter is the virtual one");
	SYSREG_WRITE(cntp_cval_el0, middle + 100 * second);
	check_equal(SYSREG_READ(cntp_cval_el0), middle + 100 * second, "CVAL");
	check(SYSREG_READ(cntp_tval_el0) <= 100 * second, "TVAL counts down");
	SYSREG_WRITE(cntp_ctl_el0, ENABLE | MASK);
	check_equal(SYSREG_READ(cntp_ctl_el0), ENABLE | MASK, "not yet");
	SYSREG_WRITE(cntp_tval_el0, UINT64_C(0xffffffff)); /* one tick ago */
	check_equal(SYSREG_READ(cntp_ctl_el0), ENABLE | MASK | STATUS, "ISTATUS with IMASK");
	check_equal(acknowledge(), 1023, "masked it does not ask");
	SYSREG_WRITE(cntp_ctl_el0, 0);
	check_equal(SYSREG_READ(cntp_ctl_el0), 0, "off");
}

/** Interrupts are masked at the CPU: each step is looked at. */
static void check_level(void)
{
	uint64_t start = now();

	SYSREG_WRITE(cntp_tval_el0, second / 20);
	SYSREG_WRITE(cntp_ctl_el0, ENABLE);
	check_equal(acknowledge(), 1023, "a twentieth of a second is to come");
	check_equal(wait_for_signal(), TIMER_INTID, "it fires while the guest runs");
	check(now() - start >= second / 20, "not before its time");
	check_equal(SYSREG_READ(cntp_ctl_el0), ENABLE | STATUS, "ISTATUS");
	end(TIMER_INTID);
	check_equal(wait_for_signal(), TIMER_INTID, "it still asks");
	write32(GICR_ICPENDR0, 1u << TIMER_INTID);
	SYSREG_WRITE(cntp_ctl_el0, ENABLE | MASK);
	end(TIMER_INTID);
	check_equal(acknowledge(), 1023, "masked it asks no more");
	SYSREG_WRITE(cntp_ctl_el0, ENABLE);
	write32(GICR_ICPENDR0, 1u << TIMER_INTID);
	check_equal(wait_for_signal(), TIMER_INTID, "a level that asks cannot be cleared");
	SYSREG_WRITE(cntp_ctl_el0, 0);
	end(TIMER_INTID);
	check_equal(acknowledge(), 1023, "off it asks no more");
	/* Disabled in the redistributor. */
	write32(GICR_ICENABLER0, 1u << TIMER_INTID);
	SYSREG_WRITE(cntp_tval_el0, 0);
	SYSREG_WRITE(cntp_ctl_el0, ENABLE);
	check_equal(acknowledge(), 1023, "disabled it does not come");
	write32(GICR_ISENABLER0, 1u << TIMER_INTID);
	check_equal(wait_for_signal(), TIMER_INTID, "enabled it does");
	SYSREG_WRITE(cntp_ctl_el0, 0);
	end(TIMER_INTID);
	/* By software, once. */
	write32(GICR_ISPENDR0, 1u << TIMER_INTID);
	check_equal(wait_for_signal(), TIMER_INTID, "made pending by software");
	end(TIMER_INTID);
	check_equal(acknowledge(), 1023, "once");
}

static void check_wait(void)
{
	uint64_t turn, start;

	for (turn = 0; turn < 5; turn++) {
		start = now();
		SYSREG_WRITE(cntp_cval_el0, start + second / 50);
		SYSREG_WRITE(cntp_ctl_el0, ENABLE);
		do {
			__asm__ volatile("wfi" ::: "memory");
		} while (acknowledge() != TIMER_INTID && now() - start < 3 * second);
		check(now() - start >= second / 50, "WFI ends at its time");
		check(now() - start < 3 * second, "and not never");
		SYSREG_WRITE(cntp_ctl_el0, 0);
		end(TIMER_INTID);
	}
}

void guest_main(void)
{
	uint64_t before;

	second = SYSREG_READ(cntfrq_el0);
	write32(GICD_CTLR, 2);
	write32(GICR_IGROUPR0, 1u << TIMER_INTID);
	write32(GICR_ISENABLER0, 1u << TIMER_INTID);
	interrupts_enable();
	interrupts_mask();
	check_registers();
	check_level();
	check_wait();

	/* As an exception, at last. */
	before = interrupt_count;
	SYSREG_WRITE(cntp_tval_el0, second / 50);
	SYSREG_WRITE(cntp_ctl_el0, ENABLE);
	interrupts_unmask();
	wait_for_interrupts(before + 1);
	check(interrupt_count > before, "an exception");
	check_equal(interrupt_intid, TIMER_INTID, "of the timer");
	interrupts_mask();
	SYSREG_WRITE(cntp_ctl_el0, 0);
}
