/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86_vcpu: x86 vCPUs on Intel VMX or AMD SVM behind the axvcpu interface.
 *
 * A hypervisor hands x86_vcpu_ops() to axvcpu_host_init() and then uses
 * axvcpu/axvcpu.h alone; this header adds the configuration structs, which
 * axvcpu_create() and axvcpu_setup() take, the register ids, the numbers that
 * axvcpu_inject_interrupt() takes besides vectors, and what x86 needs more.
 *
 * The hypervisor runs in 64-bit mode at CPL 0, is compiled without floating point
 * (-mgeneral-regs-only), and calls axvcpu_run() with RFLAGS.IF clear. From bind to
 * unbind the CPU holds the guest's x87, SSE and AVX registers, XCR0, IA32_XSS,
 * TSC_AUX and DR0 to DR3; what the hypervisor had there (but for x87, SSE and AVX
 * contents, which it does not use) comes back at unbind. FS, GS, TR, LDTR and the
 * SYSCALL and SYSENTER MSRs are the hypervisor's own whenever its code runs, but for
 * this with VMX: STAR, LSTAR, CSTAR, SFMASK and KERNEL_GS_BASE are the guest's from bind
 * to unbind; a run leaves LDTR null and the limits of GDTR and IDTR at 64 KiB, until
 * unbind; and FS, GS, TR, CR0, CR4, IA32_EFER and IA32_PAT come back as bind found them.
 *
 * The second-stage table is an NPT with four levels (SVM) or an EPT with four
 * levels (VMX); its root is one page. After an entry was changed or removed, call
 * x86_vcpu_flush_tlb() for each vCPU that uses it.
 *
 * "APM" is AMD's Architecture Programmer's Manual, volume 2 (24593), "SDM" Intel's
 * Software Developer's Manual, volume 3 (325384).
 */
#ifndef X86_VCPU_X86_VCPU_H_
#define X86_VCPU_X86_VCPU_H_

#include "axvcpu/exit.h"
#include "axvcpu/host.h"
#include "axvcpu/reg.h"
#include "axvcpu/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct axvcpu;

/** Version of this package: semantic versioning, see CHANGELOG.md. */
#define X86_VCPU_VERSION_MAJOR 0u
/** Its minor number. */
#define X86_VCPU_VERSION_MINOR 1u
/** Its patch number. */
#define X86_VCPU_VERSION_PATCH 0u

/** The operations of this package, for axvcpu_host_init(). Any CPU, any time. */
const struct axvcpu_arch_ops *x86_vcpu_ops(void);

/** The hardware that enters guests. */
enum x86_vcpu_backend {
	/** In a configuration: what the CPU has. As an answer: neither. */
	X86_VCPU_BACKEND_AUTO = 0,
	/** Intel VMX. */
	X86_VCPU_BACKEND_VMX = 1,
	/** AMD SVM. */
	X86_VCPU_BACKEND_SVM = 2,
};

/** X86_VCPU_BACKEND_* of the CPU that calls, by CPUID; AUTO if it has none. Any CPU, any time. */
uint32_t x86_vcpu_backend(void);

/** Configuration for axvcpu_create(). */
struct x86_vcpu_create_config {
	/** sizeof(struct x86_vcpu_create_config). */
	uint32_t size;
	/** Must be zero. */
	uint32_t flags;
	/** X86_VCPU_BACKEND_*; AXVCPU_ERR_UNSUPPORTED if the CPU has another one. */
	uint32_t backend;
	/** The guest's local APIC id. Default: vcpu_id, which must be below 2^32 then. */
	uint32_t apic_id;
};
AXVCPU_STATIC_ASSERT(sizeof(struct x86_vcpu_create_config) == 16, "size is ABI");

/** Values of x86_vcpu_setup_config.start_mode: the guest's first registers. */
enum x86_vcpu_start_mode {
	/**
	 * As after INIT and a start-up IPI: real mode at the entry, which is below 1 MiB;
	 * CS.selector = entry >> 4 with its low 8 bits 0, IP = the rest. The entry
	 * 0xfffffff0 is the reset vector with CS.base = 0xffff0000.
	 */
	X86_VCPU_START_REAL = 0,
	/** Flat 32-bit protected mode without paging, as multiboot asks for; entry below 4 GiB. */
	X86_VCPU_START_PROTECTED = 1,
	/** 64-bit mode with paging by `cr3`; the entry is canonical. */
	X86_VCPU_START_LONG = 2,
};

