/* SPDX-License-Identifier: Apache-2.0 */
#include "gic.h"

#include "../mmio.h"
#include "cpu.h"
#include "virt.h"

/* Distributor, IHI 0069H, 12.9 */
#define GICD_CTLR 0x0000u
#define GICD_CTLR_ENABLE_GRP1 (UINT32_C(1) << 1)
#define GICD_CTLR_ARE (UINT32_C(1) << 4)
#define GICD_ISPENDR 0x0200u
/* Redistributor, 12.11; SGIs and PPIs are in its second 64 KiB frame */
#define GICR_WAKER 0x0014u
#define GICR_WAKER_PROCESSOR_SLEEP (UINT32_C(1) << 1)
#define GICR_WAKER_CHILDREN_ASLEEP (UINT32_C(1) << 2)
#define GICR_SGI_BASE 0x10000u
#define GICR_IGROUPR0 0x0080u
#define GICR_ISENABLER0 0x0100u
#define GICR_ISPENDR0 0x0200u
#define GICR_IPRIORITYR 0x0400u
/** SGIs and PPIs belong to the redistributor. */
#define FIRST_SPI 32u
#define SPURIOUS_FROM 1020u
/** Interrupt of EL2's physical timer on this board, and as BSA recommends. */
#define INTID_CNTHP 26u
#define PRIORITY_DEFAULT UINT64_C(0xa0)

/* ICC_SRE_EL2, 12.2.25: system registers for EL2, and for EL1; no bypass */
#define ICC_SRE_EL2_ALL UINT64_C(0xf)
#define ICC_PMR_ALL UINT64_C(0xff)

/* ICH_HCR_EL2.En, 12.4.6; ICH_LR<n>_EL2, 12.4.7; ICH_VTR_EL2, 12.4.9: number of the last one */
#define ICH_HCR_EN UINT64_C(1)
#define ICH_VTR_LIST_REGS UINT64_C(0x1f)
#define ICH_LR_STATE (UINT64_C(3) << 62)
#define ICH_LR_STATE_PENDING (UINT64_C(1) << 62)
#define ICH_LR_VINTID UINT64_C(0xffffffff)
#define ICH_LR_GROUP1 (UINT64_C(1) << 60)
#define ICH_LR_PRIORITY_SHIFT 48u

/* ICC_SGI1R_EL1, 12.2.14 */
#define SGI1R_INTID_SHIFT 24u

static void use_system_registers(void)
{
	SYSREG_WRITE(S3_4_C12_C9_5, ICC_SRE_EL2_ALL); /* ICC_SRE_EL2 */
	isb();
}

void gic_init_passthrough(void)
{
	use_system_registers();
}

static void enable_private(uint32_t intid)
{
	uint64_t base = VIRT_GICR + GICR_SGI_BASE;
	uint32_t bit = UINT32_C(1) << intid;

	mmio_write8(base + GICR_IPRIORITYR + intid, (uint8_t)PRIORITY_DEFAULT);
	mmio_write32(base + GICR_IGROUPR0, mmio_read32(base + GICR_IGROUPR0) | bit);
	mmio_write32(base + GICR_ISENABLER0, bit);
}

/* Number and names of ICH_LR<n>_EL2; the CPU says how many of them it has. */
#define ICH_LRS(_)                                                                             \
	_(0, S3_4_C12_C12_0) _(1, S3_4_C12_C12_1) _(2, S3_4_C12_C12_2) _(3, S3_4_C12_C12_3)    \
	_(4, S3_4_C12_C12_4) _(5, S3_4_C12_C12_5) _(6, S3_4_C12_C12_6) _(7, S3_4_C12_C12_7)    \
	_(8, S3_4_C12_C13_0) _(9, S3_4_C12_C13_1) _(10, S3_4_C12_C13_2) _(11, S3_4_C12_C13_3)  \
	_(12, S3_4_C12_C13_4) _(13, S3_4_C12_C13_5) _(14, S3_4_C12_C13_6) _(15, S3_4_C12_C13_7)

static uint64_t lr_read(uint64_t n)
{
	switch (n) {
#define READ_CASE(number, name) \
	case number:            \
		return SYSREG_READ(name);
		ICH_LRS(READ_CASE)
#undef READ_CASE
	default:
		return 0;
	}
}

