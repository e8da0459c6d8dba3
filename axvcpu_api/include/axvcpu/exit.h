/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a vCPU came back from its guest.
 *
 * The record belongs to the vCPU: axvcpu_run() hands out a pointer to it, which
 * stays valid until the next axvcpu_run() or axvcpu_destroy() of that vCPU.
 * `size` says how many bytes the library filled in; a member beyond it is absent.
 */
#ifndef AXVCPU_EXIT_H_
#define AXVCPU_EXIT_H_

#include "axvcpu/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Exit reasons. The member of axvcpu_exit that each one uses stands in brackets. */
enum axvcpu_exit_reason {
	/** Nothing for the hypervisor to do: a kick, or work that the library did. Run again. */
	AXVCPU_EXIT_NOTHING = 0,
	/** The guest called the hypervisor [hypercall]. */
	AXVCPU_EXIT_HYPERCALL = 1,
	/** A load from an address that stage 2 does not map [mmio]; needs axvcpu_complete_read(). */
	AXVCPU_EXIT_MMIO_READ = 2,
	/** A store to such an address [mmio]. */
	AXVCPU_EXIT_MMIO_WRITE = 3,
	/** A read of a trapped system register, MSR or CSR [sysreg]; needs axvcpu_complete_read(). */
	AXVCPU_EXIT_SYSREG_READ = 4,
	/** A write of one [sysreg]. */
	AXVCPU_EXIT_SYSREG_WRITE = 5,
	/** An x86 port read [port]; needs axvcpu_complete_read(). */
	AXVCPU_EXIT_PORT_READ = 6,
	/** An x86 port write [port]. */
	AXVCPU_EXIT_PORT_WRITE = 7,
	/** A physical interrupt arrived while the guest ran [interrupt]. */
	AXVCPU_EXIT_EXTERNAL_INTERRUPT = 8,
	/** A stage-2 fault that is no decodable MMIO access [nested_page_fault]. */
	AXVCPU_EXIT_NESTED_PAGE_FAULT = 9,
	/** The guest waits for an interrupt (WFI, HLT, CPU_SUSPEND). */
	AXVCPU_EXIT_HALT = 10,
	/** The guest starts another of its CPUs [cpu_up]. */
	AXVCPU_EXIT_CPU_UP = 11,
	/** The guest stops this CPU [cpu_down]. */
	AXVCPU_EXIT_CPU_DOWN = 12,
	/** The guest powers off or resets its machine [system_down]. */
	AXVCPU_EXIT_SYSTEM_DOWN = 13,
	/** The hardware refused to enter the guest [fail_entry]. */
	AXVCPU_EXIT_FAIL_ENTRY = 14,
	/** The guest sends an interrupt to other CPUs of its machine [send_ipi]. */
	AXVCPU_EXIT_SEND_IPI = 15,
	/** A trap that the library does not know; `raw` holds all that the hardware said. */
	AXVCPU_EXIT_UNKNOWN = 16,
	/**
	 * The guest ended an interrupt that was injected as level-triggered [interrupt]: its
	 * controller, if the hypervisor emulates that, may ask again. From arch packages that
	 * have such a number for axvcpu_inject_interrupt().
	 */
	AXVCPU_EXIT_END_OF_INTERRUPT = 17,
};

/** Number of reasons that this header knows; later versions may have more. */
#define AXVCPU_EXIT_REASON_COUNT 18u

/** Bits of axvcpu_exit.flags. */
enum axvcpu_exit_flags {
	/** axvcpu_kick() asked for this return. */
	AXVCPU_EXIT_FLAG_KICKED = 1u << 0,
	/** `raw` is filled in. */
	AXVCPU_EXIT_FLAG_RAW = 1u << 1,
};

/** Bits of axvcpu_exit_nested_page_fault.access: what the guest tried. */
enum axvcpu_access_flags {
	/** A load. */
	AXVCPU_ACCESS_READ = 1u << 0,
	/** A store. */
	AXVCPU_ACCESS_WRITE = 1u << 1,
	/** The fetch of an instruction. */
	AXVCPU_ACCESS_EXECUTE = 1u << 2,
	/** The access came from the guest's own page-table walk. */
	AXVCPU_ACCESS_PAGE_WALK = 1u << 3,
	/** Stage 2 maps the address, but does not permit the access. */
	AXVCPU_ACCESS_PERMISSION = 1u << 4,
	/** `gva` holds the guest virtual address. */
	AXVCPU_ACCESS_GVA_VALID = 1u << 5,
	/** A data access whose instruction the hardware did not describe: not decoded. */
	AXVCPU_ACCESS_NO_SYNDROME = 1u << 6,
};

