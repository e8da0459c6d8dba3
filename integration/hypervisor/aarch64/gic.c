/* SPDX-License-Identifier: Apache-2.0 */
#include "gic.h"

#include "../mmio.h"
#include "cpu.h"
#include "virt.h"

/* Distributor, IHI 0069H, 12.9 */
#define GICD_CTLR 0x0000u
#define GICD_CTLR_ENABLE_GRP1 (UINT32_C(1) << 1)
#define GICD_CTLR_ARE (UINT32_C(1) << 4)
#define GICD_IGROUPR 0x0080u
#define GICD_ISENABLER 0x0100u
#define GICD_ISPENDR 0x0200u
#define GICD_IPRIORITYR 0x0400u
#define GICD_IROUTER 0x6000u
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
#define PRIORITY_DEFAULT 0xa0u
/** INTIDs that a 32-bit register speaks of. */
#define PER_REGISTER 32u

/* ICC_SRE_EL2, 12.2.25: system registers for EL2, and for EL1; no bypass */
#define ICC_SRE_EL2_ALL UINT64_C(0xf)
#define ICC_PMR_ALL UINT64_C(0xff)
/* ICC_CTLR_EL1.EOImode, 12.2.6: priority drop and deactivation are apart */
#define ICC_CTLR_EOIMODE UINT64_C(2)

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

void gic_init_distributor(void)
{
	mmio_write32(VIRT_GICD + GICD_CTLR, GICD_CTLR_ARE);
	mmio_write32(VIRT_GICD + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1);
}

void gic_enable_spi(uint32_t intid)
{
	uint64_t group = VIRT_GICD + GICD_IGROUPR + intid / PER_REGISTER * sizeof(uint32_t);
	uint32_t bit = UINT32_C(1) << (intid % PER_REGISTER);

	mmio_write8(VIRT_GICD + GICD_IPRIORITYR + intid, PRIORITY_DEFAULT);
	mmio_write32(group, mmio_read32(group) | bit);
	mmio_write64(VIRT_GICD + GICD_IROUTER + intid * sizeof(uint64_t), 0);
	mmio_write32(VIRT_GICD + GICD_ISENABLER + intid / PER_REGISTER * sizeof(uint32_t), bit);
}

static void enable_private(uint64_t redistributor, uint32_t intid)
{
	uint64_t base = redistributor + GICR_SGI_BASE;
	uint32_t bit = UINT32_C(1) << intid;

	mmio_write8(base + GICR_IPRIORITYR + intid, PRIORITY_DEFAULT);
	mmio_write32(base + GICR_IGROUPR0, mmio_read32(base + GICR_IGROUPR0) | bit);
	mmio_write32(base + GICR_ISENABLER0, bit);
}

void gic_init_cpu(uint32_t cpu)
{
	uint64_t redistributor = VIRT_GICR + cpu * VIRT_GICR_SIZE;

	use_system_registers();
	mmio_write32(redistributor + GICR_WAKER,
		     mmio_read32(redistributor + GICR_WAKER) & ~GICR_WAKER_PROCESSOR_SLEEP);
	while ((mmio_read32(redistributor + GICR_WAKER) & GICR_WAKER_CHILDREN_ASLEEP) != 0) {
	}
	enable_private(redistributor, GIC_KICK_SGI);
	enable_private(redistributor, GIC_INTID_MAINTENANCE);
	enable_private(redistributor, GIC_INTID_CNTHP);
	enable_private(redistributor, GIC_INTID_CNTV);
	SYSREG_WRITE(S3_0_C12_C12_4, ICC_CTLR_EOIMODE); /* ICC_CTLR_EL1 */
	SYSREG_WRITE(S3_0_C4_C6_0, ICC_PMR_ALL);        /* ICC_PMR_EL1 */
	SYSREG_WRITE(S3_0_C12_C12_7, 1);                /* ICC_IGRPEN1_EL1 */
	isb();
}

uint64_t gic_acknowledge(void)
{
	uint64_t intid = SYSREG_READ(S3_0_C12_C12_0); /* ICC_IAR1_EL1 */

	return intid >= SPURIOUS_FROM ? GIC_NONE : intid;
}

void gic_end(uint64_t intid)
{
	SYSREG_WRITE(S3_0_C12_C12_1, intid); /* ICC_EOIR1_EL1 */
	SYSREG_WRITE(S3_0_C12_C11_1, intid); /* ICC_DIR_EL1 */
}

void gic_set_pending(uint32_t intid)
{
	uint32_t bit = UINT32_C(1) << (intid % PER_REGISTER);

	if (intid < FIRST_SPI) {
		mmio_write32(VIRT_GICR + GICR_SGI_BASE + GICR_ISPENDR0, bit);
	} else {
		mmio_write32(VIRT_GICD + GICD_ISPENDR + intid / PER_REGISTER * sizeof(uint32_t), bit);
	}
}

void gic_send_sgi(uint32_t intid, uint64_t cpu)
{
	dsb_sy(); /* what was written before is what the other CPU sees */
	SYSREG_WRITE(S3_0_C12_C11_5, ((uint64_t)intid << SGI1R_INTID_SHIFT) | (UINT64_C(1) << cpu));
	isb();
}
