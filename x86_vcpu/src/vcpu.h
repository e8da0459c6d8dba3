/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The package's own state: of a vCPU, of a physical CPU.
 *
 * A vCPU's registers have one home each, here. What the hardware keeps in a
 * structure of its own (VMCB, VMCS) moves between there and here in groups: a group
 * of `valid` is up to date here, a group of `dirty` was changed here and goes to the
 * hardware before the next entry. Readers call x86_need() first, writers x86_change().
 */
#ifndef X86_VCPU_VCPU_H_
#define X86_VCPU_VCPU_H_

#include <stdbool.h>

#include "axvcpu/arch.h"

#include "decode.h"
#include "emulate.h"
#include "lapic.h"
#include "regs.h"
#include "svm/svm_state.h"
#include "vmx/vmx_state.h"
#include "x86_vcpu/x86_vcpu.h"

struct x86_vendor;
struct x86_vcpu;
struct x86_percpu;

/** General registers as instructions encode them. */
enum x86_gpr {
	X86_RAX = 0,
	X86_RCX = 1,
	X86_RDX = 2,
	X86_RBX = 3,
	X86_RSP = 4,
	X86_RBP = 5,
	X86_RSI = 6,
	X86_RDI = 7,
	X86_R8 = 8,
	X86_R9 = 9,
	X86_R10 = 10,
	X86_GPR_COUNT = 16,
};

/** Groups of registers that the hardware keeps. GPRs, rip and rflags are always here. */
enum x86_group {
	/** cr0, cr2, cr3, cr4, cr8, efer, pdptes. */
	X86_GROUP_CONTROL = 1u << 0,
	/** seg[], gdtr, idtr. */
	X86_GROUP_SEGMENTS = 1u << 1,
	/** star to pat, dr6, dr7. */
	X86_GROUP_SYSTEM = 1u << 2,
	/** tsc_offset and the controls that follow from the configuration; written only. */
	X86_GROUP_SETTINGS = 1u << 3,
	/** The state of interrupts: shadow. */
	X86_GROUP_INTERRUPTIBILITY = 1u << 4,
	X86_GROUPS_ALL = (1u << 5) - 1u,
};

/** Segments of seg[], numbered as enum x86_vcpu_segment; ES to GS as instructions encode them. */
#define X86_SEGMENT_COUNT 8u

struct x86_segment {
	uint64_t base;
	uint32_t limit;
	uint16_t selector;
	/** SEG_*. */
	uint16_t attributes;
};

struct x86_table {
	uint64_t base;
	uint32_t limit;
	uint32_t reserved;
};

/** Types of events, numbered alike by SVM (APM 15.20) and VMX (SDM 25.8.3). */
enum x86_event_type {
	X86_EVENT_INTERRUPT = 0,
	X86_EVENT_NMI = 2,
	X86_EVENT_EXCEPTION = 3,
	/** INTn: as it comes out of the hardware alone. */
	X86_EVENT_SOFTWARE = 4,
};

/**
 * An event on its way into the guest. What INTn, INT1, INT3 and INTO raise is none: where its
 * delivery ended in an exit, rip is at the instruction, which raises it again.
 */
struct x86_event {
	bool valid;
	bool has_error_code;
	/** enum x86_event_type. */
	uint8_t type;
	uint8_t vector;
	uint32_t error_code;
};

/** What an exit was, in words of neither vendor. */
enum x86_exit_kind {
	X86_EXIT_UNKNOWN = 0,
	/** A physical interrupt. */
	X86_EXIT_INTERRUPT,
	/** A physical NMI, which the host's handler has had already. */
	X86_EXIT_NMI,
	/** A machine check of the physical CPU, likewise. */
	X86_EXIT_MACHINE_CHECK,
	/** The guest can take an interrupt now. */
	X86_EXIT_INTERRUPT_WINDOW,
	/** The guest can take an NMI now (VMX). */
	X86_EXIT_NMI_WINDOW,
	/** The guest is at an IRET, behind which it can take an NMI (SVM). */
	X86_EXIT_IRET,
	X86_EXIT_CPUID,
	X86_EXIT_HLT,
	X86_EXIT_HYPERCALL,
	X86_EXIT_IO,
	X86_EXIT_RDMSR,
	X86_EXIT_WRMSR,
	X86_EXIT_CR,
	X86_EXIT_XSETBV,
	X86_EXIT_STAGE2,
	/** A triple fault. */
	X86_EXIT_SHUTDOWN,
	/** The hardware refused the vCPU's state. */
	X86_EXIT_FAIL_ENTRY,
	/** An instruction that the guest's CPU does not have. */
	X86_EXIT_UNDEFINED,
	/** An instruction that needs nothing done: INVD, WBINVD. */
	X86_EXIT_SKIP,
	/** RDPMC: no counter exists. */
	X86_EXIT_RDPMC,
	X86_EXIT_PAUSE,
	/** An exception of the guest that is to be delivered to it (hw.event). */
	X86_EXIT_EXCEPTION,
	/** The guest switches to another task (VMX). */
	X86_EXIT_TASK_SWITCH,
	/** VMX preemption timer. */
	X86_EXIT_TIMER,
	/** The vendor's code did all there was to do. */
	X86_EXIT_HANDLED,
};

