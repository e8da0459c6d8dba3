/* SPDX-License-Identifier: Apache-2.0 */
#include "id_regs.h"

#include "regs.h"
#include "stage2.h"
#include "sysreg.h"

/*
 * Fields that the guest does not see (D19.2.59 to D19.2.70): features whose state
 * the library does not switch, or whose controls at EL2 it leaves off.
 */
/* EL2, EL3, RAS, SEL2, MPAM, AMU, RME; SVE if it has none */
#define PFR0_HIDDEN                                                                    \
	(ARM_MASK(15, 8) | ARM_MASK(31, 28) | ARM_MASK(39, 36) | ARM_MASK(43, 40) |     \
	 ARM_MASK(47, 44) | ARM_MASK(55, 52))
/* EL1 in AArch32 is what HCR_EL2.RW rules out. */
#define PFR0_EL1 ARM_MASK(7, 4)
#define PFR0_EL1_MOST 1u
/* CSV2 of 2 and more means SCXTNUM_ELx, which trap (HCR_EL2.EnSCXT = 0). */
#define PFR0_CSV2 ARM_MASK(59, 56)
#define PFR0_CSV2_MOST 1u
/* The guest's interface is a GICv3's. */
#define PFR0_GIC_MOST 1u
/* All but BT and SSBS: MTE, RAS_frac, MPAM_frac, SME, RNDR_trap, CSV2_frac, NMI and later ones */
#define PFR1_SHOWN ARM_MASK(7, 0)
/* Debug architecture, breakpoints, watchpoints, DoubleLock; no PMU, trace, profiling */
#define DFR0_SHOWN (ARM_MASK(3, 0) | ARM_MASK(15, 12) | ARM_MASK(23, 20) | ARM_MASK(31, 28) | ARM_MASK(39, 36))
/* The debug architecture of Armv8.8: that of Armv8.9 has MDSELR_EL1, which is zero here. */
#define DFR0_DEBUG_VERSION ARM_MASK(3, 0)
#define DFR0_DEBUG_VERSION_MOST 0xau
/* TME */
#define ISAR0_HIDDEN ARM_MASK(27, 24)
/* LS64, XS: behind HCRX_EL2, which stays 0 */
#define ISAR1_HIDDEN (ARM_MASK(63, 60) | ARM_MASK(59, 56))
/* MOPS: behind HCRX_EL2.MSCEn; SYSREG_128, SYSINSTR_128: behind HCRX_EL2.D128En */
#define ISAR2_HIDDEN (ARM_MASK(19, 16) | ARM_MASK(39, 32))
/* ECV, FGT; TGran*_2, which are about stage 2 */
#define MMFR0_HIDDEN (ARM_MASK(63, 56) | ARM_MASK(43, 32))
/* HAFDBS: more than the flags of pages is in TCR2_EL1 (HAFT), behind HCRX_EL2, or EL2's (HDBSS) */
#define MMFR1_HAFDBS ARM_MASK(3, 0)
#define MMFR1_HAFDBS_MOST 2u
/* VMIDBits, VH, LO, TWED, HCX, TIDCP1, CMOW */
#define MMFR1_HIDDEN                                                                   \
	(ARM_MASK(11, 4) | ARM_MASK(19, 16) | ARM_MASK(35, 32) | ARM_MASK(43, 40) |     \
	 ARM_MASK(59, 52))
/* NV, FWB, EVT */
#define MMFR2_HIDDEN (ARM_MASK(27, 24) | ARM_MASK(43, 40) | ARM_MASK(59, 56))
/* AArch32: AMU, RAS; Security, Virtualization and their fractions; RAS_frac */
#define PFR0_AARCH32_HIDDEN (ARM_MASK(23, 20) | ARM_MASK(31, 28))
#define PFR1_AARCH32_HIDDEN (ARM_MASK(7, 4) | ARM_MASK(15, 12) | ARM_MASK(27, 20))
#define PFR2_AARCH32_HIDDEN ARM_MASK(11, 8)
/* AArch32 debug: the debug architecture alone */
#define DFR0_AARCH32_SHOWN ARM_MASK(3, 0)