/** Bits of x86_vcpu_setup_config.flags. */
enum x86_vcpu_setup_flags {
	/**
	 * The library emulates a local APIC; hypervisor memory must not be mapped at its page
	 * (0xfee00000). Interrupts given to axvcpu_inject_interrupt() then are its fixed
	 * interrupts. The boot CPU starts as firmware leaves it, unless in real mode: a
	 * PIC's interrupts come through LINT0. The hypervisor asks for the APIC timer's
	 * deadline (axvcpu_timer_deadline(), in ticks of the CPU's time stamp counter)
	 * before each run and interrupts it then; when the guest sets an earlier one, the
	 * run ends with an AXVCPU_EXIT_NOTHING. Without this flag there is none: IA32_APIC_BASE
	 * is refused, and injected vectors go to the CPU as from a PIC, the highest first.
	 */
	X86_VCPU_LOCAL_APIC = 1u << 0,
	/** HLT does not exit: the CPU itself waits, until a physical interrupt ends the run. */
	X86_VCPU_PASSTHROUGH_HLT = 1u << 1,
	/** PAUSE in loops is an AXVCPU_EXIT_NOTHING, where the CPU can tell. */
	X86_VCPU_TRAP_PAUSE = 1u << 2,
};

/** Characters of x86_vcpu_setup_config.hypervisor_name. */
#define X86_VCPU_HYPERVISOR_NAME_SIZE 12u

/** Configuration for axvcpu_setup(). */
struct x86_vcpu_setup_config {
	/** sizeof(struct x86_vcpu_setup_config). */
	uint32_t size;
	/** X86_VCPU_* bits of enum x86_vcpu_setup_flags. */
	uint32_t flags;
	/** X86_VCPU_START_*. */
	uint32_t start_mode;
	/** Number of vCPUs of the machine, for CPUID's topology leaves; 0 means 1. */
	uint32_t cpu_count;
	/** CR3 for X86_VCPU_START_LONG, else 0. */
	uint64_t cr3;
	/** Frequency of the guest's time stamp counter in Hz, for CPUID; 0 if unknown. */
	uint64_t tsc_hz;
	/**
	 * What CPUID leaf 0x40000000 calls the hypervisor, in EBX, ECX, EDX; all zero:
	 * "axvcpuaxvcpu". A guest may look for services of a hypervisor whose name it knows;
	 * none of them is here, and the leaves that tell them are zero. Linux uses x2APIC
	 * without interrupt remapping on "KVMKVMKVM" (then three zeros), and not on others.
	 */
	char hypervisor_name[X86_VCPU_HYPERVISOR_NAME_SIZE];
	/** Must be zero. */
	uint32_t reserved;
};
AXVCPU_STATIC_ASSERT(sizeof(struct x86_vcpu_setup_config) == 48, "size is ABI");

/** Values of axvcpu_exit_hypercall.conduit. */
enum x86_vcpu_conduit {
	/** VMCALL or VMMCALL: rax is the number; rbx, rcx, rdx, rsi, rdi, r8, r9, r10 the arguments. */
	X86_VCPU_HYPERCALL = 0,
};

/** Numbers for axvcpu_inject_interrupt() that are no vector 0 to 255. */
enum x86_vcpu_inject {
	/** A non-maskable interrupt. */
	X86_VCPU_INJECT_NMI = 256,
	/**
	 * Plus a vector: what a PIC of the hypervisor's own gives at the CPU's acknowledge
	 * (ExtINT), past the local APIC and its priorities. Without a local APIC plain
	 * vectors are the same.
	 */
	X86_VCPU_INJECT_EXTINT = 512,
	/**
	 * Plus a vector: a fixed interrupt of the local APIC that is level-triggered, as an I/O
	 * APIC sends it. Its EOI is an AXVCPU_EXIT_END_OF_INTERRUPT with the vector; other
	 * interrupts end without an exit. Without a local APIC: AXVCPU_ERR_INVALID_ARGUMENT.
	 */
	X86_VCPU_INJECT_LEVEL = 768,
};

