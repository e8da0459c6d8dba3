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
 * One list drives save, restore, access by id and the list of ids. Lists with two
 * macros name registers in pairs, F the first and S the second of each: they go to
 * memory and come from it by one instruction.
 */
/* A host at EL2 has values of its own in these; they are put back at unbind. */
#define ARM_SHARED_PAIRS(F, S)                  \
	F(SP_EL0, 3, 0, 4, 1, 0)                \
	S(TPIDR_EL0, 3, 3, 13, 0, 2)            \
	F(TPIDRRO_EL0, 3, 3, 13, 0, 3)          \
	S(TPIDR_EL1, 3, 0, 13, 0, 4)
/* The same for the one that is left. */
#define ARM_SHARED_SINGLE(X)                    \
	X(CNTVOFF_EL2, 3, 4, 14, 0, 3)

/* At EL2 these are the guest's under this name, with E2H as without. */
#define ARM_COMMON_PAIRS(F, S)                  \
	ARM_SHARED_PAIRS(F, S)                  \
	ARM_SHARED_SINGLE(F)                    \
	S(CSSELR_EL1, 3, 2, 0, 0, 0)            \
	F(SP_EL1, 3, 4, 4, 1, 0)                \
	S(PAR_EL1, 3, 0, 7, 4, 0)

/*
 * With E2H these names are EL2's own registers; the guest's are then named _EL12
 * or _EL02, which is op1 = 5 with the rest of the encoding the same (D13.1.2,
 * "System register redirection").
 */
#define ARM_BANKED_PAIRS(F, S)                  \
	F(ELR_EL1, 3, 0, 4, 0, 1)               \
	S(SPSR_EL1, 3, 0, 4, 0, 0)              \
	F(SCTLR_EL1, 3, 0, 1, 0, 0)             \
	S(CPACR_EL1, 3, 0, 1, 0, 2)             \
	F(TTBR0_EL1, 3, 0, 2, 0, 0)             \
	S(TTBR1_EL1, 3, 0, 2, 0, 1)             \
	F(TCR_EL1, 3, 0, 2, 0, 2)               \
	S(AFSR0_EL1, 3, 0, 5, 1, 0)             \
	F(AFSR1_EL1, 3, 0, 5, 1, 1)             \
	S(ESR_EL1, 3, 0, 5, 2, 0)               \
	F(FAR_EL1, 3, 0, 6, 0, 0)               \
	S(MAIR_EL1, 3, 0, 10, 2, 0)             \
	F(AMAIR_EL1, 3, 0, 10, 3, 0)            \
	S(VBAR_EL1, 3, 0, 12, 0, 0)             \
	F(CONTEXTIDR_EL1, 3, 0, 13, 0, 1)       \
	S(CNTKCTL_EL1, 3, 0, 14, 1, 0)          \
	F(CNTV_CVAL_EL0, 3, 3, 14, 3, 2)        \
	S(CNTV_CTL_EL0, 3, 3, 14, 3, 1)

/* The physical timer, banked too; on the CPU with ARM_VCPU_PASSTHROUGH_TIMER only. */
#define ARM_PTIMER_PAIRS(F, S)                  \
	F(CNTP_CVAL_EL0, 3, 3, 14, 2, 2)        \
	S(CNTP_CTL_EL0, 3, 3, 14, 2, 1)

/* On the CPU from the guest's first use of FP and SIMD on, with V0 to V31. */
#define ARM_FP_SYSREGS(X)                       \
	X(FPCR, 3, 3, 4, 4, 0)                  \
	X(FPSR, 3, 3, 4, 4, 1)

/* With ARM_VCPU_SVE, and banked: on the CPU with Z0 to Z31, from the same moment on. */
#define ARM_SVE_SYSREGS(X)                      \
	X(ZCR_EL1, 3, 0, 1, 2, 0)

