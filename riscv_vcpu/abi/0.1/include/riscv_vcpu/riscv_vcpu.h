/* SPDX-License-Identifier: Apache-2.0 */
/*
 * riscv_vcpu: RV64 guests in VS and VU mode, by the hypervisor extension.
 *
 * The table that riscv_vcpu_ops() returns goes to axvcpu_host_init(); all else
 * is the interface of axvcpu/axvcpu.h. The hypervisor runs in HS mode, loses the
 * contents of its FP and vector registers between axvcpu_bind() and
 * axvcpu_unbind(), and must have saved sepc, scause, stval, htval and htinst if
 * it still needs them when it calls axvcpu_run(). stvec, sscratch and sstatus are
 * its own whenever its code runs; scounteren and senvcfg are the guest's from bind
 * to unbind, which gives back what bind found.
 *
 * From axvcpu_hardware_enable() to axvcpu_hardware_disable(), which puts them back,
 * the library owns the CSRs that only a guest is under: hstatus, hedeleg, hideleg,
 * hvip, hgatp, hcounteren, henvcfg, htimedelta, hstateen0, hvien, hvictl, hviprio1 and
 * hviprio2, hgeie, all of VS mode, and of hie the VS interrupts' bits and, with guest
 * interrupt files, SGEIE; the other bits of hie are the hypervisor's. The guest interrupt
 * files themselves it owns from axvcpu_percpu_init(), which empties them, and it keeps who
 * waits for one while virtualization is off.
 *
 * The second-stage table's root has RISCV_VCPU_ROOT_ALIGN bytes and that alignment.
 * After an entry was changed or removed the hypervisor executes HFENCE.GVMA without
 * operands on each hart, as the library gives VMIDs.
 *
 * The guest's SBI (version 2.0) is answered here. What only the hypervisor can
 * do comes back as an exit, after all arguments have been checked:
 *
 *   HSM hart_start               AXVCPU_EXIT_CPU_UP
 *   HSM hart_stop                AXVCPU_EXIT_CPU_DOWN, power_state 0
 *   HSM hart_suspend, WFI        AXVCPU_EXIT_HALT
 *   HSM hart_get_status          AXVCPU_EXIT_HYPERCALL, for harts other than the caller
 *   SUSP system_suspend          AXVCPU_EXIT_HYPERCALL, see riscv_vcpu_system_suspend()
 *   SRST, legacy shutdown        AXVCPU_EXIT_SYSTEM_DOWN; code is reset type << 32 | reason
 *   IPI                          AXVCPU_EXIT_SEND_IPI to the other harts: target_cpu is the
 *                                first hart of target_mask, vector RISCV_VCPU_IRQ_SOFTWARE
 *   RFENCE                       AXVCPU_EXIT_HYPERCALL for the other harts, see
 *                                riscv_vcpu_request_fence()
 *   DBCN, legacy console         AXVCPU_EXIT_HYPERCALL; a DBCN piece ends at the end of its
 *                                guest page, the guest calls again for the rest
 *   the HVC extension, and what the SBI policy lets through   AXVCPU_EXIT_HYPERCALL
 *
 * In a hypercall exit `number` is the extension (a7), args[0] to args[5] are a0
 * to a5 and args[6] is the function (a6). Answer with riscv_vcpu_set_sbi_result().
 *
 * PMU has counters for firmware events and, where the hart lets us read them, cycle and
 * instret, which count while the vCPU is bound; they do not tell of overflows.
 *
 * STA (steal time) is there if the HAL has time_ns, and needs no exit: what passes between
 * axvcpu_unbind() and axvcpu_bind() is stolen, or, of a guest that halted, what passes after
 * its timer was due. The record in the guest's memory is found through the stage-2 tables,
 * by the HAL's phys_to_virt, at these two calls and when the guest asks for it.
 */
#ifndef RISCV_VCPU_RISCV_VCPU_H_
#define RISCV_VCPU_RISCV_VCPU_H_