/** Values of axvcpu_exit_system_down.type. */
enum axvcpu_system_down_type {
	/** For good. */
	AXVCPU_SYSTEM_DOWN_POWER_OFF = 0,
	/** To be started again. */
	AXVCPU_SYSTEM_DOWN_RESET = 1,
	/** The guest reports its own crash, or cannot go on (x86 triple fault). */
	AXVCPU_SYSTEM_DOWN_CRASH = 2,
};

/** Bits of axvcpu_exit_send_ipi.flags. */
enum axvcpu_send_ipi_flags {
	/** To every CPU of the guest but the sender; the targets below mean nothing. */
	AXVCPU_SEND_IPI_ALL_BUT_SELF = 1u << 0,
	/** To the sender as well, or alone when no other target is given. */
	AXVCPU_SEND_IPI_SELF = 1u << 1,
};

/** Number of arguments that a hypercall exit carries. */
#define AXVCPU_HYPERCALL_ARGS 8u

/** AXVCPU_EXIT_HYPERCALL. Answer with axvcpu_set_return_value(). */
struct axvcpu_exit_hypercall {
	/** Function number (Arm: x0; RISC-V: a7, the extension; x86: rax). */
	uint64_t number;
	/**
	 * Arguments in the order of the calling convention (Arm: x1 to x8; RISC-V: a0 to a5, then
	 * a6, the function; x86: rbx, rcx, rdx, rsi, rdi, r8, r9, r10).
	 */
	uint64_t args[AXVCPU_HYPERCALL_ARGS];
	/** Immediate operand of the instruction (Arm HVC/SMC), else 0. */
	uint32_t immediate;
	/** By which instruction or interface: one of the arch package's *_HYPERCALL_* constants. */
	uint32_t conduit;
};

/** AXVCPU_EXIT_MMIO_READ and AXVCPU_EXIT_MMIO_WRITE. */
struct axvcpu_exit_mmio {
	/** Guest physical address of the first byte. */
	uint64_t gpa;
	/** Value that is stored, zero-extended from `width`; 0 for a read. */
	uint64_t data;
	/** Bytes accessed: 1, 2, 4 or 8. */
	uint32_t width;
	/** Number of the general register that is read or written (Arm 31: XZR). */
	uint32_t reg;
	/** Bytes of that register which a read defines: 4 or 8 (x86: 1, 2, 4, 8). */
	uint32_t reg_width;
	/** Not 0 if a read is sign-extended from `width` to `reg_width`. */
	uint32_t sign_extend;
};

/** AXVCPU_EXIT_SYSREG_READ and AXVCPU_EXIT_SYSREG_WRITE. */
struct axvcpu_exit_sysreg {
	/**
	 * Arm: the encoding op0[21:20] op2[19:17] op1[16:14] CRn[13:10] CRm[4:1]
	 * of ESR_ELx.ISS (ARM DDI 0487, D19.2.37, "EC 0b011000"), other bits 0;
	 * RISC-V: the CSR number; x86: the MSR number.
	 */
	uint64_t address;
	/** Value written; 0 for a read. */
	uint64_t value;
	/** Number of the general register that is read or written. */
	uint32_t reg;
	/** Bytes transferred: 4 or 8. */
	uint32_t width;
};

/** AXVCPU_EXIT_PORT_READ and AXVCPU_EXIT_PORT_WRITE. */
struct axvcpu_exit_port {
	/** Value written, zero-extended; 0 for a read. */
	uint64_t data;
	/** I/O port number, 0 to 0xffff. */
	uint32_t port;
	/** Bytes: 1, 2 or 4. */
	uint32_t width;
	/** Elements left of a string or rep access, this one included; else 1. */
	uint64_t count;
};

/** AXVCPU_EXIT_EXTERNAL_INTERRUPT and AXVCPU_EXIT_END_OF_INTERRUPT. */
struct axvcpu_exit_interrupt {
	/**
	 * What the HAL's irq_fetch gave (Arm: INTID), AXVCPU_IRQ_NONE if it has none; or the
	 * guest's vector that ended.
	 */
	uint64_t vector;
};

