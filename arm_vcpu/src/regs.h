/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of the registers that the package uses, under the names of the manual
 * (ARM DDI 0487, D19.2; SPSR_EL2: C5.2.19).
 */
#ifndef ARM_VCPU_REGS_H_
#define ARM_VCPU_REGS_H_

#include <stdint.h>

#define ARM_BIT(n) (UINT64_C(1) << (n))
/** Bits `high` to `low`, both included. */
#define ARM_MASK(high, low) ((~UINT64_C(0) >> (63u - (high))) & (~UINT64_C(0) << (low)))
/** The field of `value` that `mask` covers, shifted down. */
#define ARM_FIELD(value, mask) (((value) & (mask)) / ((mask) & (~(mask) + 1u)))
/** `value` shifted to where `mask` is. */
#define ARM_PLACE(value, mask) (((uint64_t)(value) * ((mask) & (~(mask) + 1u))) & (mask))

/* HCR_EL2, D19.2.48 */
#define HCR_EL2_VM ARM_BIT(0)
#define HCR_EL2_SWIO ARM_BIT(1)
#define HCR_EL2_FMO ARM_BIT(3)
#define HCR_EL2_IMO ARM_BIT(4)
#define HCR_EL2_AMO ARM_BIT(5)
#define HCR_EL2_VF ARM_BIT(6)
#define HCR_EL2_VI ARM_BIT(7)
#define HCR_EL2_VSE ARM_BIT(8)
#define HCR_EL2_FB ARM_BIT(9)
#define HCR_EL2_BSU_INNER ARM_BIT(10)
#define HCR_EL2_TWI ARM_BIT(13)
#define HCR_EL2_TWE ARM_BIT(14)
#define HCR_EL2_TID1 ARM_BIT(16)
#define HCR_EL2_TID3 ARM_BIT(18)
#define HCR_EL2_TSC ARM_BIT(19)
#define HCR_EL2_TIDCP ARM_BIT(20)
#define HCR_EL2_TACR ARM_BIT(21)
#define HCR_EL2_TGE ARM_BIT(27)
#define HCR_EL2_RW ARM_BIT(31)
#define HCR_EL2_E2H ARM_BIT(34)
#define HCR_EL2_TLOR ARM_BIT(35)
#define HCR_EL2_TERR ARM_BIT(36)
#define HCR_EL2_APK ARM_BIT(40)
#define HCR_EL2_API ARM_BIT(41)
#define HCR_EL2_TID5 ARM_BIT(58)

/* HCRX_EL2, D19.2.49 */
#define HCRX_EL2_TALLINT ARM_BIT(6)

/* CPTR_EL2 with E2H = 0, D19.2.33; bits 13, 9 and 7 to 0 are RES1; so are TZ and TSM without SVE and SME. */
#define CPTR_EL2_RES1 (ARM_BIT(13) | ARM_BIT(9) | ARM_MASK(7, 0))
#define CPTR_EL2_TZ ARM_BIT(8)
#define CPTR_EL2_TFP ARM_BIT(10)
#define CPTR_EL2_TSM ARM_BIT(12)
#define CPTR_EL2_TTA ARM_BIT(20)
#define CPTR_EL2_TAM ARM_BIT(30)
#define CPTR_EL2_TCPAC ARM_BIT(31)
/* CPTR_EL2 with E2H = 1: laid out as CPACR_EL1; ZEN and SMEN trap when 0. */
#define CPTR_EL2_E2H_ZEN ARM_MASK(17, 16)
#define CPTR_EL2_E2H_FPEN ARM_MASK(21, 20)
#define CPTR_EL2_E2H_TTA ARM_BIT(28)

/* CPACR_EL1, D19.2.30 */
#define CPACR_EL1_ZEN ARM_MASK(17, 16)
#define CPACR_EL1_SMEN ARM_MASK(25, 24)

/* ZCR_EL1 and ZCR_EL2, D19.2.160: vectors of at most 128 (LEN + 1) bits */
#define ZCR_LEN ARM_MASK(3, 0)

/* MDCR_EL2, D19.3.18 */
#define MDCR_EL2_HPMN ARM_MASK(4, 0)
#define MDCR_EL2_TPMCR ARM_BIT(5)
#define MDCR_EL2_TPM ARM_BIT(6)
#define MDCR_EL2_TDA ARM_BIT(9)
#define MDCR_EL2_TDOSA ARM_BIT(10)
#define MDCR_EL2_TDRA ARM_BIT(11)
#define MDCR_EL2_TPMS ARM_BIT(14)
#define MDCR_EL2_TTRF ARM_BIT(19)
/* E2PB and E2TB, the owners of the profiling and trace buffers, are EL2 when 0. */
#define MDCR_EL2_TDCC ARM_BIT(27)