#include "axvcpu/arch.h"
#include "axvcpu/axvcpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Version of this package: semantic versioning, see CHANGELOG.md. */
#define RISCV_VCPU_VERSION_MAJOR 0u
/** Its minor number. */
#define RISCV_VCPU_VERSION_MINOR 1u
/** Its patch number. */
#define RISCV_VCPU_VERSION_PATCH 0u

/** Alignment in bytes of a stage-2 root: an x4 table has four pages. */
#define RISCV_VCPU_ROOT_ALIGN 16384u

/** Vectors for axvcpu_inject_interrupt(): interrupt codes of scause. */
enum riscv_vcpu_irq {
	/** The guest clears it itself (sip.SSIP). */
	RISCV_VCPU_IRQ_SOFTWARE = 1,
	/** Cleared by the guest's next set_timer. Not with RISCV_VCPU_TIMER_SSTC. */
	RISCV_VCPU_IRQ_TIMER = 5,
	/** A level: stays until axvcpu_clear_interrupt(). */
	RISCV_VCPU_IRQ_EXTERNAL = 9,
};

/** Values of axvcpu_exit_hypercall.conduit. */
enum riscv_vcpu_hypercall {
	/** An SBI call: a0 is the error, a1 the value. */
	RISCV_VCPU_HYPERCALL_SBI = 0,
	/** A call of the legacy extensions (SBI 2.0, 5): a0 is the result, a1 is kept. */
	RISCV_VCPU_HYPERCALL_SBI_LEGACY = 1,
};

/** SBI extension ids that come back in hypercall exits. */
enum riscv_vcpu_sbi_extension {
	/** Legacy console_putchar (5.2). */
	RISCV_VCPU_SBI_LEGACY_PUTCHAR = 0x01,
	/** Legacy console_getchar (5.3). */
	RISCV_VCPU_SBI_LEGACY_GETCHAR = 0x02,
	/** "HSM": hart_get_status of another hart. */
	RISCV_VCPU_SBI_HSM = 0x48534d,
	/** "HVC": always passed to the hypervisor, any function and arguments. */
	RISCV_VCPU_SBI_HVC = 0x485643,
	/** "RFNC": see riscv_vcpu_request_fence(). */
	RISCV_VCPU_SBI_RFENCE = 0x52464e43,
	/** "SUSP": see riscv_vcpu_system_suspend(). */
	RISCV_VCPU_SBI_SUSP = 0x53555350,
	/** "DBCN": the debug console. */
	RISCV_VCPU_SBI_DBCN = 0x4442434e,
};

/** SBI error codes, each named after that of SBI 2.0, 3.1, for riscv_vcpu_set_sbi_result(). */
enum riscv_vcpu_sbi_error {
	RISCV_VCPU_SBI_SUCCESS = 0,
	RISCV_VCPU_SBI_ERR_FAILED = -1,
	RISCV_VCPU_SBI_ERR_NOT_SUPPORTED = -2,
	RISCV_VCPU_SBI_ERR_INVALID_PARAM = -3,
	RISCV_VCPU_SBI_ERR_DENIED = -4,
	RISCV_VCPU_SBI_ERR_INVALID_ADDRESS = -5,
	RISCV_VCPU_SBI_ERR_ALREADY_AVAILABLE = -6,
	RISCV_VCPU_SBI_ERR_ALREADY_STARTED = -7,
	RISCV_VCPU_SBI_ERR_ALREADY_STOPPED = -8,
	RISCV_VCPU_SBI_ERR_NO_SHMEM = -9,
};

/** SBI implementation id that the guest sees; not registered. */
#define RISCV_VCPU_SBI_IMPLEMENTATION UINT64_C(0x61787663)

