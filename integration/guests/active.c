/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Active interrupts as the GIC's registers show and change them (IHI 0069H, 12.9.10, 12.9.12,
 * 12.11.17, 12.11.19): what this CPU has acknowledged is active until it ends it or says so.
 */
#include "guest.h"

#define GICR_SGI_BASE (GICR + 0x10000u)
#define IGROUPR 0x0080u
#define ISENABLER 0x0100u
#define ISPENDR 0x0200u
#define ISACTIVER 0x0300u
#define ICACTIVER 0x0380u
#define GICD_CTLR (GICD + 0x0000u)
#define GICD_ENABLE 0x12u
#define WORD 4u

#define SGI 5u
#define SPI 40u
#define TIMER 27u
#define SPURIOUS 1023u
#define ENABLE UINT64_C(1)

static uint64_t acknowledge(void)
{
	return SYSREG_READ(S3_0_C12_C12_0); /* ICC_IAR1_EL1 */
}

/** Until `intid` is signalled, or a second has passed. */
static uint64_t acknowledge_soon(uint64_t intid)
{
	uint64_t until = SYSREG_READ(cntvct_el0) + SYSREG_READ(cntfrq_el0);
	uint64_t got;

	do {
		got = acknowledge();
	} while (got != intid && SYSREG_READ(cntvct_el0) < until);
	return got;
}

static void end(uint64_t intid)
{
	SYSREG_WRITE(S3_0_C12_C12_1, intid); /* ICC_EOIR1_EL1 */
}

/** One interrupt, whose registers begin at `base`. */
static void check_one(uint64_t base, uint32_t intid, const char *name)
{
	const uint64_t at = intid / 32 * WORD;
	const uint32_t bit = UINT32_C(1) << intid % 32;

	print(name);
	print("\n");
	check_equal(read32(base + ISACTIVER + at), 0, "nothing is active");
	write32(base + ISPENDR + at, bit);
	check_equal(read32(base + ISACTIVER + at), 0, "pending is not active");
	check_equal(read32(base + ISPENDR + at), bit, "ISPENDR");
	check_equal(acknowledge_soon(intid), intid, "it comes");
	check_equal(read32(base + ISACTIVER + at), bit, "ISACTIVER");
	check_equal(read32(base + ICACTIVER + at), bit, "ICACTIVER reads the same");
	check_equal(read32(base + ISPENDR + at), 0, "active is not pending");
	write32(base + ISPENDR + at, bit);
	check_equal(acknowledge(), SPURIOUS, "an active one does not come again");
	end(intid);
	check_equal(acknowledge_soon(intid), intid, "it comes again after its end");
	write32(base + ICACTIVER + at, bit);
	check_equal(read32(base + ISACTIVER + at), 0, "made inactive");
	end(intid);
	check_equal(acknowledge(), SPURIOUS, "no more");
	write32(base + ISACTIVER + at, bit);
	check_equal(read32(base + ISACTIVER + at), bit, "made active");
	write32(base + ISPENDR + at, bit);
	check_equal(acknowledge(), SPURIOUS, "so it does not come");
	write32(base + ICACTIVER + at, bit);
	check_equal(acknowledge_soon(intid), intid, "until it is inactive");
	end(intid);
	check_equal(read32(base + ISACTIVER + at), 0, "its end");
}

/** Its interrupt is the CPU's own: made inactive, it fires again as long as the timer asks. */
static void check_timer(void)
{
	const uint32_t bit = UINT32_C(1) << TIMER;

	SYSREG_WRITE(cntv_cval_el0, SYSREG_READ(cntvct_el0));
	SYSREG_WRITE(cntv_ctl_el0, ENABLE);
	check_equal(acknowledge_soon(TIMER), TIMER, "the timer's interrupt");
	check_equal(read32(GICR_SGI_BASE + ISACTIVER), bit, "active");
	write32(GICR_SGI_BASE + ICACTIVER, bit);
	end(TIMER);
	check_equal(acknowledge_soon(TIMER), TIMER, "the timer asks again");
	SYSREG_WRITE(cntv_ctl_el0, 0);
	write32(GICR_SGI_BASE + ICACTIVER, bit);
	end(TIMER);
	check_equal(acknowledge(), SPURIOUS, "it asks no more");
	SYSREG_WRITE(cntv_cval_el0, SYSREG_READ(cntvct_el0) + SYSREG_READ(cntfrq_el0) / 100);
	SYSREG_WRITE(cntv_ctl_el0, ENABLE);
	check_equal(acknowledge_soon(TIMER), TIMER, "the next time");
	SYSREG_WRITE(cntv_ctl_el0, 0);
	end(TIMER);
	check_equal(read32(GICR_SGI_BASE + ISACTIVER), 0, "nothing is active");
}

void guest_main(void)
{
	interrupts_enable();
	interrupts_mask();
	write32(GICD_CTLR, GICD_ENABLE);
	write32(GICR_SGI_BASE + IGROUPR, UINT32_MAX);
	write32(GICR_SGI_BASE + ISENABLER, UINT32_C(1) << SGI | UINT32_C(1) << TIMER);
	write32(GICD + IGROUPR + SPI / 32 * WORD, UINT32_MAX);
	write32(GICD + ISENABLER + SPI / 32 * WORD, UINT32_C(1) << SPI % 32);
	check_one(GICR_SGI_BASE, SGI, "SGI");
	check_one(GICD, SPI, "SPI");
	check_timer();
}