/* MDSCR_EL1, D19.3.20: software step, EL0's traps of the debug channel, events at EL1, and at all */
#define MDSCR_EL1_SS ARM_BIT(0)
#define MDSCR_EL1_TDCC ARM_BIT(12)
#define MDSCR_EL1_KDE ARM_BIT(13)
#define MDSCR_EL1_MDE ARM_BIT(15)
/* DBGBCR<n>_EL1, D19.3.2; without EL2 and EL3, HMC, SSC and SSCE are RES0 */
#define DBGBCR_E ARM_BIT(0)
#define DBGBCR_PMC ARM_MASK(2, 1)
#define DBGBCR_BAS ARM_MASK(8, 5)
#define DBGBCR_LBN ARM_MASK(19, 16)
#define DBGBCR_BT ARM_MASK(23, 20)
/** Types of BT that match a VMID, or CONTEXTIDR_EL2: reserved without EL2. */
#define DBGBCR_BT_EL2 ARM_BIT(23)
/* DBGWCR<n>_EL1, D19.3.12 */
#define DBGWCR_E ARM_BIT(0)
#define DBGWCR_PAC ARM_MASK(2, 1)
#define DBGWCR_LSC ARM_MASK(4, 3)
#define DBGWCR_BAS ARM_MASK(12, 5)
#define DBGWCR_LBN ARM_MASK(19, 16)
#define DBGWCR_WT ARM_BIT(20)
#define DBGWCR_MASK ARM_MASK(28, 24)
/* OSLAR_EL1, D19.3.26; OSLSR_EL1, D19.3.27: OSLM = 0b10, the OS lock is there */
#define OSLAR_EL1_OSLK ARM_BIT(0)
#define OSLSR_EL1_OSLK ARM_BIT(1)
#define OSLSR_EL1_OSLM_IMPLEMENTED ARM_BIT(3)

/* PMCR_EL0, D19.5.9 */
#define PMCR_EL0_N ARM_MASK(15, 11)
/* PMUSERENR_EL0, D19.5.15: without it EL0 traps to EL1, not to EL2 */
#define PMUSERENR_EL0_EN ARM_BIT(0)

/* AMUSERENR_EL0, D19.6.13: likewise */
#define AMUSERENR_EL0_EN ARM_BIT(0)

/* MPAM2_EL2 and MPAMHCR_EL2, MPAMIDR_EL1 (D19.9) */
#define MPAM2_EL2_TRAPMPAM1EL1 ARM_BIT(48)
#define MPAM2_EL2_TRAPMPAM0EL1 ARM_BIT(49)
#define MPAMHCR_EL2_TRAP_MPAMIDR_EL1 ARM_BIT(31)
#define MPAMIDR_EL1_HAS_HCR ARM_BIT(17)

/* CNTHCTL_EL2 with E2H = 0, D19.12.2 */
#define CNTHCTL_EL2_EL1PCTEN ARM_BIT(0)
#define CNTHCTL_EL2_EL1PCEN ARM_BIT(1)
/* CNTHCTL_EL2 with E2H = 1: bits 9 to 0 are CNTKCTL_EL1 for the host's EL0. */
#define CNTHCTL_EL2_E2H_HOST ARM_MASK(9, 0)
#define CNTHCTL_EL2_E2H_EL1PCTEN ARM_BIT(10)
#define CNTHCTL_EL2_E2H_EL1PTEN ARM_BIT(11)

/* CNTV_CTL_EL0, D19.12.25; CNTP_CTL_EL0 is alike */
#define CNT_CTL_ENABLE ARM_BIT(0)
#define CNT_CTL_IMASK ARM_BIT(1)
#define CNT_CTL_ISTATUS ARM_BIT(2)