/* Pointer-authentication keys: there with FEAT_PAuth only (D17.2.8 and following). */
#define ARM_PAUTH_PAIRS(F, S)                   \
	F(APIAKEYLO_EL1, 3, 0, 2, 1, 0)         \
	S(APIAKEYHI_EL1, 3, 0, 2, 1, 1)         \
	F(APIBKEYLO_EL1, 3, 0, 2, 1, 2)         \
	S(APIBKEYHI_EL1, 3, 0, 2, 1, 3)         \
	F(APDAKEYLO_EL1, 3, 0, 2, 2, 0)         \
	S(APDAKEYHI_EL1, 3, 0, 2, 2, 1)         \
	F(APDBKEYLO_EL1, 3, 0, 2, 2, 2)         \
	S(APDBKEYHI_EL1, 3, 0, 2, 2, 3)         \
	F(APGAKEYLO_EL1, 3, 0, 2, 3, 0)         \
	S(APGAKEYHI_EL1, 3, 0, 2, 3, 1)

/* With FEAT_RAS: what DISR_EL1 is to the guest, and the syndrome of its virtual SError. */
#define ARM_RAS_PAIRS(F, S)                     \
	F(VDISR_EL2, 3, 4, 12, 1, 1)            \
	S(VSESR_EL2, 3, 4, 5, 2, 3)

/* With FEAT_SME; hidden by HFGRTR_EL2 where the CPU has that, which an emulator may not. */
#define ARM_SME_SYSREGS(X)                      \
	X(TPIDR2_EL0, 3, 3, 13, 0, 5)

/* The same lists with one macro. */
#define ARM_COMMON_SYSREGS(X) ARM_COMMON_PAIRS(X, X)
#define ARM_BANKED_SYSREGS(X) ARM_BANKED_PAIRS(X, X)
#define ARM_PTIMER_SYSREGS(X) ARM_PTIMER_PAIRS(X, X)
#define ARM_PAUTH_SYSREGS(X) ARM_PAUTH_PAIRS(X, X)
#define ARM_RAS_SYSREGS(X) ARM_RAS_PAIRS(X, X)
/* All that are banked. */
#define ARM_EL12_SYSREGS(X)                     \
	ARM_BANKED_SYSREGS(X)                   \
	ARM_PTIMER_SYSREGS(X)                   \
	ARM_SVE_SYSREGS(X)

/*
 * All groups, as G(group, list): ARM_GROUP_<group> tells which of them are on a
 * CPU. CNTV and CNTP are enabled by what comes last of their groups.
 */
#define ARM_SAVED_GROUPS(G)                     \
	G(COMMON, ARM_COMMON_SYSREGS)           \
	G(BANKED, ARM_BANKED_SYSREGS)           \
	G(PTIMER, ARM_PTIMER_SYSREGS)           \
	G(FP, ARM_FP_SYSREGS)                   \
	G(SVE, ARM_SVE_SYSREGS)                 \
	G(PAUTH, ARM_PAUTH_SYSREGS)             \
	G(RAS, ARM_RAS_SYSREGS)                 \
	G(SME, ARM_SME_SYSREGS)

/* Those of SVE are last: only a guest that has it has ids of them (reg_access.c). */
#define ARM_SAVED_SYSREGS(X)                    \
	ARM_COMMON_SYSREGS(X)                   \
	ARM_BANKED_SYSREGS(X)                   \
	ARM_PTIMER_SYSREGS(X)                   \
	ARM_FP_SYSREGS(X)                       \
	ARM_PAUTH_SYSREGS(X)                    \
	ARM_RAS_SYSREGS(X)                      \
	ARM_SME_SYSREGS(X)                      \
	ARM_SVE_SYSREGS(X)

/* Controls that EL2 itself looks at: bind sets them, unbind puts back what it found. */
#define ARM_OWN_CONTROL_PAIRS(F, S)             \
	F(HCR_EL2, 3, 4, 1, 1, 0)               \
	S(VTTBR_EL2, 3, 4, 2, 1, 0)             \
	F(CPTR_EL2, 3, 4, 1, 1, 2)              \
	S(MDCR_EL2, 3, 4, 1, 1, 1)              \
	F(CNTHCTL_EL2, 3, 4, 14, 1, 0)          \
	S(MDSCR_EL1, 2, 0, 0, 2, 2)
#define ARM_OWN_CONTROLS(X) ARM_OWN_CONTROL_PAIRS(X, X)
/*
 * Those that only EL1 and EL0 of a guest look at: bind sets them, and they stay until
 * hardware_disable puts back what hardware_enable found. Those of the fine-grained
 * traps, below, are of this kind, too; HCRX_EL2, PMUSERENR_EL0 and AMUSERENR_EL0 are on a
 * host without E2H, which has no EL0 of its own under them.
 */