/** Forms of access to control registers. */
enum x86_cr_access {
	X86_CR_WRITE = 0,
	X86_CR_READ = 1,
	X86_CR_CLTS = 2,
	X86_CR_LMSW = 3,
	/** The vendor does not know: decode the instruction. */
	X86_CR_DECODE = 4,
};

/** What a task switch comes of, numbered as VMX does (SDM volume 3, table 28-2). */
enum x86_task_source {
	X86_TASK_CALL = 0,
	X86_TASK_IRET = 1,
	X86_TASK_JMP = 2,
	/** A task gate in the IDT. */
	X86_TASK_GATE = 3,
};

/** An I/O instruction. */
struct x86_io {
	uint16_t port;
	/** 1, 2 or 4. */
	uint8_t width;
	bool in;
	bool string;
	bool rep;
	/** Bytes of address (and count) registers of a string form: 2, 4 or 8. */
	uint8_t address_size;
	/** Segment of OUTS, if the hardware says it. */
	uint8_t segment;
	bool segment_is_known;
	/** The guest has breakpoints, of whatever kind. */
	bool breakpoints;
};

/** The last exit as the vendor's code describes it. */
struct x86_hw_exit {
	/** enum x86_exit_kind. */
	uint32_t kind;
	/** Of the instruction; 0 if there is none or nobody knows. */
	uint32_t instruction_length;
	/** The length is the hardware's; else that of the instruction without prefixes. */
	bool length_is_sure;
	/** It came while an event was being delivered: no operand of an instruction was accessed. */
	bool in_delivery;
	/** The hardware's own words, for axvcpu_exit.raw. */
	uint64_t raw[AXVCPU_RAW_WORDS];
	union {
		struct x86_io io;
		struct {
			/** enum x86_cr_access; number of the control register and of the GPR. */
			uint8_t access;
			uint8_t cr;
			uint8_t gpr;
			/** LMSW: the machine status word. */
			uint16_t msw;
		} cr;
		struct {
			uint64_t gpa;
			/** AXVCPU_ACCESS_* bits; `gva` counts if they say so. */
			uint32_t access;
			uint64_t gva;
		} stage2;
		/** X86_EXIT_EXCEPTION. */
		struct x86_event event;
		/** X86_EXIT_TASK_SWITCH: selector of the TSS, enum x86_task_source. */
		struct {
			uint16_t selector;
			uint8_t source;
		} task;
	} u;
};

/** Bytes of the XSAVE area in standard form with all that a guest may have (SDM volume 1, 13.5). */
#define X86_XSAVE_CHUNK 64u
#define X86_XSAVE_CHUNKS 43u
#define X86_XSAVE_SIZE (X86_XSAVE_CHUNK * X86_XSAVE_CHUNKS)
#define X86_INTERRUPT_WORDS 4u

/** Components of the XSAVE area behind the legacy region and the header. */
#define X86_XSAVE_EXTENDED 5u

/** An access of the guest that the hypervisor is to complete. */
struct x86_access {
	/** Where the instruction ends. */
	uint64_t next_rip;
	struct x86_io io;
	/** Linear address of a string access's memory operand. */
	uint64_t address;
};

/** An instruction whose memory operands are devices' registers. */
struct x86_mmio {
	struct x86_insn insn;
	bool stores;
	/** It has read `loaded` in another vCPU, or before: all else here is still to be found. */
	bool is_restored;
	/** Breakpoints of the guest's that its accesses meet, bit n for that of DRn. */
	uint8_t met;
	uint64_t loaded;
	uint64_t store_gpa;
	uint64_t store_value;
	/** What is kept when all its accesses succeeded; of a MOV rip and rflags alone. */
	struct x86_emulate_regs regs;
};

/** What the guest's CPUID says that it has, for the checks of its registers. */
struct x86_limits {
	/** Bits of linear addresses. */
	uint32_t linear_bits;
	uint64_t cr4_mask;
	uint64_t efer_mask;
	/** 0 without XSAVE. */
	uint64_t xcr0_mask;
	uint32_t physical_bits;
	bool pages_1g;
};

/** Answers to CPUID that are kept, by the lowest bits of their leaf. */
#define X86_KNOWN_CPUID 8u