/* ICC_CTLR_EL1, IHI 0069H, 12.2.6 */
#define ICC_CTLR_EL1_EOIMODE ARM_BIT(1)
/* ICC_SRE_EL1, 12.2.24: the interface is system registers, nothing goes past it */
#define ICC_SRE_EL1_SRE ARM_BIT(0)
#define ICC_SRE_EL1_DFB ARM_BIT(1)
#define ICC_SRE_EL1_DIB ARM_BIT(2)
#define ICC_SRE_EL1_ALL (ICC_SRE_EL1_SRE | ICC_SRE_EL1_DFB | ICC_SRE_EL1_DIB)
/* ICC_SRE_EL2, 12.2.25 */
#define ICC_SRE_EL2_SRE ARM_BIT(0)
#define ICC_SRE_EL2_ENABLE ARM_BIT(3)
/* ICH_HCR_EL2, 12.4.6 */
#define ICH_HCR_EL2_EN ARM_BIT(0)
#define ICH_HCR_EL2_LRENPIE ARM_BIT(2)
#define ICH_HCR_EL2_NPIE ARM_BIT(3)
#define ICH_HCR_EL2_VGRP0EIE ARM_BIT(4)
#define ICH_HCR_EL2_VGRP0DIE ARM_BIT(5)
#define ICH_HCR_EL2_VGRP1EIE ARM_BIT(6)
#define ICH_HCR_EL2_VGRP1DIE ARM_BIT(7)
#define ICH_HCR_EL2_TDIR ARM_BIT(14)
#define ICH_HCR_EL2_EOICOUNT ARM_MASK(31, 27)
/* ICH_VTR_EL2, 12.4.9 */
#define ICH_VTR_EL2_LISTREGS ARM_MASK(4, 0)
#define ICH_VTR_EL2_TDS ARM_BIT(19)
#define ICH_VTR_EL2_PREBITS ARM_MASK(28, 26)
/* ICH_VMCR_EL2, 12.4.8 */
#define ICH_VMCR_EL2_VENG0 ARM_BIT(0)
#define ICH_VMCR_EL2_VENG1 ARM_BIT(1)
#define ICH_VMCR_EL2_VFIQEN ARM_BIT(3)
#define ICH_VMCR_EL2_VEOIM ARM_BIT(9)
#define ICH_VMCR_EL2_VBPR1 ARM_MASK(20, 18)
#define ICH_VMCR_EL2_VBPR0 ARM_MASK(23, 21)
/* ICH_LR<n>_EL2, 12.4.7 */
#define ICH_LR_VINTID ARM_MASK(31, 0)
#define ICH_LR_PINTID ARM_MASK(44, 32)
#define ICH_LR_EOI ARM_BIT(41)
#define ICH_LR_PRIORITY ARM_MASK(55, 48)
#define ICH_LR_GROUP ARM_BIT(60)
#define ICH_LR_HW ARM_BIT(61)
#define ICH_LR_PENDING ARM_BIT(62)
#define ICH_LR_ACTIVE ARM_BIT(63)

/* CurrentEL, C5.2.2 */
#define CURRENTEL_EL ARM_MASK(3, 2)
#define CURRENTEL_EL2 2u

/* DAIF, C5.2.3 */
#define DAIF_D ARM_BIT(9)
#define DAIF_ALL ARM_MASK(9, 6)

/* MPIDR_EL1, D19.2.100 */
#define MPIDR_EL1_RES1 ARM_BIT(31)
#define MPIDR_EL1_AFF (ARM_MASK(39, 32) | ARM_MASK(23, 0))

/* VTTBR_EL2, D19.2.160; VTCR_EL2, D19.2.159 */
#define VTTBR_EL2_VMID ARM_MASK(63, 48)
#define VTTBR_EL2_BADDR ARM_MASK(47, 1)
#define VTCR_EL2_T0SZ ARM_MASK(5, 0)
#define VTCR_EL2_SL0 ARM_MASK(7, 6)
#define VTCR_EL2_IRGN0_WBWA ARM_PLACE(1, ARM_MASK(9, 8))
#define VTCR_EL2_ORGN0_WBWA ARM_PLACE(1, ARM_MASK(11, 10))
#define VTCR_EL2_SH0_INNER ARM_PLACE(3, ARM_MASK(13, 12))
#define VTCR_EL2_PS ARM_MASK(18, 16)
#define VTCR_EL2_VS ARM_BIT(19)
#define VTCR_EL2_RES1 ARM_BIT(31)

/* Stage-1 SCTLR_EL1, D19.2.122 */
#define SCTLR_EL1_M ARM_BIT(0)
#define SCTLR_EL1_SPAN ARM_BIT(23)
#define SCTLR_EL1_E0E ARM_BIT(24)
#define SCTLR_EL1_EE ARM_BIT(25)
#define SCTLR_EL1_DSSBS ARM_BIT(44)
/* LSMAOE, nTLSMD, SPAN, EIS, TSCXT, EOS: RES1 on CPUs without the feature, and the reset value. */
#define SCTLR_EL1_RES1 \
	(ARM_BIT(29) | ARM_BIT(28) | ARM_BIT(23) | ARM_BIT(22) | ARM_BIT(20) | ARM_BIT(11))