/** Create configuration. Without one: the only hart of its machine, hart id = vcpu_id. */
struct riscv_vcpu_create_config {
	/** sizeof(struct riscv_vcpu_create_config). */
	uint32_t size;
	/** Must be zero. */
	uint32_t flags;
	/** The guest's name for this hart; one of those that the next two members give. */
	uint64_t hart_id;
	/** Lowest hart id of the machine. */
	uint64_t first_hart_id;
	/** Number of its harts, whose ids have no gaps; at least 1. */
	uint64_t hart_count;
	/** What SBI get_mvendorid tells. */
	uint64_t mvendorid;
	/** What SBI get_marchid tells. */
	uint64_t marchid;
	/** What SBI get_mimpid tells. */
	uint64_t mimpid;
};
AXVCPU_STATIC_ASSERT(sizeof(struct riscv_vcpu_create_config) == 56, "size is ABI");

/** Bits of riscv_vcpu_setup_config.flags. */
enum riscv_vcpu_setup_flags {
	/** WFI does not leave the guest (hstatus.VTW clear). */
	RISCV_VCPU_WFI_NATIVE = 1u << 0,
	/** CSRs that the guest may not access are SYSREG exits; else it gets an illegal instruction. */
	RISCV_VCPU_EXIT_CSR = 1u << 1,
	/**
	 * The guest reads the physical cycle and instret counters, which are then none of its
	 * SBI PMU's.
	 */
	RISCV_VCPU_COUNTERS = 1u << 2,
	/** The guest sees no vector extension, and no memory is taken for its registers. */
	RISCV_VCPU_NO_VECTOR = 1u << 3,
};

/** Values of riscv_vcpu_setup_config.hgatp_mode: hgatp.MODE. */
enum riscv_vcpu_hgatp_mode {
	/** The CPU's largest. */
	RISCV_VCPU_HGATP_BEST = 0,
	/** 41 bits of guest physical address. */
	RISCV_VCPU_HGATP_SV39X4 = 8,
	/** 50 bits. */
	RISCV_VCPU_HGATP_SV48X4 = 9,
	/** 59 bits. */
	RISCV_VCPU_HGATP_SV57X4 = 10,
};

/** Values of riscv_vcpu_setup_config.timer. */
enum riscv_vcpu_timer {
	/** Sstc where the CPU has it, else hvip. */
	RISCV_VCPU_TIMER_BEST = 0,
	/** The guest's own comparator (vstimecmp). */
	RISCV_VCPU_TIMER_SSTC = 1,
	/**
	 * hvip.VSTIP, raised when the guest is entered after its deadline. Before each
	 * run the hypervisor sees to it that a physical interrupt arrives by
	 * axvcpu_timer_deadline(); set_timer makes the run return
	 * AXVCPU_EXIT_NOTHING for that.
	 */
	RISCV_VCPU_TIMER_HVIP = 2,
};

/** Values of riscv_vcpu_setup_config.sbi: what happens to extensions that are not known here. */
enum riscv_vcpu_sbi_policy {
	/** SBI_ERR_NOT_SUPPORTED. */
	RISCV_VCPU_SBI_REFUSE = 0,
	/** Vendor ids (0x09000000 to 0x09ffffff) are hypercall exits. */
	RISCV_VCPU_SBI_EXIT_VENDOR = 1,
	/** All are hypercall exits. */
	RISCV_VCPU_SBI_EXIT_ALL = 2,
};

/** Set-up configuration. Without one: all zero. */
struct riscv_vcpu_setup_config {
	/** sizeof(struct riscv_vcpu_setup_config). */
	uint32_t size;
	/** RISCV_VCPU_* bits of enum riscv_vcpu_setup_flags. */
	uint32_t flags;
	/** RISCV_VCPU_HGATP_*. */
	uint32_t hgatp_mode;
	/**
	 * VMID, or 0: the library gives each vCPU one of its own and recycles them.
	 * One host uses either the one or the other way for all its vCPUs.
	 */
	uint32_t vmid;
	/** RISCV_VCPU_TIMER_*. */
	uint32_t timer;
	/** RISCV_VCPU_SBI_REFUSE and so on. */
	uint32_t sbi;
	/**
	 * Guest interrupt file (hstatus.VGEIN), 0 for none; see riscv_vcpu_set_guest_file(). With
	 * one the vCPU takes a frame of the HAL, for what the file holds.
	 */
	uint32_t guest_file;
	/** Must be zero. */
	uint32_t reserved;
};
AXVCPU_STATIC_ASSERT(sizeof(struct riscv_vcpu_setup_config) == 32, "size is ABI");