/** No interrupt number: the HAL has no irq_fetch, or nothing was pending. */
#define AXVCPU_IRQ_NONE UINT64_MAX

/** AXVCPU_EXIT_NESTED_PAGE_FAULT. Map the page and run again, or axvcpu_fail_access(). */
struct axvcpu_exit_nested_page_fault {
	/** Faulting guest physical address; its page if the hardware says no more. */
	uint64_t gpa;
	/** Guest virtual address, if AXVCPU_ACCESS_GVA_VALID is set. */
	uint64_t gva;
	/** AXVCPU_ACCESS_* bits. */
	uint32_t access;
	/** Page-table level at which the walk ended, 0 to 4 from the root; UINT32_MAX if unknown. */
	uint32_t level;
};

/**
 * AXVCPU_EXIT_CPU_UP. Answer as a hypercall: Arm with axvcpu_set_return_value() (PSCI), RISC-V
 * with riscv_vcpu_set_sbi_result(). On x86, where it is a start-up IPI, there is no answer.
 */
struct axvcpu_exit_cpu_up {
	/** CPU to start, as the guest names it (Arm: MPIDR affinity; RISC-V: hart id; x86: APIC id). */
	uint64_t target_cpu;
	/** Guest physical address at which it starts. */
	uint64_t entry_point;
	/** Value for its argument register (Arm: x0; RISC-V: a1); x86: X86_VCPU_IPI_* bits. */
	uint64_t arg;
};

/** AXVCPU_EXIT_CPU_DOWN. */
struct axvcpu_exit_cpu_down {
	/** The power state that the guest asked for, as its interface encodes it; 0 for plain off. */
	uint64_t power_state;
};

/** AXVCPU_EXIT_SYSTEM_DOWN. */
struct axvcpu_exit_system_down {
	/** AXVCPU_SYSTEM_DOWN_*. */
	uint32_t type;
	/** Zero. */
	uint32_t reserved;
	/** Reason or reset type as the guest's interface encodes it (PSCI SYSTEM_RESET2, SBI SRST). */
	uint64_t code;
};

/** AXVCPU_EXIT_FAIL_ENTRY. */
struct axvcpu_exit_fail_entry {
	/**
	 * The hardware's own code (VMX: VM-instruction error, or exit reason with its bit 31;
	 * SVM: EXITCODE). The other architectures have no such exit.
	 */
	uint64_t hardware_reason;
};

/** AXVCPU_EXIT_SEND_IPI. */
struct axvcpu_exit_send_ipi {
	/**
	 * First target or target group (Arm: Aff3.Aff2.Aff1 as in MPIDR_EL1, Aff0 = 0; RISC-V: the
	 * hart id that bit 0 of target_mask is; x86: as target_mask says).
	 */
	uint64_t target_cpu;
	/**
	 * Which CPUs of the group (Arm: bit n means Aff0 = 16 * range_selector + n; RISC-V: bit n
	 * means hart target_cpu + n); x86: how target_cpu is meant, X86_VCPU_IPI_* bits, for
	 * x86_vcpu_is_ipi_target().
	 */
	uint64_t target_mask;
	/**
	 * For axvcpu_inject_interrupt() (Arm: SGI 0 to 15; RISC-V: RISCV_VCPU_IRQ_SOFTWARE; x86:
	 * vector, or X86_VCPU_IPI_INIT).
	 */
	uint64_t vector;
	/** AXVCPU_SEND_IPI_* bits. */
	uint32_t flags;
	/** Arm: ICC_SGI1R_EL1.RS, the 16 CPUs that target_mask speaks of; else 0. */
	uint32_t range_selector;
};

/** Number of words in axvcpu_exit_raw. */
#define AXVCPU_RAW_WORDS 4u

/** What the hardware reported, for logs and for exits that the library does not know. */
struct axvcpu_exit_raw {
	/**
	 * Arm: ESR_EL2, FAR_EL2, HPFAR_EL2, vector (AXVCPU_EXIT_UNKNOWN);
	 * RISC-V: scause, stval, htval, htinst; VMX: exit reason, qualification, guest physical
	 * address, IDT-vectoring information; SVM: EXITCODE, EXITINFO1, EXITINFO2, EXITINTINFO.
	 */
	uint64_t word[AXVCPU_RAW_WORDS];
};