/* TCR_EL1, D19.2.136; TTBRn_EL1, D19.2.138 */
#define TCR_EL1_T0SZ ARM_MASK(5, 0)
#define TCR_EL1_TG0 ARM_MASK(15, 14)
#define TCR_EL1_T1SZ ARM_MASK(21, 16)
#define TCR_EL1_TG1 ARM_MASK(31, 30)
#define TCR_EL1_DS ARM_BIT(59)
#define TTBR_EL1_BADDR ARM_MASK(47, 1)
/** The upper half of the address space; bits above may be a tag (D8.2.1). */
#define VA_SELECTS_TTBR1 ARM_BIT(55)
#define ARM_MAX_VA_BITS 48u

/* VSESR_EL2, D19.2.158 */
#define VSESR_EL2_SYNDROME ARM_MASK(24, 0)

/* PAR_EL1, D19.2.112 */
#define PAR_EL1_F ARM_BIT(0)
#define PAR_EL1_FST ARM_MASK(6, 1)
#define PAR_EL1_S ARM_BIT(9)
#define PAR_EL1_PA ARM_MASK(51, 12)

/* DCZID_EL0, D19.2.37: what DC ZVA clears, as a power of two of words */
#define DCZID_EL0_BS ARM_MASK(3, 0)
#define DCZID_WORD_BYTES 4u

/* HPFAR_EL2, D19.2.52: FIPA holds bits 51 to 12 of the IPA */
#define HPFAR_EL2_FIPA ARM_MASK(43, 4)
#define HPFAR_EL2_FIPA_SHIFT 12u
#define ARM_PAGE_OFFSET ARM_MASK(11, 0)

/* SPSR_EL2, C5.2.19 */
#define SPSR_M ARM_MASK(3, 0)
#define SPSR_M_EL0T 0x0u
#define SPSR_M_EL1T 0x4u
#define SPSR_M_EL1H 0x5u
#define SPSR_NRW ARM_BIT(4)
/* From AArch32: T32, big-endian data */
#define SPSR_T ARM_BIT(5)
#define SPSR_E ARM_BIT(9)
#define SPSR_F ARM_BIT(6)
#define SPSR_I ARM_BIT(7)
#define SPSR_A ARM_BIT(8)
#define SPSR_D ARM_BIT(9)
#define SPSR_BTYPE ARM_MASK(11, 10)
#define SPSR_SSBS ARM_BIT(12)
#define SPSR_IL ARM_BIT(20)
#define SPSR_SS ARM_BIT(21)
#define SPSR_PAN ARM_BIT(22)
#define SPSR_UAO ARM_BIT(23)
#define SPSR_DIT ARM_BIT(24)
#define SPSR_TCO ARM_BIT(25)
#define SPSR_NZCV ARM_MASK(31, 28)
/* PM, PPEND, EXLOCK, PACM: what later CPUs keep of PSTATE besides, of no effect above EL1 */
#define SPSR_LATER ARM_MASK(35, 32)
/* From AArch32: the If-Then state */
#define SPSR_IT_LOW ARM_MASK(26, 25)
#define SPSR_IT_HIGH ARM_MASK(15, 10)

