/* SPDX-License-Identifier: Apache-2.0 */
/* The package's own state: of a vCPU, of a physical CPU. */
#ifndef ARM_VCPU_VCPU_H_
#define ARM_VCPU_VCPU_H_

#include "axvcpu/arch.h"

#include "arm_vcpu/arm_vcpu.h"
#include "context.h"
#include "decode.h"
#include "sysreg_list.h"
#include "vgic.h"

/** What the guest has in registers while it runs; SP_EL2 points here then. */
struct arm_context {
	/** X0 to X30. */
	uint64_t x[31];
	/** ELR_EL2: where the guest goes on. */
	uint64_t pc;
	/** SPSR_EL2. */
	uint64_t pstate;
	/** ESR_EL2 of the last exit. */
	uint64_t esr;
	/** The host's stack pointer and vectors while the guest runs. */
	uint64_t host_sp;
	uint64_t host_vbar;
	/** HCR_EL2 in the guest; the host's, to which a VHE host comes back at each exit. */
	uint64_t hcr;
	uint64_t host_hcr;
};
AXVCPU_ASSERT_OFFSET(struct arm_context, x, ARM_CONTEXT_X);
AXVCPU_STATIC_ASSERT(ARM_CONTEXT_X30 == ARM_CONTEXT_X + 30 * 8 &&
			     ARM_CONTEXT_PC == ARM_CONTEXT_X30 + 8 &&
			     ARM_CONTEXT_ESR == ARM_CONTEXT_PSTATE + 8,
		     "pairs");
AXVCPU_ASSERT_OFFSET(struct arm_context, pc, ARM_CONTEXT_PC);
AXVCPU_ASSERT_OFFSET(struct arm_context, pstate, ARM_CONTEXT_PSTATE);
AXVCPU_ASSERT_OFFSET(struct arm_context, esr, ARM_CONTEXT_ESR);
AXVCPU_ASSERT_OFFSET(struct arm_context, host_sp, ARM_CONTEXT_HOST_SP);
AXVCPU_ASSERT_OFFSET(struct arm_context, host_vbar, ARM_CONTEXT_HOST_VBAR);
AXVCPU_ASSERT_OFFSET(struct arm_context, hcr, ARM_CONTEXT_HCR);
AXVCPU_ASSERT_OFFSET(struct arm_context, host_hcr, ARM_CONTEXT_HOST_HCR);
AXVCPU_STATIC_ASSERT(sizeof(struct arm_context) == ARM_CONTEXT_SIZE, "context.h says so");
AXVCPU_STATIC_ASSERT(ARM_CONTEXT_SIZE % 16 == 0, "SP is 16-aligned");

/** Number of general registers that have storage; number 31 is XZR. */
#define ARM_GPR_COUNT 31u
#define ARM_GPR_ZERO 31u

/** Index of a register in the saved state. */
enum arm_saved_reg {
#define ARM_SAVED_INDEX(name, op0, op1, crn, crm, op2) ARM_SAVED_##name,
	ARM_SAVED_SYSREGS(ARM_SAVED_INDEX)
#undef ARM_SAVED_INDEX
	ARM_SAVED_COUNT,
	/** ARM_SHARED_PAIRS and ARM_SHARED_SINGLE come first. */
	ARM_SAVED_COUNT_SHARED = ARM_SAVED_CNTVOFF_EL2 + 1,
};

/** Index of a register that says what the guest's CPU is (id_view.h). */
enum arm_id_reg {
#define ARM_ID_INDEX(name, op0, op1, crn, crm, op2) ARM_ID_##name,
	ARM_KEPT_ID_SYSREGS(ARM_ID_INDEX)
#undef ARM_ID_INDEX
	ARM_ID_COUNT,
};

/** Groups of registers that move together: bits of arm_vcpu.on_cpu. */
enum arm_group {
#define ARM_GROUP_INDEX(group, list) ARM_GROUP_INDEX_##group,
	ARM_SAVED_GROUPS(ARM_GROUP_INDEX)
#undef ARM_GROUP_INDEX
#define ARM_GROUP_BIT(group, list) ARM_GROUP_##group = 1 << ARM_GROUP_INDEX_##group,
	ARM_SAVED_GROUPS(ARM_GROUP_BIT)
#undef ARM_GROUP_BIT
};