/** Bits that riscv_vcpu_features() gives. */
enum riscv_vcpu_feature {
	/** The hypervisor extension. */
	RISCV_VCPU_FEATURE_H = 1u << 0,
	/** Single-precision floating point. */
	RISCV_VCPU_FEATURE_F = 1u << 1,
	/** Double-precision floating point. */
	RISCV_VCPU_FEATURE_D = 1u << 2,
	/** Vectors. */
	RISCV_VCPU_FEATURE_V = 1u << 3,
	/** stimecmp and vstimecmp. */
	RISCV_VCPU_FEATURE_SSTC = 1u << 4,
	/** Memory types in page tables. */
	RISCV_VCPU_FEATURE_SVPBMT = 1u << 5,
	/** Cache-block management instructions. */
	RISCV_VCPU_FEATURE_ZICBOM = 1u << 6,
	/** Cache-block zero instructions. */
	RISCV_VCPU_FEATURE_ZICBOZ = 1u << 7,
	/** The S-mode interrupt CSRs of the AIA. */
	RISCV_VCPU_FEATURE_AIA = 1u << 8,
	/** The henvcfg CSR. */
	RISCV_VCPU_FEATURE_HENVCFG = 1u << 9,
	/** Smstateen's hstateen CSRs. */
	RISCV_VCPU_FEATURE_STATEEN = 1u << 10,
	/** The mode RISCV_VCPU_HGATP_SV39X4. */
	RISCV_VCPU_FEATURE_SV39X4 = 1u << 11,
	/** The mode RISCV_VCPU_HGATP_SV48X4. */
	RISCV_VCPU_FEATURE_SV48X4 = 1u << 12,
	/** The mode RISCV_VCPU_HGATP_SV57X4. */
	RISCV_VCPU_FEATURE_SV57X4 = 1u << 13,
	/**
	 * Illegal instructions of a guest reach the hypervisor if it does not delegate
	 * them. Without it (QEMU 10 and 11.1 under firmware: mstatus.MPV cannot be
	 * written) FP and vector registers move at bind and unbind, not at their first use.
	 */
	RISCV_VCPU_FEATURE_ILLEGAL = 1u << 14,
	/** The cycle and instret counters can be read. */
	RISCV_VCPU_FEATURE_COUNTERS = 1u << 15,
	/** Sv39 in guests' satp. */
	RISCV_VCPU_FEATURE_VSATP_SV39 = 1u << 16,
	/** Sv48 there. */
	RISCV_VCPU_FEATURE_VSATP_SV48 = 1u << 17,
	/** Sv57 there. */
	RISCV_VCPU_FEATURE_VSATP_SV57 = 1u << 18,
};

/** What was found on the CPUs; `size` is set by the caller. */
struct riscv_vcpu_features {
	/** In: sizeof(struct riscv_vcpu_features) of the caller. Out: bytes filled in. */
	uint32_t size;
	/** RISCV_VCPU_FEATURE_*. */
	uint32_t bits;
	/** Bits of hgatp.VMID, 0 to 14. */
	uint32_t vmid_bits;
	/** Bytes of a vector register, 0 without V. */
	uint32_t vlenb;
	/** Number of guest interrupt files (GEILEN). */
	uint32_t guest_files;
	/** Interrupt identities of each of them, rounded up to a multiple of 64; 0 without the AIA's CSRs. */
	uint32_t guest_file_ids;
};
AXVCPU_STATIC_ASSERT(sizeof(struct riscv_vcpu_features) == 24, "size is ABI");

