/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arm_vcpu: AArch64 vCPUs at EL2 behind the axvcpu interface.
 *
 * A hypervisor hands arm_vcpu_ops() to axvcpu_host_init() and then uses
 * axvcpu/axvcpu.h alone; this header adds the configuration structs, which
 * axvcpu_create() and axvcpu_setup() take, and the register ids.
 *
 * The hypervisor runs at EL2 with SP_EL2 selected, with HCR_EL2.E2H = 0 or with
 * E2H = TGE = 1 (found at axvcpu_hardware_enable() and kept until it is disabled),
 * is compiled without floating point and pointer authentication
 * (-mgeneral-regs-only, no -mbranch-protection), and calls axvcpu_run() with
 * PSTATE.{A,I,F} masked. Guests run at EL1 in AArch64 and may run EL0 in AArch32
 * where the CPU has it.
 *
 * From bind to unbind the CPU's EL1 and EL0 registers are the guest's, and EL2's
 * controls are set for it; a host with E2H = 1 keeps its HCR_EL2 but while the guest
 * runs. Unbind gives back what the host itself has a use for, as bind found it: the
 * controls HCR_EL2, VTTBR_EL2, CPTR_EL2, MDCR_EL2, CNTHCTL_EL2, MPAM2_EL2 and MPAMHCR_EL2,
 * MDSCR_EL1, SP_EL0, TPIDR_EL0, TPIDRRO_EL0, TPIDR_EL1 and CNTVOFF_EL2, to a host with
 * E2H = 1 also HCRX_EL2, PMUSERENR_EL0, AMUSERENR_EL0 and TPIDR2_EL0, and ZCR_EL2 after a
 * guest with ARM_VCPU_SVE. V0 to V31, FPCR, FPSR, Z0 to Z31, P0 to P15 and FFR may hold any
 * guest's contents afterwards, and so may the other registers of EL1, among them the keys of
 * pointer authentication, which EL0 and EL2 use as well: a host that has tasks loads theirs
 * before it returns to them. PSTATE.{ALLINT, DIT, PAN, SSBS, TCO, UAO} are as an exception to
 * EL2 leaves them (D1.3.1.5).
 *
 * From axvcpu_hardware_enable() to axvcpu_hardware_disable(), which puts them back, the
 * library owns the controls that only a guest is under: VTCR_EL2, VMPIDR_EL2, VPIDR_EL2,
 * HSTR_EL2, the fine-grained traps (HFGRTR_EL2 and its like), and on a host with E2H = 0
 * HCRX_EL2, PMUSERENR_EL0 and AMUSERENR_EL0. A host with guests of another kind sets them
 * before it runs one.
 *
 * After an entry of a stage-2 table was changed or removed the hypervisor invalidates
 * what TLBs have of it (D8.14): TLBI ALLE1IS, as the library gives VMIDs, unless
 * arm_vcpu_setup_config.vmid names one.
 *
 * MMIO by an instruction that the hardware does not describe (a pair, writeback,
 * SIMD, DC ZVA) is decoded from the guest's memory, for which the HAL's phys_to_virt
 * is asked, and becomes one exit for each element, of at most eight bytes, in a
 * row: `reg` is 31 where it is no general register, and the guest changes with the
 * last one's completion; a vCPU that is saved in between begins the instruction anew
 * where it is loaded. What phys_to_virt does not give, what goes over the end of a page
 * into memory or with an element that is in both, exclusive and atomic accesses, which exits
 * cannot make atomic, and those of SVE, stay nested page faults with
 * AXVCPU_ACCESS_NO_SYNDROME. Cache maintenance of an address that is not mapped does
 * nothing.
 *
 * Data of MMIO exits are as the device sees them, the byte at the lowest address in
 * bits 7..0, also where the guest's own data are big-endian (SCTLR_EL1.EE and E0E,
 * PSTATE.E of AArch32).
 *
 * Section numbers are those of the Arm Architecture Reference Manual
 * (ARM DDI 0487), PSCI is ARM DEN 0022, SMCCC is ARM DEN 0028.
 */
#ifndef ARM_VCPU_ARM_VCPU_H_
#define ARM_VCPU_ARM_VCPU_H_

#include "axvcpu/host.h"
#include "axvcpu/reg.h"
#include "axvcpu/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Version of this package: semantic versioning, see CHANGELOG.md. */
#define ARM_VCPU_VERSION_MAJOR 0u
/** Its minor number. */
#define ARM_VCPU_VERSION_MINOR 1u
/** Its patch number. */
#define ARM_VCPU_VERSION_PATCH 0u

