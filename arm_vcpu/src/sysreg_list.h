/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every system register that the package touches, once: name, op0, op1, CRn,
 * CRm, op2 as in MRS (ARM DDI 0487, D19.1 "AArch64 System registers" index).
 * Encodings rather than names reach the assembler, so that any clang knows them.
 */
#ifndef ARM_VCPU_SYSREG_LIST_H_
#define ARM_VCPU_SYSREG_LIST_H_

/*
 * The guest's EL1 and EL0 state: what bind loads and unbind saves, in this order.
 * One list drives save, restore, access by id and the list of ids.
 */
#define ARM_GUEST_SYSREGS(X)                    \
	X(SP_EL0, 3, 0, 4, 1, 0)                \
	X(SP_EL1, 3, 4, 4, 1, 0)                \
	X(ELR_EL1, 3, 0, 4, 0, 1)               \
	X(SPSR_EL1, 3, 0, 4, 0, 0)              \
	X(SCTLR_EL1, 3, 0, 1, 0, 0)             \
	X(CPACR_EL1, 3, 0, 1, 0, 2)             \
	X(TTBR0_EL1, 3, 0, 2, 0, 0)             \
	X(TTBR1_EL1, 3, 0, 2, 0, 1)             \
	X(TCR_EL1, 3, 0, 2, 0, 2)               \
	X(AFSR0_EL1, 3, 0, 5, 1, 0)             \
	X(AFSR1_EL1, 3, 0, 5, 1, 1)             \
	X(ESR_EL1, 3, 0, 5, 2, 0)               \
	X(FAR_EL1, 3, 0, 6, 0, 0)               \
	X(PAR_EL1, 3, 0, 7, 4, 0)               \
	X(MAIR_EL1, 3, 0, 10, 2, 0)             \
	X(AMAIR_EL1, 3, 0, 10, 3, 0)            \
	X(VBAR_EL1, 3, 0, 12, 0, 0)             \
	X(CONTEXTIDR_EL1, 3, 0, 13, 0, 1)       \
	X(TPIDR_EL1, 3, 0, 13, 0, 4)            \
	X(TPIDR_EL0, 3, 3, 13, 0, 2)            \
	X(TPIDRRO_EL0, 3, 3, 13, 0, 3)          \
	X(CNTKCTL_EL1, 3, 0, 14, 1, 0)          \
	X(CSSELR_EL1, 3, 2, 0, 0, 0)            \
	X(FPCR, 3, 3, 4, 4, 0)                  \
	X(FPSR, 3, 3, 4, 4, 1)                  \
	X(CNTVOFF_EL2, 3, 4, 14, 0, 3)          \
	X(CNTV_CVAL_EL0, 3, 3, 14, 3, 2)        \
	X(CNTP_CVAL_EL0, 3, 3, 14, 2, 2)        \
	X(CNTV_CTL_EL0, 3, 3, 14, 3, 1)         \
	X(CNTP_CTL_EL0, 3, 3, 14, 2, 1)

/* Pointer-authentication keys: there with FEAT_PAuth only (D17.2.8 and following). */
#define ARM_PAUTH_SYSREGS(X)                    \
	X(APIAKEYLO_EL1, 3, 0, 2, 1, 0)         \
	X(APIAKEYHI_EL1, 3, 0, 2, 1, 1)         \
	X(APIBKEYLO_EL1, 3, 0, 2, 1, 2)         \
	X(APIBKEYHI_EL1, 3, 0, 2, 1, 3)         \
	X(APDAKEYLO_EL1, 3, 0, 2, 2, 0)         \
	X(APDAKEYHI_EL1, 3, 0, 2, 2, 1)         \
	X(APDBKEYLO_EL1, 3, 0, 2, 2, 2)         \
	X(APDBKEYHI_EL1, 3, 0, 2, 2, 3)         \
	X(APGAKEYLO_EL1, 3, 0, 2, 3, 0)         \
	X(APGAKEYHI_EL1, 3, 0, 2, 3, 1)