/* ESR_ELx, D19.2.37 */
#define ESR_EC ARM_MASK(31, 26)
#define ESR_EC_SHIFT 26u
#define ESR_IL ARM_BIT(25)
#define ESR_ISS ARM_MASK(24, 0)
#define ESR_EC_UNKNOWN 0x00u
#define ESR_EC_WFX 0x01u
#define ESR_EC_CP15_32 0x03u
#define ESR_EC_CP15_64 0x04u
#define ESR_EC_CP14_32 0x05u
#define ESR_EC_CP14_LDST 0x06u
#define ESR_EC_FP 0x07u
#define ESR_EC_VMRS 0x08u
#define ESR_EC_PAUTH 0x09u
#define ESR_EC_LS64 0x0au
#define ESR_EC_CP14_64 0x0cu
#define ESR_EC_SYSREG128 0x14u
#define ESR_EC_HVC64 0x16u
#define ESR_EC_SMC64 0x17u
#define ESR_EC_SYSREG 0x18u
#define ESR_EC_SVE 0x19u
#define ESR_EC_ERET 0x1au
#define ESR_EC_SME 0x1du
#define ESR_EC_INSN_ABORT_LOWER 0x20u
#define ESR_EC_INSN_ABORT_SAME 0x21u
#define ESR_EC_DATA_ABORT_LOWER 0x24u
#define ESR_EC_DATA_ABORT_SAME 0x25u
/* ISS of WFx */
#define ESR_WFX_TI ARM_MASK(1, 0)
#define ESR_WFX_TI_WFI 0u
/* ISS of HVC and SMC */
#define ESR_CALL_IMM16 ARM_MASK(15, 0)
/* ISS of system registers: the encoding, register, direction */
#define ESR_SYSREG_OP0 ARM_MASK(21, 20)
#define ESR_SYSREG_OP2 ARM_MASK(19, 17)
#define ESR_SYSREG_OP1 ARM_MASK(16, 14)
#define ESR_SYSREG_CRN ARM_MASK(13, 10)
#define ESR_SYSREG_RT ARM_MASK(9, 5)
#define ESR_SYSREG_CRM ARM_MASK(4, 1)
#define ESR_SYSREG_READ ARM_BIT(0)
#define ESR_SYSREG_ENCODING (ARM_MASK(21, 10) | ESR_SYSREG_CRM)
/* ISS of aborts */
#define ESR_ABORT_ISV ARM_BIT(24)
#define ESR_ABORT_SAS ARM_MASK(23, 22)
#define ESR_ABORT_SSE ARM_BIT(21)
#define ESR_ABORT_SRT ARM_MASK(20, 16)
#define ESR_ABORT_SF ARM_BIT(15)
#define ESR_ABORT_FNV ARM_BIT(10)
#define ESR_ABORT_CM ARM_BIT(8)
#define ESR_ABORT_S1PTW ARM_BIT(7)
#define ESR_ABORT_WNR ARM_BIT(6)
#define ESR_ABORT_FSC ARM_MASK(5, 0)
#define ESR_FSC_TYPE 0x3cu
#define ESR_FSC_LEVEL 0x03u
#define ESR_FSC_ADDRESS_SIZE 0x00u
#define ESR_FSC_TRANSLATION 0x04u
#define ESR_FSC_ACCESS_FLAG 0x08u
#define ESR_FSC_PERMISSION 0x0cu
#define ESR_FSC_EXTERNAL 0x10u
#define ESR_FSC_EXTERNAL_WALK 0x14u
#define ESR_FSC_PARITY 0x18u
#define ESR_FSC_PARITY_WALK 0x1cu

/* ID registers, D19.2.59 and following */
#define ID_AA64PFR0_RAS ARM_MASK(31, 28)
#define ID_AA64PFR0_CSV2 ARM_MASK(59, 56)
#define ID_AA64PFR0_CSV2_HISTORY 3u
#define ID_AA64PFR1_SSBS ARM_MASK(7, 4)
#define ID_AA64PFR1_MTE ARM_MASK(11, 8)
#define ID_AA64MMFR1_PAN ARM_MASK(23, 20)
#define ID_AA64MMFR1_ECBHB ARM_MASK(63, 60)
#define ID_AA64PFR0_EL0 ARM_MASK(3, 0)
#define ID_AA64PFR0_EL0_AARCH32 2u
#define ID_AA64PFR0_GIC ARM_MASK(27, 24)
#define ID_AA64PFR0_SVE ARM_MASK(35, 32)
#define ID_AA64PFR0_MPAM ARM_MASK(43, 40)
#define ID_AA64PFR0_AMU ARM_MASK(47, 44)
#define ID_AA64PFR1_MPAM_FRAC ARM_MASK(19, 16)
#define ID_AA64PFR1_SME ARM_MASK(27, 24)
#define ID_AA64ISAR1_PAUTH (ARM_MASK(31, 24) | ARM_MASK(11, 4))
#define ID_AA64ISAR2_PAUTH ARM_MASK(15, 8)
#define ID_AA64MMFR0_PARANGE ARM_MASK(3, 0)
#define ID_AA64MMFR0_FGT ARM_MASK(59, 56)
#define ID_AA64MMFR0_FGT_2 2u
#define ID_AA64MMFR1_HCX ARM_MASK(43, 40)
#define ID_AA64MMFR1_VMIDBITS ARM_MASK(7, 4)
#define ID_AA64MMFR1_VMIDBITS_16 2u
#define ID_AA64MMFR1_LO ARM_MASK(19, 16)
#define ID_AA64DFR0_PMUVER ARM_MASK(11, 8)
#define ID_AA64DFR0_PMUVER_IMPDEF 0xfu
#define ID_AA64DFR0_BRPS ARM_MASK(15, 12)
#define ID_AA64DFR0_WRPS ARM_MASK(23, 20)
#define ID_AA64DFR0_DOUBLELOCK ARM_MASK(39, 36)

#endif /* ARM_VCPU_REGS_H_ */