/** The operations of this package, for axvcpu_host_init(). Any CPU, any time. */
const struct axvcpu_arch_ops *arm_vcpu_ops(void);

/** Configuration for axvcpu_create(). */
struct arm_vcpu_create_config {
	/** sizeof(struct arm_vcpu_create_config). */
	uint32_t size;
	/** Must be zero. */
	uint32_t flags;
	/**
	 * The guest's MPIDR_EL1: affinity fields Aff0 (bits 7..0), Aff1 (15..8), Aff2
	 * (23..16), Aff3 (39..32); other bits must be zero, the library sets RES1 bit
	 * 31. Default: Aff0 = vcpu_id % 16, Aff1 = vcpu_id / 16.
	 */
	uint64_t mpidr;
	/** The guest's MIDR_EL1, or 0 for that of the CPU on which it is bound. */
	uint64_t midr;
};
AXVCPU_STATIC_ASSERT(sizeof(struct arm_vcpu_create_config) == 24, "size is ABI");

/** Bits of arm_vcpu_setup_config.flags. */
enum arm_vcpu_setup_flags {
	/**
	 * Physical interrupts go straight to the guest (HCR_EL2.IMO = FMO = 0), which
	 * owns the interrupt controller. Nothing but the guest's own traps then
	 * interrupts a run, so a kick takes effect at the next one.
	 */
	ARM_VCPU_PASSTHROUGH_INTERRUPT = 1u << 0,
	/** The guest may use the physical timer and counter (CNTHCTL_EL2.EL1PCEN, EL1PCTEN). */
	ARM_VCPU_PASSTHROUGH_TIMER = 1u << 1,
	/**
	 * WFI of the guest is an AXVCPU_EXIT_HALT, WFIT, which has a timeout, an
	 * AXVCPU_EXIT_NOTHING; otherwise the CPU itself waits.
	 */
	ARM_VCPU_TRAP_WFI = 1u << 2,
	/** WFE and WFET of the guest are an AXVCPU_EXIT_NOTHING. */
	ARM_VCPU_TRAP_WFE = 1u << 3,
	/**
	 * The guest has a GICv3 CPU interface of its own, and a virtual timer whose
	 * interrupt it gets (IHI 0069H, chapter 6). axvcpu_inject_interrupt() and
	 * axvcpu_clear_interrupt() take any SGI, PPI and SPI, with the attributes that
	 * arm_vcpu_set_interrupt() gave it; the list registers and what does not fit
	 * into them are the library's. Not with ARM_VCPU_PASSTHROUGH_INTERRUPT.
	 *
	 * The hypervisor enables the system registers (ICC_SRE_EL2.SRE, Enable), sets
	 * ICC_CTLR_EL1.EOImode, and enables the physical interrupts of the virtual timer
	 * and of maintenance on each CPU; it needs the HAL's irq_fetch. The library ends
	 * those two interrupts, and leaves the timer's active while the guest deals with
	 * it. At bind AXVCPU_ERR_UNSUPPORTED says that this is not so. From the first such bind
	 * on a CPU to axvcpu_hardware_disable() ICC_SRE_EL2.Enable is clear: the guest's
	 * ICC_SRE_EL1 is a constant. GICv2 CPU interfaces, which are memory-mapped, are not
	 * supported.
	 *
	 * Without this flag interrupts go to the HAL's inject_virtual_interrupt, and
	 * axvcpu_clear_interrupt() takes back only what the HAL has not been given yet.
	 */
	ARM_VCPU_VIRTUAL_GIC = 1u << 4,
	/**
	 * The guest has a physical timer of its own (CNTP_CTL_EL0, CNTP_CVAL_EL0,
	 * CNTP_TVAL_EL0), and a physical counter (CNTPCT_EL0) that is its virtual one: both
	 * are CNTVOFF_EL2 behind the machine's. They trap and are emulated in the library;
	 * without this flag, and without ARM_VCPU_PASSTHROUGH_TIMER, they are
	 * AXVCPU_EXIT_SYSREG_READ and _WRITE. In AArch32 they are undefined. Needs
	 * ARM_VCPU_VIRTUAL_GIC, which gets its interrupt; not with
	 * ARM_VCPU_PASSTHROUGH_TIMER.
	 *
	 * axvcpu_timer_deadline() speaks of this timer too. Unlike the virtual one it is
	 * nothing that the hardware does: the hypervisor sees to it that the guest is
	 * interrupted at the deadline also while it runs, and runs the vCPU again, which then
	 * gets its interrupt. An AXVCPU_EXIT_NOTHING tells it that the guest has set a time.
	 */
	ARM_VCPU_EMULATE_TIMER = 1u << 5,
	/**
	 * The guest has SVE, with vectors of sve_vector_bits, where the CPU has: setup and bind
	 * are AXVCPU_ERR_UNSUPPORTED elsewhere. It is not there by default, as such a guest runs
	 * only where vectors are as long, its registers take up to three frames of the HAL
	 * (setup takes them, destroy gives them back), and its first use of FP or SIMD after a
	 * bind moves all of them. The firmware lets EL2 use SVE (CPTR_EL3.EZ, ZCR_EL3.LEN).
	 */
	ARM_VCPU_SVE = 1u << 6,
	/**
	 * The guest keeps the ID registers that it has at setup, which are those of the CPU that
	 * calls axvcpu_setup() as far as the library shows them, and MIDR_EL1, REVIDR_EL1 and
	 * AIDR_EL1 with them; without this flag it reads those of the CPU that it is on. They are
	 * in the list of registers, under ARM_VCPU_REG_SYS(), so a guest that is loaded elsewhere
	 * has them there; to have it run on lesser CPUs, set them before it runs.
	 *
	 * A CPU that has less than they say is refused: bind is AXVCPU_ERR_UNSUPPORTED, and the log
	 * has the register's name; so is setting one, or a load, of which axvcpu_get_failure()
	 * names the register. A field that is larger has more, but (D19.1.3) for signed ones; those
	 * of pointer authentication, if the guest was shown any, numbers of breakpoints and
	 * watchpoints, SpecSEI and CCIDX are to be the same. CTR_EL0 and DCZID_EL0, which the guest reads from the CPU
	 * itself, are in the list to be compared alone: a CPU may have longer cache lines, and need
	 * less maintenance, but not zero other blocks.
	 */
	ARM_VCPU_KEEP_ID = 1u << 7,
};

