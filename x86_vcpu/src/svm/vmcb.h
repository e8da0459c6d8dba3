/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual machine control block: APM appendix B, and the bits of its fields (APM 15). */
#ifndef X86_VCPU_SVM_VMCB_H_
#define X86_VCPU_SVM_VMCB_H_

#include <stdint.h>

#include "axvcpu/types.h"

struct svm_segment {
	uint16_t selector;
	uint16_t attributes;
	uint32_t limit;
	uint64_t base;
};

struct svm_control {
	uint32_t intercept_cr;
	uint32_t intercept_dr;
	uint32_t intercept_exceptions;
	uint32_t intercept_1;
	uint32_t intercept_2;
	uint32_t intercept_3;
	uint8_t reserved_018[0x3c - 0x18];
	uint16_t pause_filter_threshold;
	uint16_t pause_filter_count;
	uint64_t iopm_base_pa;
	uint64_t msrpm_base_pa;
	uint64_t tsc_offset;
	uint32_t guest_asid;
	uint32_t tlb_control;
	uint64_t interrupt_control;
	uint64_t interrupt_shadow;
	uint64_t exit_code;
	uint64_t exit_info_1;
	uint64_t exit_info_2;
	uint64_t exit_int_info;
	uint64_t np_enable;
	uint64_t avic_apic_bar;
	uint64_t ghcb;
	uint64_t event_inj;
	uint64_t n_cr3;
	uint64_t lbr_virtualization;
	uint64_t clean;
	uint64_t next_rip;
	uint8_t bytes_fetched;
	uint8_t instruction_bytes[15];
	uint8_t reserved_0e0[0x400 - 0xe0];
};

struct svm_save {
	struct svm_segment es;
	struct svm_segment cs;
	struct svm_segment ss;
	struct svm_segment ds;
	struct svm_segment fs;
	struct svm_segment gs;
	struct svm_segment gdtr;
	struct svm_segment ldtr;
	struct svm_segment idtr;
	struct svm_segment tr;
	uint8_t reserved_0a0[0xcb - 0xa0];
	uint8_t cpl;
	uint32_t reserved_0cc;
	uint64_t efer;
	uint8_t reserved_0d8[0x148 - 0xd8];
	uint64_t cr4;
	uint64_t cr3;
	uint64_t cr0;
	uint64_t dr7;
	uint64_t dr6;
	uint64_t rflags;
	uint64_t rip;
	uint8_t reserved_180[0x1d8 - 0x180];
	uint64_t rsp;
	uint8_t reserved_1e0[0x1f8 - 0x1e0];
	uint64_t rax;
	uint64_t star;
	uint64_t lstar;
	uint64_t cstar;
	uint64_t sfmask;
	uint64_t kernel_gs_base;
	uint64_t sysenter_cs;
	uint64_t sysenter_esp;
	uint64_t sysenter_eip;
	uint64_t cr2;
	uint8_t reserved_248[0x268 - 0x248];
	uint64_t g_pat;
	uint64_t dbgctl;
	uint8_t reserved_278[0xc00 - 0x278];
};

struct svm_vmcb {
	struct svm_control control;
	struct svm_save save;
};
AXVCPU_STATIC_ASSERT(sizeof(struct svm_vmcb) == 4096, "a VMCB is one frame");
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, control.pause_filter_threshold, 0x3c);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, control.guest_asid, 0x58);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, control.interrupt_control, 0x60);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, control.exit_code, 0x70);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, control.event_inj, 0xa8);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, control.clean, 0xc0);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, control.bytes_fetched, 0xd0);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, save.cpl, 0x4cb);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, save.efer, 0x4d0);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, save.cr4, 0x548);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, save.rip, 0x578);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, save.rsp, 0x5d8);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, save.rax, 0x5f8);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, save.cr2, 0x640);
AXVCPU_ASSERT_OFFSET(struct svm_vmcb, save.g_pat, 0x668);

/** intercept_cr: reads in bits 15..0, writes in bits 31..16. */
#define SVM_INTERCEPT_CR_READ(n) (1u << (n))
#define SVM_INTERCEPT_CR_WRITE(n) (1u << (16u + (n)))