/* EL2 controls that bind sets for the guest and unbind puts back as found. */
#define ARM_CONTROL_SYSREGS(X)                  \
	X(HCR_EL2, 3, 4, 1, 1, 0)               \
	X(MDCR_EL2, 3, 4, 1, 1, 1)              \
	X(CPTR_EL2, 3, 4, 1, 1, 2)              \
	X(HSTR_EL2, 3, 4, 1, 1, 3)              \
	X(VTTBR_EL2, 3, 4, 2, 1, 0)             \
	X(VTCR_EL2, 3, 4, 2, 1, 2)              \
	X(CNTHCTL_EL2, 3, 4, 14, 1, 0)          \
	X(VMPIDR_EL2, 3, 4, 0, 0, 5)            \
	X(VPIDR_EL2, 3, 4, 0, 0, 0)

/* What is only read or written on the way. */
#define ARM_OTHER_SYSREGS(X)                    \
	X(CURRENTEL, 3, 0, 4, 2, 2)             \
	X(MIDR_EL1, 3, 0, 0, 0, 0)              \
	X(MPIDR_EL1, 3, 0, 0, 0, 5)             \
	X(FAR_EL2, 3, 4, 6, 0, 0)               \
	X(HPFAR_EL2, 3, 4, 6, 0, 4)             \
	X(PMCR_EL0, 3, 3, 9, 12, 0)

/* The ID registers, of which HCR_EL2.TID3 traps the guest's reads (D19.2.48). */
#define ARM_ID_SYSREGS(X)                       \
	X(ID_PFR0_EL1, 3, 0, 0, 1, 0)           \
	X(ID_PFR1_EL1, 3, 0, 0, 1, 1)           \
	X(ID_DFR0_EL1, 3, 0, 0, 1, 2)           \
	X(ID_MMFR0_EL1, 3, 0, 0, 1, 4)          \
	X(ID_MMFR1_EL1, 3, 0, 0, 1, 5)          \
	X(ID_MMFR2_EL1, 3, 0, 0, 1, 6)          \
	X(ID_MMFR3_EL1, 3, 0, 0, 1, 7)          \
	X(ID_ISAR0_EL1, 3, 0, 0, 2, 0)          \
	X(ID_ISAR1_EL1, 3, 0, 0, 2, 1)          \
	X(ID_ISAR2_EL1, 3, 0, 0, 2, 2)          \
	X(ID_ISAR3_EL1, 3, 0, 0, 2, 3)          \
	X(ID_ISAR4_EL1, 3, 0, 0, 2, 4)          \
	X(ID_ISAR5_EL1, 3, 0, 0, 2, 5)          \
	X(ID_MMFR4_EL1, 3, 0, 0, 2, 6)          \
	X(ID_ISAR6_EL1, 3, 0, 0, 2, 7)          \
	X(MVFR0_EL1, 3, 0, 0, 3, 0)             \
	X(MVFR1_EL1, 3, 0, 0, 3, 1)             \
	X(MVFR2_EL1, 3, 0, 0, 3, 2)             \
	X(ID_PFR2_EL1, 3, 0, 0, 3, 4)           \
	X(ID_AA64PFR0_EL1, 3, 0, 0, 4, 0)       \
	X(ID_AA64PFR1_EL1, 3, 0, 0, 4, 1)       \
	X(ID_AA64DFR0_EL1, 3, 0, 0, 5, 0)       \
	X(ID_AA64ISAR0_EL1, 3, 0, 0, 6, 0)      \
	X(ID_AA64ISAR1_EL1, 3, 0, 0, 6, 1)      \
	X(ID_AA64ISAR2_EL1, 3, 0, 0, 6, 2)      \
	X(ID_AA64MMFR0_EL1, 3, 0, 0, 7, 0)      \
	X(ID_AA64MMFR1_EL1, 3, 0, 0, 7, 1)      \
	X(ID_AA64MMFR2_EL1, 3, 0, 0, 7, 2)