/**
 * Values of arm_vcpu_setup_config.smc_policy: what an SMC gets that is neither PSCI nor
 * an Arm Architecture Call of SMCCC, which the library answers, unknown ones too.
 */
enum arm_vcpu_smc_policy {
	/** Answered NOT_SUPPORTED (-1) in x0 by the library. */
	ARM_VCPU_SMC_REFUSE = 0,
	/** An AXVCPU_EXIT_HYPERCALL with conduit ARM_VCPU_HYPERCALL_SMC. */
	ARM_VCPU_SMC_EXIT = 1,
	/**
	 * Handed on to the firmware with x0 to x17, whatever it asks for, but not with another
	 * immediate than 0, which is refused. For a trusted guest only.
	 */
	ARM_VCPU_SMC_FORWARD = 2,
};

/** Configuration for axvcpu_setup(). */
struct arm_vcpu_setup_config {
	/** sizeof(struct arm_vcpu_setup_config). */
	uint32_t size;
	/** ARM_VCPU_* bits of enum arm_vcpu_setup_flags. */
	uint32_t flags;
	/**
	 * Bits of the guest's physical address, 32 to 48 and at most what the CPU has
	 * (ID_AA64MMFR0_EL1.PARange); 0 means 40, or PARange if that is less. The guest's
	 * own PARange says so, rounded down to 32, 36, 40, 42, 44 or 48. An address with more
	 * bits than `ipa_bits` is an address size fault of the guest's, and no exit.
	 */
	uint32_t ipa_bits;
	/**
	 * Levels of the stage-2 table, 3 or 4; 0 chooses 3 up to 43 bits, else 4. With
	 * 3 levels, up to 16 concatenated root pages are used for more than 39 bits,
	 * with 4 for more than 48 none; the root is aligned to their total size.
	 */
	uint32_t stage2_levels;
	/** ARM_VCPU_SMC_*. */
	uint32_t smc_policy;
	/**
	 * VTTBR_EL2.VMID. 0: the library chooses, one for all vCPUs with the same vm_id
	 * and stage-2 root, and does all TLB maintenance that the choice needs. Else a
	 * number of 8 bits, or 16 where every CPU has them, the same for all vCPUs of a
	 * machine and for no other machine; before it is given to another machine, the
	 * hypervisor invalidates its TLB entries. The library chooses none of these for
	 * others; AXVCPU_ERR_RESOURCE_BUSY if it did before, and that machine is on a CPU.
	 */
	uint32_t vmid;
	/**
	 * With ARM_VCPU_VIRTUAL_GIC: INTID of the virtual timer's interrupt, for the host
	 * and for the guest, a PPI; 0 means 27, which BSA recommends (DEN 0094, 3.8).
	 */
	uint32_t timer_intid;
	/** And of the CPU interface's maintenance interrupt, a PPI; 0 means 25. */
	uint32_t maintenance_intid;
	/** With ARM_VCPU_EMULATE_TIMER: INTID of EL1's physical timer in the guest, a PPI; 0 means 30. */
	uint32_t physical_timer_intid;
	/**
	 * With ARM_VCPU_SVE: bits of the guest's longest vector, 128, 256, 512, 1024 or 2048
	 * and at most what the CPU has; 0 means the longest of these that the CPU has which
	 * calls axvcpu_setup(). The guest chooses shorter ones by its ZCR_EL1.LEN, of those that
	 * the CPU has. A vCPU that is to move between machines names a length that all have.
	 */
	uint32_t sve_vector_bits;
};
AXVCPU_STATIC_ASSERT(sizeof(struct arm_vcpu_setup_config) == 40, "size is ABI");