/** axvcpu_exit_send_ipi.vector of an INIT; a start-up IPI is an AXVCPU_EXIT_CPU_UP. */
#define X86_VCPU_IPI_INIT UINT64_C(257)
/** axvcpu_exit_cpu_up.target_cpu of a start-up IPI to all other CPUs; else an APIC id. */
#define X86_VCPU_ALL_OTHERS UINT64_MAX

/**
 * How target_cpu is meant (SDM 11.6.2): bits of axvcpu_exit_send_ipi.target_mask and of
 * axvcpu_exit_cpu_up.arg.
 */
enum x86_vcpu_ipi {
	/** A logical destination; else an APIC id. */
	X86_VCPU_IPI_LOGICAL = 1u << 0,
	/** It has 32 bits, as in x2APIC form; else 8. */
	X86_VCPU_IPI_X2APIC = 1u << 1,
	/** One of the targets gets it (lowest priority). */
	X86_VCPU_IPI_ONE = 1u << 2,
};

/**
 * Whether an IPI that a vCPU of the machine sent is for this one, which may be the sender:
 * give it to all for which it is with axvcpu_inject_interrupt(), or to one with
 * X86_VCPU_IPI_ONE. With AXVCPU_SEND_IPI_ALL_BUT_SELF all but the sender are meant, whom
 * the caller leaves out. An X86_VCPU_IPI_INIT ends what the vCPU does: destroy it, and
 * make it anew when a start-up IPI comes for it.
 *
 * Thread safety: any CPU, any time between setup and destroy.
 */
bool x86_vcpu_is_ipi_target(struct axvcpu *vcpu, const struct axvcpu_exit_send_ipi *ipi);

/**
 * Whether a start-up IPI (AXVCPU_EXIT_CPU_UP) is for this vCPU: if it waits for one, set it
 * up with X86_VCPU_START_REAL at the exit's entry_point. X86_VCPU_ALL_OTHERS means all but
 * the sender, whom the caller leaves out.
 *
 * Thread safety: any CPU, any time between create and destroy.
 */
bool x86_vcpu_is_startup_target(struct axvcpu *vcpu, const struct axvcpu_exit_cpu_up *start);

/**
 * Does to a vCPU what the INIT signal does to a CPU (SDM volume 3, 10.1, table 10-1;
 * X86_VCPU_IPI_INIT is who asks for it): general, control, segment and debug registers and
 * EFER are as after reset, and so is the local APIC but for its id, its base and its form;
 * events that wait are dropped. FPU, SSE and AVX state, XCR0, the other MSRs and the time
 * stamp counter stay, and of CR0 the bits CD and NW. The vCPU then starts in real mode at
 * the reset vector, or, after axvcpu_set_entry(), where a start-up IPI wants it.
 *
 * @param vcpu  state: Free (stays so).
 * @return AXVCPU_OK; AXVCPU_ERR_INVALID_ARGUMENT for null; AXVCPU_ERR_BAD_STATE.
 *
 * Thread safety: owner.
 */
axvcpu_error_t x86_vcpu_signal_init(struct axvcpu *vcpu);

/**
 * Queues an exception for the guest, delivered at its next entry before anything
 * else. With one pending already the rules of SDM 6.15 hold: the two become a
 * double fault, or a triple fault, or the second one is dropped.
 *
 * @param vcpu        states: Free, Ready, Blocked (stays so).
 * @param vector      0 to 31, not 2 (an NMI is X86_VCPU_INJECT_NMI).
 * @param error_code  taken by the vectors that have one (8, 10 to 14, 17, 21, 29, 30),
 *                    must be 0 for others.
 * @return AXVCPU_OK; AXVCPU_ERR_INVALID_ARGUMENT; AXVCPU_ERR_BAD_STATE.
 *
 * Thread safety: owner.
 */
axvcpu_error_t x86_vcpu_inject_exception(struct axvcpu *vcpu, uint32_t vector,
					 uint32_t error_code);