struct x86_known_cpuid {
	/** X86_KNOWN_NOTHING: without contents. */
	uint32_t leaf;
	uint32_t subleaf;
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};
/** A leaf that is never kept. */
#define X86_KNOWN_NOTHING UINT32_MAX

/** Instructions that known_code.h keeps: so many sets, by bits of their rip, of so many each. */
#define X86_KNOWN_SETS 4u
#define X86_KNOWN_WAYS 2u
/** Levels of the guest's page tables in 64-bit mode with 4-level paging. */
#define X86_KNOWN_LEVELS 4u

/** An instruction of 64-bit code that was decoded, and all that this depends on. */
struct x86_known_code {
	/** X86_KNOWN_NO_CODE: an entry without contents. */
	uint64_t rip;
	uint64_t cr3;
	/** The page-table entries on the way to it: where they are, and what they were. */
	const uint64_t *entries[X86_KNOWN_LEVELS];
	uint64_t values[X86_KNOWN_LEVELS];
	/** Where its bytes are; what they were, and the mask of those that are its own. */
	const uint8_t *code;
	uint64_t bytes[2];
	uint64_t mask[2];
	uint64_t length;
	/** One that accesses memory; else X86_OP_NONE. */
	struct x86_insn insn;
};
/** No address of code: not canonical. */
#define X86_KNOWN_NO_CODE (UINT64_C(1) << 63)

/** Page-directory-pointer-table entries of PAE paging. */
#define X86_PDPTES 4u

/** A vCPU, in the memory that the hypervisor gave to axvcpu_create(). */
struct x86_vcpu {
	/** x87, SSE, AVX: here while the vCPU is on no CPU. First for its alignment. */
	uint8_t xsave[X86_XSAVE_SIZE];
	/** Where this CPU has the extended components in it; 0 if it has not. */
	uint16_t xsave_place[X86_XSAVE_EXTENDED];

	union {
		struct {
			uint64_t gpr[X86_GPR_COUNT];
			uint64_t rip;
			uint64_t rflags;
		};
		/** The same, for emulate.h. */
		struct x86_emulate_regs regs;
	};

	/** enum x86_group. */
	uint32_t valid;
	/** What is nothing before most entries, in two words that are looked at before each. */
	union {
		struct {
			/** enum x86_group. */
			uint32_t dirty;
			/** Not 0: x86_vcpu_flush_tlb() was called. Atomic. */
			uint32_t flush_requested;
		};
		uint64_t any_change;
	};
	union {
		struct {
			/**
			 * Events wait or may do so, or the hardware has been asked for windows:
			 * x86_vcpu_prepare_events() has something to do.
			 */
			bool events_wait;
			/** An instruction's store, whose value is known (mmio). */
			bool store_is_due;
			/** What the local APIC's ICR sends (ipi). */
			bool ipi_is_due;
			/** A level-triggered interrupt of the local APIC ended (ended_vector). */
			bool end_is_due;
			/** The APIC timer ends earlier than the hypervisor knows (seen_deadline). */
			bool timer_changed;
			/** Exceptions met so that the CPU would shut down. */
			bool triple_fault;
			/** HLT was executed, and nothing has ended it yet. */
			bool halted;
			/** x86_vendor.prepare_tlb() has something to do. */
			bool tlb_due;
		};
		uint64_t any_due;
	};

	/* X86_GROUP_CONTROL: what the guest reads. */
	uint64_t cr0;
	uint64_t cr2;
	uint64_t cr3;
	uint64_t cr4;
	/** Task priority, bits 3..0; with a local APIC bits 7..4 of its TPR, which it follows. */
	uint64_t cr8;
	uint64_t efer;
	/** VMX with PAE paging: what it translates by. All 0: they are to be loaded (pdpte.h). */
	uint64_t pdptes[X86_PDPTES];

	/* X86_GROUP_SEGMENTS */
	struct x86_segment seg[X86_SEGMENT_COUNT];
	struct x86_table gdtr;
	struct x86_table idtr;

	/* X86_GROUP_SYSTEM */
	uint64_t star;
	uint64_t lstar;
	uint64_t cstar;
	uint64_t sfmask;
	uint64_t kernel_gs_base;
	uint64_t sysenter_cs;
	uint64_t sysenter_esp;
	uint64_t sysenter_eip;
	uint64_t pat;
	uint64_t dr6;
	uint64_t dr7;

	/* On the CPU from bind to unbind; dr0 to dr3 here only while it is not bound. */
	uint64_t dr[4];
	uint64_t xcr0;
	uint64_t xss;
	uint64_t tsc_aux;

	/** X86_GROUP_SETTINGS. */
	uint64_t tsc_offset;