/** One exit. 256 bytes, of which later versions may use the reserved ones. */
struct axvcpu_exit {
	/** Bytes that the library filled in. */
	uint32_t size;
	/** AXVCPU_EXIT_*; treat an unknown number as AXVCPU_EXIT_UNKNOWN. */
	uint32_t reason;
	/** AXVCPU_EXIT_FLAG_* bits. */
	uint32_t flags;
	/** Length in bytes of the instruction that exited, 0 if there is none or it is unknown. */
	uint32_t instruction_length;
	/** Guest program counter: of that instruction, or the next one to run. */
	uint64_t pc;
	/** Valid with AXVCPU_EXIT_FLAG_RAW. */
	struct axvcpu_exit_raw raw;
	/** Details, by `reason`. */
	union {
		/** AXVCPU_EXIT_HYPERCALL. */
		struct axvcpu_exit_hypercall hypercall;
		/** AXVCPU_EXIT_MMIO_READ and AXVCPU_EXIT_MMIO_WRITE. */
		struct axvcpu_exit_mmio mmio;
		/** AXVCPU_EXIT_SYSREG_READ and AXVCPU_EXIT_SYSREG_WRITE. */
		struct axvcpu_exit_sysreg sysreg;
		/** AXVCPU_EXIT_PORT_READ and AXVCPU_EXIT_PORT_WRITE. */
		struct axvcpu_exit_port port;
		/** AXVCPU_EXIT_EXTERNAL_INTERRUPT and AXVCPU_EXIT_END_OF_INTERRUPT. */
		struct axvcpu_exit_interrupt interrupt;
		/** AXVCPU_EXIT_NESTED_PAGE_FAULT. */
		struct axvcpu_exit_nested_page_fault nested_page_fault;
		/** AXVCPU_EXIT_CPU_UP. */
		struct axvcpu_exit_cpu_up cpu_up;
		/** AXVCPU_EXIT_CPU_DOWN. */
		struct axvcpu_exit_cpu_down cpu_down;
		/** AXVCPU_EXIT_SYSTEM_DOWN. */
		struct axvcpu_exit_system_down system_down;
		/** AXVCPU_EXIT_FAIL_ENTRY. */
		struct axvcpu_exit_fail_entry fail_entry;
		/** AXVCPU_EXIT_SEND_IPI. */
		struct axvcpu_exit_send_ipi send_ipi;
		/** Room for later versions; undefined. */
		uint64_t reserved[25];
	} u;
};

AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_exit) == 256, "axvcpu_exit has one fixed size");
AXVCPU_ASSERT_OFFSET(struct axvcpu_exit, reason, 4);
AXVCPU_ASSERT_OFFSET(struct axvcpu_exit, flags, 8);
AXVCPU_ASSERT_OFFSET(struct axvcpu_exit, instruction_length, 12);
AXVCPU_ASSERT_OFFSET(struct axvcpu_exit, pc, 16);
AXVCPU_ASSERT_OFFSET(struct axvcpu_exit, raw, 24);
AXVCPU_ASSERT_OFFSET(struct axvcpu_exit, u, 56);
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_exit_hypercall) == 80, "size is ABI");
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_exit_mmio) == 32, "size is ABI");
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_exit_sysreg) == 24, "size is ABI");
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_exit_port) == 24, "size is ABI");
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_exit_interrupt) == 8, "size is ABI");
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_exit_nested_page_fault) == 24, "size is ABI");
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_exit_cpu_up) == 24, "size is ABI");
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_exit_cpu_down) == 8, "size is ABI");
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_exit_system_down) == 16, "size is ABI");
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_exit_fail_entry) == 8, "size is ABI");
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_exit_send_ipi) == 32, "size is ABI");

/**
 * The name of an exit reason as the constants spell it, without their prefix
 * ("MMIO_READ"), for logs.
 *
 * @param reason  any number; one that this library does not know gives "UNKNOWN".
 * @return a static string, never null.
 *
 * Thread safety: any CPU, any time.
 */
const char *axvcpu_exit_reason_string(uint32_t reason);

#ifdef __cplusplus
}
#endif

#endif /* AXVCPU_EXIT_H_ */
