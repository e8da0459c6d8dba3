/* SPDX-License-Identifier: Apache-2.0 */
#include "mmu.h"

#include <stdbool.h>

#include "cpu.h"
#include "virt.h"

/* MAIR_EL2, D19.2.95: attribute 0 is Device-nGnRnE, 1 Normal write-back. */
#define MAIR_NORMAL UINT64_C(0xff00)
/* TCR_EL2 with E2H = 0, D19.2.152: 39 bits of address, 4 KiB pages, write-back inner shareable walks. */
#define TCR_T0SZ_39_BITS UINT64_C(25)
#define TCR_IRGN0_WBWA (UINT64_C(1) << 8)
#define TCR_ORGN0_WBWA (UINT64_C(1) << 10)
#define TCR_SH0_INNER (UINT64_C(3) << 12)
#define TCR_PS_40_BITS (UINT64_C(2) << 16)
#define TCR_RES1 ((UINT64_C(1) << 31) | (UINT64_C(1) << 23))
/* TCR_EL2 with E2H = 1: laid out as TCR_EL1; no walks of TTBR1_EL2. */
#define TCR_E2H_EPD1 (UINT64_C(1) << 23)
#define TCR_E2H_IPS_40_BITS (UINT64_C(2) << 32)
/* HCR_EL2, D19.2.48 */
#define HCR_TGE (UINT64_C(1) << 27)
#define HCR_RW (UINT64_C(1) << 31)
#define HCR_E2H (UINT64_C(1) << 34)
/* ID_AA64MMFR1_EL1, D19.2.65 */
#define MMFR1_VH (UINT64_C(0xf) << 8)
/* SCTLR_EL2, D19.2.123 */
#define SCTLR_M UINT64_C(1)
#define SCTLR_C (UINT64_C(1) << 2)
#define SCTLR_I (UINT64_C(1) << 12)
/* RES1 bits, or the reset value where a feature gave them a meaning. */
#define SCTLR_RES1 UINT64_C(0x30c50830)

/* Level-1 block descriptors of 1 GiB, D8.3.1 */
#define ENTRIES 512u
#define BLOCK_SHIFT 30u
#define DESC_BLOCK UINT64_C(1)
#define DESC_ATTR_NORMAL (UINT64_C(1) << 2)
#define DESC_AP_RES1 (UINT64_C(1) << 6)
#define DESC_SH_INNER (UINT64_C(3) << 8)
#define DESC_AF (UINT64_C(1) << 10)
#define DESC_XN (UINT64_C(1) << 54)
/* With E2H bit 54 is for EL0, and this one for EL2; bit 6 would let EL0 in. */
#define DESC_PXN (UINT64_C(1) << 53)

static _Alignas(4096) uint64_t table[ENTRIES];
static _Alignas(4096) uint64_t table_vhe[ENTRIES];

/* mmu_vhe.S */
void mmu_enter_vhe(uint64_t table, uint64_t tcr, uint64_t hcr, uint64_t sctlr);

static bool is_ram(uint64_t hpa)
{
	return hpa >= VIRT_RAM && hpa < VIRT_RAM_END;
}

void mmu_init(void)
{
	uint64_t gibibyte;
	uint64_t base;

	for (gibibyte = 0; gibibyte < ENTRIES; gibibyte++) {
		base = gibibyte << BLOCK_SHIFT;
		table_vhe[gibibyte] = base | DESC_BLOCK | DESC_AF |
				      (is_ram(base) ? DESC_ATTR_NORMAL | DESC_SH_INNER :
						      DESC_XN | DESC_PXN);
		table[gibibyte] = base | DESC_BLOCK | DESC_AP_RES1 | DESC_AF |
				  (is_ram(base) ? DESC_ATTR_NORMAL | DESC_SH_INNER : DESC_XN);
	}
}

void mmu_enable(void)
{
	SYSREG_WRITE(mair_el2, MAIR_NORMAL);
	SYSREG_WRITE(tcr_el2, TCR_T0SZ_39_BITS | TCR_IRGN0_WBWA | TCR_ORGN0_WBWA | TCR_SH0_INNER |
				      TCR_PS_40_BITS | TCR_RES1);
	SYSREG_WRITE(ttbr0_el2, (uintptr_t)table);
	dsb_sy();
	__asm__ volatile("tlbi alle2\n\tdsb sy\n\tisb" ::: "memory");
	SYSREG_WRITE(sctlr_el2, SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_I);
	isb();
}

bool mmu_use_vhe(void)
{
	if ((SYSREG_READ(id_aa64mmfr1_el1) & MMFR1_VH) == 0) {
		return false;
	}
	mmu_enter_vhe((uintptr_t)table_vhe,
		      TCR_T0SZ_39_BITS | TCR_IRGN0_WBWA | TCR_ORGN0_WBWA | TCR_SH0_INNER |
			      TCR_E2H_EPD1 | TCR_E2H_IPS_40_BITS,
		      HCR_E2H | HCR_TGE | HCR_RW, SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_I);
	return true;
}