/** intercept_1. */
enum svm_intercept_1 {
	SVM_INTERCEPT_INTR = 1u << 0,
	SVM_INTERCEPT_NMI = 1u << 1,
	SVM_INTERCEPT_INIT = 1u << 3,
	SVM_INTERCEPT_VINTR = 1u << 4,
	SVM_INTERCEPT_CR0_SEL_WRITE = 1u << 5,
	SVM_INTERCEPT_RDPMC = 1u << 15,
	SVM_INTERCEPT_CPUID = 1u << 18,
	SVM_INTERCEPT_RSM = 1u << 19,
	SVM_INTERCEPT_IRET = 1u << 20,
	SVM_INTERCEPT_INVD = 1u << 22,
	SVM_INTERCEPT_PAUSE = 1u << 23,
	SVM_INTERCEPT_HLT = 1u << 24,
	SVM_INTERCEPT_INVLPGA = 1u << 26,
	SVM_INTERCEPT_IOIO = 1u << 27,
	SVM_INTERCEPT_MSR = 1u << 28,
	SVM_INTERCEPT_FERR_FREEZE = 1u << 30,
	SVM_INTERCEPT_SHUTDOWN_BIT = 31,
};
#define SVM_INTERCEPT_SHUTDOWN (1u << SVM_INTERCEPT_SHUTDOWN_BIT)

/** intercept_2. */
enum svm_intercept_2 {
	SVM_INTERCEPT_VMRUN = 1u << 0,
	SVM_INTERCEPT_VMMCALL = 1u << 1,
	SVM_INTERCEPT_VMLOAD = 1u << 2,
	SVM_INTERCEPT_VMSAVE = 1u << 3,
	SVM_INTERCEPT_STGI = 1u << 4,
	SVM_INTERCEPT_CLGI = 1u << 5,
	SVM_INTERCEPT_SKINIT = 1u << 6,
	SVM_INTERCEPT_WBINVD = 1u << 9,
	SVM_INTERCEPT_MONITOR = 1u << 10,
	SVM_INTERCEPT_MWAIT = 1u << 11,
	SVM_INTERCEPT_MWAIT_ARMED = 1u << 12,
	SVM_INTERCEPT_XSETBV = 1u << 13,
	SVM_INTERCEPT_RDPRU = 1u << 14,
};
/** intercept_3. */
enum svm_intercept_3 {
	SVM_INTERCEPT_INVLPGB = 1u << 0,
	SVM_INTERCEPT_MCOMMIT = 1u << 3,
	SVM_INTERCEPT_TLBSYNC = 1u << 4,
};

/** tlb_control. */
enum svm_tlb_control {
	SVM_TLB_KEEP = 0,
	SVM_TLB_FLUSH_ALL = 1,
};

/** interrupt_control, offset 0x60. */
#define SVM_V_TPR UINT64_C(0xf)
#define SVM_V_IRQ (UINT64_C(1) << 8)
#define SVM_V_INTR_PRIO (UINT64_C(0xf) << 16)
#define SVM_V_IGN_TPR (UINT64_C(1) << 20)
#define SVM_V_INTR_MASKING (UINT64_C(1) << 24)

#define SVM_INTERRUPT_SHADOW UINT64_C(1)
#define SVM_NP_ENABLE UINT64_C(1)

/** event_inj and exit_int_info, APM 15.20. */
#define SVM_EVENT_VECTOR UINT64_C(0xff)
#define SVM_EVENT_TYPE_SHIFT 8u
#define SVM_EVENT_TYPE UINT64_C(7)
#define SVM_EVENT_ERROR_VALID (UINT64_C(1) << 11)
#define SVM_EVENT_VALID (UINT64_C(1) << 31)
#define SVM_EVENT_ERROR_SHIFT 32u

/** clean, APM 15.15.3. */
enum svm_clean {
	SVM_CLEAN_INTERCEPTS = 1u << 0,
	SVM_CLEAN_PERMISSION_MAPS = 1u << 1,
	SVM_CLEAN_ASID = 1u << 2,
	SVM_CLEAN_INTERRUPT = 1u << 3,
	SVM_CLEAN_NESTED_PAGING = 1u << 4,
	SVM_CLEAN_CONTROL_REGISTERS = 1u << 5,
	SVM_CLEAN_DEBUG_REGISTERS = 1u << 6,
	SVM_CLEAN_TABLES = 1u << 7,
	SVM_CLEAN_SEGMENTS = 1u << 8,
	SVM_CLEAN_CR2 = 1u << 9,
	SVM_CLEAN_LBR = 1u << 10,
	SVM_CLEAN_ALL = (1u << 11) - 1u,
};

