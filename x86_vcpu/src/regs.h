/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of the x86 registers, by the manuals' names (SDM volume 3, 2.5; APM 3.1). */
#ifndef X86_VCPU_REGS_H_
#define X86_VCPU_REGS_H_

#include <stdint.h>

#define X86_BIT(n) (UINT64_C(1) << (n))

#define CR0_PE X86_BIT(0)
#define CR0_MP X86_BIT(1)
#define CR0_EM X86_BIT(2)
#define CR0_TS X86_BIT(3)
#define CR0_ET X86_BIT(4)
#define CR0_NE X86_BIT(5)
#define CR0_WP X86_BIT(16)
#define CR0_AM X86_BIT(18)
#define CR0_NW X86_BIT(29)
#define CR0_CD X86_BIT(30)
#define CR0_PG X86_BIT(31)
#define CR0_DEFINED                                                                             \
	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW |       \
	 CR0_CD | CR0_PG)

#define CR3_PCID UINT64_C(0xfff)
#define CR3_NO_FLUSH X86_BIT(63)

#define CR4_VME X86_BIT(0)
#define CR4_PVI X86_BIT(1)
#define CR4_TSD X86_BIT(2)
#define CR4_DE X86_BIT(3)
#define CR4_PSE X86_BIT(4)
#define CR4_PAE X86_BIT(5)
#define CR4_MCE X86_BIT(6)
#define CR4_PGE X86_BIT(7)
#define CR4_PCE X86_BIT(8)
#define CR4_OSFXSR X86_BIT(9)
#define CR4_OSXMMEXCPT X86_BIT(10)
#define CR4_UMIP X86_BIT(11)
#define CR4_LA57 X86_BIT(12)
#define CR4_VMXE X86_BIT(13)
#define CR4_SMXE X86_BIT(14)
#define CR4_FSGSBASE X86_BIT(16)
#define CR4_PCIDE X86_BIT(17)
#define CR4_OSXSAVE X86_BIT(18)
#define CR4_SMEP X86_BIT(20)
#define CR4_SMAP X86_BIT(21)
#define CR4_PKE X86_BIT(22)
#define CR4_CET X86_BIT(23)
#define CR4_PKS X86_BIT(24)

#define EFER_SCE X86_BIT(0)
#define EFER_LME X86_BIT(8)
#define EFER_LMA X86_BIT(10)
#define EFER_NXE X86_BIT(11)
#define EFER_SVME X86_BIT(12)
#define EFER_LMSLE X86_BIT(13)
#define EFER_FFXSR X86_BIT(14)

#define RFLAGS_CF X86_BIT(0)
#define RFLAGS_RESERVED_1 X86_BIT(1)
#define RFLAGS_PF X86_BIT(2)
#define RFLAGS_AF X86_BIT(4)
#define RFLAGS_ZF X86_BIT(6)
#define RFLAGS_SF X86_BIT(7)
#define RFLAGS_TF X86_BIT(8)
#define RFLAGS_IF X86_BIT(9)
#define RFLAGS_DF X86_BIT(10)
#define RFLAGS_OF X86_BIT(11)
#define RFLAGS_IOPL (X86_BIT(12) | X86_BIT(13))
#define RFLAGS_NT X86_BIT(14)
#define RFLAGS_RF X86_BIT(16)
#define RFLAGS_VM X86_BIT(17)
#define RFLAGS_AC X86_BIT(18)
#define RFLAGS_VIF X86_BIT(19)
#define RFLAGS_VIP X86_BIT(20)
#define RFLAGS_ID X86_BIT(21)
/** All that may be 1. */
#define RFLAGS_DEFINED UINT64_C(0x3f7fd7)

/* DR6, SDM volume 3, 18.2.3: which breakpoints were met, and single step. */
#define DR6_BREAKPOINTS UINT64_C(0xf)
#define DR6_BS X86_BIT(14)
#define DR6_RESET UINT64_C(0xffff0ff0)
#define DR7_RESET UINT64_C(0x400)
#define PAT_RESET UINT64_C(0x0007040600070406)

/** XCR0, SDM volume 1, 13.3. */
#define XCR0_X87 X86_BIT(0)
#define XCR0_SSE X86_BIT(1)
#define XCR0_AVX X86_BIT(2)
#define XCR0_OPMASK X86_BIT(5)
#define XCR0_ZMM_HI256 X86_BIT(6)
#define XCR0_HI16_ZMM X86_BIT(7)
#define XCR0_PKRU X86_BIT(9)
#define XCR0_AVX512 (XCR0_OPMASK | XCR0_ZMM_HI256 | XCR0_HI16_ZMM)