/**
 * Values of axvcpu_exit_hypercall.conduit. With an immediate of zero it is a call by
 * SMCCC: `number` has 32 bits, so have the arguments of a fast call in the 32-bit
 * convention, and the guest gets NOT_SUPPORTED if no return value is set.
 */
enum arm_vcpu_conduit {
	/** HVC. */
	ARM_VCPU_HYPERCALL_HVC = 0,
	/** SMC, with ARM_VCPU_SMC_EXIT. */
	ARM_VCPU_HYPERCALL_SMC = 1,
};

/** Values of axvcpu_exit_raw.word[3]: the vector through which the guest exited. */
enum arm_vcpu_vector {
	/** A synchronous exception. */
	ARM_VCPU_VECTOR_SYNC = 0,
	/** A physical IRQ. */
	ARM_VCPU_VECTOR_IRQ = 1,
	/** A physical FIQ. */
	ARM_VCPU_VECTOR_FIQ = 2,
	/** A physical SError. */
	ARM_VCPU_VECTOR_SERROR = 3,
};

/** Register classes of axvcpu_get_reg(). */
enum arm_vcpu_reg_class {
	/** ARM_VCPU_REG_X() and the ids below it. */
	ARM_VCPU_REG_CLASS_CORE = 1,
	/** ARM_VCPU_REG_SYS(). */
	ARM_VCPU_REG_CLASS_SYSREG = 2,
	/** ARM_VCPU_REG_V(). */
	ARM_VCPU_REG_CLASS_FPSIMD = 3,
	/** ARM_VCPU_REG_GIC_PENDING() and the ids below it. */
	ARM_VCPU_REG_CLASS_GIC = 4,
	/** ARM_VCPU_REG_Z() and the ids below it. */
	ARM_VCPU_REG_CLASS_SVE = 5,
	/** ARM_VCPU_REG_ACCESS and the ids below it. */
	ARM_VCPU_REG_CLASS_ACCESS = 6,
};

/** General register Xn, n = 0 to 30; 8 bytes. */
#define ARM_VCPU_REG_X(n) AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARM_VCPU_REG_CLASS_CORE, (n))
/** Program counter (ELR_EL2 at an exit); 8 bytes. */
#define ARM_VCPU_REG_PC AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARM_VCPU_REG_CLASS_CORE, 32)
/** Process state, laid out as SPSR_EL2 (C5.2.19); EL0, EL1t or EL1h, AArch64 or AArch32 EL0; 8 bytes. */
#define ARM_VCPU_REG_PSTATE AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARM_VCPU_REG_CLASS_CORE, 33)

/**
 * The asynchronous abort that waits for the guest to unmask it: ARM_VCPU_SERROR_PENDING
 * and, in bits 24..0, its syndrome (as VSESR_EL2, D19.2.158); 8 bytes. See
 * arm_vcpu_inject_serror().
 */