static void lr_write(uint64_t n, uint64_t value)
{
	switch (n) {
#define WRITE_CASE(number, name)           \
	case number:                       \
		SYSREG_WRITE(name, value); \
		break;
		ICH_LRS(WRITE_CASE)
#undef WRITE_CASE
	default:
		break;
	}
}

static uint64_t lr_count(void)
{
	return (SYSREG_READ(S3_4_C12_C11_1) & ICH_VTR_LIST_REGS) + 1; /* ICH_VTR_EL2 */
}

/** As after reset: the guest finds nothing of what ran before it. */
static void reset_virtual_interface(void)
{
	uint64_t n;

	for (n = 0; n < lr_count(); n++) {
		lr_write(n, 0);
	}
	SYSREG_WRITE(S3_4_C12_C8_0, 0);           /* ICH_AP0R0_EL2 */
	SYSREG_WRITE(S3_4_C12_C9_0, 0);           /* ICH_AP1R0_EL2 */
	SYSREG_WRITE(S3_4_C12_C11_7, 0);          /* ICH_VMCR_EL2 */
	SYSREG_WRITE(S3_4_C12_C11_0, ICH_HCR_EN); /* ICH_HCR_EL2 */
	isb();
}

void gic_init_own(void)
{
	use_system_registers();
	mmio_write32(VIRT_GICD + GICD_CTLR, GICD_CTLR_ARE);
	mmio_write32(VIRT_GICD + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1);
	mmio_write32(VIRT_GICR + GICR_WAKER,
		     mmio_read32(VIRT_GICR + GICR_WAKER) & ~GICR_WAKER_PROCESSOR_SLEEP);
	while ((mmio_read32(VIRT_GICR + GICR_WAKER) & GICR_WAKER_CHILDREN_ASLEEP) != 0) {
	}
	enable_private(INTID_CNTHP);
	enable_private(0);
	SYSREG_WRITE(S3_0_C4_C6_0, ICC_PMR_ALL); /* ICC_PMR_EL1 */
	SYSREG_WRITE(S3_0_C12_C12_7, 1);         /* ICC_IGRPEN1_EL1 */
	reset_virtual_interface();
}

uint64_t gic_acknowledge(void)
{
	uint64_t intid = SYSREG_READ(S3_0_C12_C12_0); /* ICC_IAR1_EL1 */

	return intid >= SPURIOUS_FROM ? UINT64_MAX : intid;
}

void gic_end(uint64_t intid)
{
	SYSREG_WRITE(S3_0_C12_C12_1, intid); /* ICC_EOIR1_EL1 */
}

void gic_set_pending(uint32_t intid)
{
	uint32_t bit = UINT32_C(1) << (intid % 32u);

	if (intid < FIRST_SPI) {
		mmio_write32(VIRT_GICR + GICR_SGI_BASE + GICR_ISPENDR0, bit);
	} else {
		mmio_write32(VIRT_GICD + GICD_ISPENDR + intid / 32u * sizeof(uint32_t), bit);
	}
}

bool gic_inject(uint32_t intid)
{
	uint64_t count = lr_count();
	uint64_t empty = count;
	uint64_t value;
	uint64_t n;

	/* An INTID may stand in one list register only (IHI 0069H, 6.3): look for it first. */
	for (n = 0; n < count; n++) {
		value = lr_read(n);
		if ((value & ICH_LR_STATE) == 0) {
			empty = empty == count ? n : empty;
		} else if ((value & ICH_LR_VINTID) == intid) {
			lr_write(n, value | ICH_LR_STATE_PENDING);
			isb();
			return true;
		}
	}
	if (empty == count) {
		return false;
	}
	lr_write(empty, ICH_LR_STATE_PENDING | ICH_LR_GROUP1 | intid |
				(PRIORITY_DEFAULT << ICH_LR_PRIORITY_SHIFT));
	isb();
	return true;
}

void gic_send_sgi(uint32_t intid, uint64_t cpu)
{
	SYSREG_WRITE(S3_0_C12_C11_5, ((uint64_t)intid << SGI1R_INTID_SHIFT) | (UINT64_C(1) << cpu));
	isb();
}
