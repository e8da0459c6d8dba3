/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Active interrupts of another CPU, as the GIC's registers show and change them (IHI 0069H,
 * 12.9.10, 12.9.12, 12.11.17, 12.11.19): CPU 1 acknowledges and ends, spins and waits, and
 * leaves its guest for nothing else; CPU 0 looks and changes.
 */
#include "guest.h"

#define GICR_SIZE UINT64_C(0x20000)
#define GICR_SGI_BASE(cpu) (GICR + (cpu) * GICR_SIZE + 0x10000u)
#define IGROUPR 0x0080u
#define ISENABLER 0x0100u
#define ISPENDR 0x0200u
#define ISACTIVER 0x0300u
#define ICACTIVER 0x0380u
#define GICD_CTLR (GICD + 0x0000u)
#define GICD_IROUTER(n) (GICD + 0x6000u + (n) * UINT64_C(8))
#define GICD_ENABLE 0x12u

#define PSCI_CPU_ON UINT64_C(0xc4000003)
#define SGI 5u
#define SPI 40u
#define SPI_AT (SPI / 32u * 4u)
#define BIT(intid) (UINT32_C(1) << (intid) % 32u)
#define SPURIOUS 1023u
/** Looks at each other, at the same time. */
#define LOOKS 60u
/** Parts of a second in which an interrupt that is not to come would come. */
#define QUIET_DIVISOR 50u

/** What CPU 0 has CPU 1 do. */
enum order {
	ORDER_NONE,
	/** Until an interrupt comes, or a second has passed. */
	ORDER_ACKNOWLEDGE,
	/** Whether one comes in a short while. */
	ORDER_ACKNOWLEDGE_NONE,
	ORDER_END,
	/** The same by WFI, for as long as it takes. */
	ORDER_WAIT,
	ORDER_LOOK,
};

static volatile uint32_t order;
static volatile uint64_t intid_got;
static volatile bool looked_well;
static volatile bool ready;

/* pair.S */
void pair_start(void);
void pair_main(uint64_t cpu);

static uint64_t acknowledge(void)
{
	return SYSREG_READ(S3_0_C12_C12_0); /* ICC_IAR1_EL1 */
}

static uint64_t acknowledge_within(uint64_t divisor)
{
	uint64_t until = SYSREG_READ(cntvct_el0) + SYSREG_READ(cntfrq_el0) / divisor;
	uint64_t got;

	do {
		got = acknowledge();
	} while (got == SPURIOUS && SYSREG_READ(cntvct_el0) < until);
	return got;
}

static uint64_t wait_for_interrupt(void)
{
	uint64_t got = acknowledge();

	while (got == SPURIOUS) {
		__asm__ volatile("wfi");
		got = acknowledge();
	}
	return got;
}

/** That nothing of the other CPU's is active, many times. */
static bool looks_well(uint64_t other)
{
	bool well = true;
	uint32_t i;

	for (i = 0; i < LOOKS; i++) {
		well = well && read32(GICR_SGI_BASE(other) + ISACTIVER) == 0 &&
		       read32(GICD + ISACTIVER + SPI_AT) == 0;
	}
	return well;
}

void pair_main(uint64_t cpu)
{
	interrupts_mask();
	interrupts_enable();
	interrupts_mask();
	ready = true;
	for (;;) {
		switch ((enum order)order) {
		case ORDER_ACKNOWLEDGE:
			intid_got = acknowledge_within(1);
			break;
		case ORDER_ACKNOWLEDGE_NONE:
			intid_got = acknowledge_within(QUIET_DIVISOR);
			break;
		case ORDER_END:
			SYSREG_WRITE(S3_0_C12_C12_1, intid_got); /* ICC_EOIR1_EL1 */
			break;
		case ORDER_WAIT:
			intid_got = wait_for_interrupt();
			break;
		case ORDER_LOOK:
			looked_well = looks_well(cpu - 1);
			break;
		case ORDER_NONE:
		default:
			continue;
		}
		order = ORDER_NONE;
	}
}

static void finish_order(void)
{
	while (order != ORDER_NONE) {
	}
}

static void give_order(enum order what)
{
	order = what;
}

static void follow_order(enum order what)
{
	give_order(what);
	finish_order();
}

/** One interrupt of CPU 1, whose registers begin at `base`. */
static void check_one(uint64_t base, uint32_t intid, const char *name)
{
	const uint64_t at = intid / 32 * 4;
	const uint32_t bit = BIT(intid);

	print(name);
	print("\n");
	check_equal(read32(base + ISACTIVER + at), 0, "nothing is active");
	write32(base + ISPENDR + at, bit);
	follow_order(ORDER_ACKNOWLEDGE);
	check_equal(intid_got, intid, "it comes");
	check_equal(read32(base + ISACTIVER + at), bit, "ISACTIVER");
	check_equal(read32(GICR_SGI_BASE(0) + ISACTIVER), 0, "not of this CPU");
	follow_order(ORDER_END);
	check_equal(read32(base + ISACTIVER + at), 0, "it has ended it");
	write32(base + ISACTIVER + at, bit);
	check_equal(read32(base + ISACTIVER + at), bit, "made active");
	write32(base + ISPENDR + at, bit);
	follow_order(ORDER_ACKNOWLEDGE_NONE);
	check_equal(intid_got, SPURIOUS, "so it does not come");
	give_order(ORDER_WAIT);
	check_equal(read32(base + ICACTIVER + at), bit, "while it waits");
	check_equal(order, ORDER_WAIT, "it waits");
	write32(base + ICACTIVER + at, bit);
	finish_order();
	check_equal(intid_got, intid, "inactive, it comes");
	write32(base + ICACTIVER + at, bit);
	check_equal(read32(base + ISACTIVER + at), 0, "made inactive");
	follow_order(ORDER_END);
	follow_order(ORDER_ACKNOWLEDGE_NONE);
	check_equal(intid_got, SPURIOUS, "no more");
}

void guest_main(void)
{
	uint64_t cpu;

	write32(GICD_CTLR, GICD_ENABLE);
	for (cpu = 0; cpu < 2; cpu++) {
		write32(GICR_SGI_BASE(cpu) + IGROUPR, UINT32_MAX);
		write32(GICR_SGI_BASE(cpu) + ISENABLER, BIT(SGI));
	}
	write32(GICD + IGROUPR + SPI_AT, UINT32_MAX);
	write32(GICD + ISENABLER + SPI_AT, BIT(SPI));
	write32(GICD_IROUTER(SPI), 1);
	check_equal(smc(PSCI_CPU_ON, 1, (uintptr_t)pair_start, 1).x0, 0, "CPU 1 starts");
	while (!ready) {
	}
	check_one(GICR_SGI_BASE(1), SGI, "SGI");
	check_one(GICD, SPI, "SPI");
	print("both at once\n");
	give_order(ORDER_LOOK);
	check(looks_well(1), "CPU 0 sees nothing active");
	finish_order();
	check(looked_well, "nor does CPU 1");
}