#define ARM_GUEST_CONTROLS(X)                   \
	X(VTCR_EL2, 3, 4, 2, 1, 2)              \
	X(HSTR_EL2, 3, 4, 1, 1, 3)              \
	X(VMPIDR_EL2, 3, 4, 0, 0, 5)            \
	X(VPIDR_EL2, 3, 4, 0, 0, 0)
/* With FEAT_HCX */
#define ARM_HCX_CONTROLS(X)                     \
	X(HCRX_EL2, 3, 4, 1, 2, 2)
/* With FEAT_FGT, FEAT_AMUv1 beside it, FEAT_FGT2 */
#define ARM_FGT_CONTROLS(X)                     \
	X(HFGRTR_EL2, 3, 4, 1, 1, 4)            \
	X(HFGWTR_EL2, 3, 4, 1, 1, 5)            \
	X(HFGITR_EL2, 3, 4, 1, 1, 6)            \
	X(HDFGRTR_EL2, 3, 4, 3, 1, 4)           \
	X(HDFGWTR_EL2, 3, 4, 3, 1, 5)
#define ARM_FGT_AMU_CONTROLS(X)                 \
	X(HAFGRTR_EL2, 3, 4, 3, 1, 6)
#define ARM_FGT2_CONTROLS(X)                    \
	X(HDFGRTR2_EL2, 3, 4, 3, 1, 0)          \
	X(HDFGWTR2_EL2, 3, 4, 3, 1, 1)          \
	X(HFGRTR2_EL2, 3, 4, 3, 1, 2)           \
	X(HFGWTR2_EL2, 3, 4, 3, 1, 3)           \
	X(HFGITR2_EL2, 3, 4, 3, 1, 7)
/* With FEAT_PMUv3 */
#define ARM_PMU_CONTROLS(X)                     \
	X(PMUSERENR_EL0, 3, 3, 9, 14, 0)
/* With FEAT_AMUv1 */
#define ARM_AMU_CONTROLS(X)                     \
	X(AMUSERENR_EL0, 3, 3, 13, 2, 3)
/* With FEAT_MPAM, and MPAMIDR_EL1.HAS_HCR */
#define ARM_MPAM_CONTROLS(X)                    \
	X(MPAM2_EL2, 3, 4, 10, 5, 0)
#define ARM_MPAM_HCR_CONTROLS(X)                \
	X(MPAMHCR_EL2, 3, 4, 10, 4, 0)

#define ARM_CONTROL_SYSREGS(X)                  \
	ARM_OWN_CONTROLS(X)                     \
	ARM_GUEST_CONTROLS(X)                   \
	ARM_HCX_CONTROLS(X)                     \
	ARM_FGT_CONTROLS(X)                     \
	ARM_FGT_AMU_CONTROLS(X)                 \
	ARM_FGT2_CONTROLS(X)                    \
	ARM_PMU_CONTROLS(X)                     \
	ARM_AMU_CONTROLS(X)                     \
	ARM_MPAM_CONTROLS(X)                    \
	ARM_MPAM_HCR_CONTROLS(X)

/* What is only read or written on the way. */
#define ARM_OTHER_SYSREGS(X)                    \
	X(CURRENTEL, 3, 0, 4, 2, 2)             \
	X(DAIF, 3, 3, 4, 2, 1)                  \
	X(ZCR_EL2, 3, 4, 1, 2, 0)               \
	X(MIDR_EL1, 3, 0, 0, 0, 0)              \
	X(MPIDR_EL1, 3, 0, 0, 0, 5)             \
	X(FAR_EL2, 3, 4, 6, 0, 0)               \
	X(HPFAR_EL2, 3, 4, 6, 0, 4)             \
	X(PMCR_EL0, 3, 3, 9, 12, 0)             \
	X(CNTPCT_EL0, 3, 3, 14, 0, 1)           \
	X(OSLAR_EL1, 2, 0, 1, 0, 4)             \
	X(OSLSR_EL1, 2, 0, 1, 1, 4)             \
	X(MPAMIDR_EL1, 3, 0, 10, 4, 4)          \
	ARM_OTHER_ID_SYSREGS(X)