/**
 * What else bind and unbind have to do for a vCPU on a CPU: bits of arm_vcpu.plan, above
 * those of the groups. Together they are one word, so that the usual set is one comparison.
 */
enum arm_plan {
	/** HCRX_EL2; PMUSERENR_EL0 */
	ARM_PLAN_HCX = ARM_GROUP_SME << 1,
	ARM_PLAN_PMU = ARM_PLAN_HCX << 1,
	/** Controls that few CPUs have: fine-grained traps, activity monitors, MPAM. */
	ARM_PLAN_RARE = ARM_PLAN_PMU << 1,
	/** The host has E2H. */
	ARM_PLAN_VHE = ARM_PLAN_RARE << 1,
	/** ARM_VCPU_VIRTUAL_GIC */
	ARM_PLAN_VGIC = ARM_PLAN_VHE << 1,
	/** The guest's breakpoints and watchpoints (debug.h). */
	ARM_PLAN_DEBUG = ARM_PLAN_VGIC << 1,
	/** ARM_VCPU_SVE: CPTR_EL2 and CPACR_EL1 are not as those of other guests. */
	ARM_PLAN_SVE = ARM_PLAN_DEBUG << 1,
};

/** Index of an EL2 control that unbind puts back. */
enum arm_control_reg {
#define ARM_CONTROL_INDEX(name, op0, op1, crn, crm, op2) ARM_CONTROL_##name,
	ARM_CONTROL_SYSREGS(ARM_CONTROL_INDEX)
#undef ARM_CONTROL_INDEX
	ARM_CONTROL_COUNT,
};

/** Bytes of V0 to V31. */
#define ARM_FPSIMD_REGS 32u
#define ARM_FPSIMD_REG_SIZE 16u

/** What one CPU can do, found at percpu_init and again at hardware_enable. */
struct arm_features {
	/** Tells this finding from all others of the host; never 0. */
	uint64_t serial;
	/** MDCR_EL2 of every guest here. */
	uint64_t guest_mdcr;
	uint64_t midr;
	/** ID_AA64MMFR0_EL1.PARange as a number of bits. */
	uint32_t pa_bits;
	/** 8 or 16. */
	uint32_t vmid_bits;
	/** EL0 may use AArch32. */
	bool aarch32_el0;
	bool pauth;
	/** PMU version 3 is there: MDCR_EL2.HPMN has a meaning. */
	bool pmu;
	/** The GIC's CPU interface by system registers (GICv3 and later). */
	bool gic;
	/** The host runs with HCR_EL2.E2H = 1. */
	bool vhe;
	/** Fine-grained traps and their second set; HCRX_EL2. */
	bool fgt;
	bool fgt2;
	bool hcx;
	/** Activity monitors. */
	bool amu;
	bool ras;
	bool sve;
	bool sme;
	/** Memory partitioning; MPAMHCR_EL2. */
	bool mpam;
	bool mpam_hcr;
	/** Breakpoints and watchpoints. */
	uint8_t breakpoints;
	uint8_t watchpoints;
};

struct arm_vcpu;

/** The widest VMID that there is. */
#define ARM_VMID_BITS_MOST 16u

/** What all CPUs share: the VMIDs (vmid.h). */
struct arm_host {
	/** Rises only; read without the lock as well. */
	uint64_t vmid_generation;
	/** Not 0 while held; guards all else, and the vmid members of the vCPUs. */
	uint32_t lock;
	/** Bits of a VMID that every CPU has. */
	uint32_t vmid_bits;
	/** Where the search for a free VMID goes on. */
	uint32_t vmid_next;
	/** Whether the library ever gave one. */
	bool vmid_of_library;
	/** All vCPUs that were set up. */
	struct arm_vcpu *vcpus;
	/** The last serial number given, to a vCPU or to what was found of a CPU. */
	uint64_t serials;
};

/** Registers of a breakpoint and of a watchpoint: DBGBVR<n>_EL1, DBGBCR, DBGWVR, DBGWCR. */
enum arm_debug_kind {
	ARM_DEBUG_BVR,
	ARM_DEBUG_BCR,
	ARM_DEBUG_WVR,
	ARM_DEBUG_WCR,
};
#define ARM_DEBUG_KINDS 4u
/** At most so many of each (ID_AA64DFR0_EL1.BRPs, WRPs). */
#define ARM_DEBUG_MOST 16u