	/** X86_GROUP_INTERRUPTIBILITY: STI or MOV SS came just before. */
	bool interrupt_shadow;
	/** From the delivery of an NMI to the next IRET. */
	bool nmi_blocked;
	bool nmi_pending;
	/** An IRET is stepped with RFLAGS.TF, to an NMI behind it; the guest's own TF and DR6. */
	bool nmi_step;
	bool nmi_step_tf;
	uint64_t nmi_step_dr6;
	/** What comes at the next entry. */
	struct x86_event event;
	/** The last entry delivered a #BP or #OF that no instruction raised, at this rip (SVM). */
	bool trap_injected;
	uint64_t trap_rip;
	/** Interrupts that wait, without a local APIC; bit n % 64 of word n / 64. */
	uint64_t interrupts[X86_INTERRUPT_WORDS];

	struct x86_hw_exit hw;
	struct x86_access access;
	struct x86_mmio mmio;
	/** The last exit was a start-up IPI: what axvcpu_set_return_value() gives is for nobody. */
	bool no_answer;

	/** Counts with X86_VCPU_LOCAL_APIC. */
	struct x86_lapic lapic;
	/** What its ICR sends, which is the exit before the next entry. */
	struct x86_ipi ipi;
	/** Whose end is the exit before the next entry. */
	uint8_t ended_vector;
	/** The APIC timer's next interrupt as the hypervisor knows it, in the guest's TSC. */
	uint64_t seen_deadline;
	bool is_bsp;

	const struct axvcpu_hal *hal;
	struct axvcpu *handle;
	const struct x86_vendor *vendor;
	/** The CPU that it is bound to, or null. */
	struct x86_percpu *cpu;
	/** The one that it was bound to last, and its enabled_at: see x86_was_last_on(). */
	const struct x86_percpu *last_cpu;
	uint64_t last_enabled_at;
	uint64_t stage2_root;
	uint64_t entry;
	struct x86_vcpu_setup_config config;
	struct x86_limits limits;
	uint32_t apic_id;
	/** What CPUID said lately. */
	struct x86_known_cpuid known_cpuid[X86_KNOWN_CPUID];
	/** Where it exited lately. */
	struct x86_known_code known_code[X86_KNOWN_SETS][X86_KNOWN_WAYS];

	/** The vendor's own. */
	union {
		struct x86_svm svm;
		struct x86_vmx vmx;
	} u;
};

AXVCPU_STATIC_ASSERT(offsetof(struct x86_vcpu, regs.gpr) == offsetof(struct x86_vcpu, gpr) &&
			     offsetof(struct x86_vcpu, regs.rip) == offsetof(struct x86_vcpu, rip) &&
			     offsetof(struct x86_vcpu, regs.rflags) ==
				     offsetof(struct x86_vcpu, rflags),
		     "the same registers");
AXVCPU_STATIC_ASSERT(offsetof(struct x86_vcpu, xsave) == 0, "XSAVE areas are 64-aligned");

/** The vCPU whose `gpr` this is: the world switch has no other pointer left. */
static inline struct x86_vcpu *x86_vcpu_of_gpr(uint64_t *gpr)
{
	return (struct x86_vcpu *)(void *)((uint8_t *)gpr - offsetof(struct x86_vcpu, gpr));
}

/** What one CPU can do, found at percpu_init. */
struct x86_features {
	/** XSAVE is there; else FXSAVE serves. */
	bool xsave;
	bool xsaves;
	bool rdtscp;
	/** XCR0 bits that the CPU has and guests may use. */
	uint64_t xcr0_mask;
	/** Bytes of an XSAVE area with all of them. */
	uint32_t xsave_size;
	/** Bits of physical and of linear addresses. */
	uint32_t physical_bits;
	uint32_t linear_bits;
};

/** A physical CPU. */
struct x86_percpu {
	const struct axvcpu_hal *hal;
	const struct x86_vendor *vendor;
	struct x86_features features;
	/** As hardware_enable found it. */
	uint64_t host_cr4;
	/** The time stamp counter then. */
	uint64_t enabled_at;
	/** What bind puts away. */
	uint64_t host_xcr0;
	uint64_t host_xss;
	uint64_t host_tsc_aux;
	uint64_t host_dr[4];
	uint64_t host_dr6;
	uint64_t host_dr7;
	union {
		struct x86_svm_percpu svm;
		struct x86_vmx_percpu vmx;
	} u;
};

/**
 * Whether the vCPU was on this CPU when it was last on one, neither set up nor the CPU
 * turned off since: what depends on the two is as it was.
 */
static inline bool x86_was_last_on(const struct x86_vcpu *vcpu, const struct x86_percpu *cpu)
{
	return vcpu->last_cpu == cpu && vcpu->last_enabled_at == cpu->enabled_at;
}

#endif /* X86_VCPU_VCPU_H_ */