/** Register classes; see axvcpu/reg.h. */
enum riscv_vcpu_reg_class {
	/** x1 to x31 by number, then RISCV_VCPU_CORE_*. */
	RISCV_VCPU_REG_CORE = 0,
	/**
	 * CSRs by the number under which the guest knows them (sstatus 0x100); hviprio1 and
	 * hviprio2 by their own.
	 */
	RISCV_VCPU_REG_CSR = 1,
	/** f0 to f31 by number; 32 is fcsr (4 bytes). Where F is present. */
	RISCV_VCPU_REG_FP = 2,
	/**
	 * vstart, vl, vtype, vcsr (0 to 3, 8 bytes each), then from 32 on v0 to v31,
	 * each cut into pieces of at most 64 bytes. Where V is present.
	 */
	RISCV_VCPU_REG_VECTOR = 3,
	/**
	 * The counters of the guest's SBI PMU, 8 bytes each: 0 is the guest physical address
	 * of the snapshot page, UINT64_MAX for none; 2 + 2 * n what counter n is configured for
	 * (event_idx, with bit 32 if it is in use and bit 33 if it was started), then 3 + 2 * n
	 * its value.
	 */
	RISCV_VCPU_REG_PMU = 4,
	/**
	 * The guest's interrupt file, 8 bytes each, by their numbers for siselect (AIA, 3.8):
	 * eidelivery, eithreshold, the even ones of eip and eie. Where it has one; on the CPU
	 * whose file that is, else AXVCPU_ERR_WRONG_CPU.
	 */
	RISCV_VCPU_REG_IMSIC = 5,
};

/** Further registers of class RISCV_VCPU_REG_CORE. */
enum riscv_vcpu_core_reg {
	/** The program counter. */
	RISCV_VCPU_CORE_PC = 32,
	/** 0: VU mode, 1: VS mode. */
	RISCV_VCPU_CORE_MODE = 33,
	/** htimedelta: guest time minus host time. */
	RISCV_VCPU_CORE_TIME_DELTA = 34,
	/** Guest time at which the timer interrupt is due; UINT64_MAX for never. */
	RISCV_VCPU_CORE_TIMER = 35,
	/** Pending interrupts, as in hvip: VSSIP, VSTIP, VSEIP. */
	RISCV_VCPU_CORE_PENDING = 36,
	/**
	 * The CSR instruction at the pc, if its read is done and its write is the next
	 * run's exit, else 0. Writing the pc makes it 0.
	 */
	RISCV_VCPU_CORE_CSR_WRITE = 37,
	/** What that read found, else 0. The instruction's register gets it after the write. */
	RISCV_VCPU_CORE_CSR_VALUE = 38,
	/**
	 * The clock as the guest sees it now (its `time`). Not in the list of registers:
	 * writing it sets the time delta, which is. After a guest was moved to a machine
	 * whose clock has another value, write it to one vCPU, and that one's time delta
	 * to the others, so that they agree.
	 */
	RISCV_VCPU_CORE_TIME = 39,
	/**
	 * Guest physical address of the record of stolen time that the guest asked for
	 * (SBI STA), UINT64_MAX for none. The time itself is in the guest's memory.
	 */
	RISCV_VCPU_CORE_STEAL = 40,
	/** 1 while the guest waits after riscv_vcpu_system_suspend(), else 0. Writing the pc makes it 0. */
	RISCV_VCPU_CORE_SUSPENDED = 41,
};