/** The guest's debug registers (debug.h). */
struct arm_debug {
	uint64_t mdscr;
	bool os_locked;
	/** How many the guest has. */
	uint8_t breakpoints;
	uint8_t watchpoints;
	uint64_t point[ARM_DEBUG_KINDS][ARM_DEBUG_MOST];
};

/** Where an access of several exits stands. */
enum arm_access_stage {
	ARM_ACCESS_NONE,
	/** The last exit is one of its parts and waits for its completion. */
	ARM_ACCESS_OPEN,
	/** A part is completed, the next one follows. */
	ARM_ACCESS_BETWEEN,
	/**
	 * As before, but only what ARM_VCPU_REG_ACCESS has is here: the instruction is decoded
	 * when the vCPU runs.
	 */
	ARM_ACCESS_RESTORED,
	/** All are; registers that are on the CPU are not written yet. */
	ARM_ACCESS_UNSETTLED,
};

/** An access of several exits, see access.h. */
struct arm_access {
	struct arm_transfer transfer;
	/** enum arm_access_stage. */
	uint8_t stage;
	bool big_endian;
	/** enum arm_saved_reg of the stack pointer that it may change. */
	uint8_t stack_pointer;
	/** Bytes of the instruction. */
	uint32_t length;
	/** Bytes of the parts that are completed. */
	uint32_t done;
	/** Of the instruction. */
	uint64_t pc;
	uint64_t pstate;
	/** What the base register becomes. */
	uint64_t after;
	/** Bytes in the first page, and the guest physical page of those behind it. */
	uint32_t in_first_page;
	uint64_t second_page;
	/** Guest physical and virtual address of the first byte; HPFAR_EL2. */
	uint64_t gpa;
	uint64_t far;
	uint64_t hpfar;
	uint64_t esr;
	/** The bytes as they are in memory. */
	uint8_t data[ARM_TRANSFER_BYTES];
};

/** The guest's SVE registers (sve.h). */
struct arm_sve {
	/** In frames of the HAL, laid out as sve.S says; here while they are on no CPU. */
	uint8_t *state;
	uint64_t hpa;
	/** ZCR_EL2 of the host, while the guest's is on the CPU. */
	uint64_t host_zcr;
	/** Of a Z register; 0 without ARM_VCPU_SVE. */
	uint32_t vector_bytes;
	uint32_t frames;
};

/** A vCPU, in the memory that the hypervisor gave to axvcpu_create(). */
struct arm_vcpu {
	struct arm_context context;
	/** What `run` was called with, while it runs. */
	const uint32_t *attention;
	struct axvcpu_exit *exit;
	/** The way into the guest on the CPU (world.h). */
	uint64_t (*enter)(struct arm_context *context);
	/**
	 * `plan` while it is on a CPU, with ARM_GROUP_FP once FP is there: the groups of `saved`
	 * that the CPU has. 0 if it is on none.
	 */
	uint32_t on_cpu;
	/**
	 * The groups that bind puts onto the CPU, and ARM_PLAN_*. This and what follows is what
	 * arm_vcpu_controls_prepare() found for the CPU whose `serial` `prepared` is, which is 0
	 * if something that it looked at has changed. Most binds are to the CPU of the last one.
	 */
	uint32_t plan;
	uint64_t prepared;
	/** That CPU's. */
	const struct arm_features *features;
	uint64_t vtcr;
	uint64_t vttbr;
	uint64_t vpidr;
	/** MPIDR_EL1 of the guest, with RES1; beside `vpidr`, as one instruction loads both. */
	uint64_t mpidr;
	/** CPTR_EL2 before the guest's first use of FP. */
	uint64_t cptr;
	/** Fields of CPACR_EL1 that the CPU has and the guest has not. */
	uint64_t cpacr_hidden;
	/**
	 * Tells it with its VMID from every other vCPU of the host, gone ones too, and from
	 * itself with another VMID; 0 before setup.
	 */
	uint64_t serial;
	/** The host's generation when it was bound. */
	uint64_t vmid_seen;
	uint64_t vmid_generation;
	/** Its VMID: the hypervisor's (fixed), or the library's, good in this generation. */
	uint32_t vmid;
	bool vmid_fixed;
	/** Whether it is on a CPU, or on its way: then a new generation leaves it its VMID. */
	bool vmid_bound;
	/** Whether the guest ever used pointer authentication (pauth.h). */
	bool uses_pauth;
	/** So that `fpsimd` is aligned. */
	bool reserved;
	/** V0 to V31, here while the vCPU is on no CPU; with ARM_VCPU_SVE they are in `sve`. */
	uint8_t fpsimd[ARM_FPSIMD_REGS][ARM_FPSIMD_REG_SIZE];
	/** EL1 and EL0 system registers, here while the vCPU is on no CPU. */
	uint64_t saved[ARM_SAVED_COUNT];