/* The GIC's CPU interface: the guest's side at EL2, and ours (IHI 0069H, 12.2 and 12.4). */
#define ARM_GIC_SYSREGS(X)                      \
	X(ICC_CTLR_EL1, 3, 0, 12, 12, 4)        \
	X(ICC_DIR_EL1, 3, 0, 12, 11, 1)         \
	X(ICC_EOIR1_EL1, 3, 0, 12, 12, 1)       \
	X(ICC_SRE_EL2, 3, 4, 12, 9, 5)          \
	X(ICH_HCR_EL2, 3, 4, 12, 11, 0)         \
	X(ICH_VTR_EL2, 3, 4, 12, 11, 1)         \
	X(ICH_ELRSR_EL2, 3, 4, 12, 11, 5)       \
	X(ICH_VMCR_EL2, 3, 4, 12, 11, 7)        \
	ARM_GIC_AP_SYSREGS(X)                   \
	ARM_GIC_LR_SYSREGS(X)

/* Active priorities of the groups: four registers each, of which a CPU has one, two or all. */
#define ARM_GIC_AP_SYSREGS(X)                   \
	X(ICH_AP0R0_EL2, 3, 4, 12, 8, 0)        \
	X(ICH_AP0R1_EL2, 3, 4, 12, 8, 1)        \
	X(ICH_AP0R2_EL2, 3, 4, 12, 8, 2)        \
	X(ICH_AP0R3_EL2, 3, 4, 12, 8, 3)        \
	X(ICH_AP1R0_EL2, 3, 4, 12, 9, 0)        \
	X(ICH_AP1R1_EL2, 3, 4, 12, 9, 1)        \
	X(ICH_AP1R2_EL2, 3, 4, 12, 9, 2)        \
	X(ICH_AP1R3_EL2, 3, 4, 12, 9, 3)

/* The list registers, in order; ICH_VTR_EL2.ListRegs says how many a CPU has. */
#define ARM_GIC_LR_SYSREGS(X)                   \
	X(ICH_LR0_EL2, 3, 4, 12, 12, 0)         \
	X(ICH_LR1_EL2, 3, 4, 12, 12, 1)         \
	X(ICH_LR2_EL2, 3, 4, 12, 12, 2)         \
	X(ICH_LR3_EL2, 3, 4, 12, 12, 3)         \
	X(ICH_LR4_EL2, 3, 4, 12, 12, 4)         \
	X(ICH_LR5_EL2, 3, 4, 12, 12, 5)         \
	X(ICH_LR6_EL2, 3, 4, 12, 12, 6)         \
	X(ICH_LR7_EL2, 3, 4, 12, 12, 7)         \
	X(ICH_LR8_EL2, 3, 4, 12, 13, 0)         \
	X(ICH_LR9_EL2, 3, 4, 12, 13, 1)         \
	X(ICH_LR10_EL2, 3, 4, 12, 13, 2)        \
	X(ICH_LR11_EL2, 3, 4, 12, 13, 3)        \
	X(ICH_LR12_EL2, 3, 4, 12, 13, 4)        \
	X(ICH_LR13_EL2, 3, 4, 12, 13, 5)        \
	X(ICH_LR14_EL2, 3, 4, 12, 13, 6)        \
	X(ICH_LR15_EL2, 3, 4, 12, 13, 7)

#define ARM_SYSREGS(X)                          \
	ARM_GUEST_SYSREGS(X)                    \
	ARM_PAUTH_SYSREGS(X)                    \
	ARM_CONTROL_SYSREGS(X)                  \
	ARM_OTHER_SYSREGS(X)                    \
	ARM_GIC_SYSREGS(X)                      \
	ARM_ID_SYSREGS(X)

#endif /* ARM_VCPU_SYSREG_LIST_H_ */