/**
 * Drops what TLBs hold of the vCPU's translations before its next entry, and at once
 * where the library keeps guest memory to be. After a change of second-stage tables
 * call it for each vCPU that uses them, and kick those that run: the change is complete,
 * and what was taken out of the tables may be used for something else, when each of
 * them has returned from axvcpu_run().
 *
 * @return AXVCPU_OK; AXVCPU_ERR_INVALID_ARGUMENT for null.
 *
 * Thread safety: any CPU, any time.
 */
axvcpu_error_t x86_vcpu_flush_tlb(struct axvcpu *vcpu);

/**
 * Whether an interrupt controller of the hypervisor's own should give this vCPU its
 * next interrupt (with a local APIC as X86_VCPU_INJECT_EXTINT): none of those injected
 * waits any more, here or in the queue of axvcpu_inject_interrupt(), and the local APIC
 * lets it through. What such a controller has handed over it cannot take back.
 *
 * Thread safety: owner.
 */
bool x86_vcpu_can_take_interrupt(struct axvcpu *vcpu);

/**
 * The same for a controller whose interrupts come to the local APIC as messages with the
 * delivery mode ExtINT, as an I/O APIC sends them (SDM volume 3, 11.5.1): LINT0 has no say,
 * but the APIC has to be enabled, by software too (11.4.7.2). Without one: false.
 *
 * Thread safety: owner.
 */
bool x86_vcpu_can_take_extint(struct axvcpu *vcpu);

/** Register classes of axvcpu_get_reg(), each named after the registers that it holds. */
enum x86_vcpu_reg_class {
	X86_VCPU_REG_CLASS_CORE = 1,
	X86_VCPU_REG_CLASS_CONTROL = 2,
	X86_VCPU_REG_CLASS_DEBUG = 3,
	X86_VCPU_REG_CLASS_SEGMENT = 4,
	X86_VCPU_REG_CLASS_MSR = 5,
	X86_VCPU_REG_CLASS_XSAVE = 6,
	X86_VCPU_REG_CLASS_EVENT = 7,
	X86_VCPU_REG_CLASS_APIC = 8,
};