/** General register xn, n = 1 to 31; 8 bytes. */
#define RISCV_VCPU_REG_X(n) AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_CORE, n)
/** The program counter; 8 bytes. */
#define RISCV_VCPU_REG_PC RISCV_VCPU_REG_X(RISCV_VCPU_CORE_PC)
/** See RISCV_VCPU_CORE_MODE; 8 bytes. */
#define RISCV_VCPU_REG_MODE RISCV_VCPU_REG_X(RISCV_VCPU_CORE_MODE)
/** See RISCV_VCPU_CORE_TIME_DELTA; 8 bytes. */
#define RISCV_VCPU_REG_TIME_DELTA RISCV_VCPU_REG_X(RISCV_VCPU_CORE_TIME_DELTA)
/** See RISCV_VCPU_CORE_TIMER; 8 bytes. */
#define RISCV_VCPU_REG_TIMER RISCV_VCPU_REG_X(RISCV_VCPU_CORE_TIMER)
/** See RISCV_VCPU_CORE_PENDING; 8 bytes. */
#define RISCV_VCPU_REG_PENDING RISCV_VCPU_REG_X(RISCV_VCPU_CORE_PENDING)
/** See RISCV_VCPU_CORE_CSR_WRITE; 8 bytes. */
#define RISCV_VCPU_REG_CSR_WRITE RISCV_VCPU_REG_X(RISCV_VCPU_CORE_CSR_WRITE)
/** See RISCV_VCPU_CORE_CSR_VALUE; 8 bytes. */
#define RISCV_VCPU_REG_CSR_VALUE RISCV_VCPU_REG_X(RISCV_VCPU_CORE_CSR_VALUE)
/** See RISCV_VCPU_CORE_TIME; 8 bytes. */
#define RISCV_VCPU_REG_TIME RISCV_VCPU_REG_X(RISCV_VCPU_CORE_TIME)
/** See RISCV_VCPU_CORE_STEAL; 8 bytes. */
#define RISCV_VCPU_REG_STEAL RISCV_VCPU_REG_X(RISCV_VCPU_CORE_STEAL)
/** See RISCV_VCPU_CORE_SUSPENDED; 8 bytes. */
#define RISCV_VCPU_REG_SUSPENDED RISCV_VCPU_REG_X(RISCV_VCPU_CORE_SUSPENDED)
/** Supervisor CSR number `csr` of the guest, as in its instructions; 8 bytes. */
#define RISCV_VCPU_REG_S(csr) AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_CSR, csr)
/** Floating-point register fn, n = 0 to 31; 8 bytes. */
#define RISCV_VCPU_REG_F(n) AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_FP, n)
/** fcsr; 4 bytes. */
#define RISCV_VCPU_REG_FCSR AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 2, RISCV_VCPU_REG_FP, 32)

/** The arch package's table for axvcpu_host_init(). Any CPU, any time. */
const struct axvcpu_arch_ops *riscv_vcpu_ops(void);

/**
 * What the CPUs of a vCPU's host have.
 *
 * @return AXVCPU_OK; AXVCPU_ERR_INVALID_ARGUMENT if a pointer is null or `size`
 *         is below 8.
 *
 * Thread safety: any CPU, any time.
 */
axvcpu_error_t riscv_vcpu_get_features(struct axvcpu *vcpu, struct riscv_vcpu_features *features);

/**
 * Answers an SBI call that came back as an exit: a0 and a1. For a legacy call
 * (conduit RISCV_VCPU_HYPERCALL_SBI_LEGACY) use axvcpu_set_return_value(). Without
 * an answer the guest finds SBI_ERR_FAILED (SEND_IPI and RFENCE: success).
 *
 * @return as axvcpu_set_gpr().
 *
 * Thread safety: owner.
 */
axvcpu_error_t riscv_vcpu_set_sbi_result(struct axvcpu *vcpu, int64_t error, uint64_t value);

/**
 * Accepts a SUSP exit: number RISCV_VCPU_SBI_SUSP, args[0] 0 (suspend to RAM), args[1]
 * the address at which to resume, args[2] the argument for it; the library has checked
 * the kind and that the address is even. The guest goes on at that address, as hart_start
 * would begin there, once an interrupt is pending that it has enabled; until then a run is
 * AXVCPU_EXIT_HALT, or AXVCPU_EXIT_EXTERNAL_INTERRUPT if a physical one is there.
 *
 * The hypervisor first sees that all other harts of the machine are stopped, else it
 * answers RISCV_VCPU_SBI_ERR_DENIED by riscv_vcpu_set_sbi_result(), and that the guest
 * can execute at the address, else RISCV_VCPU_SBI_ERR_INVALID_ADDRESS.
 *
 * @return as axvcpu_set_gpr(); AXVCPU_ERR_INVALID_ARGUMENT for an odd address.
 *
 * Thread safety: owner, on the CPU that bound it.
 */
axvcpu_error_t riscv_vcpu_system_suspend(struct axvcpu *vcpu, uint64_t resume, uint64_t arg);