/** exit_code, APM appendix C. */
enum svm_exit_code {
	SVM_EXIT_CR_READ_0 = 0x00,
	SVM_EXIT_CR_WRITE_0 = 0x10,
	SVM_EXIT_CR_WRITE_4 = 0x14,
	SVM_EXIT_CR_WRITE_8 = 0x18,
	SVM_EXIT_EXCEPTION_0 = 0x40,
	SVM_EXIT_EXCEPTION_31 = 0x5f,
	SVM_EXIT_INTR = 0x60,
	SVM_EXIT_NMI = 0x61,
	SVM_EXIT_INIT = 0x63,
	SVM_EXIT_VINTR = 0x64,
	SVM_EXIT_CR0_SEL_WRITE = 0x65,
	SVM_EXIT_RDPMC = 0x6f,
	SVM_EXIT_CPUID = 0x72,
	SVM_EXIT_RSM = 0x73,
	SVM_EXIT_IRET = 0x74,
	SVM_EXIT_INVD = 0x76,
	SVM_EXIT_PAUSE = 0x77,
	SVM_EXIT_HLT = 0x78,
	SVM_EXIT_INVLPGA = 0x7a,
	SVM_EXIT_IOIO = 0x7b,
	SVM_EXIT_MSR = 0x7c,
	SVM_EXIT_FERR_FREEZE = 0x7e,
	SVM_EXIT_SHUTDOWN = 0x7f,
	SVM_EXIT_VMRUN = 0x80,
	SVM_EXIT_VMMCALL = 0x81,
	SVM_EXIT_VMLOAD = 0x82,
	SVM_EXIT_VMSAVE = 0x83,
	SVM_EXIT_STGI = 0x84,
	SVM_EXIT_CLGI = 0x85,
	SVM_EXIT_SKINIT = 0x86,
	SVM_EXIT_WBINVD = 0x89,
	SVM_EXIT_MONITOR = 0x8a,
	SVM_EXIT_MWAIT = 0x8b,
	SVM_EXIT_MWAIT_ARMED = 0x8c,
	SVM_EXIT_XSETBV = 0x8d,
	SVM_EXIT_RDPRU = 0x8e,
	SVM_EXIT_INVLPGB = 0xa0,
	SVM_EXIT_MCOMMIT = 0xa3,
	SVM_EXIT_TLBSYNC = 0xa4,
	SVM_EXIT_NPF = 0x400,
};
/** VMEXIT_INVALID; some CPUs write 32 bits of it. */
#define SVM_EXIT_INVALID UINT32_MAX

/** exit_info_1 of MOV CRx with decode assists: bit 63 valid, GPR in 3..0 (APM 15.8.1). */
#define SVM_CR_INFO_VALID (UINT64_C(1) << 63)
#define SVM_CR_INFO_GPR UINT64_C(0xf)

/** exit_info_1 of IOIO, APM 15.10.2. */
#define SVM_IO_IN (UINT64_C(1) << 0)
#define SVM_IO_STRING (UINT64_C(1) << 2)
#define SVM_IO_REP (UINT64_C(1) << 3)
#define SVM_IO_SIZE_SHIFT 4u
#define SVM_IO_SIZE UINT64_C(7)
#define SVM_IO_ADDRESS_SHIFT 7u
#define SVM_IO_ADDRESS UINT64_C(7)
#define SVM_IO_SEGMENT_SHIFT 10u
#define SVM_IO_SEGMENT UINT64_C(7)
#define SVM_IO_PORT_SHIFT 16u

/** exit_info_1 of NPF, APM 15.25.6: a page-fault error code, and which walk it was. */
#define SVM_NPF_PRESENT (UINT64_C(1) << 0)
#define SVM_NPF_WRITE (UINT64_C(1) << 1)
#define SVM_NPF_EXECUTE (UINT64_C(1) << 4)
#define SVM_NPF_PAGE_WALK (UINT64_C(1) << 33)

/** Sizes of the permission maps, APM 15.10.1 and 15.11. */
#define SVM_IOPM_FRAMES 3u
#define SVM_MSRPM_FRAMES 2u

#endif /* X86_VCPU_SVM_VMCB_H_ */