static uint64_t at_most(uint64_t value, uint64_t mask, uint64_t most)
{
	if (ARM_FIELD(value, mask) <= most) {
		return value;
	}
	return (value & ~mask) | ARM_PLACE(most, mask);
}

static uint64_t host_register(uint32_t crm, uint32_t op2)
{
	switch ((crm << 3) | op2) {
#define READ_CASE(name, op0, op1, crn, reg_crm, reg_op2) \
	case ((reg_crm) << 3) | (reg_op2):               \
		return arm_read_##name();
		ARM_ID_SYSREGS(READ_CASE)
#undef READ_CASE
	default:
		return 0;
	}
}

#define REGISTER(crm, op2) (((uint32_t)(crm) << 3) | (uint32_t)(op2))

uint64_t arm_vcpu_id_register(uint32_t crm, uint32_t op2, uint32_t ipa_bits, bool sve)
{
	uint64_t value = host_register(crm, op2);

	switch (REGISTER(crm, op2)) {
	case REGISTER(4, 0): /* ID_AA64PFR0_EL1 */
		value &= ~(PFR0_HIDDEN | (sve ? 0u : ID_AA64PFR0_SVE));
		value = at_most(value, PFR0_EL1, PFR0_EL1_MOST);
		value = at_most(value, ID_AA64PFR0_GIC, PFR0_GIC_MOST);
		return at_most(value, PFR0_CSV2, PFR0_CSV2_MOST);
	case REGISTER(4, 1): /* ID_AA64PFR1_EL1 */
		return value & PFR1_SHOWN;
	case REGISTER(4, 4): /* ID_AA64ZFR0_EL1 */
		return sve ? value : 0u;
	case REGISTER(5, 0): /* ID_AA64DFR0_EL1 */
		return at_most(value & DFR0_SHOWN, DFR0_DEBUG_VERSION, DFR0_DEBUG_VERSION_MOST);
	case REGISTER(6, 0): /* ID_AA64ISAR0_EL1 */
		return value & ~ISAR0_HIDDEN;
	case REGISTER(6, 1): /* ID_AA64ISAR1_EL1 */
		return value & ~ISAR1_HIDDEN;
	case REGISTER(6, 2): /* ID_AA64ISAR2_EL1 */
		return value & ~ISAR2_HIDDEN;
	case REGISTER(7, 0): /* ID_AA64MMFR0_EL1 */
		return at_most(value & ~MMFR0_HIDDEN, ID_AA64MMFR0_PARANGE, arm_vcpu_pa_range(ipa_bits));
	case REGISTER(7, 1): /* ID_AA64MMFR1_EL1 */
		return at_most(value & ~MMFR1_HIDDEN, MMFR1_HAFDBS, MMFR1_HAFDBS_MOST);
	case REGISTER(7, 2): /* ID_AA64MMFR2_EL1 */
		return value & ~MMFR2_HIDDEN;
	case REGISTER(1, 0): /* ID_PFR0_EL1 */
		return value & ~PFR0_AARCH32_HIDDEN;
	case REGISTER(1, 1): /* ID_PFR1_EL1 */
		return value & ~PFR1_AARCH32_HIDDEN;
	case REGISTER(3, 4): /* ID_PFR2_EL1 */
		return value & ~PFR2_AARCH32_HIDDEN;
	case REGISTER(1, 2): /* ID_DFR0_EL1 */
		return at_most(value & DFR0_AARCH32_SHOWN, DFR0_DEBUG_VERSION, DFR0_DEBUG_VERSION_MOST);
	default:
		/* The others describe instructions and formats that need no control at EL2. */
		return value;
	}
}

uint64_t arm_vcpu_revision_register(bool auxiliary, uint64_t midr)
{
	if (midr != 0u && midr != arm_read_MIDR_EL1()) {
		return 0;
	}
	return auxiliary ? arm_read_AIDR_EL1() : arm_read_REVIDR_EL1();
}