/* What a guest knows of its CPU besides: HCR_EL2.TID1 traps the first two. */
#define ARM_OTHER_ID_SYSREGS(X)                 \
	X(REVIDR_EL1, 3, 0, 0, 0, 6)            \
	X(AIDR_EL1, 3, 1, 0, 0, 7)              \
	X(CTR_EL0, 3, 3, 0, 0, 1)               \
	X(DCZID_EL0, 3, 3, 0, 0, 7)

/*
 * The ID registers, of which HCR_EL2.TID3 traps the guest's reads (D19.2.48). First the one
 * that says whether those of AArch32 have a meaning: a snapshot is loaded in this order.
 */
#define ARM_ID_SYSREGS(X)                       \
	X(ID_AA64PFR0_EL1, 3, 0, 0, 4, 0)       \
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
	X(ID_AA64PFR1_EL1, 3, 0, 0, 4, 1)       \
	X(ID_AA64ZFR0_EL1, 3, 0, 0, 4, 4)       \
	X(ID_AA64DFR0_EL1, 3, 0, 0, 5, 0)       \
	X(ID_AA64ISAR0_EL1, 3, 0, 0, 6, 0)      \
	X(ID_AA64ISAR1_EL1, 3, 0, 0, 6, 1)      \
	X(ID_AA64ISAR2_EL1, 3, 0, 0, 6, 2)      \
	X(ID_AA64MMFR0_EL1, 3, 0, 0, 7, 0)      \
	X(ID_AA64MMFR1_EL1, 3, 0, 0, 7, 1)      \
	X(ID_AA64MMFR2_EL1, 3, 0, 0, 7, 2)

/* All that a guest with ARM_VCPU_KEEP_ID keeps. */
#define ARM_KEPT_ID_SYSREGS(X)                  \
	ARM_ID_SYSREGS(X)                       \
	ARM_OTHER_ID_SYSREGS(X)

/* The GIC's CPU interface: the guest's side at EL2, and ours (IHI 0069H, 12.2 and 12.4). */
#define ARM_GIC_SYSREGS(X)                      \
	X(ICC_CTLR_EL1, 3, 0, 12, 12, 4)        \
	X(ICC_DIR_EL1, 3, 0, 12, 11, 1)         \
	X(ICC_EOIR1_EL1, 3, 0, 12, 12, 1)       \
	X(ICC_SRE_EL1, 3, 0, 12, 12, 5)         \
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