#define ARM_VCPU_REG_SERROR AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARM_VCPU_REG_CLASS_CORE, 34)
/** A bit of ARM_VCPU_REG_SERROR: it waits. */
#define ARM_VCPU_SERROR_PENDING (UINT64_C(1) << 63)

/**
 * An access of several exits, of which the next one is due at the next run: 64 bytes, 8
 * words. Word 0 has the bytes of the exits so far, 0 if there is no such access; words 1 to
 * 3 the virtual address of its first byte, the guest physical page of that, and ESR_EL2 of
 * its abort; the others are 0. It is written after PC and PSTATE, and lasts as long as
 * these stay.
 */
#define ARM_VCPU_REG_ACCESS AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 6, ARM_VCPU_REG_CLASS_ACCESS, 0)
/** What was read so far, bytes 64 n to 64 n + 63 of it, n = 0 or 1; 64 bytes. */
#define ARM_VCPU_REG_ACCESS_DATA(n) \
	AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 6, ARM_VCPU_REG_CLASS_ACCESS, 1u + (n))

/** Encoding of a system register, as in MRS: op0 to op2. */
#define ARM_VCPU_SYSREG(op0, op1, crn, crm, op2)                                              \
	(((uint32_t)(op0) << 14) | ((uint32_t)(op1) << 11) | ((uint32_t)(crn) << 7) |          \
	 ((uint32_t)(crm) << 3) | (uint32_t)(op2))
/**
 * A system register of the guest, named by its EL1 encoding; 8 bytes. SP_EL1,
 * CNTVOFF_EL2, VDISR_EL2 (the guest's DISR_EL1) and VSESR_EL2 are named by EL2's.
 */
#define ARM_VCPU_REG_SYS(op0, op1, crn, crm, op2)                                             \
	AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARM_VCPU_REG_CLASS_SYSREG,                       \
		      ARM_VCPU_SYSREG(op0, op1, crn, crm, op2))

/**
 * CNTVCT_EL0, the clock as the guest sees it now; 8 bytes. Not in the list of
 * registers: writing it sets CNTVOFF_EL2, which is. After a guest was moved to a
 * machine whose counter has another value, write it to one vCPU, and that one's
 * CNTVOFF_EL2 to the others, so that they agree.
 */
#define ARM_VCPU_REG_CNTVCT_EL0 ARM_VCPU_REG_SYS(3, 3, 14, 0, 2)
/** CNTVOFF_EL2: the machine's counter less the guest's; 8 bytes. */
#define ARM_VCPU_REG_CNTVOFF_EL2 ARM_VCPU_REG_SYS(3, 4, 14, 0, 3)

/** SIMD and floating-point register Vn, n = 0 to 31; 16 bytes. */
#define ARM_VCPU_REG_V(n) AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 4, ARM_VCPU_REG_CLASS_FPSIMD, (n))

/**
 * With ARM_VCPU_SVE: bits 128 part + 127 to 128 part of Zn, n = 0 to 31, part = 1 up to the
 * last that its vectors have; 16 bytes, the least significant first. Bits 127 to 0 are
 * ARM_VCPU_REG_V(n), which by id leaves those above it as they are.
 */
#define ARM_VCPU_REG_Z(n, part)                                                               \
	AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 4, ARM_VCPU_REG_CLASS_SVE,                          \
		      ((uint32_t)(n) << 4) + (uint32_t)(part))
/**
 * With ARM_VCPU_SVE: predicate register Pn, n = 0 to 15; 32 bytes, the least significant
 * first, those that belong to no byte of the guest's vectors are zero.
 */
#define ARM_VCPU_REG_P(n)                                                                     \
	AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 5, ARM_VCPU_REG_CLASS_SVE, 0x200u + (uint32_t)(n))
/**
 * With ARM_VCPU_SVE: FFR, laid out like them: ones from the first bit on, then zeros. A guest
 * that writes anything else gets an UNKNOWN value (C8.2, WRFFR), which is saved and loaded
 * as any other: the CPU gives it a meaning of its own.
 */
#define ARM_VCPU_REG_FFR ARM_VCPU_REG_P(16)
/**
 * With ARM_VCPU_SVE: bits of the guest's longest vector; 8 bytes. It cannot be changed:
 * writing another number, as loading a snapshot of such a guest does, is
 * AXVCPU_ERR_UNSUPPORTED.
 */
#define ARM_VCPU_REG_SVE_VECTOR_BITS                                                          \
	AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARM_VCPU_REG_CLASS_SVE, 0x300)