/** An id of class X86_VCPU_REG_CLASS_reg_class; for the macros below. */
#define X86_VCPU_REG_(reg_class, index) \
	AXVCPU_REG_ID(AXVCPU_ARCH_X86_64, 3, X86_VCPU_REG_CLASS_##reg_class, (index))

/** General register n as instructions encode it: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15. */
#define X86_VCPU_REG_GPR(n) X86_VCPU_REG_(CORE, (n))
/** RIP. */
#define X86_VCPU_REG_RIP X86_VCPU_REG_(CORE, 16)
/** RFLAGS; bit 1 is set, reserved bits are 0. */
#define X86_VCPU_REG_RFLAGS X86_VCPU_REG_(CORE, 17)

/** Control register CRn: 0, 2, 3, 4, 8. */
#define X86_VCPU_REG_CR(n) X86_VCPU_REG_(CONTROL, (n))
/**
 * Page-directory-pointer-table entry n, 0 to 3, as the guest's CPU has loaded it for PAE paging
 * (SDM volume 3, 4.4.1). A write of CR0, CR3, CR4 or IA32_EFER makes all of them 0, and the
 * next entry takes them out of memory if they are. On AMD's CPUs, which read memory at each
 * walk (APM 15.25.10), they are 0 and what is written is ignored.
 */
#define X86_VCPU_REG_PDPTE(n) X86_VCPU_REG_(CONTROL, 18 + (n))
/** Extended control register 0. */
#define X86_VCPU_REG_XCR0 X86_VCPU_REG_(CONTROL, 16)

/** Debug register DRn: 0 to 3, 6, 7. */
#define X86_VCPU_REG_DR(n) X86_VCPU_REG_(DEBUG, (n))

/** Segment and table registers for the ids below, each named after its register. */
enum x86_vcpu_segment {
	X86_VCPU_ES = 0,
	X86_VCPU_CS = 1,
	X86_VCPU_SS = 2,
	X86_VCPU_DS = 3,
	X86_VCPU_FS = 4,
	X86_VCPU_GS = 5,
	X86_VCPU_LDTR = 6,
	X86_VCPU_TR = 7,
	X86_VCPU_GDTR = 8,
	X86_VCPU_IDTR = 9,
};
/** Base address of a segment, of GDTR or IDTR. */
#define X86_VCPU_REG_BASE(segment) X86_VCPU_REG_(SEGMENT, (segment) * 4u)
/** Limit in bytes, granularity applied. */
#define X86_VCPU_REG_LIMIT(segment) X86_VCPU_REG_(SEGMENT, (segment) * 4u + 1u)
/** Selector; not for GDTR and IDTR. */
#define X86_VCPU_REG_SELECTOR(segment) X86_VCPU_REG_(SEGMENT, (segment) * 4u + 2u)
/**
 * Attributes: type 3..0, S 4, DPL 6..5, P 7, AVL 8, L 9, D/B 10, G 11 (APM 15.5.1); a
 * segment that is not present is unusable. Not for GDTR and IDTR.
 */
#define X86_VCPU_REG_ATTRIBUTES(segment) X86_VCPU_REG_(SEGMENT, (segment) * 4u + 3u)

/** A model-specific register by its number. IA32_TIME_STAMP_COUNTER is listed as its offset. */
#define X86_VCPU_REG_MSR(number) X86_VCPU_REG_(MSR, (number))
/** What is added to the CPU's time stamp counter for the guest's, modulo 2^64. */
#define X86_VCPU_REG_TSC_OFFSET X86_VCPU_REG_(CONTROL, 17)

/**
 * 64 bytes of the XSAVE area in its standard form (SDM volume 1, 13.4): bytes 64n to
 * 64n + 63. Components are where Intel's CPUs have them, also on CPUs which have them
 * elsewhere (SDM volume 1, 13.5; CPUID leaf 0xd): AVX at 576, AVX-512 at 1088, PKRU at 2688.
 */
#define X86_VCPU_REG_XSAVE(n) \
	AXVCPU_REG_ID(AXVCPU_ARCH_X86_64, 6, X86_VCPU_REG_CLASS_XSAVE, (n))

/** Interrupts that wait for the guest's CPU without a local APIC: vectors 64n to 64n + 63, n = 0 to 3. */
#define X86_VCPU_REG_INTERRUPTS(n) X86_VCPU_REG_(EVENT, (n))
/**
 * The event that is delivered at the next entry: vector 7..0, type 10..8 (0 external
 * interrupt, 2 NMI, 3 exception), error code valid 11, valid 31 (APM 15.20); the error code
 * is the next id.
 */
#define X86_VCPU_REG_EVENT X86_VCPU_REG_(EVENT, 4)
/** Error code of the event in X86_VCPU_REG_EVENT. */
#define X86_VCPU_REG_EVENT_ERROR X86_VCPU_REG_(EVENT, 5)
/**
 * Interruptibility: bit 0 after STI or MOV SS; bit 1 NMIs are blocked; bit 2 an NMI is
 * pending; bit 3 halted; bit 4 a triple fault, which the next run reports.
 */
#define X86_VCPU_REG_INTERRUPTIBILITY X86_VCPU_REG_(EVENT, 6)
/**
 * The IPI that the guest sent and the next run reports: bit 31 if there is one; bits
 * 11..0, 19..18 and 63..32 as in the ICR (SDM 11.6.1), bit 12 if it is in x2APIC form.
 */
#define X86_VCPU_REG_IPI X86_VCPU_REG_(EVENT, 7)

/**
 * 1 if the instruction at RIP has had what it reads, and what it writes is the next run's
 * exit; else 0. Written after RIP and all that the instruction depends on.
 */
#define X86_VCPU_REG_ACCESS X86_VCPU_REG_(EVENT, 8)
/** What it read, as axvcpu_complete_read() got it; 0 if there is no such instruction. */
#define X86_VCPU_REG_ACCESS_VALUE X86_VCPU_REG_(EVENT, 9)

/** Word n of the local APIC's state, in an order of the library's own. */
#define X86_VCPU_REG_APIC(n) X86_VCPU_REG_(APIC, (n))

#ifdef __cplusplus
}
#endif

#endif /* X86_VCPU_X86_VCPU_H_ */