/**
 * Gives a vCPU another guest interrupt file, or takes it away (0). The vCPU was set up with
 * one, and is Free. What its guest had in the old file comes to memory and the old file is
 * emptied; the next bind puts it into the new file, adding to what came in there meanwhile,
 * and is refused with AXVCPU_ERR_BAD_STATE without a file. A file belongs to one hart: before
 * it is bound to another one, the vCPU needs a file of that.
 *
 * The hypervisor maps the file's page (AIA, 3.6) at the address of the guest's interrupt file
 * into stage 2; then MSIs go there without an exit. It takes that page away, on all harts,
 * before it calls this, as what comes in later is lost or somebody else's. For a guest that
 * halted the library enables the file's interrupt in hgeie: a supervisor guest external
 * interrupt, code 12, see riscv_vcpu_take_guest_interrupts(). A new file wakes nobody before
 * its vCPU ran with it: run a guest that had halted once more, which may find nothing to do.
 *
 * With 0 the vCPU's state can be saved on any CPU: its RISCV_VCPU_REG_IMSIC are in memory
 * then, where a hypervisor that is asked to deliver a message meanwhile sets its bit of eip.
 *
 * @param file  1 to riscv_vcpu_features.guest_files, or 0.
 * @return AXVCPU_OK; AXVCPU_ERR_INVALID_ARGUMENT for a null vCPU; AXVCPU_ERR_UNSUPPORTED if
 *         there is no such file, or the vCPU was set up without one; AXVCPU_ERR_BAD_STATE
 *         if it is bound or Invalid; AXVCPU_ERR_WRONG_CPU if its file is one of another
 *         CPU. Nothing changes on failure.
 *
 * Thread safety: owner, on the CPU where it was bound last.
 */
axvcpu_error_t riscv_vcpu_set_guest_file(struct axvcpu *vcpu, uint32_t file);

/**
 * Empties a guest interrupt file of the CPU that calls, before it is another guest's: a vCPU
 * that is destroyed leaves in it what it has.
 *
 * @param vcpu  any of the host.
 * @param file  1 to riscv_vcpu_features.guest_files; of no vCPU that is in use.
 * @return AXVCPU_OK; AXVCPU_ERR_INVALID_ARGUMENT; AXVCPU_ERR_UNSUPPORTED if there is no such
 *         file.
 *
 * Thread safety: on the CPU whose file it is, with virtualization enabled.
 */
axvcpu_error_t riscv_vcpu_clear_guest_file(struct axvcpu *vcpu, uint32_t file);

/**
 * For a supervisor guest external interrupt (code 12, in hip and hie): which guest files of
 * this CPU have something for their guests that halted. Their interrupt is off from then on;
 * the hypervisor follows with axvcpu_kick() for the vCPUs that have these files.
 *
 * @return bit n: file n.
 *
 * Thread safety: on the CPU that took the interrupt.
 */
uint64_t riscv_vcpu_take_guest_interrupts(void);

/** Bits of riscv_vcpu_request_fence(). */
enum riscv_vcpu_fence {
	/** FENCE.I (RFENCE function 0). */
	RISCV_VCPU_FENCE_I = 1u << 0,
	/** SFENCE.VMA of everything (RFENCE functions 1 and 2). */
	RISCV_VCPU_FENCE_VMA = 1u << 1,
};

/**
 * Has a vCPU execute fences before it enters its guest again: the hypervisor's
 * part of an RFENCE exit for each hart of its mask. Follow it with axvcpu_kick(),
 * and resume the caller once the target has left its guest.
 *
 * @return AXVCPU_OK; AXVCPU_ERR_INVALID_ARGUMENT for a null vCPU or unknown bits.
 *
 * Thread safety: any CPU, any time between create and destroy.
 */
axvcpu_error_t riscv_vcpu_request_fence(struct axvcpu *vcpu, uint32_t fences);

#ifdef __cplusplus
}
#endif

#endif /* RISCV_VCPU_RISCV_VCPU_H_ */