/**
 * Registers of the virtual GIC interface, with ARM_VCPU_VIRTUAL_GIC; 8 bytes each; `kind`
 * and `n` as below. ICH_VMCR_EL2 and the active priorities ICH_AP0Rn_EL2 and ICH_AP1Rn_EL2
 * have ids as ARM_VCPU_REG_SYS().
 */
#define ARM_VCPU_REG_GIC(kind, n)                                                             \
	AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARM_VCPU_REG_CLASS_GIC,                          \
		      ((uint32_t)(kind) << 8) | (uint32_t)(n))
/** INTIDs 64 n to 64 n + 63 that are pending; n = 0 to 15. */
#define ARM_VCPU_REG_GIC_PENDING(n) ARM_VCPU_REG_GIC(0, n)
/** The same for active ones. */
#define ARM_VCPU_REG_GIC_ACTIVE(n) ARM_VCPU_REG_GIC(1, n)
/** The same for inputs of level-sensitive ones that are high. */
#define ARM_VCPU_REG_GIC_LINE(n) ARM_VCPU_REG_GIC(2, n)
/**
 * Attributes of INTIDs 4 n to 4 n + 3, 16 bits each from the lowest on: priority in
 * bits 7..0, ARM_VCPU_INTERRUPT_* shifted left by 8; n = 0 to 255.
 */
#define ARM_VCPU_REG_GIC_ATTRIBUTES(n) ARM_VCPU_REG_GIC(3, n)

/** Bits of arm_vcpu_set_interrupt(). */
enum arm_vcpu_interrupt_flags {
	/** The guest may get it; otherwise it only becomes pending (GICD_ISENABLER). */
	ARM_VCPU_INTERRUPT_ENABLED = 1u << 0,
	/** Level-sensitive (GICD_ICFGR); else edge-triggered. */
	ARM_VCPU_INTERRUPT_LEVEL = 1u << 1,
	/** Group 0, which the guest gets as FIQ (GICD_IGROUPR); else group 1. */
	ARM_VCPU_INTERRUPT_GROUP0 = 1u << 2,
};

/**
 * What the guest's distributor or redistributor says of an interrupt. Until then
 * every one is enabled, in group 1, of priority 0xa0; PPIs are level-sensitive, SGIs
 * and SPIs edge-triggered. It is in force when the vCPU enters its guest the next
 * time: follow it with axvcpu_kick() if that should be soon. One that is active, or
 * that the guest is just about to take, may keep its old priority for this once.
 *
 * @param vcpu      a vCPU with ARM_VCPU_VIRTUAL_GIC, set up.
 * @param intid     0 to 1019.
 * @param priority  0 (highest) to 255; the CPU uses the upper bits that it has.
 * @param flags     ARM_VCPU_INTERRUPT_* bits.
 * @return AXVCPU_OK; AXVCPU_ERR_INVALID_ARGUMENT; AXVCPU_ERR_UNSUPPORTED without
 *         ARM_VCPU_VIRTUAL_GIC. Nothing changes on failure.
 *
 * Thread safety: any CPU, any time between setup and destroy.
 */
axvcpu_error_t arm_vcpu_set_interrupt(struct axvcpu *vcpu, uint32_t intid, uint32_t priority,
				      uint32_t flags);

/**
 * Makes an SError pending for the guest, which takes it when PSTATE.A is clear: an
 * asynchronous abort (D1.3.2), through the vector of the state that it is in then.
 * One that is pending already gets the new syndrome. A halted vCPU stays so: follow
 * it with axvcpu_kick(). States: Created, Free, Ready, Blocked.
 *
 * @param syndrome  ESR_EL1.ISS as the guest sees it: bits 24..0, with bit 24 (IDS) for
 *                  a meaning of the hypervisor's own. Without RAS the CPU has no way
 *                  to say it, and the guest gets the CPU's own.
 * @return AXVCPU_OK; AXVCPU_ERR_INVALID_ARGUMENT; AXVCPU_ERR_BAD_STATE;
 *         AXVCPU_ERR_WRONG_CPU if it is bound to another CPU. Nothing changes on
 *         failure.
 *
 * Thread safety: owner, on the CPU that bound it, if bound.
 */
axvcpu_error_t arm_vcpu_inject_serror(struct axvcpu *vcpu, uint64_t syndrome);

#ifdef __cplusplus
}
#endif

#endif /* ARM_VCPU_ARM_VCPU_H_ */