/** Segment attributes as X86_VCPU_REG_ATTRIBUTES() has them. */
#define SEG_TYPE 0xfu
#define SEG_TYPE_ACCESSED 0x1u
#define SEG_TYPE_BUSY 0x2u
/** The highest limit in bytes, and what G makes of a limit's low bits. */
#define SEG_LIMIT_BYTES UINT32_C(0xfffff)
#define SEG_LIMIT_PAGE UINT32_C(0xfff)
#define SEG_TYPE_CODE 0x8u
#define SEG_TYPE_DATA_RW 0x3u
#define SEG_TYPE_CODE_XR 0xbu
#define SEG_TYPE_LDT 0x2u
/** An available TSS; with the bit below it has 32 bits. */
#define SEG_TYPE_TSS 0x1u
#define SEG_TYPE_32_BIT 0x8u
#define SEG_TYPE_TSS16_BUSY 0x3u
#define SEG_TYPE_TSS_BUSY 0xbu
#define SEG_S (1u << 4)
#define SEG_DPL_SHIFT 5u
#define SEG_DPL (3u << SEG_DPL_SHIFT)
#define SEG_P (1u << 7)
#define SEG_AVL (1u << 8)
#define SEG_L (1u << 9)
#define SEG_DB (1u << 10)
#define SEG_G (1u << 11)
#define SEG_DEFINED 0xfffu

/** Exception vectors, SDM volume 3, 6.15. */
enum x86_vector {
	X86_VECTOR_DE = 0,
	X86_VECTOR_DB = 1,
	X86_VECTOR_NMI = 2,
	X86_VECTOR_BP = 3,
	X86_VECTOR_OF = 4,
	X86_VECTOR_UD = 6,
	X86_VECTOR_DF = 8,
	X86_VECTOR_TS = 10,
	X86_VECTOR_NP = 11,
	X86_VECTOR_SS = 12,
	X86_VECTOR_GP = 13,
	X86_VECTOR_PF = 14,
	X86_VECTOR_MF = 16,
	X86_VECTOR_AC = 17,
	X86_VECTOR_MC = 18,
	X86_VECTOR_CP = 21,
	X86_VECTOR_VC = 29,
	X86_VECTOR_SX = 30,
};
#define X86_EXCEPTION_COUNT 32u

/** MSR numbers (SDM volume 4; APM appendix A). */
#define MSR_TSC UINT32_C(0x10)
#define MSR_APIC_BASE UINT32_C(0x1b)
#define MSR_FEATURE_CONTROL UINT32_C(0x3a)
#define MSR_TSC_ADJUST UINT32_C(0x3b)
#define MSR_SPEC_CTRL UINT32_C(0x48)
#define MSR_BIOS_SIGN_ID UINT32_C(0x8b)
#define MSR_MTRRCAP UINT32_C(0xfe)
#define MSR_SYSENTER_CS UINT32_C(0x174)
#define MSR_SYSENTER_ESP UINT32_C(0x175)
#define MSR_SYSENTER_EIP UINT32_C(0x176)
#define MSR_MISC_ENABLE UINT32_C(0x1a0)
#define MSR_DEBUGCTL UINT32_C(0x1d9)
#define MSR_MTRR_PHYSBASE0 UINT32_C(0x200)
#define MSR_PAT UINT32_C(0x277)
#define MSR_MTRR_DEF_TYPE UINT32_C(0x2ff)
#define MSR_TSC_DEADLINE UINT32_C(0x6e0)
#define MSR_X2APIC_FIRST UINT32_C(0x800)
#define MSR_X2APIC_LAST UINT32_C(0x8ff)
#define MSR_XSS UINT32_C(0xda0)
#define MSR_EFER UINT32_C(0xc0000080)
#define MSR_STAR UINT32_C(0xc0000081)
#define MSR_LSTAR UINT32_C(0xc0000082)
#define MSR_CSTAR UINT32_C(0xc0000083)
#define MSR_SFMASK UINT32_C(0xc0000084)
#define MSR_FS_BASE UINT32_C(0xc0000100)
#define MSR_GS_BASE UINT32_C(0xc0000101)
#define MSR_KERNEL_GS_BASE UINT32_C(0xc0000102)
#define MSR_TSC_AUX UINT32_C(0xc0000103)
#define MSR_VM_CR UINT32_C(0xc0010114)
#define MSR_VM_HSAVE_PA UINT32_C(0xc0010117)

#endif /* X86_VCPU_REGS_H_ */