	const struct axvcpu_hal *hal;
	struct axvcpu *handle;
	struct arm_host *host;
	uint64_t vm_id;
	/** MIDR_EL1 of the guest, 0 for the CPU's own. */
	uint64_t midr;
	uint64_t stage2_root;
	/** ARM_VCPU_* flags and SMC policy as in the set-up configuration. */
	uint32_t flags;
	uint32_t smc_policy;
	uint32_t ipa_bits;
	uint32_t stage2_levels;
	/** In arm_host.vcpus. */
	struct arm_vcpu *next;
	/** FAR_EL2 of the last abort, for axvcpu_fail_access(). */
	uint64_t far;
	/** With ARM_VCPU_VIRTUAL_GIC. */
	struct arm_vgic vgic;
	/** Whether the data of the last MMIO exit are big-endian to the guest. */
	bool mmio_is_big_endian;
	struct arm_access access;
	struct arm_sve sve;
	/** Last: what every run looks at is to be within reach of one instruction. */
	struct arm_debug debug;
	/** With ARM_VCPU_KEEP_ID: what the guest reads of them. */
	uint64_t id[ARM_ID_COUNT];
};

static inline bool arm_vcpu_is_on_cpu(const struct arm_vcpu *vcpu)
{
	return vcpu->on_cpu != 0u;
}

AXVCPU_STATIC_ASSERT(offsetof(struct arm_vcpu, fpsimd) % ARM_FPSIMD_REG_SIZE == 0, "V registers are aligned");

/** VMIDs whose last vCPU on a CPU is remembered; others are flushed at every bind. */
#define ARM_LAST_VCPU_SLOTS 64u

struct arm_percpu {
	struct arm_features features;
	const struct axvcpu_hal *hal;
	struct arm_host *host;
	/** The host's controls, and its own of ARM_SHARED_PAIRS, while they are the guest's. */
	uint64_t controls[ARM_CONTROL_COUNT];
	uint64_t shared[ARM_SAVED_COUNT_SHARED];
	/** With SME and E2H its TPIDR2_EL0 likewise: its own EL0 has it. */
	uint64_t tpidr2;
	/** Its breakpoints and watchpoints, while a guest's are on the CPU. */
	uint64_t debug[ARM_DEBUG_KINDS][ARM_DEBUG_MOST];
	/** Its OS lock likewise. */
	bool os_locked;
	/** The GIC's CPU interface is prepared, and ICC_SRE_EL1 traps. */
	bool gic_taken;
	/** The generation of VMIDs that its TLB knows; 0 if nothing is known of it. */
	uint64_t vmid_generation;
	/**
	 * For each slot (VMID modulo slots) the serial of the vCPU that was last bound here; 0:
	 * none since the TLB was dropped.
	 */
	uint64_t last[ARM_LAST_VCPU_SLOTS];
};
AXVCPU_STATIC_ASSERT(offsetof(struct arm_percpu, features) == 0, "arm_percpu_of() relies on it");

/** The CPU that a vCPU is on: `features` is the first member of its struct. */
static inline struct arm_percpu *arm_percpu_of(const struct arm_vcpu *vcpu)
{
	return (struct arm_percpu *)(uintptr_t)vcpu->features;
}

#endif /* ARM_VCPU_VCPU_H_ */