/* Breakpoints and watchpoints, value and control, 16 of each; ID_AA64DFR0_EL1 says how many there are. */
#define ARM_DEBUG_SYSREGS(X)			\
	X(DBGBVR0_EL1, 2, 0, 0, 0, 4)		\
	X(DBGBVR1_EL1, 2, 0, 0, 1, 4)		\
	X(DBGBVR2_EL1, 2, 0, 0, 2, 4)		\
	X(DBGBVR3_EL1, 2, 0, 0, 3, 4)		\
	X(DBGBVR4_EL1, 2, 0, 0, 4, 4)		\
	X(DBGBVR5_EL1, 2, 0, 0, 5, 4)		\
	X(DBGBVR6_EL1, 2, 0, 0, 6, 4)		\
	X(DBGBVR7_EL1, 2, 0, 0, 7, 4)		\
	X(DBGBVR8_EL1, 2, 0, 0, 8, 4)		\
	X(DBGBVR9_EL1, 2, 0, 0, 9, 4)		\
	X(DBGBVR10_EL1, 2, 0, 0, 10, 4)		\
	X(DBGBVR11_EL1, 2, 0, 0, 11, 4)		\
	X(DBGBVR12_EL1, 2, 0, 0, 12, 4)		\
	X(DBGBVR13_EL1, 2, 0, 0, 13, 4)		\
	X(DBGBVR14_EL1, 2, 0, 0, 14, 4)		\
	X(DBGBVR15_EL1, 2, 0, 0, 15, 4)		\
	X(DBGBCR0_EL1, 2, 0, 0, 0, 5)		\
	X(DBGBCR1_EL1, 2, 0, 0, 1, 5)		\
	X(DBGBCR2_EL1, 2, 0, 0, 2, 5)		\
	X(DBGBCR3_EL1, 2, 0, 0, 3, 5)		\
	X(DBGBCR4_EL1, 2, 0, 0, 4, 5)		\
	X(DBGBCR5_EL1, 2, 0, 0, 5, 5)		\
	X(DBGBCR6_EL1, 2, 0, 0, 6, 5)		\
	X(DBGBCR7_EL1, 2, 0, 0, 7, 5)		\
	X(DBGBCR8_EL1, 2, 0, 0, 8, 5)		\
	X(DBGBCR9_EL1, 2, 0, 0, 9, 5)		\
	X(DBGBCR10_EL1, 2, 0, 0, 10, 5)		\
	X(DBGBCR11_EL1, 2, 0, 0, 11, 5)		\
	X(DBGBCR12_EL1, 2, 0, 0, 12, 5)		\
	X(DBGBCR13_EL1, 2, 0, 0, 13, 5)		\
	X(DBGBCR14_EL1, 2, 0, 0, 14, 5)		\
	X(DBGBCR15_EL1, 2, 0, 0, 15, 5)		\
	X(DBGWVR0_EL1, 2, 0, 0, 0, 6)		\
	X(DBGWVR1_EL1, 2, 0, 0, 1, 6)		\
	X(DBGWVR2_EL1, 2, 0, 0, 2, 6)		\
	X(DBGWVR3_EL1, 2, 0, 0, 3, 6)		\
	X(DBGWVR4_EL1, 2, 0, 0, 4, 6)		\
	X(DBGWVR5_EL1, 2, 0, 0, 5, 6)		\
	X(DBGWVR6_EL1, 2, 0, 0, 6, 6)		\
	X(DBGWVR7_EL1, 2, 0, 0, 7, 6)		\
	X(DBGWVR8_EL1, 2, 0, 0, 8, 6)		\
	X(DBGWVR9_EL1, 2, 0, 0, 9, 6)		\
	X(DBGWVR10_EL1, 2, 0, 0, 10, 6)		\
	X(DBGWVR11_EL1, 2, 0, 0, 11, 6)		\
	X(DBGWVR12_EL1, 2, 0, 0, 12, 6)		\
	X(DBGWVR13_EL1, 2, 0, 0, 13, 6)		\
	X(DBGWVR14_EL1, 2, 0, 0, 14, 6)		\
	X(DBGWVR15_EL1, 2, 0, 0, 15, 6)		\
	X(DBGWCR0_EL1, 2, 0, 0, 0, 7)		\
	X(DBGWCR1_EL1, 2, 0, 0, 1, 7)		\
	X(DBGWCR2_EL1, 2, 0, 0, 2, 7)		\
	X(DBGWCR3_EL1, 2, 0, 0, 3, 7)		\
	X(DBGWCR4_EL1, 2, 0, 0, 4, 7)		\
	X(DBGWCR5_EL1, 2, 0, 0, 5, 7)		\
	X(DBGWCR6_EL1, 2, 0, 0, 6, 7)		\
	X(DBGWCR7_EL1, 2, 0, 0, 7, 7)		\
	X(DBGWCR8_EL1, 2, 0, 0, 8, 7)		\
	X(DBGWCR9_EL1, 2, 0, 0, 9, 7)		\
	X(DBGWCR10_EL1, 2, 0, 0, 10, 7)		\
	X(DBGWCR11_EL1, 2, 0, 0, 11, 7)		\
	X(DBGWCR12_EL1, 2, 0, 0, 12, 7)		\
	X(DBGWCR13_EL1, 2, 0, 0, 13, 7)		\
	X(DBGWCR14_EL1, 2, 0, 0, 14, 7)		\
	X(DBGWCR15_EL1, 2, 0, 0, 15, 7)

#define ARM_SYSREGS(X)                          \
	ARM_DEBUG_SYSREGS(X)                    \
	ARM_SAVED_SYSREGS(X)                    \
	ARM_CONTROL_SYSREGS(X)                  \
	ARM_OTHER_SYSREGS(X)                    \
	ARM_GIC_SYSREGS(X)                      \
	ARM_ID_SYSREGS(X)

#endif /* ARM_VCPU_SYSREG_LIST_H_ */
